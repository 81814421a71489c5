// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The report of `run`.
struct RunReport: Encodable {
  /// The kernel's name in the text.
  let kernel: String
  /// The device's name.
  let device: String
  /// A summary of the device, and the reason for choosing it.
  let deviceSummary: String
  /// The grid, the block and the cluster.
  let grid: String, block: String, cluster: String
  /// The time the kernel took, and the counters.
  var result: LaunchResult?
  /// The kernel's fault.
  var fault: FaultReport?
  /// The time of launches one after another, if they were timed.
  var timing: LaunchTiming?
  /// The files that were written.
  var outputs: [String] = []

  /// Creates the report of a launch that is still to come.
  init(_ launch: PreparedLaunch, _ chosen: ChosenDevice) {
    kernel = launch.program.entry
    device = chosen.device.name
    deviceSummary = chosen.summary
    grid = "\(launch.configuration.grid)"
    block = "\(launch.configuration.block)"
    cluster = "\(launch.configuration.cluster)"
  }

  /// The keys of the object.
  private enum Key: String, CodingKey {
    case kernel, device, deviceSummary, grid, block, cluster
    case seconds, passed, fault, timing, outputs, counters
  }

  /// Writes the object.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(kernel, forKey: .kernel)
    try container.encode(device, forKey: .device)
    try container.encode(deviceSummary, forKey: .deviceSummary)
    try container.encode(grid, forKey: .grid)
    try container.encode(block, forKey: .block)
    try container.encode(cluster, forKey: .cluster)
    try container.encode(Reported(result?.seconds), forKey: .seconds)
    try container.encode(fault == nil, forKey: .passed)
    try container.encode(Reported(fault), forKey: .fault)
    try container.encode(Reported(timing), forKey: .timing)
    try container.encode(outputs, forKey: .outputs)
    try container.encode(Reported(result?.counters.map(CounterReport.init)), forKey: .counters)
  }

  /// The report for people.
  var text: String {
    var lines = Table()
    lines.add("kernel", kernel)
    lines.add("device", deviceSummary)
    lines.add("launch", "grid \(grid), block \(block), cluster \(cluster)")
    if let result {
      lines.add("time", duration(result.seconds))
      if let counters = result.counters { CounterReport(counters).add(to: &lines) }
    }
    if let timing { lines.add("timed", timing.text) }
    for output in outputs { lines.add("wrote", output) }
    return lines.text
  }
}

/// The fault of a kernel in the form of reports.
struct FaultReport: Encodable, Sendable {
  /// The kind, in a word or two.
  let kind: String
  /// The kernel's name in the text.
  let entry: String
  /// The description of the fault, for people.
  let report: String

  /// Creates the report of a fault.
  init(_ fault: KernelFault) {
    kind = fault.kind
    entry = fault.entry
    report = fault.report
  }
}
