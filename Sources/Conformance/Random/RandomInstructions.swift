// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The per-lane instructions from which random programs are generated, in the notation of
/// `LaneCase`.
///
/// In a listing, `%sh`, `%ge`, `%gl` and `%lo` are the addresses of 16 bytes of the thread's own in
/// shared, generic, global and local memory; `%tp`, `%th`, `%tr` and `%td` are registers for
/// temporary values. These lists and their order determine the program of each name, so a change
/// here requires a new recording.
enum RandomInstructions {
  /// The instructions of each feature.
  static let templates: [RandomFeature: [InstructionTemplate]] = {
    let lists: [RandomFeature: [String]] = [
      .integer: integer, .bits: bits, .carry: carry, .comparison: comparison,
      .float: rounded("f32", ["", ".ftz", ".sat"]) + float,
      .double: rounded("f64", [""]) + double,
      .halves: halves, .conversion: conversion, .move: move, .approximate: approximate,
      .access: access, .atomic: atomic,
    ]
    return lists.mapValues { $0.map { InstructionTemplate($0) } }
  }()

  /// The integer types of arithmetic.
  private static let integers = ["u16", "s16", "u32", "s32", "u64", "s64"]

  /// Sums, products, quotients and similar operations.
  private static var integer: [String] {
    var list: [String] = []
    for type in integers {
      for operation in ["add", "sub", "mul.lo", "mul.hi", "min", "max"] {
        list.append("\(operation).\(type) \(type) = \(type) \(type)")
      }
      for operation in ["mad.lo", "mad.hi", "sad"] {
        list.append("\(operation).\(type) \(type) = \(type) \(type) \(type)")
      }
      for operation in ["div", "rem"] {
        list.append(GenerationRules.quotient(operation, type))
      }
    }
    for type in ["s16", "s32", "s64"] {
      list += [GenerationRules.magnitude(type), GenerationRules.negation(type)]
    }
    for (type, wide) in [("u16", "u32"), ("s16", "s32"), ("u32", "u64"), ("s32", "s64")] {
      list.append("mul.wide.\(type) \(wide) = \(type) \(type)")
      list.append("mad.wide.\(type) \(wide) = \(type) \(type) \(wide)")
    }
    for operation in ["add.sat", "sub.sat", "min.relu", "max.relu"] {
      list.append("\(operation).s32 s32 = s32 s32")
    }
    list.append("mad.hi.sat.s32 s32 = s32 s32 s32")
    for type in ["u32", "s32"] {
      for half in ["lo", "hi"] {
        list.append("mul24.\(half).\(type) \(type) = \(type) \(type)")
        list.append("mad24.\(half).\(type) \(type) = \(type) \(type) \(type)")
      }
      for other in ["u32", "s32"] {
        for operation in ["dp4a", "dp2a.lo", "dp2a.hi"] {
          list.append("\(operation).\(type).\(other) b32 = b32 b32 b32")
        }
      }
    }
    for operation in ["min", "max", "min.relu", "max.relu", "add"] {
      list.append("\(operation).s16x2 s16x2 = s16x2 s16x2")
    }
    for operation in ["min", "max", "add"] {
      list.append("\(operation).u16x2 u16x2 = u16x2 u16x2")
    }
    return list
  }

  /// Logic, shifts, bit fields and permutations.
  private static var bits: [String] {
    var list: [String] = []
    for type in ["b16", "b32", "b64"] {
      for operation in ["and", "or", "xor"] {
        list.append("\(operation).\(type) \(type) = \(type) \(type)")
      }
      list += ["not.\(type) \(type) = \(type)", "cnot.\(type) \(type) = \(type)"]
      list.append("shl.\(type) \(type) = \(type) count")
    }
    for type in ["b16", "b32", "b64"] + integers {
      list.append("shr.\(type) \(type) = \(type) count")
    }
    list += ["shl.b32 b32 = b32 b32", "shr.s32 s32 = s32 b32", "shr.u64 u64 = u64 b32"]
    for type in ["b32", "b64"] {
      list += ["popc.\(type) u32 = \(type)", "clz.\(type) u32 = \(type)"]
      list.append("brev.\(type) \(type) = \(type)")
      list.append("bfi.\(type) \(type) = \(type) \(type) count count")
      list.append("bfi.\(type) \(type) = \(type) \(type) u32 u32")
    }
    for type in ["u32", "s32", "u64", "s64"] {
      list += ["bfind.\(type) u32 = \(type)", "bfind.shiftamt.\(type) u32 = \(type)"]
      list.append("bfe.\(type) \(type) = \(type) count count")
      list.append("bfe.\(type) \(type) = \(type) u32 u32")
    }
    for mode in ["clamp", "wrap"] {
      list.append("bmsk.\(mode).b32 b32 = b32 b32")
      list += ["szext.\(mode).u32 u32 = u32 u32", "szext.\(mode).s32 s32 = s32 u32"]
      list += ["shf.l.\(mode).b32 b32 = b32 b32 u32", "shf.r.\(mode).b32 b32 = b32 b32 u32"]
    }
    for mode in ["", ".f4e", ".b4e", ".rc8", ".ecl", ".ecr", ".rc16"] {
      list.append("prmt.b32\(mode) b32 = b32 b32 b32")
    }
    for selector in ["0x5410", "0x7632", "0x0123", "0x8c4a", "0xf531", "0x6666"] {
      list.append("prmt.b32 b32 = b32 b32 #\(selector)")
    }
    for table in 1..<255 { list.append("lop3.b32 b32 = b32 b32 b32 #\(table)") }
    list.append("lop3.or.b32 b32|pred = b32 b32 b32 #128 pred")
    list.append("lop3.and.b32 b32|pred = b32 b32 b32 #150 pred")
    return list
  }

  /// Chains of instructions with carries.
  private static var carry: [String] {
    var list: [String] = []
    for type in ["u32", "s32", "u64", "s64"] {
      let slots = "\(type) \(type) = \(type) \(type) \(type) \(type)"
      for operation in ["add", "sub"] {
        list.append(
          "\(operation).cc.\(type) $0, $2, $3; \(operation)c.\(type) $1, $4, $5; ## \(slots)")
      }
      for half in ["lo", "hi"] {
        list.append(
          "mad.\(half).cc.\(type) $0, $2, $3, $4; madc.hi.\(type) $1, $2, $3, $5; ## \(slots)")
        list.append("add.cc.\(type) $0, $2, $3; madc.\(half).\(type) $1, $4, $5, $2; ## \(slots)")
      }
    }
    return list
  }

  /// Comparisons, predicates and selections.
  private static var comparison: [String] {
    var list: [String] = []
    let unordered = ["equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"]
    for type in integers + ["f32", "f64", "f16", "bf16"] {
      for word in ["eq", "ne", "lt", "le", "gt", "ge"] {
        list.append("setp.\(word).\(type) pred = \(type) \(type)")
      }
      for word in unordered where type.contains("f") {
        list.append("setp.\(word).\(type) pred = \(type) \(type)")
      }
    }
    for word in ["lo", "ls", "hi", "hs"] { list.append("setp.\(word).u32 pred = u32 u32") }
    for word in ["and", "or", "xor"] {
      list.append("setp.lt.\(word).s32 pred|pred = s32 s32 pred")
      list.append("setp.eq.\(word).b32 pred|pred = b32 b32 !pred")
      list.append("setp.ge.\(word).f32 pred|pred = f32 f32 pred")
      list.append("setp.le.\(word).s64 pred|pred = s64 s64 pred")
      list.append("\(word).pred pred = pred pred")
    }
    for word in ["lt", "neu", "num"] {
      list.append("setp.\(word).and.f16x2 pred|pred = f16x2 f16x2 pred")
      list.append("setp.\(word).bf16x2 pred|pred = bf16x2 bf16x2")
    }
    for type in ["u32", "s32", "f32"] {
      for source in ["u32", "s64", "b16", "f32", "f64"] {
        list.append("set.ne.\(type).\(source) \(type) = \(source) \(source)")
        list.append("set.eq.or.\(type).\(source) \(type) = \(source) \(source) pred")
      }
    }
    list += ["set.ltu.f16x2.f16x2 f16x2 = f16x2 f16x2", "set.ltu.u32.f16x2 u32 = f16x2 f16x2"]
    list += ["set.le.bf16x2.bf16x2 bf16x2 = bf16x2 bf16x2", "not.pred pred = pred"]
    for type in ["b16", "b32", "b64", "f32", "f64"] {
      list.append("selp.\(type) \(type) = \(type) \(type) pred")
      list.append("slct.\(type).s32 \(type) = \(type) \(type) s32")
    }
    list += ["slct.f32.f32 f32 = f32 f32 f32", "slct.ftz.f32.f32 f32 = f32 f32 f32"]
    for type in ["f32", "f64"] {
      for property in ["finite", "infinite", "number", "notanumber", "normal", "subnormal"] {
        list.append("testp.\(property).\(type) pred = \(type)")
      }
    }
    return list
  }

  /// Arithmetic of a type with every rounding.
  private static func rounded(_ type: String, _ suffixes: [String]) -> [String] {
    var list: [String] = []
    for suffix in suffixes {
      for rounding in ["rn", "rz", "rm", "rp"] {
        let words = "\(rounding)\(suffix).\(type)"
        for operation in ["add", "sub", "mul"] {
          list.append("\(operation).\(words) \(type) = \(type) \(type)")
        }
        list.append("fma.\(words) \(type) = \(type) \(type) \(type)")
        if suffix == ".sat" { continue }
        list.append("div.\(words) \(type) = \(type) \(type)")
        list.append("rcp.\(words) \(type) = \(type)")
        list.append("sqrt.\(words) \(type) = \(type)")
      }
    }
    list.append(GenerationRules.unfused("add", type))
    list.append(GenerationRules.unfused("sub", type))
    return list
  }

  /// Signs and extrema of f32.
  private static var float: [String] {
    var list = ["neg.f32 f32 = f32", "abs.f32 f32 = f32", "copysign.f32 f32 = f32 f32"]
    list += ["neg.ftz.f32 f32 = f32", "abs.ftz.f32 f32 = f32"]
    for operation in ["min", "max"] {
      for words in ["", ".ftz", ".NaN", ".ftz.NaN", ".xorsign.abs", ".NaN.xorsign.abs"] {
        list.append("\(operation)\(words).f32 f32 = f32 f32")
      }
    }
    return list
  }

  /// Signs and extrema of f64.
  private static var double: [String] {
    ["neg.f64 f64 = f64", "abs.f64 f64 = f64", "copysign.f64 f64 = f64 f64"]
      + ["min.f64 f64 = f64 f64", "max.f64 f64 = f64 f64"]
  }

  /// Arithmetic of 16-bit floats and pairs.
  private static var halves: [String] {
    var list: [String] = []
    for type in ["f16", "bf16", "f16x2", "bf16x2"] {
      let isHalf = type.hasPrefix("f16")
      for operation in ["add.rn", "sub.rn", "mul.rn"] {
        list.append("\(operation).\(type) \(type) = \(type) \(type)")
      }
      for words in isHalf ? ["", ".relu", ".ftz", ".sat", ".ftz.sat"] : ["", ".relu"] {
        list.append("fma.rn\(words).\(type) \(type) = \(type) \(type) \(type)")
      }
      if isHalf {
        for operation in ["add.rn.ftz", "sub.rn.sat", "mul.rn.ftz.sat", "min.ftz", "max.ftz"] {
          list.append("\(operation).\(type) \(type) = \(type) \(type)")
        }
        list += ["neg.ftz.\(type) \(type) = \(type)", "abs.ftz.\(type) \(type) = \(type)"]
      }
      for words in ["", ".NaN", ".xorsign.abs", ".NaN.xorsign.abs"] {
        list.append("min\(words).\(type) \(type) = \(type) \(type)")
        list.append("max\(words).\(type) \(type) = \(type) \(type)")
      }
      list += ["neg.\(type) \(type) = \(type)", "abs.\(type) \(type) = \(type)"]
    }
    return list
  }

  /// Conversions between all types.
  private static var conversion: [String] {
    var list: [String] = []
    let types = ["u8", "s8"] + integers
    for destination in types {
      for source in types {
        list.append("cvt.\(destination).\(source) \(destination) = \(source)")
        let (to, from) = (Int(destination.dropFirst()) ?? 0, Int(source.dropFirst()) ?? 0)
        let isSameSign = destination.first == source.first
        if isSameSign ? to < from : destination.hasPrefix("u") || to <= from {
          list.append("cvt.sat.\(destination).\(source) \(destination) = \(source)")
        }
      }
      for float in ["f16", "bf16", "f32", "f64"]
      where float != "bf16" || !destination.hasSuffix("8") {
        for rounding in ["rni", "rzi", "rmi", "rpi"] {
          list.append("cvt.\(rounding).\(destination).\(float) \(destination) = \(float)")
        }
        for rounding in ["rn", "rz", "rm", "rp"] {
          list.append("cvt.\(rounding).\(float).\(destination) \(float) = \(destination)")
        }
      }
    }
    for type in ["u8", "s8", "u16", "s16"] {
      let third = type.hasSuffix("8") ? " b32" : ""
      list.append("cvt.pack.sat.\(type).s32\(third.isEmpty ? "" : ".b32") b32 = s32 s32\(third)")
    }
    for rounding in ["rn", "rz"] {
      for words in ["", ".relu", ".satfinite", ".relu.satfinite"] {
        for type in words.hasSuffix("satfinite") ? ["bf16", "f16"] : ["tf32", "bf16", "f16"] {
          list.append("cvt.\(rounding)\(words).\(type).f32 \(type) = f32")
        }
        for type in ["bf16x2", "f16x2"] {
          list.append("cvt.\(rounding)\(words).\(type).f32 \(type) = f32 f32")
        }
      }
    }
    for rounding in ["rn", "rz", "rm", "rp"] {
      for (destination, source) in [
        ("f32", "f64"), ("f16", "f32"), ("bf16", "f64"), ("f16", "f64"),
      ] {
        list.append("cvt.\(rounding).\(destination).\(source) \(destination) = \(source)")
        if destination == "bf16" { continue }
        list.append("cvt.\(rounding).sat.\(destination).\(source) \(destination) = \(source)")
      }
      list.append("cvt.\(rounding).ftz.f32.f64 f32 = f64")
      list.append("cvt.\(rounding).ftz.f16.f32 f16 = f32")
      list.append("cvt.\(rounding).ftz.bf16.f32 bf16 = f32")
    }
    for (destination, source) in [
      ("f32", "f16"), ("f32", "bf16"), ("f64", "f32"), ("f64", "f16"), ("f64", "bf16"),
    ] {
      list.append("cvt.\(destination).\(source) \(destination) = \(source)")
    }
    for type in ["f16", "f32", "f64"] {
      for rounding in ["rni", "rzi", "rmi", "rpi"] {
        list.append("cvt.\(rounding).\(type).\(type) \(type) = \(type)")
      }
    }
    list += [
      "cvt.rna.tf32.f32 tf32 = f32", "cvt.rna.satfinite.tf32.f32 tf32 = f32",
      "cvt.ftz.f32.f32 f32 = f32", "cvt.sat.f32.f32 f32 = f32", "cvt.ftz.f64.f32 f64 = f32",
      "cvt.ftz.f32.f16 f32 = f16",
    ]
    for words in ["", ".relu"] {
      for type in ["e4m3x2", "e5m2x2"] {
        list.append("cvt.rn.satfinite\(words).\(type).f32 \(type) = f32 f32")
        list.append("cvt.rn\(words).f16x2.\(type) f16x2 = \(type)")
        list.append("cvt.rn.satfinite\(words).\(type).f16x2 \(type) = f16x2")
      }
    }
    return list
  }

  /// Moves of whole values and of parts.
  private static let move = [
    "mov.b16 b16 = b16", "mov.u32 u32 = u32", "mov.f64 f64 = f64", "mov.b32 b32 = {b16,b16}",
    "mov.b32 {b16,b16} = b32", "mov.b64 b64 = {b32,b32}", "mov.b64 {b32,b32} = b64",
    "mov.b64 b64 = {b16,b16,b16,b16}", "mov.b64 {b16,b16,b16,b16} = b64", "mov.pred pred = pred",
    "mov.u32 $0, %laneid; ## u32", "mov.u32 $0, %lanemask_le; ## b32", "mov.u32 $0, %tid.x; ## u32",
  ]

  /// Approximate functions.
  private static var approximate: [String] {
    var list: [String] = []
    for flush in ["", ".ftz"] {
      for operation in ["div.approx", "div.full"] {
        list.append("\(operation)\(flush).f32 f32 = f32 f32")
      }
      for operation in ["rcp", "sqrt", "rsqrt", "lg2", "ex2"] {
        list.append("\(operation).approx\(flush).f32 f32 = f32")
      }
      for operation in ["sin", "cos"] {
        list.append("\(operation).approx\(flush).f32 f32 = angle")
        list.append("\(operation).approx\(flush).f32 f32 = f32")
      }
    }
    list += ["tanh.approx.f32 f32 = f32", "rsqrt.approx.f64 f64 = f64"]
    for type in ["f16", "bf16", "f16x2", "bf16x2"] {
      let flush = type.hasPrefix("f16") ? "" : ".ftz"
      list += [
        "tanh.approx.\(type) \(type) = \(type)", "ex2.approx\(flush).\(type) \(type) = \(type)",
      ]
    }
    return list
  }

  /// The spaces and the thread's own 16 bytes in each.
  private static let places = [
    (".shared", "%sh"), (".global", "%gl"), ("", "%ge"), ("", "%gl"), (".local", "%lo"),
  ]

  /// Loads and stores of every width, whole and in vectors.
  private static var access: [String] {
    var list: [String] = []
    for (space, address) in places {
      let words = [("b8", "b32"), ("b16", "b16"), ("u16", "b16"), ("b32", "any"), ("b64", "b64")]
      for (type, register) in words {
        let width = (Int(type.dropFirst()) ?? 8) / 8
        for offset in [0, width, 16 - width] {
          list.append("st\(space).\(type) [\(address)+\(offset)], $0; ## = \(register)")
        }
      }
      for type in ["u8", "s8", "b8", "u16", "s16", "b32", "s32"] {
        for offset in [0, 4, 12] {
          list.append("ld\(space).\(type) $0, [\(address)+\(offset)]; ## b32")
        }
      }
      list += [
        "ld\(space).u16 $0, [\(address)+6]; ## b16", "ld\(space).b64 $0, [\(address)+8]; ## b64",
        "ld\(space).u32 $0, [\(address)+4]; ## b64", "ld\(space).s8 $0, [\(address)+3]; ## b64",
        "st\(space).v2.b32 [\(address)+8], {$0, $1}; ## = any any",
        "st\(space).v4.b32 [\(address)], {$0, $1, $2, $3}; ## = any any any any",
        "st\(space).v4.b16 [\(address)+8], {$0, $1, $2, $3}; ## = b16 b16 b16 b16",
        "st\(space).v2.b64 [\(address)], {$0, $1}; ## = b64 b64",
        "ld\(space).v2.b32 {$0, $1}, [\(address)]; ## b32 b32",
        "ld\(space).v4.b32 {$0, $1, $2, $3}, [\(address)]; ## b32 b32 b32 b32",
        "ld\(space).v2.b64 {$0, $1}, [\(address)]; ## b64 b64",
        "ld\(space).v4.u8 {$0, $1, $2, $3}, [\(address)+4]; ## b32 b32 b32 b32",
        "ld\(space).v2.s16 {$0, $1}, [\(address)+12]; ## b32 b32",
        "ld\(space).v4.u16 {$0, $1, $2, $3}, [\(address)+8]; ## b16 b16 b16 b16",
      ]
    }
    list += [
      "ld.volatile.global.b32 $0, [%gl]; ## b32", "ld.relaxed.gpu.global.b32 $0, [%gl+8]; ## b32",
      "st.release.cta.global.b32 [%gl+4], $0; ## = any",
      "ld.global.nc.v4.b32 {$0, $1, $2, $3}, [%in+16]; ## b32 b32 b32 b32",
    ]
    return list
  }

  /// Atomics on the thread's own words.
  private static var atomic: [String] {
    var list: [String] = []
    for (space, address) in places.dropLast() {
      var forms: [(String, String)] = []
      for type in ["u32", "s32", "u64", "s64"] { forms += ["min", "max"].map { ($0, type) } }
      for type in ["b32", "b64"] { forms += ["and", "or", "xor", "exch"].map { ($0, type) } }
      forms += ["u32", "s32", "u64", "f32"].map { ("add", $0) }
      forms += [("inc", "u32"), ("dec", "u32")]
      for (operation, type) in forms {
        let offset = type.hasSuffix("64") ? 8 : 4
        list.append(
          "atom\(space).\(operation).\(type) $0, [\(address)+\(offset)], $1; ## \(type) = \(type)")
        if operation == "exch" { continue }
        list.append("red\(space).\(operation).\(type) [\(address)+\(offset)], $0; ## = \(type)")
      }
      for type in ["b32", "b64"] {
        list.append(
          "atom\(space).cas.\(type) $0, [\(address)], $1, $2; ## \(type) = \(type) \(type)")
      }
      list.append("atom\(space).cas.b16 $0, [\(address)+2], $1, $2; ## b16 = b16 b16")
      for type in ["f16", "f16x2", "bf16", "bf16x2"] {
        let mnemonic = "\(space).add.noftz.\(type)"
        list.append("atom\(mnemonic) $0, [\(address)+12], $1; ## \(type) = \(type)")
        list.append("red\(mnemonic) [\(address)+12], $0; ## = \(type)")
      }
      let sums = [
        ("atom\(space).add.f64 $0, [\(address)+8], $1; ## f64 = f64", "[\(address)+8]"),
        ("red\(space).add.f64 [\(address)], $0; ## = f64", "[\(address)]"),
      ]
      list += sums.map { listing, place in
        address == "%gl" ? listing : GenerationRules.settledSum(listing, at: place, space)
      }
    }
    return list + vectorAtomics
  }

  /// Atomics on vectors in the thread's own global memory.
  private static var vectorAtomics: [String] {
    var list = [
      "atom.global.add.v2.f32 {$0, $1}, [%gl], {$2, $3}; ## f32 f32 = f32 f32",
      "atom.global.add.v4.f32 {$0, $1, $2, $3}, [%gl], {$4, $5, $6, $7}; "
        + "## f32 f32 f32 f32 = f32 f32 f32 f32",
      "red.global.add.v4.f32 [%gl], {$0, $1, $2, $3}; ## = f32 f32 f32 f32",
    ]
    for operation in ["add", "min", "max"] {
      for type in ["f16", "bf16"] {
        let words = "global.\(operation).noftz"
        list += [
          "atom.\(words).v2.\(type) {$0, $1}, [%gl+4], {$2, $3}; "
            + "## \(type) \(type) = \(type) \(type)",
          "red.\(words).v4.\(type) [%gl+8], {$0, $1, $2, $3}; "
            + "## = \(type) \(type) \(type) \(type)",
          "atom.\(words).v2.\(type)x2 {$0, $1}, [%gl+8], {$2, $3}; "
            + "## \(type)x2 \(type)x2 = \(type)x2 \(type)x2",
          "red.\(words).v4.\(type)x2 [%gl], {$0, $1, $2, $3}; "
            + "## = \(type)x2 \(type)x2 \(type)x2 \(type)x2",
        ]
      }
    }
    return list
  }
}
