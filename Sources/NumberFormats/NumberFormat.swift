// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A floating-point format of at most 32 bits whose values `Float` can represent.
///
/// A value is its bits. `==` and `hash(into:)` compare bits: the two zeros differ, and a NaN equals
/// itself. To compare numbers, compare `Float(x)`. Arithmetic is done in `Float`.
///
/// Initializers without a rounding label convert as `ml_dtypes` and `numpy` do on the host.
/// Initializers with one, such as `init(saturating:)` and `init(truncating:)`, convert as `cvt`
/// does on the GPU. They differ in the treatment of NaN.
public protocol NumberFormat: BitwiseCopyable, Sendable, Hashable, CustomStringConvertible,
  ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral
{
  /// An unsigned integer that holds the bits of a value.
  associatedtype BitPattern: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable

  /// The usual name of the format, such as `bf16` or `e4m3`.
  static var name: String { get }
  /// The number of bits of a value in a dense array.
  static var bitWidth: Int { get }
  /// The bit layout of the values.
  static var encoding: FloatEncoding { get }

  /// The bits, in the low bits of the integer.
  var bitPattern: BitPattern { get }
  /// Creates the value with the given bits; bits beyond the format's width are ignored.
  init(bitPattern: BitPattern)

  /// The exact value; a NaN keeps its sign.
  var float: Float { get }
  /// Creates the nearest value, ties to even, as `ml_dtypes` does.
  ///
  /// Infinity and values that round beyond the largest finite value become infinity; in formats
  /// without infinity, NaN; in formats without either, the largest finite value. The sign is kept.
  /// NaN becomes a quiet NaN of the same sign; in formats without NaN, the largest finite value
  /// (where `ml_dtypes` returns zero). In formats without a sign, negative values become NaN; in
  /// formats without zero, so does zero.
  init(_ value: Float)
}

extension NumberFormat {
  /// The number of exponent bits.
  @inlinable public static var exponentBitCount: Int { encoding.exponentBitCount }
  /// The number of significand bits that are stored.
  @inlinable public static var significandBitCount: Int { encoding.significandBitCount }
  /// The exponent bias.
  @inlinable public static var exponentBias: Int { encoding.exponentBias }
  /// Whether the format has infinities.
  @inlinable public static var hasInfinity: Bool { encoding.specialCodes == .infinityAndNaN }
  /// Whether the format has NaN.
  @inlinable public static var hasNaN: Bool { encoding.specialCodes != .none }

  /// The largest finite value.
  @inlinable
  public static var greatestFiniteMagnitude: Self {
    Self(magnitudeCode: encoding.greatestFiniteCode)
  }

  /// The smallest value greater than zero.
  @inlinable
  public static var leastNonzeroMagnitude: Self {
    Self(magnitudeCode: encoding.leastNonzeroCode)
  }

  /// The NaN that the hardware's conversions return: all bits but the sign are set (0x7FFF in
  /// bf16).
  ///
  /// - Precondition: The format has NaN.
  @inlinable
  public static var canonicalNaN: Self {
    guard hasNaN else { fatalError("The format \(name) has no NaN.") }
    return Self(magnitudeCode: encoding.topCode)
  }

  /// Creates the positive value with the given magnitude code.
  @inlinable
  init(magnitudeCode: UInt32) {
    self.init(code: magnitudeCode << Self.encoding.paddingBitCount)
  }

  /// Creates the value with the given code, whose bits beyond the format's width are 0.
  @inlinable
  init(code: UInt32) {
    self.init(bitPattern: BitPattern(truncatingIfNeeded: code))
  }

  /// The bits as the encoding stores them.
  @inlinable
  var code: UInt32 { UInt32(truncatingIfNeeded: bitPattern) }

  /// Whether the value is a NaN.
  @inlinable
  public var isNaN: Bool { Self.encoding.isNaN(code) }

  /// Whether the value is an infinity.
  @inlinable
  public var isInfinite: Bool { Self.encoding.isInfinite(code) }

  /// The exact value; a NaN is quiet and keeps its sign.
  @inlinable
  public var float: Float { Self.encoding.decode(code) }

  /// The value in the notation of `Float`.
  @inlinable
  public var description: String { float.description }
}

extension NumberFormat {
  /// Creates the nearest value, ties to even, as `ml_dtypes` does.
  ///
  /// Infinity and values that round beyond the largest finite value become infinity; in formats
  /// without infinity, NaN; in formats without either, the largest finite value. The sign is kept.
  /// NaN becomes a quiet NaN of the same sign; in formats without NaN, the largest finite value
  /// (where `ml_dtypes` returns zero). In formats without a sign, negative values become NaN; in
  /// formats without zero, so does zero.
  @inlinable
  public init(_ value: Float) {
    self.init(Double(value))
  }

  /// Creates the value nearest to a Double with one rounding, by the rules of `init(_: Float)`.
  ///
  /// Converting to Float first would round twice, with a different result for some values.
  @inlinable
  public init(_ value: Double) {
    self.init(code: Self.encoding.encodeNearest(value))
  }

  /// Creates a value as the hardware's `cvt` does with the given rounding.
  ///
  /// NaN becomes `canonicalNaN`, or in formats without NaN the largest finite value. Formats
  /// without a sign encode the magnitude.
  ///
  /// - Parameters:
  ///   - value: The value, which is rounded once. Widening a Float to Double does not change it.
  ///   - rounding: The rounding.
  ///   - isSaturating: Whether infinity and overflow become the largest finite value
  ///     (`.satfinite`), rather than follow `init(_: Float)`.
  @inlinable
  public init(_ value: Double, rounding: Rounding, isSaturating: Bool = false) {
    self.init(
      code: Self.encoding.encode(value, rounding: rounding, isSaturating: isSaturating))
  }

  /// Creates the nearest finite value, ties to even, as `cvt.rn.satfinite` does.
  ///
  /// Infinities become the largest finite value of their sign. NaN becomes `canonicalNaN`, or in
  /// formats without NaN the largest finite value. Formats without a sign encode the magnitude.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  @inlinable
  public init(saturating value: Float) {
    self.init(Double(value), rounding: .toNearestEven, isSaturating: true)
  }

  /// Creates the value nearest to a literal, by the rules of `init(_: Float)`.
  @inlinable
  public init(floatLiteral value: Double) {
    self.init(value)
  }

  /// Creates the value nearest to a literal, by the rules of `init(_: Float)`.
  @inlinable
  public init(integerLiteral value: Int32) {
    self.init(Double(value))
  }
}

extension Float {
  /// Creates the exact value of a number in another format; a NaN keeps its sign.
  @inlinable
  public init<Format: NumberFormat>(_ value: Format) {
    self = value.float
  }
}
