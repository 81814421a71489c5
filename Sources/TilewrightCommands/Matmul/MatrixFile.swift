// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// A matrix of a `.npy` file.
struct MatrixFile {
  /// The file's path.
  let path: String
  /// The contents.
  let array: NumpyArray

  /// Reads a file, which has to hold a matrix of floats.
  init(_ path: String, expected: String) throws {
    self.path = path
    array = try NumpyArray(contentsOf: path)
    let shape = array.shape
    guard shape.count == 2 else {
      throw InputError.rank(path: path, shape: shape, expected: expected)
    }
    guard !shape.contains(0) else { throw InputError.emptyInput(path: path, shape: shape) }
    guard [.float32, .float16, .bfloat16].contains(array.elementType) else {
      throw InputError.inputType(path: path, type: array.elementType)
    }
    for extent in shape where extent > Int(Int32.max) {
      throw InputError.extent(option: "of \(path)", value: extent, limit: Int(Int32.max))
    }
  }

  /// The first extent.
  var rows: Int { array.shape[0] }

  /// The second extent.
  var columns: Int { array.shape[1] }

  /// Throws where an option says another extent.
  func check(_ option: String, _ given: Int?, is found: Int) throws(InputError) {
    guard let given, given != found else { return }
    throw .extentMismatch(option: option, given: given, path: path, found: found)
  }

  /// Returns the elements, each rounded to the nearest value of a format.
  ///
  /// - Throws: `InputError` where a finite element would become an infinity.
  func elements<Element: NumberFormat>(as type: Element.Type) throws(InputError) -> [Element] {
    switch array.elementType {
    case .bfloat16: try convert(2) { BFloat16(bitPattern: UInt16($0)).float }
    case .float16: try convert(2) { HalfFloat(bitPattern: UInt16($0)).float }
    default: try convert(4) { Float(bitPattern: $0) }
    }
  }

  /// Returns the elements, each read from a number of bytes.
  private func convert<Element: NumberFormat>(
    _ byteCount: Int, read: (UInt32) -> Float
  ) throws(InputError) -> [Element] {
    let bytes = array.bytes
    var elements: [Element] = []
    elements.reserveCapacity(bytes.count / byteCount)
    for start in stride(from: 0, to: bytes.count, by: byteCount) {
      var bits: UInt32 = 0
      for index in 0..<byteCount { bits |= UInt32(bytes[start + index]) << UInt32(8 * index) }
      let value = read(bits)
      let element = Element(value)
      guard element.float.isFinite || !value.isFinite else {
        throw .tooLarge(path: path, value: value, type: Element.name)
      }
      elements.append(element)
    }
    return elements
  }
}
