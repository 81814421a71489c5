// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import Simulator

/// The report of `describe`.
struct KernelReport: Encodable {
  /// The name, and the entry's name in the text.
  let name: String, entry: String
  /// The machine, and the target and version of the text.
  let machine: String, target: String, version: String
  /// A summary in one line.
  let summary: String
  /// The configuration in words; none where there is nothing to choose.
  let configuration: Reported<String>
  /// The product for which the configuration was chosen, m, n and k; none where it is the same for
  /// all.
  let chosenFor: Reported<[Int]>
  /// The parameters.
  let parameters: [ParameterReport]
  /// The threads of a block, and the blocks of a cluster; none where each launch says.
  let block: Reported<[Int]>, cluster: Reported<[Int]>
  /// The shared memory of a block that the text declares, and that a launch gives, in bytes.
  let staticSharedBytes: Int, dynamicSharedBytes: Int
  /// The layout of shared memory.
  let memory: [MemoryReport]
  /// The warps of each role.
  let roles: [RoleReport]
  /// The barriers in shared memory and those of the block.
  let barriers: [BarrierReport]
  /// The accumulators in Tensor Memory.
  let tensorMemory: [TensorMemoryReport]
  /// The number of instructions, and of each mnemonic.
  let instructionCount: Int, instructions: [String: Int]
  /// The occupancy; none if the number of threads is unknown.
  let occupancy: Reported<Occupancy>
  /// The assembler's report, if it was requested.
  let assembler: Reported<AssemblerReport>

  /// A parameter.
  struct ParameterReport: Encodable {
    /// The name and the bytes.
    let name: String, bytes: Int
    /// The tile that a tensor map fills.
    let fills: Reported<String>
  }

  /// Something in shared memory.
  struct MemoryReport: Encodable {
    /// The kind of object: a tile, barriers or a field.
    let kind: String
    /// The name.
    let name: String
    /// The variable in which it lies, and the offset there in bytes.
    let symbol: String, offset: Int
    /// The bytes, of all stages.
    let bytes: Int
    /// The number of stages.
    let stages: Int
    /// The contents, in words.
    let summary: String
  }

  /// A role.
  struct RoleReport: Encodable {
    /// The name, the first warp and the number of warps.
    let name: String, firstWarp: Int, warps: Int
  }

  /// A barrier.
  struct BarrierReport: Encodable {
    /// The name, and whether it is an mbarrier or one of the block.
    let name: String, kind: String
    /// The number of stages of an mbarrier.
    let stages: Int
    /// The arrivals of an mbarrier's phase, or the threads of a barrier of the block.
    let arrivals: Int
  }

  /// Columns of Tensor Memory.
  struct TensorMemoryReport: Encodable {
    /// The name, the columns and the type of the elements.
    let name: String, columns: Int, element: String
  }
}

extension KernelReport {
  /// Describes a kernel.
  init(
    _ kernel: LibraryKernel, _ module: Module, _ function: Function, _ program: Program,
    on machine: Target, assembler: AssemblerReport?
  ) {
    let map = function.map
    name = kernel.name
    entry = function.name
    self.machine = machine.rawValue
    target = "\(module.target)"
    version = "\(module.version)"
    summary = kernel.summary
    configuration = Reported(kernel.configuration)
    chosenFor = Reported(kernel.chosenFor.map { [$0.m, $0.n, $0.k] })
    parameters = program.parameters.map {
      ParameterReport(
        name: $0.name, bytes: $0.byteCount, fills: Reported($0.tensorMap?.tileName))
    }
    block = Reported(program.block.map { [$0.x, $0.y, $0.z] })
    cluster = Reported(program.cluster.map { [$0.x, $0.y, $0.z] })
    staticSharedBytes = (module.variables + function.variables).sharedByteCount
    dynamicSharedBytes = program.dynamicSharedByteCount
    memory = map.memory
    roles = map.roles.map {
      RoleReport(name: $0.name, firstWarp: $0.firstWarp, warps: $0.warpCount)
    }
    barriers = map.allBarriers
    tensorMemory = map.tensorMemory.map {
      TensorMemoryReport(name: $0.name, columns: $0.columnCount, element: $0.element)
    }
    instructions = function.instructionCounts
    instructionCount = instructions.values.reduce(0, +)
    let sharedByteCount = staticSharedBytes + dynamicSharedBytes
    let columnCount = map.tensorMemory.reduce(0) { $0 + $1.columnCount }
    occupancy = Reported(
      program.block.map { block in
        Occupancy(
          on: machine.machine, threadCount: block.count, sharedByteCount: sharedByteCount,
          registerCount: assembler?.registers, tensorColumnCount: columnCount)
      })
    self.assembler = Reported(assembler)
  }
}

extension [MemoryVariable] {
  /// The bytes of shared memory that variables take, each at its alignment.
  fileprivate var sharedByteCount: Int {
    reduce(0) { end, variable in
      guard variable.space == .shared, variable.byteCount > 0 else { return end }
      let alignment = variable.byteAlignment
      return (end + alignment - 1) / alignment * alignment + variable.byteCount
    }
  }
}

extension KernelMap {
  /// The objects in shared memory, in the order of their addresses.
  fileprivate var memory: [KernelReport.MemoryReport] {
    let tiles = tiles.map { tile in
      KernelReport.MemoryReport(
        kind: "tile", name: tile.name, symbol: tile.symbol, offset: tile.offset,
        bytes: tile.byteCount * tile.stageCount, stages: tile.stageCount,
        summary: "\(tile.rowCount)x\(tile.columnCount) \(tile.element), swizzle \(tile.swizzle)")
    }
    let barriers = barriers.map { barrier in
      KernelReport.MemoryReport(
        kind: "barrier", name: barrier.name, symbol: barrier.symbol, offset: barrier.offset,
        bytes: 8 * barrier.stageCount, stages: barrier.stageCount,
        summary: "mbarrier, \(barrier.arrivalCount) arrivals")
    }
    let fields = fields.map { field in
      KernelReport.MemoryReport(
        kind: "field", name: field.name, symbol: field.symbol, offset: field.offset,
        bytes: field.byteCount, stages: 1, summary: "")
    }
    return (tiles + barriers + fields).sorted { ($0.symbol, $0.offset) < ($1.symbol, $1.offset) }
  }

  /// The barriers in shared memory, then those of the block.
  fileprivate var allBarriers: [KernelReport.BarrierReport] {
    barriers.map {
      KernelReport.BarrierReport(
        name: $0.name, kind: "mbarrier", stages: $0.stageCount, arrivals: $0.arrivalCount)
    }
      + namedBarriers.map {
        KernelReport.BarrierReport(
          name: $0.name, kind: "named barrier \($0.index)", stages: 1, arrivals: $0.threadCount)
      }
  }
}

extension Function {
  /// The number of occurrences of each opcode in the text.
  fileprivate var instructionCounts: [String: Int] {
    var counts: [String: Int] = [:]
    for block in blocks ?? [] {
      for instruction in block.instructions {
        counts[instruction.opcode.spelling, default: 0] += 1
      }
    }
    return counts
  }
}
