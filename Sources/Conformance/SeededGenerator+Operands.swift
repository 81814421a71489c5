// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// Random operands of cases.
extension SeededGenerator {
  /// Creates the generator for a name.
  init(_ name: String) { self.init(seed: fingerprint(name.utf8)) }

  /// Returns a random integer in a range.
  mutating func integer(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() >> 1 % UInt64(range.upperBound - range.lowerBound + 1))
  }

  /// Returns 32 random bits.
  mutating func word() -> UInt32 { UInt32(truncatingIfNeeded: next()) }

  /// Returns true with a probability of 1 in `count`.
  mutating func isOnce(in count: UInt64) -> Bool { next() % count == 0 }
}

/// Returns the FNV-1a hash of bytes.
///
/// - SeeAlso: RFC 9923, "The FNV Non-Cryptographic Hash Algorithm".
func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

/// Returns the hash of words, of their bytes in little-endian order.
func fingerprint(_ words: some Sequence<UInt32>) -> UInt64 {
  fingerprint(
    words.lazy.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } })
}
