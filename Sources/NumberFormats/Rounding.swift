// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The rule that rounds a value between two neighbours of a format to one of them.
public enum Rounding: Sendable, Hashable, CaseIterable {
  /// To the nearer neighbour; ties to the one whose last significand bit is 0 (`.rn`).
  case toNearestEven
  /// To the nearer neighbour; ties to the one further from zero (`.rna`).
  case toNearestAway
  /// To the neighbour nearer to zero (`.rz`).
  case towardZero
  /// To the larger neighbour (`.rp`).
  case up
  /// To the smaller neighbour (`.rm`).
  case down

  /// Returns whether a magnitude between two neighbours is rounded to the larger one.
  ///
  /// - Parameters:
  ///   - remainder: The distance from the smaller neighbour; 0 if the magnitude equals it.
  ///   - half: Half the distance between the neighbours, in the same unit.
  ///   - isOdd: Whether the last significand bit of the smaller neighbour is 1.
  ///   - isNegative: Whether the value is negative.
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

  /// Returns whether a finite value beyond the largest finite one overflows rather than clamps.
  func overflows(isNegative: Bool) -> Bool {
    switch self {
    case .toNearestEven, .toNearestAway: true
    case .towardZero: false
    case .up: !isNegative
    case .down: isNegative
    }
  }
}
