// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A floating-point element of at most 8 bits, with its code in instruction descriptors.
public enum NarrowFloat: Int, Hashable, Sendable, CaseIterable {
  /// 4 exponent and 3 mantissa bits.
  case e4m3 = 0

  /// 5 exponent and 2 mantissa bits.
  case e5m2 = 1

  /// 2 exponent and 3 mantissa bits.
  case e2m3 = 3

  /// 3 exponent and 2 mantissa bits.
  case e3m2 = 4

  /// 2 exponent bits and 1 mantissa bit.
  case e2m1 = 5
}

/// A floating-point accumulator, with its code in instruction descriptors.
public enum FloatAccumulator: Int, Hashable, Sendable, CaseIterable {
  /// 16 bits.
  case f16 = 0

  /// 32 bits.
  case f32 = 1
}

/// An 8-bit integer element, with its code in instruction descriptors.
public enum ByteInteger: Int, Hashable, Sendable, CaseIterable {
  /// Unsigned.
  case u8 = 0

  /// Signed.
  case s8 = 1
}
