// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import Simulator
import Testing

/// A kernel whose blocks work on their own tiles, then on those of clusters that they cancel.
private let persistent = Kernel<Blackwell, GlobalBuffer<UInt32>>(
  "persistent", block: 32, minimumBlocksPerMultiprocessor: 1
) { k, counts in
  let responses = k.sharedLaunchResponses("responses")
  let full = k.sharedBarrier("full", arrivals: 1)
  // Large enough that an SM holds only one block.
  _ = k.sharedField("ballast", of: UInt32.self, count: 40_000)
  k.if(k.threadIndex.x == 0) {
    full.initialize()
    k.fenceBarrierInitialization()
  }
  k.synchronize()
  let tile = k.variable(k.blockIndex.x)
  let hasTile = k.variable(UInt32(1))
  let phase = k.variable(UInt32(0))
  k.while({ hasTile.value != 0 }) {
    k.if(k.threadIndex.x == 0) {
      full.arrive(expectingByteCount: SharedLaunchResponses.byteCount)
      k.clusterlaunchcontrolTryCancel(responses[0], signalling: full)
      _ = counts.advanced(by: tile.value).atomic(.add, k.constant(1))
    }
    full.wait(parity: phase)
    phase ^= 1
    let response = k.clusterLaunchResponse(at: responses[0])
    k.fenceProxyAsync(.sharedBlock)
    k.synchronize()
    hasTile.value = k.constant(0)
    k.if(response.isCanceled()) {
      tile.value = response.firstBlockIndex().x
      hasTile.value = k.constant(1)
    }
  }
}

@Suite struct LaunchControlTests {
  @Test(arguments: [Schedule.eager, .late, .random(seed: 1), .random(seed: 2)])
  func `a persistent kernel does every tile once`(schedule: Schedule) throws {
    var machine = SimulatedMachine.blackwell
    machine.multiprocessorCount = 4
    let device = SimulatedDevice(machine, options: SimulationOptions(schedule: schedule))
    let counts = try device.makeBuffer([UInt32](repeating: 0, count: 37))
    let result = try device.launch(persistent, grid: 37, counts)
    #expect(try counts.read() == [UInt32](repeating: 1, count: 37))
    // Four blocks were launched and took over 33 more; each of the four was refused once.
    #expect(result.counters?.instructions["clusterlaunchcontrol.try_cancel"] == 37)
    #expect(result.counters?.instructions["ret"] == 4)
  }

  @Test func `a program says whether its kernel waits for earlier grids`() throws {
    let waiting = Kernel<Hopper, UInt32>("waiting", block: 32) { k, _ in
      k.griddepcontrolLaunchDependents()
      k.griddepcontrolWait()
    }
    let heedless = Kernel<Hopper, UInt32>("heedless", block: 32) { k, _ in
      k.griddepcontrolLaunchDependents()
    }
    #expect(try waiting.program().waitsForEarlierGrids)
    #expect(try !heedless.program().waitsForEarlierGrids)
  }
}
