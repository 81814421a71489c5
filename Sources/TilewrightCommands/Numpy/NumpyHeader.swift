// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// The header of a `.npy` file.
///
/// The header is a Python dictionary with exactly the keys `descr`, `fortran_order` and `shape`.
///
/// - SeeAlso: NumPy, `numpy.lib.format`, "Format Version 1.0" to "3.0".
struct NumpyHeader: Equatable {
  /// The type of the elements, such as `<f4`.
  var descriptor: String
  /// Whether the first index, and not the last, varies fastest.
  var isFortranOrder: Bool
  /// The extents, outermost first.
  var shape: [Int]
  /// The offset of the first element in the file.
  var dataOffset: Int

  /// The bytes that begin every file.
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Reads the header of a file's bytes.
  init(_ bytes: [UInt8], path: String) throws(NumpyError) {
    guard bytes.starts(with: Self.magic) else { throw .notNumpyFile(path: path) }
    try Self.require(8, of: bytes, path)
    let (major, minor) = (Int(bytes[6]), Int(bytes[7]))
    guard (1...3).contains(major), minor == 0 else {
      throw .unsupportedVersion(path: path, major: major, minor: minor)
    }
    let textStart = major == 1 ? 10 : 12
    try Self.require(textStart, of: bytes, path)
    let textByteCount = bytes[8..<textStart].reversed().reduce(0) { $0 << 8 | Int($1) }
    let end = textStart + textByteCount
    try Self.require(end, of: bytes, path)
    var parser = NumpyHeaderParser(bytes: bytes, position: textStart, end: end, path: path)
    self = try parser.header()
  }

  /// Creates a header of the given contents.
  init(descriptor: String, isFortranOrder: Bool, shape: [Int], dataOffset: Int) {
    self.descriptor = descriptor
    self.isFortranOrder = isFortranOrder
    self.shape = shape
    self.dataOffset = dataOffset
  }

  /// Returns the bytes of a file up to its first element, as `numpy.save` writes them.
  static func encoded(descriptor: String, shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(extents)), }"
    // The elements begin at a multiple of 64; a line feed ends the text.
    let needsWideCount = text.utf8.count + 128 > Int(UInt16.max)
    let textStart = needsWideCount ? 12 : 10
    let dataOffset = (textStart + text.utf8.count + 1 + 63) / 64 * 64
    let textByteCount = dataOffset - textStart
    let padding = [UInt8](repeating: 0x20, count: textByteCount - text.utf8.count - 1)
    let version: [UInt8] = needsWideCount ? [2, 0] : [1, 0]
    let countBytes = (0..<(textStart - 8)).map { index in
      UInt8(truncatingIfNeeded: textByteCount >> (8 * index))
    }
    return magic + version + countBytes + Array(text.utf8) + padding + [0x0A]
  }

  /// Throws unless a file has at least that many bytes.
  private static func require(
    _ byteCount: Int, of bytes: [UInt8], _ path: String
  ) throws(NumpyError) {
    guard bytes.count >= byteCount else {
      throw .truncated(
        path: path, expectedByteCount: byteCount, foundByteCount: bytes.count)
    }
  }
}
