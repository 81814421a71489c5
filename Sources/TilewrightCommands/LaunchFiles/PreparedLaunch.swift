// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import CUDADriver
import DeviceRuntime
import MachineIR

/// A launch file's buffers on a device, and the arguments that point to them.
struct PreparedLaunch {
  /// A buffer on the device.
  struct Buffer {
    /// Its declaration.
    var declaration: LaunchFile.Buffer
    /// The type of the elements.
    var type: ElementType
    /// The extents.
    var shape: [Int]
    /// The memory.
    var allocation: Allocation
  }

  /// The kernel.
  let program: Program
  /// The launch configuration.
  let configuration: LaunchConfiguration
  /// The buffers.
  let buffers: [Buffer]
  /// The arguments.
  let arguments: [KernelArgument]

  /// Makes the buffers, and fills them.
  ///
  /// - Throws: `LaunchFileError`, `NumpyError` or `DeviceError`.
  init(_ file: LaunchFile, _ kernel: Function, text: String, on device: any Device) throws {
    let block = kernel.requiredBlock
    let cluster = kernel.requiredCluster
    guard let launchBlock = file.block ?? block else {
      throw LaunchFileError(path: file.path, key: "block", problem: .missing)
    }
    program = Program(
      text: text, entry: kernel.name,
      parameters: kernel.parameters.map {
        Program.Parameter(name: $0.name, byteCount: $0.byteCount, alignment: $0.byteAlignment)
      }, block: block, cluster: cluster)
    configuration = LaunchConfiguration(
      grid: file.grid, block: launchBlock, cluster: file.cluster ?? cluster ?? 1,
      dynamicSharedByteCount: file.sharedByteCount)
    try file.check(against: kernel)
    let buffers = try file.buffers.map { try Buffer($0, file.path, on: device) }
    self.buffers = buffers
    arguments = try zip(file.arguments, kernel.parameters).map { argument, parameter in
      let bytes = try file.bytes(of: argument, buffers, on: device)
      return KernelArgument(bytes: bytes, alignment: parameter.byteAlignment)
    }
  }

  /// Runs the kernel.
  func launch(on device: any Device) throws(DeviceError) -> LaunchResult {
    // Both devices then say the same of extents that are out of all bounds.
    try program.checkLaunch(configuration, arguments)
    return try device.launch(program, configuration, arguments)
  }

  /// Times the kernel.
  ///
  /// A graph of 50 launches is run once for nothing and then in each round, between two events. All
  /// launches take the same buffers, which hold what launches before them left.
  ///
  /// - Parameters:
  ///   - rounds: The number of rounds, at least 1.
  ///   - device: The GPU.
  /// - Returns: The times of one launch.
  /// - Throws: `DeviceError.fault`, where a launch on what others left fails.
  func time(rounds: Int, on device: CUDADevice) throws(DeviceError) -> LaunchTiming {
    let launchCount = 50
    let graph = try CUDAGraph(on: device, name: program.entry) { recorder throws(DeviceError) in
      for _ in 0..<launchCount { try recorder.launch(program, configuration, arguments) }
    }
    try graph.run()
    var seconds: [Double] = []
    for _ in 0..<rounds { seconds.append(try graph.run() / Double(launchCount)) }
    return LaunchTiming(
      rounds: rounds, launchesPerGraph: launchCount, seconds: Quartiles(of: seconds))
  }

  /// Returns the files that the launch file asks for, with what the buffers hold now.
  func outputs(
    from device: any Device
  ) throws(DeviceError) -> [(path: String, bytes: [UInt8])] {
    var files: [(path: String, bytes: [UInt8])] = []
    for buffer in buffers {
      guard let path = buffer.declaration.output, let type = NumpyElementType(buffer.type)
      else { continue }
      let bytes = try device.read(
        from: buffer.allocation.address, byteCount: buffer.allocation.byteCount)
      let array = NumpyArray(elementType: type, shape: buffer.shape, bytes: bytes)
      files.append((path, array.file))
    }
    return files
  }
}

extension PreparedLaunch.Buffer {
  /// Makes a buffer and fills it.
  init(_ declaration: LaunchFile.Buffer, _ path: String, on device: any Device) throws {
    let array = try declaration.array(path)
    // The parser sees to it that what no file says is declared.
    let type = array?.elementType.elementType ?? declaration.type ?? .u8
    let shape = array?.shape ?? declaration.shape ?? []
    guard let byteCount = shape.byteCount(of: type) else {
      throw DeviceError.outOfMemory(requestedByteCount: .max, availableByteCount: 0)
    }
    if declaration.output != nil, NumpyElementType(type) == nil {
      throw LaunchFileError(
        path: path, key: declaration.key + ".to",
        problem: .rule("cannot be written: the .npy format has no \(type.rawValue)"))
    }
    self.declaration = declaration
    self.type = type
    self.shape = shape
    let address = try device.allocate(byteCount: byteCount)
    allocation = Allocation(device: device, address: address, byteCount: byteCount)
    switch declaration.contents {
    case .undefined: break
    case .element(let element):
      let count = byteCount / element.count
      try device.write(Array(repeatElement(element, count: count).joined()), to: address)
    case .file: try device.write(array?.bytes ?? [], to: address)
    }
  }
}

extension LaunchFile.Buffer {
  /// Returns the array that fills the buffer, if it comes from a file; it has to be as declared.
  fileprivate func array(_ path: String) throws -> NumpyArray? {
    guard case .file(let source) = contents else { return nil }
    let named = type.flatMap(NumpyElementType.init)
    let array = try NumpyArray(contentsOf: source, as: named)
    guard let shape else { return array }
    // A count stands for any shape with as many elements.
    let isCount = shape.count == 1 && array.shape.reduce(1, *) == shape[0]
    guard shape == array.shape || isCount else {
      throw LaunchFileError(
        path: path, key: key,
        problem: .rule("has the shape \(shape), but the array of \(source) has \(array.shape)"))
    }
    return array
  }
}

extension [Int] {
  /// Returns the bytes of an array of this shape; nil where they are too many to count.
  func byteCount(of type: ElementType) -> Int? {
    reduce(type.byteCount) { (count: Int?, extent) in
      guard let (product, isTooLarge) = count?.multipliedReportingOverflow(by: extent), !isTooLarge
      else { return nil }
      return product
    }
  }
}

extension Function {
  /// The threads of a block, where the text fixes them.
  var requiredBlock: Dimensions? { directive("reqntid").flatMap(Dimensions.init) }

  /// The blocks of a cluster, where the text fixes them.
  var requiredCluster: Dimensions? { directive("reqnctapercluster").flatMap(Dimensions.init) }
}

extension Dimensions {
  /// Creates extents from a directive's values.
  fileprivate init?(_ values: [Int]) {
    guard (1...3).contains(values.count) else { return nil }
    let padded = values + [1, 1]
    self.init(padded[0], padded[1], padded[2])
  }
}
