// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A layout followed by a swizzle: CuTe's `ComposedLayout`, `swizzle ∘ offset ∘ layout`.
///
/// Swizzle, offset and layout count in the same unit; see `Swizzle.counted(inElementsOf:)`.
public struct SwizzledLayout: Hashable, Sendable {
  /// The permutation, applied last.
  public let swizzle: Swizzle

  /// The offset added to the layout's offsets before the swizzle.
  public let offset: Int

  /// The layout, applied first.
  public let layout: Layout

  /// Creates the composition of a swizzle, an offset and a layout.
  public init(swizzle: Swizzle, offset: Int = 0, layout: Layout) {
    self.swizzle = swizzle
    self.offset = offset
    self.layout = layout
  }

  /// Returns the swizzled offset of a linear index.
  public func callAsFunction(_ index: Int) -> Int { swizzle(offset + layout(index)) }

  /// Returns the swizzled offset of a coordinate.
  public func callAsFunction(_ coordinate: IntTuple) -> Int {
    swizzle(offset + layout(coordinate))
  }

  /// Returns the swizzled offset of an index into each of two modes.
  public func callAsFunction(_ first: Int, _ second: Int) -> Int {
    swizzle(offset + layout(first, second))
  }
}

extension SwizzledLayout: CustomStringConvertible {
  /// The composition as CUTLASS prints it: `Sw<3,4,3> o 0 o (8,8):(8,1)`.
  public var description: String { "\(swizzle) o \(offset) o \(layout)" }
}
