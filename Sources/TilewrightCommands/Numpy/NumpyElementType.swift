// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The element type of a `.npy` file, named as in commands and reports.
public enum NumpyElementType: String, Sendable, CaseIterable {
  /// IEEE binary64.
  case float64 = "f64"
  /// IEEE binary32.
  case float32 = "f32"
  /// IEEE binary16.
  case float16 = "f16"
  /// The upper half of a binary32.
  case bfloat16 = "bf16"
  /// 8-bit float with 4 exponent bits and no infinity (`float8_e4m3fn`).
  case float8E4M3 = "e4m3"
  /// 8-bit float with 5 exponent bits (`float8_e5m2`).
  case float8E5M2 = "e5m2"
  /// 6-bit float with 2 exponent bits, one to a byte (`float6_e2m3fn`).
  case float6E2M3 = "e2m3"
  /// 6-bit float with 3 exponent bits, one to a byte (`float6_e3m2fn`).
  case float6E3M2 = "e3m2"
  /// 4-bit float with 2 exponent bits, one to a byte (`float4_e2m1fn`).
  case float4E2M1 = "e2m1"
  /// Power-of-two scale of 8 exponent bits (`float8_e8m0fnu`).
  case scaleE8M0 = "e8m0"
  /// Unsigned 8-bit integer.
  case uint8 = "u8"
  /// Signed 8-bit integer.
  case int8 = "i8"
  /// Unsigned 16-bit integer.
  case uint16 = "u16"
  /// Signed 16-bit integer.
  case int16 = "i16"
  /// Unsigned 32-bit integer.
  case uint32 = "u32"
  /// Signed 32-bit integer.
  case int32 = "i32"
  /// Unsigned 64-bit integer.
  case uint64 = "u64"
  /// Signed 64-bit integer.
  case int64 = "i64"

  /// The bytes of one element in a file.
  public var byteCount: Int {
    switch self {
    case .float64, .uint64, .int64: 8
    case .float32, .uint32, .int32: 4
    case .float16, .bfloat16, .uint16, .int16: 2
    case .uint8, .int8, .float8E4M3, .float8E5M2, .float6E2M3, .float6E3M2, .float4E2M1,
      .scaleE8M0:
      1
    }
  }

  /// The `descr` that `numpy.save` writes for such an array, those of `ml_dtypes` included.
  public var descriptor: String {
    switch self {
    case .float64: "<f8"
    case .float32: "<f4"
    case .float16: "<f2"
    case .bfloat16: "<V2"
    case .float8E5M2: "<f1"
    case .float8E4M3, .float6E2M3, .float6E3M2, .float4E2M1, .scaleE8M0: "<V1"
    case .uint8: "|u1"
    case .int8: "|i1"
    case .uint16: "<u2"
    case .int16: "<i2"
    case .uint32: "<u4"
    case .int32: "<i4"
    case .uint64: "<u8"
    case .int64: "<i8"
    }
  }

  /// Whether the reader of a file of such elements must name their type.
  ///
  /// `<f1` is written only for e5m2, but `numpy` cannot read it back, so it is not conclusive.
  public var mustBeNamed: Bool {
    ["<V1", "<f1"].contains(descriptor)
  }

  /// Returns the types that a `descr` can mean; none if it is unknown.
  ///
  /// Untyped bytes, `V1`, can be any format without a NumPy type. The byte order may be left open,
  /// `|`, for single bytes and untyped elements.
  static func candidates(descriptor: String) -> [NumpyElementType] {
    let body = descriptor.dropFirst()
    let types = allCases.filter { $0.descriptor.dropFirst() == body }
    switch (descriptor.first, body) {
    case ("<", "V1"), ("|", "V1"): return types + [.float8E5M2]
    case ("<", _), ("|", "V2"): return types
    case ("|", _): return types.filter { $0.byteCount == 1 }
    default: return []
    }
  }
}
