import DeviceRuntime
import MachineIR
import NumberFormats

/// A type whose values a register of a kernel can hold.
public protocol DeviceElement: BufferElement, Equatable {
  /// The type that the value's registers are declared with.
  static var registerType: ScalarType { get }

  /// The type that arithmetic and comparisons name.
  static var arithmeticType: ScalarType { get }

  /// Whether instructions take constants of the type as they are, besides `mov`.
  static var hasImmediates: Bool { get }

  /// The value as a literal.
  var literal: Operand { get }
}

extension DeviceElement {
  /// True.
  public static var hasImmediates: Bool { true }
}

/// A type of integers on which kernels can do arithmetic.
public protocol DeviceInteger: DeviceElement, FixedWidthInteger {
  /// The type that logic and left shifts name.
  static var bitsType: ScalarType { get }
}

extension DeviceInteger {
  /// The bits of the value as a literal.
  public var literal: Operand { .integer(Int64(truncatingIfNeeded: self)) }
  /// Bits of the integer's width.
  public static var registerType: ScalarType { bitsType }
}

/// A type of floats on which kernels can do arithmetic.
public protocol DeviceFloat: DeviceElement, BinaryFloatingPoint {}

/// A type of numbers that `cvt` converts directly from and to the others.
public protocol DeviceNumber: DeviceElement {}

/// A 16-bit float, of which a register of 32 bits holds two.
public protocol PairedElement: DeviceElement, NumberFormat {
  /// The type of a pair in instructions: `bf16x2`.
  static var pairType: ScalarType { get }
}

extension UInt32: DeviceInteger, DeviceNumber {
  /// `b32`.
  public static var bitsType: ScalarType { .b32 }
  /// `u32`.
  public static var arithmeticType: ScalarType { .u32 }
}

extension Int32: DeviceInteger, DeviceNumber {
  /// `b32`.
  public static var bitsType: ScalarType { .b32 }
  /// `s32`.
  public static var arithmeticType: ScalarType { .s32 }
}

extension UInt64: DeviceInteger, DeviceNumber {
  /// `b64`.
  public static var bitsType: ScalarType { .b64 }
  /// `u64`.
  public static var arithmeticType: ScalarType { .u64 }
}

extension Int64: DeviceInteger, DeviceNumber {
  /// `b64`.
  public static var bitsType: ScalarType { .b64 }
  /// `s64`.
  public static var arithmeticType: ScalarType { .s64 }
}

extension UInt16: DeviceInteger, DeviceNumber {
  /// `b16`.
  public static var bitsType: ScalarType { .b16 }
  /// `u16`.
  public static var arithmeticType: ScalarType { .u16 }
}

extension Float: DeviceFloat, DeviceNumber {
  /// `f32`.
  public static var registerType: ScalarType { .f32 }
  /// `f32`.
  public static var arithmeticType: ScalarType { .f32 }
  /// The bits as a single-precision literal.
  public var literal: Operand { .float32(bitPattern) }
}

extension Double: DeviceFloat, DeviceNumber {
  /// `f64`.
  public static var registerType: ScalarType { .f64 }
  /// `f64`.
  public static var arithmeticType: ScalarType { .f64 }
  /// The bits as a double-precision literal.
  public var literal: Operand { .float64(bitPattern) }
}

extension BFloat16: PairedElement {
  /// `b16`.
  public static var registerType: ScalarType { .b16 }
  /// `bf16`.
  public static var arithmeticType: ScalarType { .bf16 }
  /// `bf16x2`.
  public static var pairType: ScalarType { .bf16x2 }
  /// False: instructions on 16-bit floats take registers.
  public static var hasImmediates: Bool { false }
  /// The bits of the value.
  public var literal: Operand { .integer(Int64(bitPattern)) }
}

extension HalfFloat: PairedElement {
  /// `b16`.
  public static var registerType: ScalarType { .b16 }
  /// `f16`.
  public static var arithmeticType: ScalarType { .f16 }
  /// `f16x2`.
  public static var pairType: ScalarType { .f16x2 }
  /// False: instructions on 16-bit floats take registers.
  public static var hasImmediates: Bool { false }
  /// The bits of the value.
  public var literal: Operand { .integer(Int64(bitPattern)) }
}
