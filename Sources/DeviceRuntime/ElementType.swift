// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The type of the elements of a buffer or a tensor.
public enum ElementType: String, CaseIterable, Hashable, Sendable {
  case u8, s8, u16, s16, u32, s32, u64, s64
  case f16, bf16, f32, f64
  case e4m3, e5m2, e2m3, e3m2, e2m1, ue8m0, ue4m3

  /// The number of bytes from one element to the next in memory.
  public var byteCount: Int {
    switch self {
    case .u8, .s8, .e4m3, .e5m2, .e2m3, .e3m2, .e2m1, .ue8m0, .ue4m3: 1
    case .u16, .s16, .f16, .bf16: 2
    case .u32, .s32, .f32: 4
    case .u64, .s64, .f64: 8
    }
  }

  /// Whether the elements are floating-point numbers.
  public var isFloat: Bool {
    switch self {
    case .u8, .s8, .u16, .s16, .u32, .s32, .u64, .s64: false
    case .f16, .bf16, .f32, .f64, .e4m3, .e5m2, .e2m3, .e3m2, .e2m1, .ue8m0, .ue4m3: true
    }
  }
}

/// A Swift type whose values have the same bits as the elements of a device buffer.
public protocol BufferElement: BitwiseCopyable, Sendable {
  /// The element type on the device.
  static var elementType: ElementType { get }
}

extension UInt8: BufferElement {
  /// `u8`.
  public static var elementType: ElementType { .u8 }
}
extension Int8: BufferElement {
  /// `s8`.
  public static var elementType: ElementType { .s8 }
}
extension UInt16: BufferElement {
  /// `u16`.
  public static var elementType: ElementType { .u16 }
}
extension Int16: BufferElement {
  /// `s16`.
  public static var elementType: ElementType { .s16 }
}
extension UInt32: BufferElement {
  /// `u32`.
  public static var elementType: ElementType { .u32 }
}
extension Int32: BufferElement {
  /// `s32`.
  public static var elementType: ElementType { .s32 }
}
extension UInt64: BufferElement {
  /// `u64`.
  public static var elementType: ElementType { .u64 }
}
extension Int64: BufferElement {
  /// `s64`.
  public static var elementType: ElementType { .s64 }
}
extension Float: BufferElement {
  /// `f32`.
  public static var elementType: ElementType { .f32 }
}
extension Double: BufferElement {
  /// `f64`.
  public static var elementType: ElementType { .f64 }
}

// Macs with Intel processors have no `Float16`.
#if !(os(macOS) && arch(x86_64))
  extension Float16: BufferElement {
    /// `f16`.
    public static var elementType: ElementType { .f16 }
  }
#endif
