// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// The fields that are in the same bits of the matrix descriptors of both architectures.
///
/// Offsets and addresses have 18 bits and are stored without the lowest 4.
enum MatrixDescriptorBits {
  /// The start address.
  static let startAddress = BitField<UInt64>(0...13)

  /// The leading byte offset.
  static let leadingByteOffset = BitField<UInt64>(16...29)

  /// The stride byte offset.
  static let strideByteOffset = BitField<UInt64>(32...45)

  /// The base offset.
  static let baseOffset = BitField<UInt64>(49...51)

  /// The largest offset that a field can hold.
  static let byteLimit = (1 << 18) - 16

  /// Checks the fields, and returns a descriptor with these fields and zero elsewhere.
  static func encode(
    startAddress: Int, leadingByteOffset: Int, strideByteOffset: Int, baseOffset: Int
  ) throws(DescriptorFinding) -> UInt64 {
    try check(.startAddress, startAddress, limit: Int(UInt32.max))
    try check(.leadingByteOffset, leadingByteOffset, limit: byteLimit)
    try check(.strideByteOffset, strideByteOffset, limit: byteLimit)
    if let finding = DescriptorFinding(
      checking: .baseOffset, value: baseOffset, against: .inRange(0...7))
    {
      throw finding
    }
    var raw: UInt64 = 0
    self.startAddress.write((startAddress & 0x3FFFF) >> 4, into: &raw)
    self.leadingByteOffset.write(leadingByteOffset >> 4, into: &raw)
    self.strideByteOffset.write(strideByteOffset >> 4, into: &raw)
    self.baseOffset.write(baseOffset, into: &raw)
    return raw
  }

  /// Checks a byte offset.
  private static func check(
    _ field: DescriptorField, _ value: Int, limit: Int
  ) throws(DescriptorFinding) {
    for rule in [DescriptorRule.inRange(0...limit), .multipleOf(16)] {
      if let finding = DescriptorFinding(checking: field, value: value, against: rule) {
        throw finding
      }
    }
  }

  /// Returns the findings in the bits of a descriptor that must be zero.
  static func reservedFindings(_ raw: UInt64, mask: UInt64) -> [DescriptorFinding] {
    let bits = Int(truncatingIfNeeded: raw & mask)
    return [DescriptorFinding(checking: .reservedBits, value: bits, against: .oneOf([0]))]
      .compactMap { $0 }
  }

  /// Returns the descriptor with its start moved by a multiple of 16 bytes.
  static func advance(_ raw: UInt64, byByteCount byteCount: Int) -> UInt64 {
    require(
      byteCount % 16 == 0,
      "A descriptor must advance by a multiple of 16 bytes, not by \(byteCount).")
    var result = raw
    let start = startAddress.read(raw) + (byteCount >> 4)
    startAddress.write(start & startAddress.limit, into: &result)
    return result
  }

  /// Returns whether the start address is in the 128-byte line of the pattern that the base offset
  /// names.
  static func startsInPhase(_ raw: UInt64, swizzle: Swizzle) -> Bool {
    let start = startAddress.read(raw) << 4
    let phase = baseOffset.read(raw) << 7
    return (start ^ phase) & swizzle.sourceMask == 0
  }
}
