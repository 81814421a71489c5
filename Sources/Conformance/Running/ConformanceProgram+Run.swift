// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

extension ConformanceProgram {
  /// Runs the kernel on a device and returns its results: the words of its output, after a word
  /// that tells whether it was stopped, if it may be.
  public func run(on device: any Device) throws(DeviceError) -> [UInt32] {
    guard mayStop else { return try output(on: device) }
    do throws(DeviceError) {
      return [0] + (try output(on: device))
    } catch {
      // A kernel that does not end was not stopped.
      guard case .fault(let fault) = error, !Self.endlessKinds.contains(fault.kind)
      else {
        throw error
      }
      return [1] + [UInt32](repeating: Self.blank, count: outputCount)
    }
  }

  /// The kinds of faults of kernels that do not end, on the simulator and on a GPU.
  private static let endlessKinds = ["deadlock", "time-limit", "timeout"]

  /// Runs the kernel on a device and returns the words of its output.
  private func output(on device: any Device) throws(DeviceError) -> [UInt32] {
    let source = try device.makeBuffer(input)
    let target = try device.makeBuffer([UInt32](repeating: Self.blank, count: outputCount))
    var image = [UInt8](repeating: 0, count: 128)
    if let tensor {
      var description = tensor.description
      let buffer = tensor.isOutput ? target : source
      description.address = buffer.address + UInt64(tensor.byteOffset)
      do {
        try description.validate()
      } catch {
        throw .invalidTensorMap(error)
      }
      image = try device.makeTensorMapImage(description)
    }
    let program = Program(
      text: text, entry: "probe",
      parameters: [
        Program.Parameter(name: "in_param", byteCount: 8, alignment: 8),
        Program.Parameter(name: "out_param", byteCount: 8, alignment: 8),
        Program.Parameter(name: "map", byteCount: 128, alignment: 64),
      ])
    try device.launch(
      program, launch,
      [
        KernelArgument(source), KernelArgument(target),
        KernelArgument(bytes: image, alignment: 64),
      ])
    return try target.read()
  }
}
