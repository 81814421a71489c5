import DeviceRuntime

extension SeededGenerator {
  /// Returns a number from 0 up to but not including 1, one of 2⁵³.
  public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Returns a normally distributed number of mean 0 and variance 1, by Marsaglia's polar method.
  public mutating func nextNormal() -> Double {
    while true {
      let x = 2 * nextUnit() - 1
      let y = 2 * nextUnit() - 1
      let square = x * x + y * y
      if square > 0, square < 1 {
        return x * (-2 * naturalLogarithm(square) / square).squareRoot()
      }
    }
  }
}

/// The reciprocals of the odd numbers from 31 down to 1.
private let oddReciprocals: [16 of Double] = [
  1 / 31, 1 / 29, 1 / 27, 1 / 25, 1 / 23, 1 / 21, 1 / 19, 1 / 17, 1 / 15, 1 / 13, 1 / 11, 1 / 9,
  1 / 7, 1 / 5, 1 / 3, 1,
]

/// Returns the natural logarithm of a positive number, to about 15 digits.
///
/// The series of the inverse hyperbolic tangent on the significand; Swift has no logarithm of its
/// own without a system library.
private func naturalLogarithm(_ value: Double) -> Double {
  let ratio = (value.significand - 1) / (value.significand + 1)
  let square = ratio * ratio
  var sum = 0.0
  for index in 0..<16 { sum = sum * square + oddReciprocals[index] }
  return 2 * ratio * sum + Double(value.exponent) * 0.693_147_180_559_945_3
}
