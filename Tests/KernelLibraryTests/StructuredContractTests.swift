// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import MachineIR
import NumberFormats
import Simulator
import StructuredKernels
import Testing

/// The instructions of a kernel.
private func instructions(_ module: Module) -> [Instruction] {
  (module.functions[0].blocks ?? []).flatMap(\.instructions)
}

@Suite struct StructuredContractTests {
  @Test func `the Hopper kernel has the instructions of its schedule, and no others of their kind`()
    throws
  {
    let code = instructions(try Structured<Hopper>().module())
    /// Returns the number of instructions with an opcode.
    func count(_ opcode: Opcode) -> Int { code.count { $0.opcode == opcode } }
    // 64 columns of k in steps of 16; one group for each stage; waits after a group and a tile.
    #expect(count(.wgmma) == 4)
    #expect(count(.wgmmaFence) == 1 && count(.wgmmaCommit) == 1 && count(.wgmmaWait) == 2)
    // A and the block's slice of B; 256 columns in boxes of 64.
    #expect(count(.bulkTensorCopy) == 2 + 4)
    #expect(count(.storeMatrix) == 16 && count(.bulkCommit) == 4)
    #expect(count(.setMaximumRegisters) == 2)
    // Waits for empty and full stages, and for the producer's ring to drain.
    #expect(count(.mbarrierTryWait) == 3)
    #expect(count(.mbarrierInitialize) == 8)
    // One announces bytes, and two release a stage: after a group and at the end of a tile.
    #expect(count(.mbarrierArrive) == 3)
  }

  @Test func `a Blackwell kernel of single blocks has the instructions of its schedule`() throws {
    let code = instructions(try Structured<Blackwell>(StructuredConfiguration()).module())
    /// Returns the number of instructions with an opcode.
    func count(_ opcode: Opcode) -> Int { code.count { $0.opcode == opcode } }
    #expect(count(.tensorMultiply) == 4)
    // One commit frees a stage, one publishes an accumulator.
    #expect(count(.tensorCommit) == 2)
    #expect(count(.tensorAllocate) == 1 && count(.tensorDeallocate) == 1)
    // 32 rows of a warp in two halves of 256 columns, 64 at a time.
    #expect(count(.tensorLoad) == 8 && count(.tensorWaitLoad) == 8)
    #expect(count(.bulkTensorCopy) == 2 + 8 && count(.storeMatrix) == 32)
    #expect(count(.mbarrierTryWait) == 5)
    #expect(count(.mbarrierInitialize) == 8 + 4)
  }

  @Test
  func `the Blackwell kernel has the instructions of its schedule, and no others of their kind`()
    throws
  {
    let kernel = try Structured<Blackwell>()
    let configuration = kernel.configuration
    #expect(configuration.tileM * configuration.ctasPerMMA == 256)
    #expect(configuration.tileN == 256 && configuration.stageCount >= 4)
    #expect(configuration.scheduler == .launchControl)
    let code = instructions(try kernel.module())
    /// Returns the number of instructions with an opcode.
    func count(_ opcode: Opcode) -> Int { code.count { $0.opcode == opcode } }
    #expect(count(.tensorMultiply) == 4 && count(.tensorCommit) == 2)
    #expect(count(.tensorAllocate) == 1 && count(.tensorDeallocate) == 1)
    #expect(count(.tensorLoad) == 8 && count(.tensorWaitLoad) == 8)
    #expect(count(.bulkTensorCopy) == 2 + 8 && count(.storeMatrix) == 32)
    // All operations of a pair say `cta_group::2`, in both blocks; no load is multicast.
    let paired = code.filter { $0.modifiers.contains("cta_group::2") }
    #expect(paired.count == 4 + 2 + 3 + 2)
    #expect(!code.contains { $0.modifiers.contains("cta_group::1") })
    let multicast = code.filter { $0.modifiers.contains("multicast::cluster") }
    #expect(multicast.map(\.opcode) == [.tensorCommit, .tensorCommit])
    // One role requests tiles; it and three others read the responses, which are in a ring of two.
    #expect(count(.clusterTryCancel) == 1 && count(.clusterQueryCancel) == 4 + 3)
    // Full and empty stages, drain; accumulators; three roles await tiles; four in the scheduler.
    #expect(count(.mbarrierTryWait) == 3 + 2 + 3 + 4)
    let rings = 2 * configuration.stageCount + 2 * 2
    #expect(count(.mbarrierInitialize) == rings + 2 * 2 + 1)
    // Bytes of a stage, of a response in both blocks; a tile started, three read; one drained.
    #expect(count(.mbarrierArrive) == 1 + 2 + 1 + 3 + 1)
  }

  @Test func `arrivals publish to the block alone`() throws {
    for module in [
      try Structured<Hopper>().module(), try Structured<Blackwell>().module(),
      try Structured<Blackwell>(StructuredConfiguration()).module(),
    ] {
      for instruction in instructions(module) where instruction.opcode == .mbarrierArrive {
        #expect(!instruction.modifiers.contains("cluster"), "\(instruction)")
      }
    }
  }

  @Test func `single threads are picked by elect.sync`() throws {
    // One thread issues these operations once: a second lane would double the counts.
    let shape = MatmulShape(m: 512, n: 256, k: 128)
    for (device, kernel) in [
      (SimulatedDevice(.hopper), try Structured<Hopper>() as any MatmulKernel<BFloat16>),
      (SimulatedDevice(.blackwell), try Structured<Blackwell>(StructuredConfiguration())),
      (SimulatedDevice(.blackwell), try Structured<Blackwell>()),
    ] {
      let a = try device.makeBuffer(
        [BFloat16](repeating: BFloat16(1), count: shape.m * shape.k))
      let b = try device.makeBuffer(
        [BFloat16](repeating: BFloat16(1), count: shape.n * shape.k))
      let c = try device.makeBuffer(of: BFloat16.self, count: shape.m * shape.n)
      let counters = try #require(
        try kernel.launch(on: device, a: a, b: b, c: c, shape: shape).counters)
      // Each element of A is read once, each of B by both clusters.
      #expect(counters.bytes["tma.write"] == UInt64(2 * shape.m * shape.n))
      #expect(counters.tensorOperations == UInt64(shape.m * shape.n * shape.k))
      let lanes = instructions(try kernel.module()).filter { $0.opcode == .elect }
      #expect(!lanes.isEmpty)
      #expect(
        !instructions(try kernel.module()).contains { instruction in
          instruction.opcode == .setPredicate
            && instruction.operands.contains(.special(.laneIndex))
        })
    }
  }
}
