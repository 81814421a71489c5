// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Simulator
import Testing

@testable import TilewrightCommands

@Suite struct OccupancyTests {
  /// Returns the number of blocks that fit on an SM of Hopper.
  private func blocks(
    threads: Int, sharedByteCount: Int = 0, registers: Int? = nil, columns: Int = 0
  ) -> Int {
    Occupancy(
      on: .hopper, threadCount: threads, sharedByteCount: sharedByteCount,
      registerCount: registers, tensorColumnCount: columns
    ).blocksPerMultiprocessor
  }

  @Test func `the scarcest resource decides`() {
    #expect(blocks(threads: 32) == 32)
    #expect(blocks(threads: 1024) == 2)
    #expect(blocks(threads: 384) == 5)
    #expect(blocks(threads: 128, sharedByteCount: 232_448) == 1)
    #expect(blocks(threads: 128, sharedByteCount: 113 * 1024) == 2)
    #expect(blocks(threads: 128, sharedByteCount: 113 * 1024 + 1) == 1)
    #expect(blocks(threads: 128, columns: 512) == 1)
    #expect(blocks(threads: 128, columns: 128) == 4)
  }

  @Test func `registers are given to warps in units of 256`() {
    // 168 registers per thread are 5376 per warp; a quarter of the registers holds three warps.
    #expect(blocks(threads: 384, registers: 168) == 1)
    #expect(blocks(threads: 128, registers: 168) == 3)
    #expect(blocks(threads: 128, registers: 32) == 16)
    #expect(blocks(threads: 1024, registers: 64) == 1)
  }

  @Test func `a report of the assembler is read`() {
    let report = AssemblerReport(
      """
      ptxas info    : 0 bytes gmem
      ptxas info    : Compiling entry function 'kernel' for 'sm_90a'
      ptxas info    : Function properties for kernel
          16 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
      ptxas info    : Used 168 registers, used 1 barriers, 396 bytes cmem[0]
      ptxas warning : something is slow
      """)
    #expect(report.registers == 168)
    #expect(report.spillStores == 8)
    #expect(report.spillLoads == 12)
    #expect(report.stackFrame == 16)
    #expect(report.warnings == ["ptxas warning : something is slow"])
  }
}
