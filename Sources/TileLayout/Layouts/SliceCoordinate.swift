/// What a slice takes of one mode of a layout.
public enum SliceCoordinate: Hashable, Sendable {
  /// The whole mode: CuTe's underscore.
  case all

  /// The part at an index that is known now.
  case index(Int)

  /// The part at an index that is known when the kernel runs, with the number by which to call it.
  case dynamic(Int)

  /// A coordinate for each mode of this mode.
  case nested([SliceCoordinate])
}

extension SliceCoordinate: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  /// Creates a coordinate that is known now.
  public init(integerLiteral index: Int) {
    self = .index(index)
  }

  /// Creates a coordinate for each mode of a mode.
  public init(arrayLiteral coordinates: SliceCoordinate...) {
    self = .nested(coordinates)
  }
}
