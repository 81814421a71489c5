// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Synchronization

/// A device that runs nothing and records the launches that are requested.
final class RecordingDevice: Device {
  /// A launch as it was requested.
  struct Launch: Sendable {
    /// The kernel.
    var program: Program

    /// Grid, block, cluster and shared memory.
    var configuration: LaunchConfiguration

    /// The arguments.
    var arguments: [KernelArgument]
  }

  /// The launches so far, and the address of the next buffer.
  private let state = Mutex<(launches: [Launch], nextAddress: UInt64)>(([], 0x1_0000))

  /// The launches so far.
  var launches: [Launch] { state.withLock { $0.launches } }

  /// Forgets the launches so far, as if they had completed.
  func forgetLaunches() {
    let ended = state.withLock { state in
      defer { state.launches = [] }
      return state.launches
    }
    withExtendedLifetime(ended) {}
  }

  let name = "recording"
  let summary = "remembers launches"
  let computeCapability = 90
  let multiprocessorCount = 1
  let sharedMemoryLimit = 232_448

  func allocate(byteCount: Int) throws(DeviceError) -> UInt64 {
    state.withLock { state in
      let address = state.nextAddress
      state.nextAddress += UInt64((byteCount + 511) / 256 * 256)
      return address
    }
  }

  func deallocate(_ address: UInt64) {}

  func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError) {}

  func read(from address: UInt64, byteCount: Int) throws(DeviceError) -> [UInt8] {
    [UInt8](repeating: 0, count: byteCount)
  }

  func makeTensorMapImage(_ description: TensorMapDescription) throws(DeviceError) -> [UInt8] {
    [UInt8](repeating: 0xA5, count: 128)
  }

  func residentClusterCount(
    of program: Program, _ configuration: LaunchConfiguration
  ) throws(DeviceError) -> Int { 1 }

  func launch(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) -> LaunchResult {
    state.withLock {
      $0.launches.append(
        Launch(program: program, configuration: configuration, arguments: arguments))
    }
    return LaunchResult(seconds: 0)
  }
}
