// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A field of a descriptor with its bits.
public struct DescriptorBits: Hashable, Sendable {
  /// The name of the field.
  public let name: String

  /// The lowest and the highest bit.
  public let bits: ClosedRange<Int>

  /// The number in these bits.
  public let code: Int

  /// The meaning of the number, in words.
  public let meaning: String

  /// Creates a field from the bits of a descriptor.
  init(_ name: String, _ field: BitField<UInt64>, of raw: UInt64, _ meaning: String) {
    self.name = name
    bits = field.low...field.low + field.width - 1
    code = field.read(raw)
    self.meaning = meaning
  }
}

extension MatrixDescriptorBits {
  /// Returns the fields that the descriptors of both architectures share.
  static func fields(of raw: UInt64) -> [DescriptorBits] {
    /// Returns a field in units of 16 bytes.
    func field(_ name: DescriptorField, _ bits: BitField<UInt64>) -> DescriptorBits {
      DescriptorBits(name.rawValue, bits, of: raw, "\(bits.read(raw) << 4) bytes / 16")
    }
    let phase = baseOffset.read(raw)
    return [
      field(.startAddress, startAddress), field(.leadingByteOffset, leadingByteOffset),
      field(.strideByteOffset, strideByteOffset),
      DescriptorBits(
        DescriptorField.baseOffset.rawValue, baseOffset, of: raw,
        phase == 0 ? "the pattern starts with the tile" : "line \(phase) of the pattern"),
    ]
  }
}
