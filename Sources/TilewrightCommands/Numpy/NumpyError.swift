// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The reason why a `.npy` file cannot be read or written.
public enum NumpyError: Error, Equatable, Sendable {
  /// There is no file at the path.
  case fileNotFound(path: String)
  /// The file is there, and the system does not let it be read.
  case unreadableFile(path: String, reason: String)
  /// The system does not let the file be written; what was at the path before is still there.
  case unwritableFile(path: String, reason: String)
  /// The file does not begin with the bytes that begin every `.npy` file.
  case notNumpyFile(path: String)
  /// The file's version is none of 1.0, 2.0 and 3.0.
  case unsupportedVersion(path: String, major: Int, minor: Int)
  /// The header is not the dictionary it should be; at the offset in the file, something else was
  /// expected.
  case malformedHeader(path: String, offset: Int, expected: String)
  /// The elements are of a type that is not carried, such as complex numbers or records.
  case unsupportedType(path: String, descriptor: String)
  /// The elements have their most significant byte first.
  case bigEndianType(path: String, descriptor: String)
  /// The header does not tell the type of the elements, and the reader did not name it.
  case typeNotNamed(path: String, descriptor: String)
  /// The reader named a type that the header contradicts.
  case typeMismatch(path: String, descriptor: String, named: NumpyElementType)
  /// The extents multiply to more bytes than a program can address.
  case shapeOverflow(path: String, shape: String)
  /// The file ends too early; the counts are of the whole file, in bytes.
  case truncated(path: String, expectedByteCount: Int, foundByteCount: Int)
  /// The file continues after its elements; the counts are of the whole file, in bytes.
  case trailingBytes(path: String, expectedByteCount: Int, foundByteCount: Int)
}

extension NumpyError: CustomStringConvertible {
  /// One sentence that says what is wrong with which file.
  public var description: String {
    switch self {
    case .fileNotFound(let path):
      "There is no file \(path)."
    case .unreadableFile(let path, let reason):
      "The file \(path) cannot be read: \(reason)."
    case .unwritableFile(let path, let reason):
      "The file \(path) cannot be written: \(reason)."
    case .notNumpyFile(let path):
      "The file \(path) is not a .npy file."
    case .unsupportedVersion(let path, let major, let minor):
      "The file \(path) has version \(major).\(minor) of the .npy format, which is not supported."
    case .malformedHeader(let path, let offset, let expected):
      "The header of \(path) is malformed: \(expected) was expected at byte \(offset)."
    case .unsupportedType(let path, let descriptor):
      "The elements of \(path) are of the type \(shown(descriptor)), which is not supported."
    case .bigEndianType(let path, let descriptor):
      "The elements of \(path) are of the big-endian type \(shown(descriptor)); "
        + "save them as little-endian."
    case .typeNotNamed(let path, let descriptor):
      "The elements of \(path) are \(shown(descriptor)), which can be any 8-bit format; specify their type."
    case .typeMismatch(let path, let descriptor, let named):
      "The elements of \(path) are \(shown(descriptor)) and cannot be \(named.rawValue)."
    case .shapeOverflow(let path, let shape):
      "The shape (\(shown(shape))) of \(path) is too large for any memory."
    case .truncated(let path, let expected, let found):
      "The file \(path) is truncated: it should have \(expected) bytes but has \(found)."
    case .trailingBytes(let path, let expected, let found):
      "The file \(path) has bytes after its elements: it should have \(expected) but has \(found)."
    }
  }

  /// Returns a text from a file as it can be shown: on one line, and not too long.
  private func shown(_ text: String) -> String {
    let limit = 60
    let printable = text.unicodeScalars.prefix(limit).map { scalar in
      scalar.properties.isWhitespace || scalar.value < 0x20 || scalar.value == 0x7F
        ? " " : String(scalar)
    }
    return printable.joined() + (text.unicodeScalars.count > limit ? "…" : "")
  }
}
