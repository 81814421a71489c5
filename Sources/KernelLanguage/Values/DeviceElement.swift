// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import NumberFormats

/// A type whose values a register of a kernel can hold.
public protocol DeviceElement: BufferElement, Equatable {
  /// The type that the value's registers are declared with.
  static var registerType: ScalarType { get }

  /// The type that arithmetic and comparisons name.
  static var arithmeticType: ScalarType { get }

  /// The type that loads and stores name; it may have fewer bits than a register.
  static var memoryType: ScalarType { get }

  /// Whether instructions take constants of the type as they are, besides `mov`.
  static var hasImmediates: Bool { get }

  /// The value as a literal.
  var literal: Operand { get }
}

extension DeviceElement {
  /// True.
  public static var hasImmediates: Bool { true }

  /// The type of the value's registers.
  public static var memoryType: ScalarType { registerType }
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

/// A type of numbers of which `min` and `max` choose one.
public protocol DeviceOrdered: DeviceNumber {}

/// A 16-bit float, of which a register of 32 bits holds two.
public protocol PairedElement: DeviceElement, NumberFormat {
  /// The type of a pair in instructions: `bf16x2`.
  static var pairType: ScalarType { get }
}

extension UInt32: DeviceInteger, DeviceOrdered {
  /// `b32`.
  public static var bitsType: ScalarType { .b32 }
  /// `u32`.
  public static var arithmeticType: ScalarType { .u32 }
}

extension Int32: DeviceInteger, DeviceOrdered {
  /// `b32`.
  public static var bitsType: ScalarType { .b32 }
  /// `s32`.
  public static var arithmeticType: ScalarType { .s32 }
}

extension UInt64: DeviceInteger, DeviceOrdered {
  /// `b64`.
  public static var bitsType: ScalarType { .b64 }
  /// `u64`.
  public static var arithmeticType: ScalarType { .u64 }
}

extension Int64: DeviceInteger, DeviceOrdered {
  /// `b64`.
  public static var bitsType: ScalarType { .b64 }
  /// `s64`.
  public static var arithmeticType: ScalarType { .s64 }
}

extension UInt16: DeviceInteger, DeviceOrdered {
  /// `b16`.
  public static var bitsType: ScalarType { .b16 }
  /// `u16`.
  public static var arithmeticType: ScalarType { .u16 }
}

extension Int16: DeviceInteger, DeviceOrdered {
  /// `b16`.
  public static var bitsType: ScalarType { .b16 }
  /// `s16`.
  public static var arithmeticType: ScalarType { .s16 }
}

extension UInt8: DeviceNumber {
  /// `b16`: no register has 8 bits.
  public static var registerType: ScalarType { .b16 }
  /// `u8`.
  public static var arithmeticType: ScalarType { .u8 }
  /// `u8`.
  public static var memoryType: ScalarType { .u8 }
  /// The value.
  public var literal: Operand { .integer(Int64(self)) }
}

extension Int8: DeviceNumber {
  /// `b16`: no register has 8 bits.
  public static var registerType: ScalarType { .b16 }
  /// `s8`.
  public static var arithmeticType: ScalarType { .s8 }
  /// `s8`.
  public static var memoryType: ScalarType { .s8 }
  /// The value.
  public var literal: Operand { .integer(Int64(self)) }
}

extension Float: DeviceFloat, DeviceOrdered {
  /// `f32`.
  public static var registerType: ScalarType { .f32 }
  /// `f32`.
  public static var arithmeticType: ScalarType { .f32 }
  /// The bits as a single-precision literal.
  public var literal: Operand { .float32(bitPattern) }
}

extension Double: DeviceFloat, DeviceOrdered {
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

// Macs with Intel processors have no `Float16`.
#if !(os(macOS) && arch(x86_64))
  extension Float16: DeviceElement {
    /// `b16`.
    public static var registerType: ScalarType { .b16 }
    /// `f16`.
    public static var arithmeticType: ScalarType { .f16 }
    /// False: instructions on 16-bit floats take registers.
    public static var hasImmediates: Bool { false }
    /// The bits of the value.
    public var literal: Operand { .integer(Int64(bitPattern)) }
  }
#endif
