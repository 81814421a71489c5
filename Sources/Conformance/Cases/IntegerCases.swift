// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The cases of integers, bits and carries.
enum IntegerCases {
  /// The programs.
  static var programs: [ConformanceProgram] {
    LanePrograms(.integer, "integer.arithmetic", arithmetic).programs
      + LanePrograms(.integer, "integer.bits", bits).programs
      + LanePrograms(.integer, "integer.fields", fields).programs
      + LanePrograms(.integer, "integer.carry", carries).programs
      + LanePrograms(.integer, "integer.comparison", comparisons).programs
  }

  /// Sums, products, quotients and similar operations.
  private static var arithmetic: [String] {
    var cases: [String] = []
    for type in ["u16", "s16", "u32", "s32", "u64", "s64"] {
      for operation in ["add", "sub", "mul.lo", "mul.hi", "div", "rem", "min", "max"] {
        cases.append("\(operation).\(type) \(type) = \(type) \(type)")
      }
      for operation in ["mad.lo", "mad.hi", "sad"] {
        cases.append("\(operation).\(type) \(type) = \(type) \(type) \(type)")
      }
    }
    for type in ["s16", "s32", "s64"] {
      cases += ["abs.\(type) \(type) = \(type)", "neg.\(type) \(type) = \(type)"]
    }
    for (type, wide) in [("u16", "u32"), ("s16", "s32"), ("u32", "u64"), ("s32", "s64")] {
      cases.append("mul.wide.\(type) \(wide) = \(type) \(type)")
      cases.append("mad.wide.\(type) \(wide) = \(type) \(type) \(wide)")
    }
    for operation in ["add.sat", "sub.sat", "min.relu", "max.relu"] {
      cases.append("\(operation).s32 s32 = s32 s32")
    }
    cases.append("mad.hi.sat.s32 s32 = s32 s32 s32")
    for type in ["u32", "s32"] {
      for half in ["lo", "hi"] {
        cases.append("mul24.\(half).\(type) \(type) = \(type) \(type)")
        cases.append("mad24.\(half).\(type) \(type) = \(type) \(type) \(type)")
      }
      for other in ["u32", "s32"] {
        for operation in ["dp4a", "dp2a.lo", "dp2a.hi"] {
          cases.append("\(operation).\(type).\(other) b32 = b32 b32 b32")
        }
      }
    }
    cases.append("mad24.hi.sat.s32 s32 = s32 s32 s32")
    for operation in ["min", "max"] {
      cases.append("\(operation).s16x2 s16x2 = s16x2 s16x2")
      cases.append("\(operation).relu.s16x2 s16x2 = s16x2 s16x2")
      cases.append("\(operation).u16x2 u16x2 = u16x2 u16x2")
    }
    for type in ["s16x2", "u16x2"] { cases.append("add.\(type) \(type) = \(type) \(type)") }
    return cases
  }

  /// Logic, shifts, fields and permutations.
  private static var bits: [String] {
    var cases: [String] = []
    for type in ["b16", "b32", "b64"] {
      for operation in ["and", "or", "xor"] {
        cases.append("\(operation).\(type) \(type) = \(type) \(type)")
      }
      cases += ["not.\(type) \(type) = \(type)", "cnot.\(type) \(type) = \(type)"]
      cases.append("shl.\(type) \(type) = \(type) count")
    }
    for type in ["b16", "b32", "b64", "u16", "s16", "u32", "s32", "u64", "s64"] {
      cases.append("shr.\(type) \(type) = \(type) count")
    }
    for type in ["b32", "b64"] {
      cases += ["popc.\(type) u32 = \(type)", "clz.\(type) u32 = \(type)"]
      cases.append("brev.\(type) \(type) = \(type)")
      cases.append("bfi.\(type) \(type) = \(type) \(type) u32 u32")
    }
    for type in ["u32", "s32", "u64", "s64"] {
      cases += ["bfind.\(type) u32 = \(type)", "bfind.shiftamt.\(type) u32 = \(type)"]
      cases.append("bfe.\(type) \(type) = \(type) u32 u32")
    }
    for mode in ["clamp", "wrap"] {
      cases.append("bmsk.\(mode).b32 b32 = b32 b32")
      cases += ["szext.\(mode).u32 u32 = u32 u32", "szext.\(mode).s32 s32 = s32 u32"]
      cases += ["shf.l.\(mode).b32 b32 = b32 b32 u32", "shf.r.\(mode).b32 b32 = b32 b32 u32"]
    }
    for mode in ["", ".f4e", ".b4e", ".rc8", ".ecl", ".ecr", ".rc16"] {
      cases.append("prmt.b32\(mode) b32 = b32 b32 b32")
    }
    for table in stride(from: 0, to: 256, by: 3) {
      cases.append("lop3.b32 b32 = b32 b32 b32 #\(table)")
    }
    for operation in ["and", "or", "xor"] { cases.append("\(operation).pred pred = pred pred") }
    cases.append("lop3.or.b32 b32|pred = b32 b32 b32 #128 pred")
    cases += ["not.pred pred = pred", "mov.pred pred = pred"]
    return cases
  }

  /// Bit fields with positions and lengths near the width, and beyond eight bits.
  private static var fields: [String] {
    let inserts = ["b32", "b64"].map { "bfi.\($0) \($0) = \($0) \($0) position position" }
    return inserts
      + ["u32", "s32", "u64", "s64"].map { "bfe.\($0) \($0) = \($0) position position" }
  }

  /// Chains of instructions with carries.
  private static var carries: [String] {
    var cases: [String] = []
    for type in ["u32", "s32", "u64", "s64"] {
      let slots = "\(type) \(type) \(type) = \(type) \(type) \(type) \(type)"
      for operation in ["add", "sub"] {
        cases.append(
          """
          \(operation).cc.\(type) $0, $3, $4; \(operation)c.cc.\(type) $1, $5, $6; \
          \(operation)c.\(type) $2, $3, $6; ## \(slots)
          """)
      }
      for half in ["lo", "hi"] {
        cases.append(
          """
          mad.\(half).cc.\(type) $0, $3, $4, $5; madc.hi.cc.\(type) $1, $3, $4, $6; \
          madc.lo.\(type) $2, $5, $6, $3; ## \(slots)
          """)
        cases.append(
          """
          add.cc.\(type) $0, $3, $4; madc.\(half).cc.\(type) $1, $5, $6, $3; \
          addc.\(type) $2, $5, $4; ## \(slots)
          """)
      }
    }
    return cases
  }

  /// Comparisons and selections.
  private static var comparisons: [String] {
    var cases: [String] = []
    for type in ["u16", "s16", "u32", "s32", "u64", "s64"] {
      for word in ["eq", "ne", "lt", "le", "gt", "ge"] {
        cases.append("setp.\(word).\(type) pred = \(type) \(type)")
      }
    }
    for word in ["lo", "ls", "hi", "hs"] { cases.append("setp.\(word).u32 pred = u32 u32") }
    for word in ["and", "or", "xor"] {
      cases.append("setp.lt.\(word).s32 pred|pred = s32 s32 pred")
      cases.append("setp.eq.\(word).b32 pred|pred = b32 b32 !pred")
    }
    for type in ["u32", "s32", "f32"] {
      for source in ["u32", "s64", "b16"] {
        cases.append("set.ne.\(type).\(source) \(type) = \(source) \(source)")
      }
    }
    for type in ["b16", "b32", "b64", "f32", "f64"] {
      cases.append("selp.\(type) \(type) = \(type) \(type) pred")
      cases.append("slct.\(type).s32 \(type) = \(type) \(type) s32")
    }
    return cases
  }
}
