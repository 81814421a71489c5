// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The 64-bit matrix descriptor of `tcgen05.mma` and `tcgen05.cp`: the layout of an operand in
/// shared memory.
///
/// - SeeAlso: PTX ISA, "Shared memory descriptor" of `tcgen05`.
public struct BlackwellMatrixDescriptor: RawRepresentable, Hashable, Sendable {
  /// A swizzle with its code in this descriptor.
  public enum Layout: Int, Hashable, Sendable, CaseIterable {
    /// No swizzle.
    case none = 0

    /// 128-byte rows with swapped 32-byte parts: MN-major tf32 only.
    case bytes128Atoms32 = 1

    /// 128-byte rows.
    case bytes128 = 2

    /// 64-byte rows.
    case bytes64 = 4

    /// 32-byte rows.
    case bytes32 = 6
  }

  /// The bits.
  public let rawValue: UInt64

  /// The bits of the constant that distinguishes this descriptor from Hopper's.
  private static let versionBits = BitField<UInt64>(46...48)

  /// The bit that turns the LBO into an address.
  private static let leadingOffsetModeBits = BitField<UInt64>(52...52)

  /// The bits of the layout code.
  private static let layoutBits = BitField<UInt64>(61...63)

  /// The bits that must be zero.
  private static let reservedMask: UInt64 = 0x1FE0_0000_C000_C000

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
  ///   - layout: The swizzle.
  /// - Throws: `DescriptorFinding` if a field cannot hold its value.
  public init(
    startAddress: Int, leadingByteOffset: Int, strideByteOffset: Int, baseOffset: Int = 0,
    layout: Layout
  ) throws(DescriptorFinding) {
    var raw = try MatrixDescriptorBits.encode(
      startAddress: startAddress, leadingByteOffset: leadingByteOffset,
      strideByteOffset: strideByteOffset, baseOffset: baseOffset)
    Self.versionBits.write(1, into: &raw)
    Self.layoutBits.write(layout.rawValue, into: &raw)
    rawValue = raw
  }
}

extension BlackwellMatrixDescriptor {
  /// The low 18 bits of the operand's shared address.
  public var startAddress: Int { MatrixDescriptorBits.startAddress.read(rawValue) << 4 }

  /// The LBO in bytes.
  public var leadingByteOffset: Int { MatrixDescriptorBits.leadingByteOffset.read(rawValue) << 4 }

  /// The SBO in bytes.
  public var strideByteOffset: Int { MatrixDescriptorBits.strideByteOffset.read(rawValue) << 4 }

  /// The phase of a pattern that does not begin at its natural boundary.
  public var baseOffset: Int { MatrixDescriptorBits.baseOffset.read(rawValue) }

  /// The swizzle, or `nil` if the code is not valid.
  public var layout: Layout? { Layout(rawValue: Self.layoutBits.read(rawValue)) }

  /// Whether the operand starts in the line of the swizzle's pattern that the base offset names.
  ///
  /// Instructions accept other starts, but rarely read the intended tile then.
  public var startsInPhase: Bool {
    MatrixDescriptorBits.startsInPhase(
      rawValue, swizzle: (layout ?? .none).swizzle)
  }

  /// Returns the descriptor of an operand whose start is a multiple of 16 bytes further on.
  public func advanced(byByteCount byteCount: Int) -> BlackwellMatrixDescriptor {
    BlackwellMatrixDescriptor(
      rawValue: MatrixDescriptorBits.advance(rawValue, byByteCount: byteCount))
  }

  /// The fields, from the low bits up.
  public var fields: [DescriptorBits] {
    let isAddress = Self.leadingOffsetModeBits.read(rawValue) == 1
    let further = [
      DescriptorBits("version", Self.versionBits, of: rawValue, "always 1"),
      DescriptorBits(
        DescriptorField.leadingOffsetMode.rawValue, Self.leadingOffsetModeBits, of: rawValue,
        isAddress ? "an address" : "a distance"),
      DescriptorBits(
        "swizzle", Self.layoutBits, of: rawValue, layout.map(\.description) ?? "invalid code"),
    ]
    let fields = MatrixDescriptorBits.fields(of: rawValue) + further
    return fields.sorted { $0.bits.lowerBound < $1.bits.lowerBound }
  }

  /// The rules that the bits break.
  public var findings: [DescriptorFinding] {
    let fields: [(DescriptorField, BitField<UInt64>, DescriptorRule)] = [
      (.version, Self.versionBits, .oneOf([1])),
      (.leadingOffsetMode, Self.leadingOffsetModeBits, .oneOf([0])),
      (.layout, Self.layoutBits, .oneOf(Layout.allCases.map(\.rawValue))),
    ]
    return MatrixDescriptorBits.reservedFindings(rawValue, mask: Self.reservedMask)
      + fields.compactMap { field, bits, rule in
        DescriptorFinding(checking: field, value: bits.read(rawValue), against: rule)
      }
  }
}

extension BlackwellMatrixDescriptor.Layout {
  /// Creates the layout for a swizzle that TMA also supports.
  public init(_ mode: SwizzleMode) {
    switch mode {
    case .none: self = .none
    case .bytes32: self = .bytes32
    case .bytes64: self = .bytes64
    case .bytes128: self = .bytes128
    }
  }

  /// The permutation of byte addresses.
  public var swizzle: Swizzle {
    switch self {
    case .none: SwizzleMode.none.swizzle
    case .bytes128Atoms32: Swizzle(bits: 2, base: 5, shift: 2)
    case .bytes128: SwizzleMode.bytes128.swizzle
    case .bytes64: SwizzleMode.bytes64.swizzle
    case .bytes32: SwizzleMode.bytes32.swizzle
    }
  }
}

extension BlackwellMatrixDescriptor.Layout: CustomStringConvertible {
  /// The layout in words: "no swizzle", "128B swizzle".
  public var description: String {
    switch self {
    case .none: "no swizzle"
    case .bytes128Atoms32: "128B swizzle of 32B atoms"
    case .bytes128: "128B swizzle"
    case .bytes64: "64B swizzle"
    case .bytes32: "32B swizzle"
    }
  }
}

extension BlackwellMatrixDescriptor: CustomStringConvertible {
  /// The fields in words: "start 0x400, LBO 1024 B, SBO 128 B, no swizzle".
  public var description: String {
    let start = String(startAddress, radix: 16)
    let layoutText = layout.map(\.description) ?? "illegal layout code"
    let base = baseOffset == 0 ? "" : ", base offset \(baseOffset)"
    return "start 0x\(start), LBO \(leadingByteOffset) B, SBO \(strideByteOffset) B, "
      + "\(layoutText)\(base)"
  }
}
