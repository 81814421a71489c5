// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// A function from coordinates to offsets, defined by a shape and a stride of the same nesting.
///
/// The semantics are CuTe's. A coordinate may be nested like the shape, given by mode (an integer
/// for a nested mode is a linear index into it), or given as one linear index. Linear order is
/// colexicographic: the leftmost leaf varies fastest.
///
/// - SeeAlso: CUTLASS, `media/docs/cpp/cute/01_layout.md` and `02_layout_algebra.md`.
public struct Layout: Hashable, Sendable {
  /// The extents of the domain, all positive.
  public let shape: IntTuple

  /// The distance between offsets for each leaf of the shape, none negative.
  public let stride: IntTuple

  /// Creates a layout of the given shape and stride.
  ///
  /// - Parameters:
  ///   - shape: The extents, each at least one.
  ///   - stride: A tuple nested like the shape, without negative entries.
  public init(_ shape: IntTuple, stride: IntTuple) {
    require(
      shape.isCongruent(with: stride),
      "The stride \(stride) of a layout must be nested like its shape \(shape).")
    require(
      Self.isInRange(shape: shape, stride: stride),
      """
      A layout needs modes, positive extents and no negative strides, and its size and its offsets are at \
      most 2^31, unlike those of \(shape):\(stride).
      """)
    self.shape = shape
    self.stride = stride
  }

  /// Creates a layout whose modes are the given layouts.
  ///
  /// - Parameter modes: At least one layout.
  public init(modes: [Layout]) {
    self.init(.nested(modes.map(\.shape)), stride: .nested(modes.map(\.stride)))
  }

  /// Returns whether all extents are positive, there is at least one, and no stride is negative.
  static func isInRange(shape: IntTuple, stride: IntTuple) -> Bool {
    let extents = shape.flattened
    guard !extents.isEmpty else { return false }
    var (size, greatest) = (1, 0)
    for (extent, stride) in zip(extents, stride.flattened) {
      guard extent >= 1, stride >= 0 else { return false }
      size = size.saturatingProduct(extent)
      greatest = greatest.saturatingSum((extent - 1).saturatingProduct(stride))
    }
    return size <= limit && greatest <= limit
  }
}

extension Layout {
  /// The largest size and offset of a layout, so that products of two of either can be counted.
  static var limit: Int { 1 << 31 }

  /// The number of modes.
  public var rank: Int { shape.rank }

  /// The depth of the nesting: 0 for a leaf.
  public var depth: Int { shape.depth }

  /// The number of coordinates.
  public var size: Int { shape.product }

  /// One more than the largest offset.
  public var cosize: Int {
    leaves.reduce(1) { $0 + ($1.extent - 1) * $1.stride }
  }

  /// The modes as layouts; a leaf is its own only mode.
  public var modes: [Layout] {
    zip(shape.modes, stride.modes).map { Layout($0, stride: $1) }
  }

  /// The mode at an index, counted from the left.
  public subscript(mode: Int) -> Layout { modes[mode] }

  /// The layout without nesting, which is the same function on linear indices.
  public var flattened: Layout { Layout(leaves: leaves) }
}

extension Layout: CustomStringConvertible {
  /// The layout as CuTe prints it: `((8,8),(2,4)):((16,128),(1,1024))`.
  public var description: String { "\(shape):\(stride)" }
}
