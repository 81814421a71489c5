// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport

/// The Floats on which conversions are tested.
enum FloatSamples {
  /// A million and a half random bit patterns.
  private static let random: [UInt32] = {
    var generator = SplitMix64(seed: 1)
    return (0..<1_500_000).map { _ in UInt32(truncatingIfNeeded: generator.next()) }
  }()

  /// For each sign and exponent, significands that are random, have one bit set, or have one bit
  /// clear.
  private static let everyExponent: [UInt32] = {
    var generator = SplitMix64(seed: 2)
    var samples: [UInt32] = []
    for signAndExponent in 0..<UInt32(512) {
      let high = signAndExponent << 23
      for _ in 0..<960 { samples.append(high | UInt32(generator.next() >> 41)) }
      for bit in 0..<UInt32(23) {
        samples.append(high | 1 << bit)
        samples.append(high | 0x7F_FFFF ^ 1 << bit)
      }
      samples += [high, high | 1, high | 0x40_0001, high | 0x7F_FFFF]
    }
    return samples
  }()

  /// Returns half a million Floats from below a format's range to above it.
  ///
  /// Half of them have few significand bits, so that many are ties.
  private static func inRange(of format: FormatUnderTest) -> [UInt32] {
    var generator = SplitMix64(seed: 3)
    let lowest = max(Int(format.smallest.exponent) - 3, -149)
    let highest = min(Int(format.largest.exponent) + 2, 127)
    return (0..<500_000).map { index in
      let droppedBitCount = index % 2 == 0 ? 0 : UInt32.random(in: 8...22, using: &generator)
      let fraction = UInt32(generator.next() >> 41) & (0x7F_FFFF << droppedBitCount)
      let significand = Float(bitPattern: 0x3F80_0000 | fraction)
      let exponent = Int.random(in: lowest...highest, using: &generator)
      let sign: FloatingPointSign = Bool.random(using: &generator) ? .minus : .plus
      return Float(sign: sign, exponent: exponent, significand: significand).bitPattern
    }
  }

  /// Returns a format's values, the midpoints between neighbors, and the Floats next to these.
  ///
  /// Beyond the largest value, one more step of the last size is included.
  static func aroundCodes(of format: FormatUnderTest) -> [UInt32] {
    let values = Set(format.finiteCodes.map { Double(format.decode($0).magnitude) }).sorted()
    var samples: [UInt32] = []
    for (index, value) in values.enumerated() {
      let step = index + 1 < values.count ? values[index + 1] - value : value - values[index - 1]
      for center in [Float(value), Float(value + step / 2), Float(value + step)] {
        for near in [center.nextDown, center, center.nextUp] {
          samples += [near.bitPattern, (-near).bitPattern]
        }
      }
    }
    return samples
  }

  /// Zeros, infinities, extremes, and quiet and signalling NaNs, of both signs.
  private static let special: [UInt32] = [
    0, 1, 2, 0x7F_FFFF, 0x80_0000, 0x3F80_0000, 0x7F7F_FFFF, 0x7F80_0000, 0x7F80_0001,
    0x7FBF_FFFF, 0x7FC0_0000, 0x7FC0_0001, 0x7FFF_FFFF, 0x7F80_2000, 0x7F80_1FFF,
  ].flatMap { [$0, $0 | 0x8000_0000] }

  /// Returns all samples for a format, more than two million.
  static func all(for format: FormatUnderTest) -> [Float] {
    let bits = random + everyExponent + inRange(of: format) + aroundCodes(of: format) + special
    return bits.map { Float(bitPattern: $0) }
  }

  /// Returns Doubles: widened Floats, their neighbors, and values outside Float's range.
  ///
  /// Each neighbor differs from its sample by less than the spacing of Floats, so that rounding
  /// through Float gives a wrong result.
  static func doubles(for format: FormatUnderTest) -> [Double] {
    var generator = SplitMix64(seed: 4)
    let floats = aroundCodes(of: format).shuffled(using: &generator).prefix(250_000).map {
      Double(Float(bitPattern: $0))
    }
    let near = inRange(of: format).prefix(250_000).map { Double(Float(bitPattern: $0)) }
    let random = (0..<250_000).map { _ in Double(bitPattern: generator.next()) }
    let special = [0x1p-1074, 0x1p-1022, 0x1p-150, 0x1p128, 0x1.ffffffp127, 0x1p1023]
    return (floats + near).flatMap { [$0, $0.nextUp, $0.nextDown] } + random
      + special.flatMap { [$0, -$0] }
  }
}
