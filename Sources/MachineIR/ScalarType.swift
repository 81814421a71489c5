// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A fundamental type of PTX, as in declarations and at the end of mnemonics.
public enum ScalarType: String, CaseIterable, Hashable, Sendable {
  case pred
  case b1, b8, b16, b32, b64, b128, b1024
  case u8, u16, u32, u64
  case s8, s16, s32, s64
  case f16, f16x2, bf16, bf16x2, tf32, f32, f32x2, f64
  case u16x2, s16x2
  case e4m3, e5m2, e4m3x2, e5m2x2, e2m1x2, e2m3x2, e3m2x2, ue8m0x2
  case e4m3x4, e5m2x4, e2m1x4, e2m3x4, e3m2x4

  /// The interpretation of the bits of a type.
  public enum Kind: Hashable, Sendable {
    case predicate, bits, unsigned, signed, float
  }

  /// The interpretation of the bits of this type; pairs of floats are floats.
  public var kind: Kind {
    switch self {
    case .pred: .predicate
    case .b1, .b8, .b16, .b32, .b64, .b128, .b1024: .bits
    case .u8, .u16, .u32, .u64, .u16x2: .unsigned
    case .s8, .s16, .s32, .s64, .s16x2: .signed
    case .f16, .f16x2, .bf16, .bf16x2, .tf32, .f32, .f32x2, .f64, .e4m3, .e5m2, .e4m3x2,
      .e5m2x2, .e2m1x2, .e2m3x2, .e3m2x2, .ue8m0x2, .e4m3x4, .e5m2x4, .e2m1x4, .e2m3x4, .e3m2x4:
      .float
    }
  }

  /// The number of bits of a value of this type; 1 for a predicate.
  public var bitWidth: Int {
    switch self {
    case .pred, .b1: 1
    case .b8, .u8, .s8, .e4m3, .e5m2, .e2m1x2: 8
    case .b16, .u16, .s16, .f16, .bf16, .e4m3x2, .e5m2x2, .e2m3x2, .e3m2x2, .ue8m0x2, .e2m1x4: 16
    case .b32, .u32, .s32, .f16x2, .bf16x2, .tf32, .f32, .u16x2, .s16x2, .e4m3x4, .e5m2x4, .e2m3x4,
      .e3m2x4:
      32
    case .b64, .u64, .s64, .f32x2, .f64: 64
    case .b128: 128
    case .b1024: 1024
    }
  }

  /// The number of bytes of a value of this type in memory; predicates are never in memory.
  public var byteCount: Int { (bitWidth + 7) / 8 }

  /// Whether values of this type are signed integers.
  public var isSigned: Bool { kind == .signed }

  /// Whether values of this type are floats.
  public var isFloat: Bool { kind == .float }

  /// Whether values of this type are integers or untyped bits.
  public var isInteger: Bool { kind == .bits || kind == .unsigned || kind == .signed }
}

/// A state space of PTX: the memory of an address or a variable.
public enum StateSpace: String, CaseIterable, Hashable, Sendable {
  case generic
  case global
  case shared
  case sharedCluster = "shared::cluster"
  case local
  case parameter = "param"
  case constant = "const"
}
