// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// The modifiers of a per-lane operation.
struct LaneModifiers: OptionSet, Hashable {
  /// The bits: one for each option, and the rounding from bit 24 on.
  var rawValue: UInt32

  /// Subnormal inputs and results become zeros of their sign (`.ftz`).
  static let flushesSubnormals = LaneModifiers(rawValue: 1 << 0)
  /// Results are clamped: floats to [0, 1], integers to their type (`.sat`).
  static let saturates = LaneModifiers(rawValue: 1 << 1)
  /// Overflow becomes the largest finite value (`.satfinite`).
  static let saturatesToFinite = LaneModifiers(rawValue: 1 << 2)
  /// Negative results become zero (`.relu`).
  static let rectifies = LaneModifiers(rawValue: 1 << 3)
  /// NaN in either operand makes the result NaN (`.NaN`).
  static let propagatesNaN = LaneModifiers(rawValue: 1 << 4)
  /// The sign of the result is the product of the operands' signs (`.xorsign.abs`).
  static let combinesSigns = LaneModifiers(rawValue: 1 << 5)
  /// The predicate among the sources is negated (`!%p`).
  static let negatesPredicate = LaneModifiers(rawValue: 1 << 6)
  /// The carry flag is added; `subc` subtracts 1 where it is not set.
  static let readsCarry = LaneModifiers(rawValue: 1 << 7)
  /// The carry flag is written (`.cc`).
  static let writesCarry = LaneModifiers(rawValue: 1 << 8)
  /// The first operand's bytes are signed.
  static let firstIsSigned = LaneModifiers(rawValue: 1 << 9)
  /// The second operand's bytes are signed.
  static let secondIsSigned = LaneModifiers(rawValue: 1 << 10)
  /// The result is the upper half (`.hi`).
  static let takesHigh = LaneModifiers(rawValue: 1 << 11)
  /// The result of a comparison is combined with a predicate by `and`.
  static let combinesByAnd = LaneModifiers(rawValue: 1 << 12)
  /// The result of a comparison is combined with a predicate by `or`.
  static let combinesByOr = LaneModifiers(rawValue: 1 << 13)
  /// The result of a comparison is combined with a predicate by `xor`.
  static let combinesByXor = LaneModifiers(rawValue: 1 << 14)
  /// The operands' signs are ignored (`.abs`).
  static let takesMagnitudes = LaneModifiers(rawValue: 1 << 15)

  /// The position of the bits of the rounding, 0 for the nearest.
  private static let roundingShift: UInt32 = 24

  /// The rounding of results; to the nearest, ties to even, by default.
  var rounding: Rounding {
    get {
      switch rawValue >> LaneModifiers.roundingShift {
      case 1: .toNearestAway
      case 2: .towardZero
      case 3: .up
      case 4: .down
      default: .toNearestEven
      }
    }
    set {
      let code: UInt32 =
        switch newValue {
        case .toNearestEven: 0
        case .toNearestAway: 1
        case .towardZero: 2
        case .up: 3
        case .down: 4
        }
      rawValue =
        rawValue & (1 << LaneModifiers.roundingShift - 1) | code << LaneModifiers.roundingShift
    }
  }

  /// Whether a float operation rounds to the nearest and has no other modifier.
  var isPlain: Bool { rawValue == 0 }
}
