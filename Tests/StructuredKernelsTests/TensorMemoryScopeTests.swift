// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import StructuredKernels
import Testing

@Suite struct TensorMemoryScopeTests {
  /// Returns the opcodes of a kernel in the order of the text.
  private func opcodes<each Argument: KernelParameter>(
    _ kernel: Kernel<Blackwell, repeat each Argument>
  ) throws -> [Opcode] {
    try kernel.module().functions[0].blocks?.flatMap(\.instructions).map(\.opcode) ?? []
  }

  @Test func `columns are allocated, published, and freed after the body`() throws {
    let kernel = Kernel<Blackwell, GlobalBuffer<Float>>("scope", block: 128) { k, output in
      var plan = TensorMemoryPlan()
      let region = plan.region("sums", columns: 64)
      k.withTensorMemory(plan) { memory in
        let address = memory[region]
        let cells = (0..<4).map { _ in k.variable(Float(0)) }
        k.tcgen05Ld(cells, from: address, shape: .lanes16Bits256)
        k.tcgen05WaitLd()
        output[0] = cells[0].value
      }
    }
    let names: Set<Opcode> = [
      .tensorAllocate, .tensorRelinquish, .tensorFenceBefore, .barrierSync, .tensorFenceAfter,
      .tensorLoad, .tensorWaitLoad, .tensorDeallocate,
    ]
    #expect(
      try opcodes(kernel).filter(names.contains) == [
        .tensorAllocate, .tensorRelinquish, .tensorFenceBefore, .barrierSync, .tensorFenceAfter,
        .tensorLoad, .tensorWaitLoad, .tensorFenceBefore, .barrierSync, .tensorDeallocate,
      ])
    let map = try kernel.module().functions[0].map
    #expect(map.tensorMemory.map(\.columnCount) == [64])
    #expect(map.tensorMemory.map(\.name) == ["sums"])
    #expect(map.fields.map(\.name) == ["tensor_memory_address"])
  }

  @Test func `one thread of the block is the leader`() throws {
    let kernel = Kernel<Blackwell, GlobalBuffer<Float>>("leader", block: 128) { k, output in
      let leader = LeaderThread(k)
      leader { output[0] = k.constant(1) }
    }
    let found = try opcodes(kernel)
    #expect(found.count { $0 == .elect } == 1)
    #expect(found.count { $0 == .branch } == 2)
  }
}
