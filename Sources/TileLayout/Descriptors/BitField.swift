// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// A range of bits of an integer that holds a number.
struct BitField<Storage: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  /// The lowest bit.
  let low: Int

  /// The number of bits.
  let width: Int

  /// Creates the field of the given bits.
  init(_ bits: ClosedRange<Int>) {
    low = bits.lowerBound
    width = bits.count
  }

  /// The largest number that the field can hold.
  var limit: Int { (1 << width) - 1 }

  /// Returns the number in the field.
  func read(_ raw: Storage) -> Int {
    Int((raw >> Storage(low)) & Storage(limit))
  }

  /// Writes a number, which must fit, into the field.
  func write(_ value: Int, into raw: inout Storage) {
    require(
      (0...limit).contains(value), "The value \(value) does not fit in \(width) bits.")
    raw &= ~(Storage(limit) << Storage(low))
    raw |= Storage(value) << Storage(low)
  }
}
