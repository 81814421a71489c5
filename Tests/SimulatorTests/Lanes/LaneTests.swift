import Testing

@testable import Simulator

@Suite struct `Lane instructions agree with an oracle` {
  @Test func `integer arithmetic`() throws {
    let all = ["u16", "s16", "u32", "s32", "u64", "s64"]
    var cases: [String] = []
    for type in all {
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
        cases.append("dp4a.\(type).\(other) b32 = b32 b32 b32")
        cases.append("dp2a.lo.\(type).\(other) b32 = b32 b32 b32")
        cases.append("dp2a.hi.\(type).\(other) b32 = b32 b32 b32")
      }
    }
    cases.append("mad24.hi.sat.s32 s32 = s32 s32 s32")
    for operation in ["min", "max", "min.relu", "max.relu"] {
      cases.append("\(operation).s16x2 s16x2 = s16x2 s16x2")
    }
    cases += ["min.u16x2 u16x2 = u16x2 u16x2", "max.u16x2 u16x2 = u16x2 u16x2"]
    try expectAgreement(of: cases)
  }

  @Test func `operations on bits`() throws {
    var cases: [String] = []
    for type in ["b16", "b32", "b64"] {
      for operation in ["and", "or", "xor"] {
        cases.append("\(operation).\(type) \(type) = \(type) \(type)")
      }
      cases += ["not.\(type) \(type) = \(type)", "cnot.\(type) \(type) = \(type)"]
      cases.append("shl.\(type) \(type) = \(type) count@32")
    }
    for type in ["b16", "b32", "b64", "u16", "s16", "u32", "s32", "u64", "s64"] {
      cases.append("shr.\(type) \(type) = \(type) count@32")
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
    for table in 0..<256 { cases.append("lop3.b32 b32 = b32 b32 b32 #\(table)") }
    for operation in ["and", "or", "xor"] { cases.append("\(operation).pred pred = pred pred") }
    cases += ["not.pred pred = pred", "mov.pred pred = pred"]
    try expectAgreement(of: cases, batchCount: 4)
  }

  @Test func `arithmetic with carry`() throws {
    var cases: [String] = []
    for type in ["u32", "s32", "u64", "s64"] {
      for operation in ["add.cc", "sub.cc", "addc", "subc", "addc.cc", "subc.cc"] {
        cases.append("\(operation).\(type) \(type) = \(type) \(type)")
      }
      for operation in ["mad.lo.cc", "mad.hi.cc", "madc.lo", "madc.hi", "madc.lo.cc", "madc.hi.cc"] {
        cases.append("\(operation).\(type) \(type) = \(type) \(type) \(type)")
      }
    }
    try expectAgreement(of: cases, hasCarry: true)
  }

  @Test(arguments: ["f32", "f64"])
  func `float arithmetic with every rounding`(type: String) throws {
    var cases: [String] = []
    let suffixes = type == "f32" ? ["", ".ftz", ".sat", ".ftz.sat"] : [""]
    for suffix in suffixes {
      for rounding in ["rn", "rz", "rm", "rp"] {
        for operation in ["add", "sub", "mul"] {
          cases.append("\(operation).\(rounding)\(suffix).\(type) \(type) = \(type) \(type)")
        }
        cases.append("fma.\(rounding)\(suffix).\(type) \(type) = \(type) \(type) \(type)")
        if suffix.hasSuffix("sat") { continue }
        cases.append("div.\(rounding)\(suffix).\(type) \(type) = \(type) \(type)")
        cases.append("rcp.\(rounding)\(suffix).\(type) \(type) = \(type)")
        cases.append("sqrt.\(rounding)\(suffix).\(type) \(type) = \(type)")
      }
    }
    cases.append("mad.rn.\(type) \(type) = \(type) \(type) \(type)")
    try expectAgreement(of: cases, batchCount: 24)
  }

  @Test func `other float operations`() throws {
    var cases: [String] = []
    for type in ["f32", "f64"] {
      cases += ["neg.\(type) \(type) = \(type)", "abs.\(type) \(type) = \(type)"]
      cases += ["min.\(type) \(type) = \(type) \(type)", "max.\(type) \(type) = \(type) \(type)"]
      cases.append("copysign.\(type) \(type) = \(type) \(type)")
      for property in ["finite", "infinite", "number", "notanumber", "normal", "subnormal"] {
        cases.append("testp.\(property).\(type) pred = \(type)")
      }
    }
    cases += ["neg.ftz.f32 f32 = f32", "abs.ftz.f32 f32 = f32"]
    for operation in ["min", "max"] {
      for words in [".ftz", ".NaN", ".ftz.NaN", ".xorsign.abs", ".NaN.xorsign.abs"] {
        cases.append("\(operation)\(words).f32 f32 = f32 f32")
      }
    }
    for flush in ["", ".ftz"] {
      for operation in ["div.approx", "div.full"] {
        cases.append("\(operation)\(flush).f32 f32 = f32 f32")
      }
      for operation in ["rcp", "sqrt", "rsqrt", "sin", "cos", "lg2", "ex2"] {
        cases.append("\(operation).approx\(flush).f32 f32 = f32")
      }
    }
    cases += ["tanh.approx.f32 f32 = f32", "rsqrt.approx.f64 f64 = f64"]
    try expectAgreement(of: cases, batchCount: 24)
  }

  @Test(arguments: ["f16", "bf16", "f16x2", "bf16x2"])
  func `arithmetic of 16-bit floats`(type: String) throws {
    let isHalf = type.hasPrefix("f16")
    var cases: [String] = []
    for operation in ["add", "sub", "mul", "add.rn", "sub.rn", "mul.rn"] {
      cases.append("\(operation).\(type) \(type) = \(type) \(type)")
    }
    for words in isHalf ? ["", ".relu", ".ftz", ".sat", ".ftz.sat"] : ["", ".relu"] {
      cases.append("fma.rn\(words).\(type) \(type) = \(type) \(type) \(type)")
    }
    if isHalf {
      for operation in ["add.ftz", "sub.sat", "mul.ftz.sat", "min.ftz", "max.ftz"] {
        cases.append("\(operation).\(type) \(type) = \(type) \(type)")
      }
    }
    for words in ["", ".NaN", ".xorsign.abs", ".NaN.xorsign.abs"] {
      cases.append("min\(words).\(type) \(type) = \(type) \(type)")
      cases.append("max\(words).\(type) \(type) = \(type) \(type)")
    }
    cases += ["neg.\(type) \(type) = \(type)", "abs.\(type) \(type) = \(type)"]
    cases += ["tanh.approx.\(type) \(type) = \(type)"]
    cases.append("ex2.approx\(isHalf ? "" : ".ftz").\(type) \(type) = \(type)")
    try expectAgreement(of: cases, batchCount: 24)
  }

  @Test func comparisons() throws {
    let ordered = ["eq", "ne", "lt", "le", "gt", "ge"]
    let unordered = ["equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"]
    var cases: [String] = []
    for type in ["u16", "s16", "u32", "s32", "u64", "s64"] {
      for word in ordered { cases.append("setp.\(word).\(type) pred = \(type) \(type)") }
    }
    for word in ["lo", "ls", "hi", "hs"] { cases.append("setp.\(word).u32 pred = u32 u32") }
    for type in ["f32", "f64", "f16", "bf16"] {
      for word in ordered + unordered {
        cases.append("setp.\(word).\(type) pred|pred = \(type) \(type)")
      }
    }
    for word in ordered + unordered {
      cases.append("setp.\(word).ftz.f32 pred = f32 f32")
      cases.append("setp.\(word).and.f16x2 pred|pred = f16x2 f16x2 pred")
      cases.append("setp.\(word).bf16x2 pred|pred = bf16x2 bf16x2")
    }
    for word in ["and", "or", "xor"] {
      cases.append("setp.lt.\(word).s32 pred|pred = s32 s32 pred")
      cases.append("setp.eq.\(word).b32 pred|pred = b32 b32 !pred")
      cases.append("set.ge.\(word).u32.f32 u32 = f32 f32 !pred")
    }
    for type in ["u32", "s32", "f32"] {
      for source in ["u32", "s64", "f32", "f64", "f16", "bf16", "b16"] {
        cases.append("set.ne.\(type).\(source) \(type) = \(source) \(source)")
      }
    }
    for type in ["f16", "u16"] { cases.append("set.gtu.\(type).f16 \(type) = f16 f16") }
    for type in ["f16x2", "u32"] { cases.append("set.ltu.\(type).f16x2 \(type) = f16x2 f16x2") }
    cases.append("set.le.bf16x2.bf16x2 bf16x2 = bf16x2 bf16x2")
    for type in ["b16", "b32", "b64", "f32", "f64"] {
      cases.append("selp.\(type) \(type) = \(type) \(type) pred")
      cases.append("slct.\(type).s32 \(type) = \(type) \(type) s32")
      cases.append("slct.ftz.\(type).f32 \(type) = \(type) \(type) f32")
      cases.append("slct.\(type).f32 \(type) = \(type) \(type) f32")
    }
    try expectAgreement(of: cases, batchCount: 12)
  }

  @Test func moves() throws {
    try expectAgreement(of: [
      "mov.b16 b16 = b16", "mov.u32 u32 = u32", "mov.f64 f64 = f64", "mov.b32 b32 = {b16,b16}",
      "mov.b32 {b16,b16} = b32", "mov.b64 b64 = {b32,b32}", "mov.b64 {b32,b32} = b64",
      "mov.b64 b64 = {b16,b16,b16,b16}", "mov.b64 {b16,b16,b16,b16} = b64",
      "mov.b16 b16 = {b8,b8}", "mov.b16 {b8,b8} = b16", "mov.b32 b32 = {b8,b8,b8,b8}",
      "mov.b32 {b8,b8,b8,b8} = b32",
    ])
  }
}
