// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension IntegerType {
  /// Creates the integer type for a PTX type of integers or untyped bits, if arithmetic supports
  /// it.
  init?(_ type: ScalarType) {
    switch type {
    case .b16, .u16: self = .u16
    case .s16: self = .s16
    case .b32, .u32: self = .u32
    case .s32: self = .s32
    case .b64, .u64: self = .u64
    case .s64: self = .s64
    default: return nil
    }
  }
}

extension FloatType {
  /// Creates the float type for a PTX type, if arithmetic on one value supports it.
  init?(_ type: ScalarType) {
    switch type {
    case .f32: self = .f32
    case .f64: self = .f64
    default: return nil
    }
  }
}

extension HalfType {
  /// Creates the 16-bit float type for a PTX type.
  init?(_ type: ScalarType) {
    switch type {
    case .f16: self = .f16
    case .bf16: self = .bf16
    case .f16x2: self = .f16x2
    case .bf16x2: self = .bf16x2
    default: return nil
    }
  }
}

extension ComparedType {
  /// Creates the compared type for a PTX type, if comparisons support it.
  init?(_ type: ScalarType) {
    if let integer = IntegerType(type) {
      self = .integer(integer)
    } else if let float = FloatType(type) {
      self = .float(float)
    } else if let half = HalfType(type) {
      self = .half(half)
    } else {
      return nil
    }
  }
}

extension NumberKind {
  /// Creates the type of one value for a PTX type, if conversions support it.
  init?(_ type: ScalarType) {
    switch type {
    case .u8: self = .integer(.u8)
    case .s8: self = .integer(.s8)
    case .u16: self = .integer(.u16)
    case .s16: self = .integer(.s16)
    case .u32: self = .integer(.u32)
    case .s32: self = .integer(.s32)
    case .u64: self = .integer(.u64)
    case .s64: self = .integer(.s64)
    case .f16: self = .float(.f16)
    case .bf16: self = .float(.bf16)
    case .tf32: self = .float(.tf32)
    case .f32: self = .float(.f32)
    case .f64: self = .float(.f64)
    default: return nil
    }
  }
}

extension FloatKind {
  /// Creates the type of the values of a PTX pair type, if conversions support it.
  init?(pair type: ScalarType) {
    switch type {
    case .f16x2: self = .f16
    case .bf16x2: self = .bf16
    case .e4m3x2: self = .e4m3
    case .e5m2x2: self = .e5m2
    case .e2m3x2: self = .e2m3
    case .e3m2x2: self = .e3m2
    case .e2m1x2: self = .e2m1
    case .ue8m0x2: self = .ue8m0
    default: return nil
    }
  }
}

extension FloatKind {
  /// Creates the type of the values of a PTX type for four values.
  init?(quadruple type: ScalarType) {
    switch type {
    case .e4m3x4: self = .e4m3
    case .e5m2x4: self = .e5m2
    case .e2m3x4: self = .e2m3
    case .e3m2x4: self = .e3m2
    case .e2m1x4: self = .e2m1
    default: return nil
    }
  }
}

extension Comparison {
  /// Creates the comparison for a PTX modifier.
  init?(_ word: Modifier) {
    switch word {
    case "eq": self = .equal
    case "ne": self = .notEqual
    case "lt", "lo": self = .less
    case "le", "ls": self = .lessOrEqual
    case "gt", "hi": self = .greater
    case "ge", "hs": self = .greaterOrEqual
    case "equ": self = .equalOrUnordered
    case "neu": self = .notEqualOrUnordered
    case "ltu": self = .lessOrUnordered
    case "leu": self = .lessOrEqualOrUnordered
    case "gtu": self = .greaterOrUnordered
    case "geu": self = .greaterOrEqualOrUnordered
    case "num": self = .ordered
    case "nan": self = .unordered
    default: return nil
    }
  }
}

extension FloatProperty {
  /// Creates the property for a PTX modifier.
  init?(_ word: Modifier) {
    switch word {
    case "finite": self = .finite
    case "infinite": self = .infinite
    case "number": self = .number
    case "notanumber": self = .notANumber
    case "normal": self = .normal
    case "subnormal": self = .subnormal
    default: return nil
    }
  }
}

extension LanePlanner {
  /// Returns the first type of the mnemonic as an integer type.
  func integerType() throws(UnsupportedInstruction) -> IntegerType {
    guard let result = IntegerType(try type()) else { throw unsupported("the type.") }
    return result
  }

  /// Returns the first type of the mnemonic as a float type.
  func floatType() throws(UnsupportedInstruction) -> FloatType {
    guard let result = FloatType(try type()) else { throw unsupported("the type.") }
    return result
  }

  /// Returns the compared type at an index of the mnemonic.
  func comparedType(_ position: Int) throws(UnsupportedInstruction) -> ComparedType {
    guard let result = ComparedType(try type(position)) else { throw unsupported("the type.") }
    return result
  }

  /// Returns the comparison in the mnemonic.
  func comparison() throws(UnsupportedInstruction) -> Comparison {
    for word in instruction.modifiers {
      if let result = Comparison(word) { return result }
    }
    throw unsupported("the comparison.")
  }
}
