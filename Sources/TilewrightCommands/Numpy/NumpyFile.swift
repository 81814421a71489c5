// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import NumberFormats

/// An array as a `.npy` file carries it: a type, a shape and bytes.
public struct NumpyArray: Equatable, Sendable {
  /// The type of the elements.
  public private(set) var elementType: NumpyElementType
  /// The extents, outermost first; empty for a single element.
  public private(set) var shape: [Int]
  /// The elements, little-endian, the last index fastest.
  public private(set) var bytes: [UInt8]

  /// Creates an array of its elements' bytes.
  ///
  /// - Parameters:
  ///   - elementType: The type of the elements.
  ///   - shape: The extents, outermost first.
  ///   - bytes: The elements, little-endian, the last index fastest.
  /// - Precondition: The number of bytes is that of the shape and the type.
  public init(elementType: NumpyElementType, shape: [Int], bytes: [UInt8]) {
    require(shape.allSatisfy { $0 >= 0 }, "An extent must not be negative.")
    require(
      byteCount(of: shape, elementType) == bytes.count,
      "The byte count of an array must match its shape and type.")
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }

  /// Reads a `.npy` file of version 1.0, 2.0 or 3.0.
  ///
  /// Arrays in Fortran order are brought into C order. Two-byte elements without a type (`<V2`, the
  /// way `ml_dtypes` saves bfloat16) are read as bfloat16.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - elementType: The type that the elements have; `nil` for the one that the header names.
  ///     The header of a file of 8-bit floats names none.
  /// - Throws: `NumpyError`, for whatever is wrong with the file.
  public init(
    contentsOf path: String, as elementType: NumpyElementType? = nil
  ) throws(NumpyError) {
    try self.init(file: try readFile(path), path: path, as: elementType)
  }

  /// Reads the bytes of a whole `.npy` file, which errors know by the path.
  init(
    file: [UInt8], path: String, as elementType: NumpyElementType? = nil
  ) throws(NumpyError) {
    let header = try NumpyHeader(file, path: path)
    let type = try resolve(header.descriptor, named: elementType, path)
    let bytes = try elements(of: file, header, type, path)
    let ordered = header.isFortranOrder ? transposed(bytes, header.shape, type.byteCount) : bytes
    self.init(elementType: type, shape: header.shape, bytes: ordered)
  }

  /// The bytes of the `.npy` file that carries this array, the same that `numpy.save` writes.
  var file: [UInt8] {
    NumpyHeader.encoded(descriptor: elementType.descriptor, shape: shape) + bytes
  }

  /// Writes the array to a file, completely or not at all, replacing an existing file.
  ///
  /// The destination of a symbolic link is replaced. Devices and pipes are refused, since they
  /// would be replaced by a file.
  ///
  /// - Parameter path: The file's path.
  /// - Throws: `NumpyError.unwritableFile`; then the path is as it was before.
  public func write(to path: String) throws(NumpyError) {
    let destination = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    guard isAbsentOrRegularFile(destination.path) else {
      throw .unwritableFile(path: path, reason: "it is not a regular file")
    }
    // An atomic write fills another file in the same directory, then renames it.
    do {
      try Data(file).write(to: destination, options: .atomic)
    } catch {
      throw .unwritableFile(path: path, reason: reason(of: error))
    }
  }
}

/// Returns the bytes of the file at a path.
private func readFile(_ path: String) throws(NumpyError) -> [UInt8] {
  do {
    return try readBytes(path)
  } catch {
    guard !error.isMissing || path.isEmpty else { throw .fileNotFound(path: path) }
    throw .unreadableFile(path: path, reason: error.reason)
  }
}

/// Returns the type of a file's elements, of what its header says and what its reader named.
private func resolve(
  _ descriptor: String, named: NumpyElementType?, _ path: String
) throws(NumpyError) -> NumpyElementType {
  guard !descriptor.hasPrefix(">") else {
    throw .bigEndianType(path: path, descriptor: descriptor)
  }
  let candidates = NumpyElementType.candidates(descriptor: descriptor)
  guard let first = candidates.first else {
    throw .unsupportedType(path: path, descriptor: descriptor)
  }
  guard let named else {
    guard !first.mustBeNamed else { throw .typeNotNamed(path: path, descriptor: descriptor) }
    return first
  }
  guard candidates.contains(named) else {
    throw .typeMismatch(path: path, descriptor: descriptor, named: named)
  }
  return named
}

/// Returns the bytes of a file's elements, in the file's order.
private func elements(
  of file: [UInt8], _ header: NumpyHeader, _ type: NumpyElementType, _ path: String
) throws(NumpyError) -> [UInt8] {
  let shape = header.shape.map(String.init).joined(separator: ", ")
  guard let count = byteCount(of: header.shape, type) else {
    throw .shapeOverflow(path: path, shape: shape)
  }
  let (end, isOverflow) = header.dataOffset.addingReportingOverflow(count)
  guard !isOverflow else { throw .shapeOverflow(path: path, shape: shape) }
  guard file.count >= end else {
    throw .truncated(path: path, expectedByteCount: end, foundByteCount: file.count)
  }
  guard file.count == end else {
    throw .trailingBytes(path: path, expectedByteCount: end, foundByteCount: file.count)
  }
  return Array(file[header.dataOffset...])
}

/// Returns the bytes that an array of a shape has, or `nil` where they are too many for an `Int`.
private func byteCount(of shape: [Int], _ type: NumpyElementType) -> Int? {
  if shape.contains(0) { return 0 }
  var count = type.byteCount
  for extent in shape {
    let (product, isOverflow) = count.multipliedReportingOverflow(by: extent)
    if isOverflow { return nil }
    count = product
  }
  return count
}

/// Returns the elements of an array whose first index varies fastest, the last index fastest.
private func transposed(_ bytes: [UInt8], _ shape: [Int], _ elementByteCount: Int) -> [UInt8] {
  guard !bytes.isEmpty, shape.filter({ $0 > 1 }).count > 1 else { return bytes }
  var strides: [Int] = []
  var stride = elementByteCount
  for extent in shape {
    strides.append(stride)
    stride *= extent
  }
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count)
  var index = [Int](repeating: 0, count: shape.count)
  var source = 0
  while result.count < bytes.count {
    result.append(contentsOf: bytes[source..<(source + elementByteCount)])
    advance(&index, &source, shape, strides)
  }
  return result
}

/// Moves an index to the next in C order, and the offset that its strides give along with it.
private func advance(_ index: inout [Int], _ offset: inout Int, _ shape: [Int], _ strides: [Int]) {
  for dimension in shape.indices.reversed() {
    index[dimension] += 1
    offset += strides[dimension]
    if index[dimension] < shape[dimension] { return }
    offset -= shape[dimension] * strides[dimension]
    index[dimension] = 0
  }
}
