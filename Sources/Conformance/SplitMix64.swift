/// The random number generator of the operands: the same numbers for the same seed, everywhere.
///
/// - SeeAlso: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct SplitMix64 {
  /// The number from which the next one is mixed.
  private var state: UInt64

  /// Creates a generator; every seed is a good one.
  init(seed: UInt64) { state = seed }

  /// Creates the generator of a name.
  init(_ name: String) { state = fingerprint(name.utf8) }

  /// Returns the next 64 random bits.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// Returns an integer of a range.
  mutating func integer(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() >> 1 % UInt64(range.upperBound - range.lowerBound + 1))
  }

  /// Returns 32 random bits.
  mutating func word() -> UInt32 { UInt32(truncatingIfNeeded: next()) }

  /// Returns true once in so many times.
  mutating func isOnce(in count: UInt64) -> Bool { next() % count == 0 }
}

/// Returns the FNV-1a hash of bytes.
///
/// - SeeAlso: RFC 9923, "The FNV Non-Cryptographic Hash Algorithm".
func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

/// Returns the hash of words, of their bytes from the lowest on.
func fingerprint(_ words: some Sequence<UInt32>) -> UInt64 {
  fingerprint(
    words.lazy.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } })
}
