/// A floating-point format of at most 32 bits whose values are all values of `Float`.
///
/// A value is its bits. `==` and `hash(into:)` compare bits: the two zeros differ, and a NaN equals
/// itself. Compare `Float(x)` for the order and equality of numbers. Arithmetic happens in `Float`.
///
/// Initializers without a label for the rounding convert as `ml_dtypes` and `numpy` do on the host;
/// `init(saturating:)`, `init(truncating:)` and the others with a label convert as the machine's
/// `cvt` does. They differ in what becomes of NaN.
public protocol NumberFormat: BitwiseCopyable, Sendable, Hashable, CustomStringConvertible,
  ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral
{
  /// An unsigned integer that holds the bits of a value.
  associatedtype BitPattern: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable

  /// What the field calls the format, such as `bf16` or `e4m3`.
  static var name: String { get }
  /// The number of bits that a value takes where values lie densely.
  static var bitWidth: Int { get }
  /// How values are laid out in bits.
  static var encoding: FloatEncoding { get }

  /// The bits, in the low end of the integer.
  var bitPattern: BitPattern { get }
  /// Creates the value with the given bits; bits that the format does not have are ignored.
  init(bitPattern: BitPattern)

  /// The value, exactly; a NaN keeps its sign.
  var float: Float { get }
  /// Creates the nearest value, ties to even, as `ml_dtypes` does.
  ///
  /// What rounds beyond the greatest finite value, and infinity, becomes infinity, in formats
  /// without infinity NaN, and in formats without either the greatest finite value, with the sign
  /// kept. NaN becomes a quiet NaN of the same sign, and the positive greatest finite value in
  /// formats without NaN (where `ml_dtypes` makes a zero). In formats without a sign negative
  /// values become NaN, and so does zero in formats without zero.
  init(_ value: Float)
}

extension NumberFormat {
  /// The number of exponent bits.
  @inlinable public static var exponentBitCount: Int { encoding.exponentBitCount }
  /// The number of significand bits that are stored.
  @inlinable public static var significandBitCount: Int { encoding.significandBitCount }
  /// What is added to a value's exponent to make the exponent bits.
  @inlinable public static var exponentBias: Int { encoding.exponentBias }
  /// Whether the format has infinities.
  @inlinable public static var hasInfinity: Bool { encoding.specialCodes == .infinityAndNaN }
  /// Whether the format has NaN.
  @inlinable public static var hasNaN: Bool { encoding.specialCodes != .none }

  /// The greatest finite value.
  @inlinable
  public static var greatestFiniteMagnitude: Self {
    Self(magnitudeCode: encoding.greatestFiniteCode)
  }

  /// The least value that is greater than zero.
  @inlinable
  public static var leastNonzeroMagnitude: Self {
    Self(magnitudeCode: encoding.leastNonzeroCode)
  }

  /// The NaN that the machine's conversions make: all bits but the sign set (0x7FFF in bf16).
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

  /// Creates the value with the given code, whose bits beyond the bit pattern are 0.
  @inlinable
  init(code: UInt32) {
    self.init(bitPattern: BitPattern(truncatingIfNeeded: code))
  }

  /// The bits as the encoding takes them.
  @inlinable
  var code: UInt32 { UInt32(truncatingIfNeeded: bitPattern) }

  /// Whether this is a NaN.
  @inlinable
  public var isNaN: Bool { Self.encoding.isNaN(code) }

  /// Whether this is an infinity.
  @inlinable
  public var isInfinite: Bool { Self.encoding.isInfinite(code) }

  /// The value, exactly; a NaN is quiet and keeps its sign.
  @inlinable
  public var float: Float { Self.encoding.decode(code) }

  /// The value as `Float` is written.
  @inlinable
  public var description: String { float.description }
}

extension NumberFormat {
  /// Creates the nearest value, ties to even, as `ml_dtypes` does.
  ///
  /// What rounds beyond the greatest finite value, and infinity, becomes infinity, in formats
  /// without infinity NaN, and in formats without either the greatest finite value, with the sign
  /// kept. NaN becomes a quiet NaN of the same sign, and the positive greatest finite value in
  /// formats without NaN (where `ml_dtypes` makes a zero). In formats without a sign negative
  /// values become NaN, and so does zero in formats without zero.
  @inlinable
  public init(_ value: Float) {
    self.init(Double(value))
  }

  /// Creates the value nearest to a Double, rounding once, with the rules of `init(_: Float)`.
  ///
  /// Converting to Float first would round twice, which is sometimes another value.
  @inlinable
  public init(_ value: Double) {
    self.init(code: Self.encoding.encodeNearest(value))
  }

  /// Creates a value as the machine's `cvt` does with the given rounding.
  ///
  /// NaN becomes `canonicalNaN`, and the positive greatest finite value in formats without NaN.
  /// Formats without a sign take the magnitude. A Float widened to Double is the same value.
  ///
  /// - Parameters:
  ///   - value: The value; it is rounded once.
  ///   - rounding: The way to round.
  ///   - isSaturating: Whether infinity and what rounds beyond the greatest finite value become
  ///     that one (`.satfinite`), rather than what `init(_: Float)` makes of them.
  @inlinable
  public init(_ value: Double, rounding: Rounding, isSaturating: Bool = false) {
    self.init(
      code: Self.encoding.encode(value, rounding: rounding, isSaturating: isSaturating))
  }

  /// Creates the nearest finite value, ties to even, as `cvt.rn.satfinite` does.
  ///
  /// Ties go to the value whose last significand bit is 0. Infinities become the greatest finite
  /// value of their sign. NaN becomes `canonicalNaN`, and the positive greatest finite value in
  /// formats without NaN. Formats without a sign take the magnitude.
  ///
  /// - SeeAlso: PTX ISA, "cvt".
  @inlinable
  public init(saturating value: Float) {
    self.init(Double(value), rounding: .toNearestEven, isSaturating: true)
  }

  /// Creates the value nearest to a literal, with the rules of `init(_: Float)`.
  @inlinable
  public init(floatLiteral value: Double) {
    self.init(value)
  }

  /// Creates the value nearest to a literal, with the rules of `init(_: Float)`.
  @inlinable
  public init(integerLiteral value: Int32) {
    self.init(Double(value))
  }
}

extension Float {
  /// Creates the value of a number in another format, exactly; a NaN keeps its sign.
  @inlinable
  public init<Format: NumberFormat>(_ value: Format) {
    self = value.float
  }
}
