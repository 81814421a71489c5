// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The reason that an operation of the layout algebra has no result, or a text is not a layout.
public enum LayoutError: Error, Hashable, Sendable {
  /// A composition in which the inner layout reaches offsets that are not indices of the outer one.
  case compositionPastEnd(innerCosize: Int, outerSize: Int)

  /// A composition in which an inner mode does not divide an outer mode into equal parts.
  ///
  /// The inner mode, or the part that earlier outer modes left of it, is `innerExtent:innerStride`.
  case compositionNotDivisible(innerExtent: Int, innerStride: Int, outerExtent: Int)

  /// A composition in which inner modes together reach past the end of an outer mode.
  ///
  /// Each of them may stay inside. If their sum does not, it would have to carry into the next
  /// outer mode, which no stride can express.
  case compositionCarries(reached: Int, outerExtent: Int)

  /// A complement of a layout in which a stride is not a multiple of the range that smaller strides
  /// cover.
  case complementUndefined(stride: Int, covered: Int)

  /// A tiler with more modes than the layout that it divides.
  case tilerTooLong(tilerRank: Int, layoutRank: Int)

  /// A thread layout that does not number its threads from zero without gaps.
  case threadsNotCompact(size: Int, numbered: Int)

  /// A text that is not a tuple or layout, and the offset of the first wrong byte.
  case malformedNotation(text: String, byteOffset: Int)

  /// A text whose shape and stride nest differently.
  case notCongruent(shape: IntTuple, stride: IntTuple)

  /// A text whose shape has an extent below 1, or whose stride has a negative entry.
  case extentOutOfRange(shape: IntTuple, stride: IntTuple)
}

extension LayoutError: CustomStringConvertible {
  /// One sentence with the values.
  public var description: String {
    switch self {
    case .compositionPastEnd(let innerCosize, let outerSize):
      "The inner layout reaches \(innerCosize) offsets, but the outer one has \(outerSize) indices."
    case .compositionNotDivisible(let innerExtent, let innerStride, let outerExtent):
      """
      The inner mode \(innerExtent):\(innerStride) does not divide the outer mode of \
      \(outerExtent) into equal parts.
      """
    case .compositionCarries(let reached, let outerExtent):
      "The inner modes reach index \(reached) of an outer mode of \(outerExtent)."
    case .complementUndefined(let stride, let covered):
      "The stride \(stride) is not a multiple of the \(covered) offsets that smaller strides cover."
    case .tilerTooLong(let tilerRank, let layoutRank):
      "A tiler of \(tilerRank) modes cannot divide a layout of \(layoutRank)."
    case .threadsNotCompact(let size, let numbered):
      """
      A thread layout must number its \(size) threads from zero without gaps; this one does so for \
      \(numbered).
      """
    case .malformedNotation(let text, let byteOffset):
      "The text '\(text)' is not a layout such as (8,4):(4,1): unexpected byte \(byteOffset)."
    case .notCongruent(let shape, let stride):
      "The shape \(shape) and the stride \(stride) of a layout are nested differently."
    case .extentOutOfRange(let shape, let stride):
      """
      A layout must have positive extents and no negative strides, unlike \(shape):\(stride).
      """
    }
  }
}
