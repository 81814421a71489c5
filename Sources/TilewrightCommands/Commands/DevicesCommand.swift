// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import CUDADriver
import DeviceRuntime
import Simulator

/// Lists what kernels can run on.
struct DevicesCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: "List the devices that kernels can run on.")

  @Flag(help: "Print one JSON object.")
  var json = false

  /// Lists the GPUs, then what is simulated.
  func run(_ console: Console) throws {
    let report = DevicesReport()
    try console.write(json ? jsonText(report) : report.text)
  }
}

/// The report of `devices`.
private struct DevicesReport: Encodable {
  /// The devices.
  let devices: [Entry]
  /// The name of the device that is used where none is named.
  let defaultDevice: String
  /// The reason why there is no GPU, if there is none.
  let cuda: Reported<String>

  /// A device.
  struct Entry: Encodable {
    /// The name as `--device` takes it.
    let name: String
    /// The target whose kernels run on it; none where it is neither Hopper nor Blackwell.
    let target: Reported<String>
    /// A summary.
    let summary: String
    /// Ten times the compute capability.
    let computeCapability: Int
    /// The number of SMs.
    let multiprocessors: Int
    /// The most shared memory that a block may have, in bytes.
    let sharedMemoryPerBlock: Int
    /// The shared memory of an SM, in bytes.
    let sharedMemoryPerMultiprocessor: Int
    /// The 32-bit registers of an SM.
    let registersPerMultiprocessor: Int
    /// The most threads of an SM.
    let threadsPerMultiprocessor: Int
    /// The global memory, in bytes.
    let globalMemory: Int
  }

  /// Looks for the devices.
  init() {
    var entries: [Entry] = []
    var obstacle: String?
    do {
      entries = try CUDADevice.all().map(Entry.init)
    } catch {
      obstacle = if case .unavailable(_, let reason) = error { reason } else { "\(error)" }
    }
    let isUsable = entries.contains { $0.computeCapability >= 80 }
    defaultDevice = isUsable ? entries[0].name : "simulator"
    devices = entries + Target.allCases.map { Entry($0) }
    cuda = Reported(obstacle)
  }

  /// The report for people.
  var text: String {
    var columns = Columns("DEVICE", "TARGET", "SMs", "SHARED/BLOCK", "MEMORY", "")
    for device in devices {
      columns.add(
        device.name, device.target.value ?? "–", "\(device.multiprocessors)",
        "\(grouped(device.sharedMemoryPerBlock)) B", gibibytes(device.globalMemory),
        device.summary)
    }
    let note = cuda.value.map { "No GPU: \($0).\n" } ?? ""
    return columns.text + note + "Default: \(defaultDevice)\n"
  }

  /// Returns a number of bytes in whole GiB.
  private func gibibytes(_ byteCount: Int) -> String { "\((byteCount + (1 << 29)) >> 30) GiB" }
}

extension DevicesReport.Entry {
  /// Creates the entry of a GPU.
  init(_ gpu: CUDADeviceProperties) {
    name = gpu.name
    target = Reported(Target(computeCapability: gpu.computeCapability)?.rawValue)
    summary = gpu.summary
    computeCapability = gpu.computeCapability
    multiprocessors = gpu.multiprocessorCount
    sharedMemoryPerBlock = gpu.sharedMemoryLimit
    sharedMemoryPerMultiprocessor = gpu.sharedMemoryPerMultiprocessor
    registersPerMultiprocessor = gpu.registersPerMultiprocessor
    threadsPerMultiprocessor = gpu.threadsPerMultiprocessor
    globalMemory = gpu.globalMemoryByteCount
  }

  /// Creates the entry of a simulated machine.
  init(_ simulated: Target) {
    let machine = simulated.machine
    name = "simulator"
    target = Reported(simulated.rawValue)
    summary = "simulated \(machine.name)"
    computeCapability = machine.architecture
    multiprocessors = machine.multiprocessorCount
    sharedMemoryPerBlock = machine.sharedMemoryLimit
    sharedMemoryPerMultiprocessor = machine.sharedMemoryPerMultiprocessor
    registersPerMultiprocessor = machine.registersPerMultiprocessor
    threadsPerMultiprocessor = machine.threadsPerMultiprocessor
    globalMemory = machine.globalMemoryByteCount
  }
}
