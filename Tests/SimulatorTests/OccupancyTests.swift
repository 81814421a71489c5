// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import Simulator

/// The number of blocks on an SM, on which the simulator and `describe` agree.
@Suite struct OccupancyTests {
  /// Returns the number of blocks that fit if warps are placed in turn in an SM's four partitions.
  private func blocks(warps: Int, registers: Int) -> Int {
    var free = [Int](repeating: 16_384, count: 4)
    let perWarp = (registers + 7) / 8 * 8 * 32
    var block = 0
    while true {
      for warp in 0..<warps {
        let part = (block * warps + warp) % 4
        guard free[part] >= perWarp else { return block }
        free[part] -= perWarp
      }
      block += 1
    }
  }

  @Test func `registers decide as if warps were placed one by one, for every pair`() {
    for warps in 1...32 {
      for registers in 24...255 {
        let occupancy = Occupancy(
          on: .hopper, threadCount: warps * 32, sharedByteCount: 0, registerCount: registers)
        #expect(
          occupancy.limits[.registers] == blocks(warps: warps, registers: registers),
          "\(warps) warps, \(registers) registers")
      }
    }
  }

  @Test func `the simulator places as many blocks as the report says, for every pair`() throws {
    let device = SimulatedDevice(.hopper)
    for warps in 1...32 {
      for registers in stride(from: 24, through: 248, by: 8) {
        let program = Program(
          text: SmallProgram(body: "", directives: ".maxnreg \(registers)").text, entry: "small",
          parameters: [])
        let clusters = try device.residentClusterCount(
          of: program, LaunchConfiguration(grid: 1, block: Dimensions(warps * 32)))
        let occupancy = Occupancy(
          on: .hopper, threadCount: warps * 32, sharedByteCount: 0, registerCount: registers)
        #expect(clusters == 132 * max(1, occupancy.blocksPerMultiprocessor))
      }
    }
  }

  @Test(arguments: [
    // Threads, static and dynamic bytes of shared memory, blocks.
    (32, 0, 0, 32), (1024, 0, 0, 2), (96, 0, 0, 21), (384, 0, 0, 5), (33, 0, 0, 32),
    (128, 0, 232_448, 1), (128, 0, 113 * 1024, 2), (128, 1024, 112 * 1024, 2),
    (128, 0, 113 * 1024 + 1, 1), (64, 6144, 0, 32), (64, 6400, 0, 31),
  ])
  func `threads and shared memory bound the blocks that run at a time`(
    threads: Int, staticBytes: Int, dynamicBytes: Int, blocks: Int
  ) throws {
    let occupancy = Occupancy(
      on: .hopper, threadCount: threads, sharedByteCount: staticBytes + dynamicBytes,
      registerCount: nil)
    #expect(occupancy.blocksPerMultiprocessor == blocks)
    let small = SmallProgram(
      body: "", declarations: staticBytes > 0 ? ".shared .b8 tile[\(staticBytes)];" : "")
    let clusters = try SimulatedDevice(.hopper).residentClusterCount(
      of: Program(text: small.text, entry: "small", parameters: []),
      LaunchConfiguration(
        grid: 1, block: Dimensions(threads), dynamicSharedByteCount: dynamicBytes))
    #expect(clusters == 132 * blocks)
  }
}
