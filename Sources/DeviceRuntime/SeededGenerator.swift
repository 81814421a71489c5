// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A random number generator whose numbers depend only on its seed.
///
/// - SeeAlso: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  /// The increment of the state for each number.
  package static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The factors that multiply the bits of a state, after the first shift and after the second.
  package static let factors: (first: UInt64, second: UInt64) = (
    0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB
  )

  /// The state, from which the next number is mixed.
  private var state: UInt64

  /// Creates a generator; every seed is equally good.
  public init(seed: UInt64) { state = seed }

  /// Creates a generator that has already produced some numbers.
  public init(seed: UInt64, after count: UInt64) {
    state = seed &+ count &* SeededGenerator.increment
  }

  /// Returns the next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= SeededGenerator.increment
    var bits = state
    bits = (bits ^ (bits >> 30)) &* SeededGenerator.factors.first
    bits = (bits ^ (bits >> 27)) &* SeededGenerator.factors.second
    return bits ^ (bits >> 31)
  }
}
