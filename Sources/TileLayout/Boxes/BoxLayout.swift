// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// The layout of a TMA box in shared memory: dimension 0 is contiguous, rows follow one another,
/// and the swizzle permutes the 16-byte chunks.
///
/// With a swizzle each inner row takes the swizzle's whole span, even if it is shorter. The bytes
/// after it are not written.
///
/// - SeeAlso: PTX ISA, "Tensors": "Swizzling modes".
public struct BoxLayout: Hashable, Sendable {
  /// The number of elements along each dimension, innermost first.
  public let extents: [Int]

  /// The bytes of an element.
  public let elementByteCount: Int

  /// The swizzle.
  public let swizzleMode: SwizzleMode

  /// Creates the layout of a box.
  ///
  /// - Parameters:
  ///   - extents: The elements along each dimension, innermost first.
  ///   - elementByteCount: The bytes of an element.
  ///   - swizzleMode: The swizzle.
  /// - Throws: `BoxLayoutError` where the extents are not positive, or the inner rows are no whole
  ///   chunks or longer than the swizzle's span.
  public init(
    extents: [Int], elementByteCount: Int, swizzleMode: SwizzleMode
  ) throws(BoxLayoutError) {
    let byteCount = extents.reduce(elementByteCount) { $0.saturatingProduct($1) }
    guard !extents.isEmpty, extents.allSatisfy({ $0 > 0 }), elementByteCount > 0,
      byteCount <= BoxLayout.byteLimit
    else { throw .extents(extents, elementByteCount: elementByteCount) }
    self.extents = extents
    self.elementByteCount = elementByteCount
    self.swizzleMode = swizzleMode
    let rowByteCount = extents[0] * elementByteCount
    guard rowByteCount % 16 == 0 else {
      throw .rowNotWholeChunks(byteCount: rowByteCount)
    }
    guard swizzleMode == .none || rowByteCount <= swizzleMode.spanByteCount else {
      throw .rowBeyondSpan(byteCount: rowByteCount, span: swizzleMode.spanByteCount)
    }
  }
}

extension BoxLayout {
  /// The most bytes that the elements of a box may have: more than any memory has.
  static let byteLimit = 1 << 48

  /// The bytes of an inner row.
  public var rowByteCount: Int { extents[0] * elementByteCount }

  /// The bytes from one inner row to the next in shared memory.
  public var rowPitch: Int {
    swizzleMode == .none ? rowByteCount : swizzleMode.spanByteCount
  }

  /// The number of inner rows.
  public var rowCount: Int { extents.dropFirst().reduce(1, *) }

  /// The bytes of the elements, as an mbarrier counts them.
  public var byteCount: Int { rowCount * rowByteCount }

  /// The bytes in shared memory, including those between rows.
  public var sharedByteCount: Int { rowCount * rowPitch }

  /// The function from indices, innermost first, to byte offsets before the swizzle.
  public var layout: Layout {
    var strides = [elementByteCount]
    var stride = rowPitch
    for extent in extents.dropFirst() {
      strides.append(stride)
      stride *= extent
    }
    return Layout(
      .nested(extents.map(IntTuple.leaf)), stride: .nested(strides.map(IntTuple.leaf)))
  }

  /// The function from indices, innermost first, to byte offsets in a box whose address is a
  /// multiple of the swizzle's pattern.
  public var swizzledLayout: SwizzledLayout {
    SwizzledLayout(swizzle: swizzleMode.swizzle, layout: layout)
  }

  /// Returns the offset of an element's first byte from the start of the box.
  public func byteOffset(of index: [Int]) -> Int {
    swizzledLayout(.nested(index.map(IntTuple.leaf)))
  }
}

/// The reason that a box has no layout in shared memory.
public enum BoxLayoutError: Error, Hashable, Sendable {
  /// There is no dimension, an extent or an element is not positive, or there are too many bytes.
  case extents([Int], elementByteCount: Int)

  /// The inner rows are not a multiple of 16 bytes.
  case rowNotWholeChunks(byteCount: Int)

  /// The inner rows of a swizzled box are longer than the swizzle's span.
  case rowBeyondSpan(byteCount: Int, span: Int)
}

extension BoxLayoutError: CustomStringConvertible {
  /// The rule and the value that breaks it, in one sentence.
  public var description: String {
    switch self {
    case .extents(let extents, let byteCount):
      """
      A box must have positive extents and at most \(BoxLayout.byteLimit) bytes, not \(extents) \
      elements of \(byteCount) bytes.
      """
    case .rowNotWholeChunks(let byteCount):
      """
      The inner row of a box must be a multiple of 16 bytes, not \(byteCount); the nearest is \
      \(nearestMultiple(of: 16, to: byteCount)).
      """
    case .rowBeyondSpan(let byteCount, let span):
      """
      The inner row of a box with a \(span)B swizzle must have at most \(span) bytes, not \
      \(byteCount); the nearest is \(span).
      """
    }
  }
}
