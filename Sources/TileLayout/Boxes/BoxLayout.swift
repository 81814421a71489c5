/// How a tensor copy puts a box into shared memory: dimension 0 contiguous, its rows packed one
/// behind the other, the 16-byte chunks permuted by the swizzle.
///
/// - SeeAlso: PTX ISA, "Tensors": "Swizzling modes".
public struct BoxLayout: Hashable, Sendable {
  /// The elements along each dimension, innermost first.
  public let extents: [Int]

  /// The bytes of an element.
  public let elementByteCount: Int

  /// The swizzle.
  public let swizzleMode: SwizzleMode

  /// Creates the layout of a box.
  ///
  /// - Parameters:
  ///   - extents: The elements along each dimension, innermost first, positive.
  ///   - elementByteCount: The bytes of an element.
  ///   - swizzleMode: The swizzle.
  /// - Throws: `BoxLayoutError` where the inner rows are no whole chunks, or do not fill the span
  ///   of the swizzle.
  public init(
    extents: [Int], elementByteCount: Int, swizzleMode: SwizzleMode
  ) throws(BoxLayoutError) {
    precondition(
      !extents.isEmpty && extents.allSatisfy { $0 > 0 }, "A box has positive extents.")
    self.extents = extents
    self.elementByteCount = elementByteCount
    self.swizzleMode = swizzleMode
    let rowByteCount = extents[0] * elementByteCount
    guard rowByteCount % 16 == 0 else {
      throw .rowNotWholeChunks(byteCount: rowByteCount)
    }
    guard swizzleMode == .none || rowByteCount == swizzleMode.spanByteCount else {
      throw .rowNotSpan(byteCount: rowByteCount, span: swizzleMode.spanByteCount)
    }
  }
}

extension BoxLayout {
  /// The bytes of an inner row.
  public var rowByteCount: Int { extents[0] * elementByteCount }

  /// The bytes of the box, which is also what an mbarrier counts.
  public var byteCount: Int { extents.reduce(elementByteCount, *) }

  /// The function from indices, innermost first, to byte offsets before the swizzle.
  public var layout: Layout {
    var stride = elementByteCount
    var strides: [Int] = []
    for extent in extents {
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

  /// Returns where an element's first byte is, from the beginning of the box.
  public func byteOffset(of index: [Int]) -> Int {
    swizzledLayout(.nested(index.map(IntTuple.leaf)))
  }
}

/// Why a box has no layout in shared memory.
public enum BoxLayoutError: Error, Hashable, Sendable {
  /// The inner rows do not consist of chunks of 16 bytes.
  case rowNotWholeChunks(byteCount: Int)

  /// The inner rows of a swizzled box are shorter or longer than the swizzle's span.
  case rowNotSpan(byteCount: Int, span: Int)
}

extension BoxLayoutError: CustomStringConvertible {
  /// One sentence with the value and the rule.
  public var description: String {
    switch self {
    case .rowNotWholeChunks(let byteCount):
      return """
        The inner row of a box is a multiple of 16 bytes, not \(byteCount); the nearest is \
        \(max(16, (byteCount + 8) / 16 * 16)).
        """
    case .rowNotSpan(let byteCount, let span):
      return """
        The inner row of a box with a \(span)B swizzle fills the swizzle's span of \(span) bytes; \
        this one has \(byteCount).
        """
    }
  }
}
