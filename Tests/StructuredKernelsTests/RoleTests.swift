// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import Simulator
import Testing

@testable import StructuredKernels

/// Returns a role that does nothing.
private func role(_ name: String, _ warps: Int, _ registers: Int? = nil) -> Role {
  Role(name, warps: warps, registers: registers) {}
}

@Suite struct RoleTests {
  /// A kernel whose threads write their identity; the second role exchanges numbers through shared
  /// memory, after its own barrier.
  private var kernel: Kernel<Hopper, GlobalBuffer<UInt32>> {
    Kernel("roles") { k, output in
      let numbers = k.sharedField("numbers", of: UInt32.self, count: 64)
      k.roles {
        Role("one", warps: 1) { warps in
          output[k.threadIndex.x] = warps.warpIndex + 100
        }
        Role("two", warps: 2) { warps in
          let barrier = warps.barrier(k)
          let thread = k.threadIndex.x - 32
          numbers[thread] = warps.warpIndex * 1000 + k.laneIndex
          k.synchronize(barrier)
          // The number that the other warp wrote.
          output[k.threadIndex.x] = numbers[thread ^ 32]
        }
        Role("three", warps: 4) { warps in
          output[k.threadIndex.x] = warps.warpIndexInWarpgroup * 10 + warps.warpgroupIndex
        }
      }
    }
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 1), .random(seed: 2)])
  func `roles have their warps, thread counts and barriers`(schedule: Schedule) throws {
    let device = SimulatedDevice(.hopper, options: SimulationOptions(schedule: schedule))
    let output = try device.makeBuffer(of: UInt32.self, count: 7 * 32)
    try device.launch(kernel, grid: 1, output)
    let expected: [UInt32] = (0..<224).map { (thread: Int) -> UInt32 in
      switch thread / 32 {
      case 0: return 100
      case 1: return UInt32(1000 + thread % 32)
      case 2: return UInt32(thread % 32)
      default: return UInt32((thread / 32 - 3) * 10)
      }
    }
    let values = try output.read()
    #expect(values == expected)
    let program = try kernel.program()
    #expect(program.block == 224)
    #expect(program.text.contains("bar.sync 2, 64;"))
  }

  @Test func `roles that break a rule are refused by its name`() {
    /// Expects roles to be refused.
    func refuse(
      _ roles: [Role], _ error: RoleError, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(throws: error, sourceLocation: sourceLocation) { try RolePlan(roles) }
    }
    refuse([role("idle", 0)], .noWarps(role: "idle"))
    refuse([role("many", 33)], .warpCount(33, limit: 32))
    refuse((0..<16).map { role("\($0)", 1) }, .roleCount(16, limit: 15))
    refuse([role("load", 1, 40), role("multiply", 8)], .partialWarpgroup(role: "load", warps: 1))
    refuse(
      [role("load", 4, 36), role("multiply", 8, 232)],
      .registerCount(role: "load", count: 36, nearest: 40))
    refuse(
      [role("load", 4, 40), role("multiply", 8, 240)],
      .registersExceeded(sum: 66_560, available: 64_512))
    #expect(
      "\(RoleError.registersExceeded(sum: 66_560, available: 64_512))"
        == "The roles have 66560 registers in total, of at most 64512.")
  }

  @Test func `roles divide a block's registers`() throws {
    let plan = try RolePlan([role("load", 4, 40), role("multiply", 8, 232)])
    #expect(plan.threadCount == 384 && plan.movesRegisters && plan.launchRegisterCount == 168)
    #expect(plan.placements.map(\.firstWarp) == [0, 4])
  }
}
