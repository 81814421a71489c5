// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import NumberFormats

extension ElementType {
  /// The integers that an element can be; of floats, none that matter.
  var integerRange: ClosedRange<Int128> {
    let bits = Int128(8 * byteCount)
    switch self {
    case .s8, .s16, .s32, .s64: return -(Int128(1) << (bits - 1))...(Int128(1) << (bits - 1)) - 1
    default: return 0...(Int128(1) << bits) - 1
    }
  }

  /// Returns the bytes of the float nearest to a number; nil where the type has no NaN for one, or
  /// has no signs and the number one, or is of integers.
  func bytes(of number: Double) -> [UInt8]? {
    switch self {
    case .f64: return littleEndian(number.bitPattern, 8)
    case .f32: return littleEndian(Float(number).bitPattern, 4)
    case .f16: return encoded(number, HalfFloat.self)
    case .bf16: return encoded(number, BFloat16.self)
    case .e4m3: return encoded(number, Float8E4M3.self)
    case .e5m2: return encoded(number, Float8E5M2.self)
    case .e2m3: return encoded(number, Float6E2M3.self)
    case .e3m2: return encoded(number, Float6E3M2.self)
    case .e2m1: return encoded(number, Float4E2M1.self)
    case .ue8m0: return number <= 0 ? nil : encoded(number, ScaleE8M0.self)
    case .ue4m3: return number < 0 ? nil : encoded(number, ScaleUE4M3.self)
    case .u8, .s8, .u16, .s16, .u32, .s32, .u64, .s64: return nil
    }
  }

  /// Returns the bytes of a number in a format, or nil where it would take a NaN that is not there.
  private func encoded<Format: NumberFormat>(_ number: Double, _: Format.Type) -> [UInt8]? {
    guard !number.isNaN || Format.hasNaN else { return nil }
    return littleEndian(Format(number).bitPattern, byteCount)
  }
}

/// Returns the low bytes of an integer, the lowest first.
func littleEndian(_ value: some FixedWidthInteger, _ byteCount: Int) -> [UInt8] {
  (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

extension NumpyElementType {
  /// Creates the type of the file that carries elements of a device's type; nil where there is
  /// none.
  init?(_ type: ElementType) {
    switch type {
    case .u8: self = .uint8
    case .s8: self = .int8
    case .u16: self = .uint16
    case .s16: self = .int16
    case .u32: self = .uint32
    case .s32: self = .int32
    case .u64: self = .uint64
    case .s64: self = .int64
    case .f16: self = .float16
    case .bf16: self = .bfloat16
    case .f32: self = .float32
    case .f64: self = .float64
    case .e4m3: self = .float8E4M3
    case .e5m2: self = .float8E5M2
    case .e2m3: self = .float6E2M3
    case .e3m2: self = .float6E3M2
    case .e2m1: self = .float4E2M1
    case .ue8m0: self = .scaleE8M0
    case .ue4m3: return nil
    }
  }

  /// The type of a device's elements that the file's are.
  var elementType: ElementType {
    switch self {
    case .uint8: .u8
    case .int8: .s8
    case .uint16: .u16
    case .int16: .s16
    case .uint32: .u32
    case .int32: .s32
    case .uint64: .u64
    case .int64: .s64
    case .float16: .f16
    case .bfloat16: .bf16
    case .float32: .f32
    case .float64: .f64
    case .float8E4M3: .e4m3
    case .float8E5M2: .e5m2
    case .float6E2M3: .e2m3
    case .float6E3M2: .e3m2
    case .float4E2M1: .e2m1
    case .scaleE8M0: .ue8m0
    }
  }
}
