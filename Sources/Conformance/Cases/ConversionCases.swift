// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The cases of conversions and moves.
enum ConversionCases {
  /// The programs.
  static var programs: [ConformanceProgram] {
    LanePrograms(.conversion, "conversion.integers", integers).programs
      + LanePrograms(.conversion, "conversion.mixed", mixed).programs
      + LanePrograms(.conversion, "conversion.floats", floats).programs
      + LanePrograms(.conversion, "conversion.nans", nans).programs
      + LanePrograms(.conversion, "conversion.pairs", pairs).programs
      + LanePrograms(.conversion, "conversion.moves", moves).programs
  }

  /// The types of integers.
  private static let integerTypes = ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"]

  /// Between integers, also in wide containers.
  private static var integers: [String] {
    var cases: [String] = []
    for destination in integerTypes {
      for source in integerTypes {
        for words in canSaturate(destination, source) ? ["", ".sat"] : [""] {
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
    for type in ["u8", "s8", "u16", "s16"] {
      let third = type.hasSuffix("8") ? " b32" : ""
      cases.append("cvt.pack.sat.\(type).s32\(third.isEmpty ? "" : ".b32") b32 = s32 s32\(third)")
    }
    return cases
  }

  /// Returns whether a type has values that another does not have.
  private static func canSaturate(_ destination: String, _ source: String) -> Bool {
    let (to, from) = (Int(destination.dropFirst()) ?? 0, Int(source.dropFirst()) ?? 0)
    if destination.first == source.first { return to < from }
    return destination.hasPrefix("u") || to <= from
  }

  /// Between integers and floats.
  private static var mixed: [String] {
    var cases: [String] = []
    for integer in integerTypes {
      for float in ["f16", "bf16", "f32", "f64"] where float != "bf16" || !integer.hasSuffix("8") {
        for rounding in ["rni", "rzi", "rmi", "rpi"] {
          cases.append("cvt.\(rounding).\(integer).\(float) \(integer) = \(float)")
        }
        for rounding in ["rn", "rz", "rm", "rp"] {
          cases.append("cvt.\(rounding).\(float).\(integer) \(float) = \(integer)")
        }
      }
    }
    cases += ["cvt.rni.sat.s8.f32 s8@32 = f32", "cvt.rmi.ftz.s32.f32 s32 = f32"]
    cases += ["cvt.rpi.ftz.u64.f32 u64 = f32", "cvt.rn.sat.f32.s32 f32 = s32"]
    return cases
  }

  /// Between floats.
  private static var floats: [String] {
    var cases = ["cvt.rna.tf32.f32 tf32 = f32", "cvt.rna.satfinite.tf32.f32 tf32 = f32"]
    for rounding in ["rn", "rz"] {
      for words in ["", ".relu", ".satfinite", ".relu.satfinite"] {
        for type in words.hasSuffix("satfinite") ? ["bf16", "f16"] : ["tf32", "bf16", "f16"] {
          cases.append("cvt.\(rounding)\(words).\(type).f32 \(type) = f32")
        }
        for type in ["bf16x2", "f16x2"] {
          cases.append("cvt.\(rounding)\(words).\(type).f32 \(type) = f32 f32")
        }
      }
    }
    for rounding in ["rn", "rz", "rm", "rp"] {
      for (destination, source) in [
        ("f32", "f64"), ("f16", "f32"), ("bf16", "f64"), ("f16", "f64"),
      ] {
        cases.append("cvt.\(rounding).\(destination).\(source) \(destination) = \(source)")
        if destination == "bf16" { continue }
        cases.append("cvt.\(rounding).sat.\(destination).\(source) \(destination) = \(source)")
      }
      cases.append("cvt.\(rounding).ftz.f32.f64 f32 = f64")
      cases.append("cvt.\(rounding).ftz.f16.f32 f16 = f32")
    }
    for (destination, source) in [
      ("f32", "f16"), ("f32", "bf16"), ("f64", "f32"), ("f64", "f16"), ("f64", "bf16"),
    ] {
      cases.append("cvt.\(destination).\(source) \(destination) = \(source)")
      if source == "bf16" { continue }
      cases.append("cvt.sat.\(destination).\(source) \(destination) = \(source)")
    }
    for type in ["f16", "f32", "f64"] {
      for rounding in ["rni", "rzi", "rmi", "rpi"] {
        cases.append("cvt.\(rounding).\(type).\(type) \(type) = \(type)")
      }
    }
    cases += [
      "cvt.ftz.f32.f32 f32 = f32", "cvt.sat.f32.f32 f32 = f32", "cvt.ftz.f64.f32 f64 = f32",
      "cvt.ftz.f32.f16 f32 = f16",
    ]
    return cases
  }

  /// Conversions of NaNs with payloads to floats and to integers, also in wide containers.
  private static var nans: [String] {
    var cases = ["cvt.rna.satfinite.tf32.f32 tf32 = nan32", "cvt.rna.tf32.f32 tf32 = nan32"]
    for rounding in ["rn", "rz", "rm", "rp"] {
      for type in ["f32", "f16", "bf16"] {
        cases.append("cvt.\(rounding).\(type).f64 \(type) = nan64")
      }
      cases.append("cvt.\(rounding).f16.f32 f16 = nan32")
      // .ftz flushes a subnormal value before it is rounded to bf16, but not to f16.
      for type in ["f16", "bf16"] {
        cases.append("cvt.\(rounding).ftz.\(type).f32 \(type) = f32")
      }
      cases.append("cvt.\(rounding).ftz.sat.f16.f32 f16 = f32")
    }
    for type in ["nan32", "nan16", "nanb16"] {
      let source = type == "nanb16" ? "bf16" : "f" + type.dropFirst(3)
      cases.append("cvt.f64.\(source) f64 = \(type)")
      if type != "nanb16" { cases.append("cvt.sat.f64.\(source) f64 = \(type)") }
      if type != "nan32" { cases.append("cvt.f32.\(source) f32 = \(type)") }
    }
    for rounding in ["rni", "rzi", "rmi", "rpi"] {
      cases.append("cvt.\(rounding).f64.f64 f64 = nan64")
      cases.append("cvt.\(rounding).f32.f32 f32 = nan32")
      cases.append("cvt.\(rounding).ftz.f32.f32 f32 = f32")
    }
    cases.append("cvt.ftz.f64.f32 f64 = nan32")
    for integer in integerTypes {
      for (float, values) in [("f64", "nan64"), ("f32", "nan32"), ("f16", "nan16")] {
        for width in integer.hasSuffix("64") ? [""] : ["", "@32", "@64"] {
          cases.append("cvt.rzi.\(integer).\(float) \(integer)\(width) = \(values)")
        }
      }
      cases.append("cvt.rmi.ftz.\(integer).f32 \(integer) = f32")
    }
    return cases
  }

  /// Pairs of 8-bit floats.
  private static var pairs: [String] {
    var cases: [String] = []
    for words in ["", ".relu"] {
      for type in ["e4m3x2", "e5m2x2"] {
        cases.append("cvt.rn.satfinite\(words).\(type).f32 \(type) = f32 f32")
        cases.append("cvt.rn\(words).f16x2.\(type) f16x2 = \(type)")
        cases.append("cvt.rn.satfinite\(words).\(type).f16x2 \(type) = f16x2")
      }
    }
    return cases
  }

  /// Moves of whole values and of parts.
  private static let moves = [
    "mov.b16 b16 = b16", "mov.u32 u32 = u32", "mov.f64 f64 = f64", "mov.b32 b32 = {b16,b16}",
    "mov.b32 {b16,b16} = b32", "mov.b64 b64 = {b32,b32}", "mov.b64 {b32,b32} = b64",
    "mov.b64 b64 = {b16,b16,b16,b16}", "mov.b64 {b16,b16,b16,b16} = b64",
  ]
}
