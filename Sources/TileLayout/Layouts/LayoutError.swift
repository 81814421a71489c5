/// Why an operation of the layout algebra has no result, or a text is not a layout.
public enum LayoutError: Error, Hashable, Sendable {
  /// A composition in which the inner layout reaches offsets that are not indices of the outer one.
  case compositionPastEnd(innerCosize: Int, outerSize: Int)

  /// A composition in which an inner mode does not cut an outer mode into equal parts.
  ///
  /// The inner mode, or what the outer modes before left of it, is `innerExtent:innerStride`.
  case compositionNotDivisible(innerExtent: Int, innerStride: Int, outerExtent: Int)

  /// A composition in which inner modes together reach past the end of an outer mode.
  ///
  /// Each may stay inside of it; but where their sum does not, the next outer mode would have to
  /// take over, which no stride says.
  case compositionCarries(reached: Int, outerExtent: Int)

  /// A complement of a layout in which a stride is no multiple of what smaller strides cover.
  case complementUndefined(stride: Int, covered: Int)

  /// A tiler with more modes than the layout that it divides.
  case tilerTooLong(tilerRank: Int, layoutRank: Int)

  /// A thread layout that does not number its threads from zero without gaps.
  case threadsNotCompact(size: Int, numbered: Int)

  /// A text that is no tuple or layout, and the byte at which that shows.
  case malformedNotation(text: String, byteOffset: Int)

  /// A text whose shape and stride nest differently.
  case notCongruent(shape: IntTuple, stride: IntTuple)

  /// A text whose shape has an extent below one, or whose stride has a negative entry.
  case extentOutOfRange(shape: IntTuple, stride: IntTuple)
}

extension LayoutError: CustomStringConvertible {
  /// One sentence with the values.
  public var description: String {
    switch self {
    case .compositionPastEnd(let innerCosize, let outerSize):
      "The inner layout reaches \(innerCosize) offsets, and the outer one has \(outerSize) indices."
    case .compositionNotDivisible(let innerExtent, let innerStride, let outerExtent):
      """
      The inner mode \(innerExtent):\(innerStride) does not cut the outer mode of \(outerExtent) \
      into equal parts.
      """
    case .compositionCarries(let reached, let outerExtent):
      "The inner modes reach index \(reached) of an outer mode of \(outerExtent)."
    case .complementUndefined(let stride, let covered):
      "The stride \(stride) is no multiple of the \(covered) offsets that smaller strides cover."
    case .tilerTooLong(let tilerRank, let layoutRank):
      "A tiler of \(tilerRank) modes divides a layout of \(layoutRank)."
    case .threadsNotCompact(let size, let numbered):
      """
      A thread layout numbers its \(size) threads from zero without gaps; this one does so for \
      \(numbered).
      """
    case .malformedNotation(let text, let byteOffset):
      "The text '\(text)' is no layout such as (8,4):(4,1); byte \(byteOffset) is wrong."
    case .notCongruent(let shape, let stride):
      "The shape \(shape) and the stride \(stride) of a layout are nested differently."
    case .extentOutOfRange(let shape, let stride):
      """
      A layout has positive extents and no negative strides, not \(shape):\(stride).
      """
    }
  }
}
