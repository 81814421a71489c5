// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The 64-bit matrix descriptor of `wgmma`: the address and layout of an operand in shared memory.
///
/// - SeeAlso: PTX ISA, "Matrix Descriptor Format" of `wgmma`.
public struct HopperMatrixDescriptor: RawRepresentable, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt64

  /// The bits of the swizzle's code.
  private static let swizzleBits = BitField<UInt64>(62...63)

  /// The bits that must be zero.
  private static let reservedMask: UInt64 = 0x3FF1_C000_C000_C000

  /// Creates the descriptor of the given bits, legal or not.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Creates a descriptor of the given fields.
  ///
  /// - Parameters:
  ///   - startAddress: The shared address of the operand, a multiple of 16; bits above 17 are
  ///     dropped.
  ///   - leadingByteOffset: The LBO, a multiple of 16 below 2¹⁸.
  ///   - strideByteOffset: The SBO, a multiple of 16 below 2¹⁸.
  ///   - baseOffset: The phase of the pattern, 0 in an aligned tile.
  ///   - swizzleMode: The swizzle.
  /// - Throws: `DescriptorFinding` if a field cannot hold its value.
  public init(
    startAddress: Int, leadingByteOffset: Int, strideByteOffset: Int, baseOffset: Int = 0,
    swizzleMode: SwizzleMode
  ) throws(DescriptorFinding) {
    var raw = try MatrixDescriptorBits.encode(
      startAddress: startAddress, leadingByteOffset: leadingByteOffset,
      strideByteOffset: strideByteOffset, baseOffset: baseOffset)
    Self.swizzleBits.write(swizzleMode.hopperDescriptorCode, into: &raw)
    rawValue = raw
  }
}

extension HopperMatrixDescriptor {
  /// The low 18 bits of the operand's shared address.
  public var startAddress: Int { MatrixDescriptorBits.startAddress.read(rawValue) << 4 }

  /// The LBO in bytes.
  public var leadingByteOffset: Int { MatrixDescriptorBits.leadingByteOffset.read(rawValue) << 4 }

  /// The SBO in bytes.
  public var strideByteOffset: Int { MatrixDescriptorBits.strideByteOffset.read(rawValue) << 4 }

  /// The phase of a pattern that does not begin at its natural boundary.
  public var baseOffset: Int { MatrixDescriptorBits.baseOffset.read(rawValue) }

  /// The swizzle.
  public var swizzleMode: SwizzleMode {
    // Each of the four codes belongs to a mode.
    SwizzleMode(hopperDescriptorCode: Self.swizzleBits.read(rawValue)) ?? .none
  }

  /// Whether the operand starts in the line of the swizzle's pattern that the base offset names.
  ///
  /// Instructions accept other starts, but rarely read the intended tile then.
  public var startsInPhase: Bool {
    MatrixDescriptorBits.startsInPhase(rawValue, swizzle: swizzleMode.swizzle)
  }

  /// Returns the descriptor of an operand whose start is a multiple of 16 bytes further on.
  public func advanced(byByteCount byteCount: Int) -> HopperMatrixDescriptor {
    HopperMatrixDescriptor(
      rawValue: MatrixDescriptorBits.advance(rawValue, byByteCount: byteCount))
  }

  /// The fields, from the low bits up.
  public var fields: [DescriptorBits] {
    MatrixDescriptorBits.fields(of: rawValue) + [
      DescriptorBits("swizzle", Self.swizzleBits, of: rawValue, "\(swizzleMode)")
    ]
  }

  /// The rules that the bits break.
  public var findings: [DescriptorFinding] {
    MatrixDescriptorBits.reservedFindings(rawValue, mask: Self.reservedMask)
  }
}

extension HopperMatrixDescriptor: CustomStringConvertible {
  /// The fields in words: "start 0x400, LBO 1024 B, SBO 128 B, no swizzle".
  public var description: String {
    let start = String(startAddress, radix: 16)
    let base = baseOffset == 0 ? "" : ", base offset \(baseOffset)"
    return "start 0x\(start), LBO \(leadingByteOffset) B, SBO \(strideByteOffset) B, "
      + "\(swizzleMode)\(base)"
  }
}
