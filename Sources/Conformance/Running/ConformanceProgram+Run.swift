import DeviceRuntime

extension ConformanceProgram {
  /// Runs the kernel on a device and returns the words of its output.
  public func run(on device: any Device) throws(DeviceError) -> [UInt32] {
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
        KernelArgument(source.address), KernelArgument(target.address),
        KernelArgument(bytes: image, alignment: 64),
      ])
    return try target.read()
  }
}
