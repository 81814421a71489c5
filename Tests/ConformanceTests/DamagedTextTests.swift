// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import PTX
import TestSupport
import Testing

@testable import Simulator

/// Damaged kernels that still parse are decoded and run for some instructions.
struct DamagedTextTests {
  @Test func `damaged kernels run, or are refused or stopped with a reason`() throws {
    let corpus = testFiles(endingWith: ".ptx").map(\.bytes).filter { $0.count < 60_000 }
    try #require(corpus.count > 30)
    let run = FuzzRun("kernel")
    var (seedCount, launchCount, endCount) = (0, 0, 0)
    try run.forEachSeed(of: 0..<300) { seed in
      seedCount += 1
      var damager = Damager(seed: seed, corpus: corpus)
      // Six kinds of damage leave about one text in fifty readable, and the verifier refuses most
      // texts with small slips. Reading is quick, so the next text is tried.
      var isLaunched = false
      for attempt in 0..<8 where !isLaunched {
        let isDamaged = seed % 8 == 0 && attempt == 0
        let (_, bytes) = isDamaged ? damager.damagedFile() : damager.slippedFile()
        run.keep(bytes, as: "damaged.ptx")
        try run.guardingTime("\(seed)") {
          let text = String(decoding: bytes, as: UTF8.self)
          guard let module = try? parse(text) else { return }
          guard !module.diagnostics().contains(where: { $0.severity == .error }) else { return }
          for function in module.functions where function.isEntry && function.blocks != nil {
            isLaunched = true
            launchCount += 1
            if try launch(function, of: module, text, seed: seed) { endCount += 1 }
          }
        }
      }
    }
    #expect(launchCount > seedCount / 2, "\(seedCount) seeds, \(launchCount) launches")
    #expect(endCount > launchCount / 20, "\(launchCount) launches, \(endCount) ends")
  }

  /// Launches a kernel with plausible arguments for some instructions, and returns whether it
  /// finished.
  private func launch(
    _ function: Function, of module: Module, _ text: String, seed: UInt64
  ) throws -> Bool {
    var machine: SimulatedMachine = module.target.number >= 100 ? .blackwell : .hopper
    machine.multiprocessorCount = 2
    machine.globalMemoryByteCount = 64 << 20
    let device = SimulatedDevice(
      machine,
      options: SimulationOptions(
        schedule: seed % 3 == 0 ? .late : seed % 3 == 1 ? .eager : .random(seed: seed),
        hostThreadCount: 1, instructionLimit: 20_000))
    let buffer = try device.makeBuffer([UInt32](repeating: 1, count: 1 << 16))
    let map = TensorMapDescription(
      elementType: .bf16, address: buffer.address, extents: [128, 128], byteStrides: [256],
      box: [64, 64], swizzle: .bytes128)
    let image = try device.makeTensorMapImage(map)
    let arguments = function.parameters.map { parameter in
      switch parameter.byteCount {
      case 8: KernelArgument(buffer.address)
      case 128: KernelArgument(bytes: image, alignment: 64)
      default:
        KernelArgument(
          bytes: [UInt8](repeating: 0, count: max(0, min(parameter.byteCount, 1 << 16))),
          alignment: 1)
      }
    }
    let block = function.directive("reqntid") ?? [32]
    let configuration = LaunchConfiguration(
      grid: 2, block: Dimensions(block[0], block.count > 1 ? block[1] : 1),
      dynamicSharedByteCount: 48 * 1024)
    do {
      try device.launch(
        Program(text: text, entry: function.name, parameters: []), configuration, arguments)
      return true
    } catch {
      #expect(!"\(error)".isEmpty)
      return false
    }
  }
}
