// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TestSupport

/// A kind of instruction whose number a schedule decides.
enum CountedKind: String, CaseIterable, Sendable {
  case wgmma, wgmmaFence, wgmmaCommit, wgmmaWait, registerMove
  case tensorMultiply, tensorCommit, tensorLoad, tensorAllocate
  case tensorMapLoad, tensorMapStore, storeCommit, mapPrefetch, matrixStore
  case barrierInitialize, barrierArrive, barrierWait
  case clusterArrive

  /// Returns whether an instruction is of the kind.
  func contains(_ instruction: Instruction) -> Bool {
    let isStore = instruction.has("bulk_group")
    return switch self {
    case .wgmma: instruction.opcode == .wgmma
    case .wgmmaFence: instruction.opcode == .wgmmaFence
    case .wgmmaCommit: instruction.opcode == .wgmmaCommit
    case .wgmmaWait: instruction.opcode == .wgmmaWait
    case .registerMove: instruction.opcode == .setMaximumRegisters
    case .tensorMultiply: instruction.opcode == .tensorMultiply
    case .tensorCommit: instruction.opcode == .tensorCommit
    case .tensorLoad: instruction.opcode == .tensorLoad
    case .tensorAllocate: instruction.opcode == .tensorAllocate
    case .tensorMapLoad: instruction.opcode == .bulkTensorCopy && !isStore
    case .tensorMapStore: instruction.opcode == .bulkTensorCopy && isStore
    case .storeCommit: instruction.opcode == .bulkCommit
    case .mapPrefetch: instruction.opcode == .prefetch && instruction.has("tensormap")
    case .matrixStore: instruction.opcode == .storeMatrix
    case .barrierInitialize: instruction.opcode == .mbarrierInitialize
    case .barrierArrive: instruction.opcode == .mbarrierArrive
    case .barrierWait: instruction.opcode == .mbarrierTryWait
    case .clusterArrive: instruction.opcode == .clusterArrive
    }
  }

  /// The machine instructions that `ptxas` generates for one: how the opcode begins and ends, and
  /// their number; nil if there are none, or not always the same number.
  var machineForm: (prefix: String, suffix: String, count: Int)? {
    switch self {
    case .wgmma: ("HGMMA.", "", 1)
    case .wgmmaFence: ("WARPGROUP.ARRIVE", "", 1)
    // The last `wgmma` of a group includes the commit.
    case .wgmmaCommit: nil
    case .wgmmaWait: ("WARPGROUP.DEPBAR", "", 1)
    case .registerMove: ("USETMAXREG", "", 1)
    // UTCHMMA for 16 bits, UTCQMMA for 8, and so on.
    case .tensorMultiply: ("UTC", "MMA", 1)
    case .tensorCommit: ("UTCBAR", "", 1)
    case .tensorLoad: ("LDTM", "", 1)
    // A loop that requests columns until it gets them.
    case .tensorAllocate: nil
    case .tensorMapLoad: ("UTMALDG", "", 1)
    case .tensorMapStore: ("UTMASTG", "", 1)
    case .storeCommit: ("UTMACMDFLUSH", "", 1)
    case .mapPrefetch: ("UTMACCTL.PF", "", 1)
    case .matrixStore: ("STSM", "", 1)
    case .barrierInitialize: ("SYNCS.EXCH", "", 1)
    case .barrierArrive: ("SYNCS.ARRIVE", "", 1)
    // The first try is in the main path, the loop of retries at the end of the code.
    case .barrierWait: ("SYNCS.PHASECHK", "", 2)
    case .clusterArrive: ("UCGABAR_ARV", "", 1)
    }
  }
}

/// The number of instructions of each kind; kinds without any are left out.
struct InstructionCounts: Equatable, CustomStringConvertible {
  /// The numbers.
  var counts: [CountedKind: Int]

  /// Creates counts, without those that are zero.
  init(_ counts: [CountedKind: Int]) { self.counts = counts.filter { $0.value != 0 } }

  /// Counts the instructions of a function.
  init(_ function: Function) {
    let instructions = (function.blocks ?? []).flatMap(\.instructions)
    self.init(
      Dictionary(
        uniqueKeysWithValues: CountedKind.allCases.map { kind in
          (kind, instructions.count { kind.contains($0) })
        }))
  }

  /// Counts machine instructions, for kinds of which `ptxas` always generates the same number.
  init(_ code: MachineCode) {
    var counts: [CountedKind: Int] = [:]
    for kind in CountedKind.allCases {
      guard let form = kind.machineForm else { continue }
      let found = code.opcodes.count { opcode in
        let word = opcode.split(separator: ".").first ?? ""
        return opcode.hasPrefix(form.prefix) && (form.suffix.isEmpty || word.hasSuffix(form.suffix))
      }
      counts[kind] = found
    }
    self.init(counts)
  }

  /// The expected counts in the machine code of these instructions.
  var inMachineCode: InstructionCounts {
    InstructionCounts(
      counts.reduce(into: [:]) { result, entry in
        if let form = entry.key.machineForm { result[entry.key] = entry.value * form.count }
      })
  }

  /// The counts in the order of the kinds.
  var description: String {
    CountedKind.allCases.compactMap { kind in counts[kind].map { "\(kind.rawValue) \($0)" } }
      .joined(separator: ", ")
  }
}
