// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The cases of f32 and f64, and of 16-bit floats.
enum FloatCases {
  /// The programs.
  static var programs: [ConformanceProgram] {
    LanePrograms(.float, "float.rounding", rounding).programs
      + LanePrograms(.float, "float.other", other).programs
      + LanePrograms(.float, "float.nans", nans).programs
      + approximations
      + LanePrograms(.float, "float.comparison", comparisons(["f32", "f64"])).programs
      + LanePrograms(.halves, "halves.arithmetic", halves).programs
      + LanePrograms(
        .halves, "halves.comparison", comparisons(["f16", "bf16"]) + pairComparisons
      ).programs
  }

  /// Arithmetic with every rounding.
  private static var rounding: [String] {
    var cases: [String] = []
    for (type, suffixes) in [("f32", ["", ".ftz", ".sat", ".ftz.sat"]), ("f64", [""])] {
      for suffix in suffixes {
        for rounding in ["rn", "rz", "rm", "rp"] {
          let words = "\(rounding)\(suffix).\(type)"
          for operation in ["add", "sub", "mul"] {
            cases.append("\(operation).\(words) \(type) = \(type) \(type)")
          }
          cases.append("fma.\(words) \(type) = \(type) \(type) \(type)")
          if suffix.hasSuffix("sat") { continue }
          cases.append("div.\(words) \(type) = \(type) \(type)")
          cases.append("rcp.\(words) \(type) = \(type)")
          cases.append("sqrt.\(words) \(type) = \(type)")
        }
      }
      cases.append("mad.rn.\(type) \(type) = \(type) \(type) \(type)")
    }
    return cases
  }

  /// Signs, extrema, properties.
  private static var other: [String] {
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
    cases += ["slct.f32.f32 f32 = f32 f32 f32", "slct.ftz.f32.f32 f32 = f32 f32 f32"]
    cases.append("slct.b64.f32 b64 = b64 b64 f32")
    return cases
  }

  /// Arithmetic on NaNs with payloads, infinities and zeros, which determines the bits of the
  /// result.
  private static var nans: [String] {
    var cases: [String] = []
    for rounding in ["rn", "rm"] {
      for operation in ["add", "sub", "mul", "div"] {
        cases.append("\(operation).\(rounding).f64 f64 = nan64 nan64")
      }
      cases.append("fma.\(rounding).f64 f64 = nan64 nan64 nan64")
      for operation in ["sqrt", "rcp"] {
        cases.append("\(operation).\(rounding).f64 f64 = nan64")
      }
    }
    for operation in ["min", "max", "copysign"] {
      cases.append("\(operation).f64 f64 = nan64 nan64")
      cases.append("\(operation).f32 f32 = nan32 nan32")
    }
    // ptxas swaps operands back from the other order, so that the NaN of the first one wins. No
    // case uses that order, nor a NaN as a literal: the text does not determine which NaN wins.
    cases.append("neg.f64 %rd9, $1; add.rn.f64 $0, %rd9, $2; ## f64 = nan64 nan64")
    for type in ["32", "64"] {
      for operation in ["neg", "abs"] {
        cases.append("\(operation).f\(type) f\(type) = nan\(type)")
      }
    }
    for operation in ["neg", "abs"] {
      cases.append("\(operation).f16 f16 = nan16")
      cases.append("\(operation).bf16 bf16 = nanb16")
    }
    return cases
  }

  /// Approximate functions, for fewer operands: the results are recorded in full.
  private static var approximations: [ConformanceProgram] {
    var cases: [String] = []
    for flush in ["", ".ftz"] {
      for operation in ["div.approx", "div.full"] {
        cases.append("\(operation)\(flush).f32 f32 = f32 f32")
      }
      for operation in ["rcp", "sqrt", "rsqrt", "lg2", "ex2"] {
        cases.append("\(operation).approx\(flush).f32 f32 = f32")
      }
      for operation in ["sin", "cos"] {
        cases.append("\(operation).approx\(flush).f32 f32 = angle")
      }
    }
    cases += ["tanh.approx.f32 f32 = f32", "rsqrt.approx.f64 f64 = f64"]
    cases += ["rcp.approx.ftz.f64 f64 = f64", "rsqrt.approx.ftz.f64 f64 = f64"]
    for type in ["f16", "bf16", "f16x2", "bf16x2"] {
      cases += ["tanh.approx.\(type) \(type) = \(type)"]
      let flush = type.hasPrefix("f16") ? "" : ".ftz"
      cases.append("ex2.approx\(flush).\(type) \(type) = \(type)")
    }
    for flush in ["", ".ftz"] {
      for operation in ["sin", "cos"] {
        cases.append("\(operation).approx\(flush).f32 f32 = turns")
        cases.append("\(operation).approx\(flush).f32 f32 = f32")
      }
      cases.append("ex2.approx\(flush).f32 f32 = exponent")
      cases.append("lg2.approx\(flush).f32 f32 = angle")
      cases.append("lg2.approx\(flush).f32 f32 = unit")
    }
    cases.append("tanh.approx.f32 f32 = angle")
    cases += ["rcp.approx.ftz.f64 f64 = nan64", "rsqrt.approx.ftz.f64 f64 = nan64"]
    cases.append("rsqrt.approx.f64 f64 = nan64")
    var programs = LanePrograms(.float, "float.approximate", cases)
    programs.blockCount = 1
    return programs.programs
  }

  /// Comparisons of types.
  private static func comparisons(_ types: [String]) -> [String] {
    var cases: [String] = []
    for type in types {
      for word in comparisonWords {
        cases.append("setp.\(word).\(type) pred = \(type) \(type)")
        if type == "f32" { cases.append("setp.\(word).ftz.f32 pred = f32 f32") }
      }
      if type.hasSuffix("16") { continue }
      cases.append("setp.lt.and.\(type) pred|pred = \(type) \(type) !pred")
      for result in ["u32", "s32", "f32"] {
        cases.append("set.ne.\(result).\(type) \(result) = \(type) \(type)")
        cases.append("set.ltu.or.\(result).\(type) \(result) = \(type) \(type) pred")
      }
    }
    return cases
  }

  /// The comparison operators of floats.
  private static let comparisonWords = [
    "eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan",
  ]

  /// Comparisons of pairs.
  private static var pairComparisons: [String] {
    var cases: [String] = []
    for word in comparisonWords {
      cases.append("setp.\(word).and.f16x2 pred|pred = f16x2 f16x2 pred")
      cases.append("setp.\(word).bf16x2 pred|pred = bf16x2 bf16x2")
    }
    // Extended by cvt, this result would be 0x3C003C00: ptxas assumes that the register's upper
    // half is zero, although the instruction has written it.
    cases.append("set.gtu.f16.f16 %h0, $1, $2; mov.b32 $0, {%h0, $2}; ## b32 = f16 f16")
    cases.append("set.gtu.u16.f16 u16 = f16 f16")
    for type in ["f16x2", "u32"] { cases.append("set.ltu.\(type).f16x2 \(type) = f16x2 f16x2") }
    cases.append("set.le.bf16x2.bf16x2 bf16x2 = bf16x2 bf16x2")
    return cases
  }

  /// Arithmetic of 16-bit floats and pairs.
  private static var halves: [String] {
    var cases: [String] = []
    for type in ["f16", "bf16", "f16x2", "bf16x2"] {
      let isHalf = type.hasPrefix("f16")
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
        cases += ["neg.ftz.\(type) \(type) = \(type)", "abs.ftz.\(type) \(type) = \(type)"]
      }
      for words in ["", ".NaN", ".xorsign.abs", ".NaN.xorsign.abs"] {
        cases.append("min\(words).\(type) \(type) = \(type) \(type)")
        cases.append("max\(words).\(type) \(type) = \(type) \(type)")
      }
      cases += ["neg.\(type) \(type) = \(type)", "abs.\(type) \(type) = \(type)"]
    }
    return cases
  }
}
