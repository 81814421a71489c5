// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Normally distributed numbers of mean 0 and variance 1, each a function of 64 random bits.
///
/// The number is the distribution's quantile at a probability given by the bits. It is computed in
/// single precision by additions, multiplications, divisions and a square root, in a fixed order,
/// so that the host, the simulator and a GPU compute the same bits. It is within 0.000002 of the
/// quantile up to 5.4, and within 0.003 beyond that, up to the largest, 6.34.
///
/// - SeeAlso: Giles, "Approximating the erfinv function" (2010), for the polynomials.
enum StandardNormal {
  /// The coefficients, from the highest power down, where the logarithm is above -5.
  static let centralCoefficients: [9 of Float] = [
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
    -0.00417768164, 0.246640727, 1.50140941,
  ]

  /// The coefficients, from the highest power down, in the tails.
  static let tailCoefficients: [9 of Float] = [
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
    0.00943887047, 1.00167406, 2.83297682,
  ]

  /// The coefficients, from the highest power down, of the series of the inverse hyperbolic tangent
  /// in the square of its argument.
  static let logarithmCoefficients: [5 of Float] = [1 / 9, 1 / 7, 1 / 5, 1 / 3, 1]

  /// The square root of 1/2, as the bits of a float, from which significands are counted.
  static let leastSignificand: UInt32 = 0x3F35_04F3

  /// The offset that is added to a float's exponent, so that it is not negative.
  static let exponentOffset: UInt32 = 32

  /// The natural logarithm of 2.
  static let logarithmOf2: Float = 0.693_147_18

  /// The square root of 2.
  static let squareRootOf2: Float = 1.414_213_6

  /// Returns the number for 64 random bits.
  ///
  /// The upper 31 bits give the probability, the next bit the sign.
  static func number(from word: UInt64) -> Float {
    let place = Float(UInt32(truncatingIfNeeded: word >> 33))
    // The probability of a number beyond this one: above 0 and at most 1/2.
    let tail = place * 0x1p-32 + 0x1p-33
    let centre = 1 - 2 * tail
    let depth = 0 - logarithm((4 * tail) * (1 - tail))
    let factor =
      depth < 5
      ? polynomial(centralCoefficients, at: depth - 2.5)
      : polynomial(tailCoefficients, at: depth.squareRoot() - 3)
    let magnitude = factor * centre * squareRootOf2
    return word & (1 << 32) == 0 ? magnitude : 0 - magnitude
  }

  /// Returns the natural logarithm of a number from 2⁻³² to 1.
  private static func logarithm(_ value: Float) -> Float {
    let offset = exponentOffset << 23
    let bits = value.bitPattern &+ (offset &- leastSignificand)
    let exponent = Float(bits >> 23) - Float(exponentOffset)
    let significand = Float(bitPattern: (bits & 0x7F_FFFF) &+ leastSignificand)
    let ratio = (significand - 1) / (significand + 1)
    let square = ratio * ratio
    var series = logarithmCoefficients[0]
    for index in 1..<5 { series = series * square + logarithmCoefficients[index] }
    return (2 * ratio) * series + exponent * logarithmOf2
  }

  /// Returns the value of a polynomial, each step rounded twice.
  private static func polynomial(_ coefficients: [9 of Float], at x: Float) -> Float {
    var value = coefficients[0]
    for index in 1..<9 { value = value * x + coefficients[index] }
    return value
  }
}
