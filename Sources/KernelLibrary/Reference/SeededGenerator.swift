// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

extension SeededGenerator {
  /// Returns a number from 0 up to but not including 1, one of 2⁵³.
  public mutating func nextUnit() -> Double { SeededGenerator.unit(next()) }

  /// Returns a normally distributed number of mean 0 and variance 1.
  public mutating func nextNormal() -> Float { StandardNormal.number(from: next()) }

  /// Returns the number from 0 up to but not including 1 that 64 bits choose.
  static func unit(_ word: UInt64) -> Double { Double(word >> 11) * 0x1p-53 }
}
