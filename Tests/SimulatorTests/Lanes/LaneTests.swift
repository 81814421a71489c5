// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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
    for operation in ["min", "max", "add", "sub"] {
      cases.append("\(operation).u16x2 u16x2 = u16x2 u16x2")
    }
    cases += ["add.s16x2 s16x2 = s16x2 s16x2", "sub.s16x2 s16x2 = s16x2 s16x2"]
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
    for type in ["b32", "b64"] {
      cases.append("bfi.\(type) \(type) = \(type) \(type) position@32 position@32")
    }
    for type in ["u32", "s32", "u64", "s64"] {
      cases.append("bfe.\(type) \(type) = \(type) position@32 position@32")
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
    cases.append("lop3.or.b32 b32|pred = b32 b32 b32 #128 pred")
    cases.append("lop3.and.b32 _|pred = b32 b32 b32 #128 !pred")
    cases += ["not.pred pred = pred", "mov.pred pred = pred"]
    try expectAgreement(of: cases, batchCount: 4)
  }

  @Test func `arithmetic with carry`() throws {
    var cases: [String] = []
    for type in ["u32", "s32", "u64", "s64"] {
      for operation in ["add.cc", "sub.cc", "addc", "subc", "addc.cc", "subc.cc"] {
        cases.append("\(operation).\(type) \(type) = \(type) \(type)")
      }
      for operation in ["mad.lo.cc", "mad.hi.cc", "madc.lo", "madc.hi", "madc.lo.cc", "madc.hi.cc"]
      {
        cases.append("\(operation).\(type) \(type) = \(type) \(type) \(type)")
      }
    }
    try expectAgreement(of: cases, hasCarry: true)
  }

  @Test func `sums and products of 16-bit floats and single precision`() throws {
    var cases: [String] = []
    for type in ["f16", "bf16"] {
      for rounding in ["rn", "rz", "rm", "rp"] {
        for words in [rounding, rounding + ".sat"] {
          cases.append("add.\(words).f32.\(type) f32 = \(type) f32")
          cases.append("sub.\(words).f32.\(type) f32 = \(type) f32")
          cases.append("fma.\(words).f32.\(type) f32 = \(type) \(type) f32")
        }
      }
      cases += ["add.f32.\(type) f32 = \(type) f32", "sub.sat.f32.\(type) f32 = \(type) f32"]
    }
    try expectAgreement(of: cases)
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
    if type == "f32" {
      for rounding in ["rn", "rz", "rm", "rp", "rn.ftz"] {
        for operation in ["add", "sub", "mul"] {
          cases.append("\(operation).\(rounding).f32x2 f32x2 = f32x2 f32x2")
        }
        cases.append("fma.\(rounding).f32x2 f32x2 = f32x2 f32x2 f32x2")
      }
    }
    cases.append("mad.rn.\(type) \(type) = \(type) \(type) \(type)")
    try expectAgreement(of: cases, batchCount: 24)
  }

  @Test func `the NaN that arithmetic makes`() throws {
    var cases: [String] = []
    for rounding in ["rn", "rz", "rm", "rp"] {
      for type in ["32", "64"] {
        for operation in ["add", "sub", "mul", "div"] {
          cases.append("\(operation).\(rounding).f\(type) f\(type) = nan\(type) nan\(type)")
        }
        cases.append(
          "fma.\(rounding).f\(type) f\(type) = nan\(type) nan\(type) nan\(type)")
        for operation in ["sqrt", "rcp"] {
          cases.append("\(operation).\(rounding).f\(type) f\(type) = nan\(type)")
        }
      }
    }
    for type in ["32", "64"] {
      for operation in ["min", "max", "copysign"] {
        cases.append("\(operation).f\(type) f\(type) = nan\(type) nan\(type)")
      }
      for operation in ["neg", "abs"] {
        cases.append("\(operation).f\(type) f\(type) = nan\(type)")
      }
    }
    for operation in ["neg", "abs"] {
      cases.append("\(operation).ftz.f32 f32 = nan32")
      cases += ["\(operation).f16 f16 = nan16", "\(operation).bf16 bf16 = nanb16"]
    }
    cases.append("rsqrt.approx.f64 f64 = nan64")
    try expectAgreement(of: cases)
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
      for words in ["", ".ftz", ".NaN", ".abs", ".ftz.NaN.abs"] {
        cases.append("\(operation)\(words).f32 f32 = f32 f32 f32")
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

  @Test func `conversions between integers, in wide containers as well`() throws {
    let types = ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"]
    var cases: [String] = []
    for destination in types {
      for source in types {
        for words in ["", ".sat"] {
          let mnemonic = "cvt\(words).\(destination).\(source)"
          for (to, from) in [("", ""), ("@64", "@64"), ("@32", "@64"), ("@64", "@32")] {
            let isFitting =
              !(to == "@32" && destination.hasSuffix("64"))
              && !(from == "@32" && source.hasSuffix("64"))
            if isFitting { cases.append("\(mnemonic) \(destination)\(to) = \(source)\(from)") }
          }
        }
      }
    }
    cases += ["cvt.u16.s8 u16@32 = s8@32", "cvt.s8.s32 s8@16 = s32", "cvt.s8.s32 s8@32 = s32"]
    for type in ["u8", "s8", "u16", "s16"] {
      let third = type.hasSuffix("8") ? " b32" : ""
      cases.append("cvt.pack.sat.\(type).s32\(third.isEmpty ? "" : ".b32") b32 = s32 s32\(third)")
    }
    try expectAgreement(of: cases, batchCount: 4)
  }

  @Test func `conversions between integers and floats`() throws {
    let integers = ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"]
    var cases: [String] = []
    for integer in integers {
      for float in ["f16", "bf16", "f32", "f64"] {
        for rounding in ["rni", "rzi", "rmi", "rpi"] {
          cases.append("cvt.\(rounding).\(integer).\(float) \(integer) = \(float)")
        }
        for rounding in ["rn", "rz", "rm", "rp"] {
          cases.append("cvt.\(rounding).\(float).\(integer) \(float) = \(integer)")
        }
      }
    }
    cases += ["cvt.rni.sat.s8.f32 s8@32 = f32", "cvt.rmi.ftz.s32.f32 s32 = f32"]
    cases += ["cvt.rpi.ftz.u64.f32 u64 = f32", "cvt.rzi.s16.f16 s16@64 = f16@64"]
    cases += ["cvt.rn.sat.f32.s32 f32 = s32", "cvt.rn.f16.u8 f16@32 = u8@32"]
    try expectAgreement(of: cases, batchCount: 12)
  }

  @Test func `conversions between floats`() throws {
    var cases = ["cvt.rna.tf32.f32 tf32 = f32", "cvt.rna.satfinite.tf32.f32 tf32 = f32"]
    cases += ["cvt.rna.tf32.f32 tf32 = nan32", "cvt.rna.satfinite.tf32.f32 tf32 = nan32"]
    for type in ["nan32", "nan16", "nanb16", "nan64"] {
      let source = type == "nanb16" ? "bf16" : "f" + type.dropFirst(3)
      if source != "f64" { cases.append("cvt.f64.\(source) f64 = \(type)") }
      if source != "f32" && source != "f64" { cases.append("cvt.f32.\(source) f32 = \(type)") }
    }
    cases += ["cvt.ftz.f64.f32 f64 = nan32", "cvt.sat.f64.f32 f64 = nan32"]
    for integer in ["u8", "s8", "u16", "s16", "u32", "s32"] {
      for width in ["", "@32", "@64"] {
        cases.append("cvt.rzi.\(integer).f64 \(integer)\(width) = nan64")
        cases.append("cvt.rzi.\(integer).f32 \(integer)\(width) = nan32")
      }
    }
    for rounding in ["rn", "rz"] {
      for words in ["", ".relu", ".satfinite", ".satfinite.relu"] {
        cases.append("cvt.\(rounding)\(words).tf32.f32 tf32 = f32")
        cases.append("cvt.\(rounding)\(words).bf16.f32 bf16 = f32")
        cases.append("cvt.\(rounding)\(words).f16.f32 f16@32 = f32")
        cases.append("cvt.\(rounding)\(words).bf16x2.f32 bf16x2 = f32 f32")
        cases.append("cvt.\(rounding)\(words).f16x2.f32 f16x2 = f32 f32")
      }
    }
    for rounding in ["rn", "rz", "rm", "rp"] {
      for (destination, source) in [
        ("f32", "f64"), ("f16", "f32"), ("bf16", "f64"), ("f16", "f64"),
      ] {
        cases.append("cvt.\(rounding).\(destination).\(source) \(destination) = \(source)")
        cases.append("cvt.\(rounding).sat.\(destination).\(source) \(destination) = \(source)")
      }
      cases.append("cvt.\(rounding).ftz.f32.f64 f32 = f64")
      cases.append("cvt.\(rounding).ftz.f16.f32 f16 = f32")
      cases.append("cvt.\(rounding).ftz.sat.f16.f32 f16 = f32")
      cases.append("cvt.\(rounding).ftz.bf16.f32 bf16 = f32")
      for type in ["f32", "f16", "bf16"] {
        cases.append("cvt.\(rounding).\(type).f64 \(type) = nan64")
      }
      cases.append("cvt.\(rounding)i.f64.f64 f64 = nan64")
    }
    for (destination, source) in [
      ("f32", "f16"), ("f32", "bf16"), ("f64", "f32"), ("f64", "f16"), ("f64", "bf16"),
    ] {
      cases.append("cvt.\(destination).\(source) \(destination) = \(source)")
      cases.append("cvt.\(destination).\(source) \(destination) = \(source)@64")
      cases.append("cvt.sat.\(destination).\(source) \(destination) = \(source)")
    }
    for type in ["f16", "f32", "f64"] {
      for rounding in ["rni", "rzi", "rmi", "rpi"] {
        cases.append("cvt.\(rounding).\(type).\(type) \(type) = \(type)")
      }
    }
    cases += [
      "cvt.ftz.f32.f32 f32 = f32", "cvt.sat.f32.f32 f32 = f32", "cvt.ftz.f64.f32 f64 = f32",
    ]
    try expectAgreement(of: cases, batchCount: 24)
  }

  @Test func `conversions of pairs of small floats`() throws {
    var cases: [String] = []
    for words in ["", ".relu"] {
      for type in ["e4m3x2", "e5m2x2", "e2m3x2", "e3m2x2", "e2m1x2"] {
        cases.append("cvt.rn.satfinite\(words).\(type).f32 \(type) = f32 f32")
        cases.append("cvt.rn\(words).f16x2.\(type) f16x2 = \(type)")
      }
      cases.append("cvt.rn.satfinite\(words).e4m3x2.f16x2 e4m3x2 = f16x2")
      cases.append("cvt.rn.satfinite\(words).e5m2x2.f16x2 e5m2x2 = f16x2")
    }
    for rounding in ["rz", "rp"] {
      cases.append("cvt.\(rounding).satfinite.ue8m0x2.f32 ue8m0x2 = f32 f32")
      cases.append("cvt.\(rounding).satfinite.ue8m0x2.bf16x2 ue8m0x2 = bf16x2")
    }
    cases.append("cvt.rn.bf16x2.ue8m0x2 bf16x2 = ue8m0x2")
    for rounding in ["rz", "rp"] {
      cases.append("cvt.\(rounding).ue8m0x2.f32 ue8m0x2 = f32 f32")
      cases.append("cvt.\(rounding).ue8m0x2.bf16x2 ue8m0x2 = bf16x2")
    }
    try expectAgreement(of: cases, batchCount: 24)
  }

  @Test func `conversions of pairs of small floats from and to pairs`() throws {
    var cases: [String] = []
    for words in ["", ".relu"] {
      for type in ["e4m3x2", "e5m2x2", "e2m3x2", "e3m2x2", "e2m1x2"] {
        for source in ["f16x2", "bf16x2"] {
          cases.append("cvt.rn.satfinite\(words).\(type).\(source) \(type) = \(source)")
        }
        for saturation in ["", ".satfinite"] {
          cases.append("cvt.rn\(saturation)\(words).bf16x2.\(type) bf16x2 = \(type)")
        }
      }
    }
    try expectAgreement(of: cases, batchCount: 24)
  }

  @Test func `conversions that random bits round`() throws {
    var cases: [String] = []
    for words in ["", ".relu", ".satfinite", ".relu.satfinite"] {
      for type in ["f16x2", "bf16x2"] {
        cases.append("cvt.rs\(words).\(type).f32 \(type) = f32 f32 b32")
      }
    }
    for words in ["", ".relu"] {
      for type in ["e4m3x4", "e5m2x4", "e2m3x4", "e3m2x4", "e2m1x4"] {
        cases.append("cvt.rs\(words).satfinite.\(type).f32 \(type) = {f32,f32,f32,f32} b32")
      }
    }
    try expectAgreement(of: cases, batchCount: 24)
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
