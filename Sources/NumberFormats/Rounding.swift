/// The way a value that lies between two neighbours of a format is given to one of them.
public enum Rounding: Sendable, Hashable, CaseIterable {
  /// To the nearer neighbour; from the middle to the one whose last significand bit is 0 (`.rn`).
  case toNearestEven
  /// To the nearer neighbour; from the middle to the one further from zero (`.rna`).
  case toNearestAway
  /// To the neighbour nearer to zero (`.rz`).
  case towardZero
  /// To the greater neighbour (`.rp`).
  case up
  /// To the smaller neighbour (`.rm`).
  case down

  /// Returns whether a magnitude between two neighbours is given to the larger of them.
  ///
  /// - Parameters:
  ///   - remainder: The magnitude's distance from the smaller neighbour; 0 if it is that neighbour.
  ///   - half: Half the distance of the neighbours, in the same unit.
  ///   - isOdd: Whether the last significand bit of the smaller neighbour is 1.
  ///   - isNegative: Whether the magnitude is a negative value's.
  /// - Returns: Whether the result is the larger neighbour.
  func enlarges(remainder: UInt64, half: UInt64, isOdd: Bool, isNegative: Bool) -> Bool {
    switch self {
    case .toNearestEven: remainder > half || (remainder == half && isOdd)
    case .toNearestAway: remainder >= half
    case .towardZero: false
    case .up: remainder > 0 && !isNegative
    case .down: remainder > 0 && isNegative
    }
  }

  /// Returns whether a finite value beyond the greatest finite one leaves the finite ones.
  func overflows(isNegative: Bool) -> Bool {
    switch self {
    case .toNearestEven, .toNearestAway: true
    case .towardZero: false
    case .up: !isNegative
    case .down: isNegative
    }
  }
}
