// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import TileLayout

/// The descriptors by which tensor cores read an operand's tile in shared memory.
///
/// They follow from that of the first row and step along k.
public struct OperandDescriptors: Sendable {
  /// The layout of the tile.
  let layout: CanonicalLayout

  /// The descriptor of the first row and step of the tile.
  private let first: MatrixDescriptor

  /// Creates the descriptors of a tile.
  ///
  /// - `first`: The descriptor of its first row and step.
  /// - `layout`: The layout of the whole tile.
  public init(_ first: MatrixDescriptor, layout: CanonicalLayout) {
    self.first = first
    self.layout = layout
  }

  /// Returns the descriptors of a stage of the ring of tiles whose stage 0 has these.
  public func stage(_ index: DeviceValue<UInt32>) -> OperandDescriptors {
    OperandDescriptors(
      first.advanced(by: index, elementByteCount: layout.byteCount), layout: layout)
  }

  /// Returns the descriptors of one of several equal ranges of the tile's rows.
  func rows(_ count: Int, at index: DeviceValue<UInt32>) -> OperandDescriptors {
    // One that has all rows begins at the first.
    if count >= layout.rows { return self }
    let byteCount = layout.descriptorByteOffset(step: 0, row: count)
    return OperandDescriptors(
      first.advanced(by: index, elementByteCount: byteCount), layout: layout)
  }

  /// Returns the descriptor of a step along k.
  func descriptor(step: Int, row: Int = 0) -> MatrixDescriptor {
    first.advanced(byByteCount: layout.descriptorByteOffset(step: step, row: row))
  }
}
