// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

extension LaunchFile {
  /// Checks that there is an argument of the right size for each parameter of a kernel.
  func check(against kernel: Function) throws(LaunchFileError) {
    guard arguments.count == kernel.parameters.count else {
      throw LaunchFileError(
        path: path, key: "arguments",
        problem: .rule(
          "has \(arguments.count) elements, but '\(kernel.name)' has "
            + "\(kernel.parameters.count) parameters"))
    }
    for (argument, parameter) in zip(arguments, kernel.parameters)
    where argument.byteCount != parameter.byteCount {
      throw LaunchFileError(
        path: path, key: argument.key,
        problem: .rule(
          "has \(argument.byteCount) bytes, but the parameter '\(parameter.name)' of "
            + "'\(kernel.name)' has \(parameter.byteCount)"))
    }
  }

  /// Returns what a kernel finds in its parameter.
  func bytes(
    of argument: Argument, _ buffers: [PreparedLaunch.Buffer], on device: any Device
  ) throws -> [UInt8] {
    switch argument.value {
    case .buffer(let index): return littleEndian(buffers[index].allocation.address, 8)
    case .bytes(let bytes): return bytes
    case .tensorMap(let map):
      let description = map.description(of: buffers[map.buffer])
      do throws(TensorMapError) {
        try description.validate()
      } catch {
        throw failure(argument, "is invalid: " + error.description.dropLast(1))
      }
      let end = description.endOffset
      let byteCount = buffers[map.buffer].allocation.byteCount
      guard end <= byteCount else {
        throw failure(argument, "reaches to byte \(end) of a buffer of \(byteCount)")
      }
      return try device.makeTensorMapImage(description)
    }
  }

  /// Returns the error that an argument breaks a rule.
  private func failure(_ argument: Argument, _ rule: String) -> LaunchFileError {
    LaunchFileError(path: path, key: argument.key, problem: .rule(rule))
  }
}

extension LaunchFile.Argument {
  /// The bytes that a parameter needs for the argument.
  fileprivate var byteCount: Int {
    switch value {
    case .buffer: 8
    case .bytes(let bytes): bytes.count
    case .tensorMap: 128
    }
  }
}

extension LaunchFile.TensorMap {
  /// Returns the map as a device makes it.
  fileprivate func description(of buffer: PreparedLaunch.Buffer) -> TensorMapDescription {
    let type = type ?? buffer.type
    return TensorMapDescription(
      elementType: type, address: buffer.allocation.address, extents: extents,
      byteStrides: byteStrides ?? denseStrides(type), box: box, elementStrides: elementStrides,
      swizzle: swizzle, fill: fill, floatMode: floatMode)
  }

  /// Returns the strides of a tensor without gaps; one that is too large stays so.
  private func denseStrides(_ type: ElementType) -> [Int] {
    var stride = type.byteCount
    return extents.dropLast().map { extent in
      stride = min(stride.multipliedReportingOverflow(by: extent).partialValue, 1 << 50)
      return stride
    }
  }
}

extension TensorMapDescription {
  /// The bytes from the tensor's start to the end of its last element.
  ///
  /// - Precondition: The description keeps the rules, so that the sum does not overflow.
  fileprivate var endOffset: Int {
    zip(extents.dropFirst(), byteStrides).reduce(extents[0] * elementType.byteCount) {
      let (steps, isTooMany) = ($1.0 - 1).multipliedReportingOverflow(by: $1.1)
      let (sum, isTooLarge) = $0.addingReportingOverflow(steps)
      return isTooMany || isTooLarge ? .max : sum
    }
  }
}
