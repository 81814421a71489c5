// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The swizzles that TMA and matrix instructions share.
///
/// The exclusive or applies to absolute shared-memory byte addresses. In a tile that starts at a
/// multiple of `patternByteCount` it may equally be applied to offsets.
public enum SwizzleMode: String, Hashable, Sendable, CaseIterable {
  /// No swizzle: core matrices of 8 rows of 16 bytes lie one after another.
  case none

  /// Rows of 32 bytes, four to a 128-byte line.
  case bytes32 = "32B"

  /// Rows of 64 bytes, two to a 128-byte line.
  case bytes64 = "64B"

  /// Rows of 128 bytes.
  case bytes128 = "128B"

  /// The bytes of a row of an atom, which is the width of a box: 16 without a swizzle.
  public var spanByteCount: Int {
    switch self {
    case .none: 16
    case .bytes32: 32
    case .bytes64: 64
    case .bytes128: 128
    }
  }

  /// The bytes of an atom of 8 rows: the period of the pattern and the alignment of tiles.
  public var patternByteCount: Int { 8 * spanByteCount }

  /// The permutation of byte addresses.
  public var swizzle: Swizzle {
    switch self {
    case .none: Swizzle(bits: 0, base: 4, shift: 3)
    case .bytes32: Swizzle(bits: 1, base: 4, shift: 3)
    case .bytes64: Swizzle(bits: 2, base: 4, shift: 3)
    case .bytes128: Swizzle(bits: 3, base: 4, shift: 3)
    }
  }

  /// The code in bits 62–63 of a `wgmma` matrix descriptor.
  public var hopperDescriptorCode: Int {
    switch self {
    case .none: 0
    case .bytes32: 3
    case .bytes64: 2
    case .bytes128: 1
    }
  }

  /// The code in bits 61–63 of a `tcgen05` matrix descriptor.
  public var blackwellDescriptorCode: Int {
    switch self {
    case .none: 0
    case .bytes32: 6
    case .bytes64: 4
    case .bytes128: 2
    }
  }

  /// The value of `CUtensorMapSwizzle`, also that of `tensormap.replace`.
  public var tensorMapCode: Int {
    switch self {
    case .none: 0
    case .bytes32: 1
    case .bytes64: 2
    case .bytes128: 3
    }
  }

  /// Creates the mode with a code of a `wgmma` matrix descriptor, or `nil` if there is none.
  public init?(hopperDescriptorCode code: Int) {
    self.init { $0.hopperDescriptorCode == code }
  }

  /// Creates the mode with a value of `CUtensorMapSwizzle`, or `nil` if there is none.
  public init?(tensorMapCode code: Int) {
    self.init { $0.tensorMapCode == code }
  }

  /// Creates the first mode that satisfies a condition, or `nil`.
  private init?(where condition: (SwizzleMode) -> Bool) {
    guard let mode = Self.allCases.first(where: condition) else { return nil }
    self = mode
  }
}

extension SwizzleMode: CustomStringConvertible {
  /// The mode in words: "no swizzle", "128B swizzle".
  public var description: String {
    switch self {
    case .none: "no swizzle"
    case .bytes32, .bytes64, .bytes128: "\(rawValue) swizzle"
    }
  }
}
