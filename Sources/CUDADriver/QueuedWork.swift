// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The description of enqueued work, for messages about its outcome.
struct QueuedWork: Hashable, Sendable {
  /// The kernel, or the first of several.
  var entry: String

  /// The number of the launch, and its extents.
  var place: String

  /// Returns one launch of a kernel, counted from 1 on its device.
  static func launch(
    _ number: Int?, _ entry: String, _ configuration: LaunchConfiguration
  ) -> QueuedWork {
    let name = number.map { "launch \($0) of the device" } ?? "launch"
    return QueuedWork(
      entry: entry,
      place: """
        \(name), grid \(configuration.grid), block \(configuration.block), cluster \
        \(configuration.cluster)
        """)
  }

  /// Returns the fault of a kernel for a status from the driver.
  func fault(_ kind: String, status: String, device: String) -> KernelFault {
    KernelFault(
      kind: kind, entry: entry,
      report: """
        The kernel '\(entry)' failed on \(device): \(status). The GPU does not say where; the \
        simulator does.
          \(place)
        """)
  }

  /// Returns the fault of a kernel that exceeded the time limit.
  func timeLimitFault(seconds: Double, device: String) -> KernelFault {
    let text = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    return KernelFault(
      kind: "time-limit", entry: entry,
      report: """
        The kernel '\(entry)' did not finish on \(device) within the time limit of \(text) s. The \
        GPU does not say what it waits for; the simulator does.
          \(place)
        """)
  }
}

extension CUDADevice {
  /// Throws unless the work was accepted or, after a wait, has finished without a fault.
  func checkRun(
    _ status: Int32, _ call: StaticString, _ work: QueuedWork
  ) throws(DeviceError) {
    let code = DriverStatus(rawValue: status)
    guard code != .success else { return }
    let what = driver.describe(code)
    guard let kind = code.faultKind else {
      throw .invalidLaunch(entry: work.entry, reason: "\(call) returned \(what).")
    }
    throw .fault(work.fault(kind, status: what, device: name))
  }
}
