// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A coordinate in one mode of a layout, for a slice.
public enum SliceCoordinate: Hashable, Sendable {
  /// The whole mode: CuTe's underscore.
  case all

  /// An index that is known while recording.
  case index(Int)

  /// An index that is known only when the kernel runs, identified by a number.
  case dynamic(Int)

  /// A coordinate for each mode of this mode.
  case nested([SliceCoordinate])
}

extension SliceCoordinate: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  /// Creates a coordinate that is known while recording.
  public init(integerLiteral index: Int) {
    self = .index(index)
  }

  /// Creates a coordinate for each mode of a mode.
  public init(arrayLiteral coordinates: SliceCoordinate...) {
    self = .nested(coordinates)
  }
}
