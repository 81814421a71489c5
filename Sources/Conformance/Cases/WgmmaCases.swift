// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import TileLayout

/// A multiplication of a warpgroup: A [64, k·steps], B [n, k·steps], D [64, n].
struct WgmmaCase {
  /// The name.
  var name: String
  /// The types of the elements.
  var types: WgmmaTypes
  /// The number of columns of D.
  var n: Int
  /// The layout of A in shared memory, or `nil` if A is in registers.
  var a: (Majorness, SwizzleMode)?
  /// The layout of B in shared memory.
  var b: (Majorness, SwizzleMode)
  /// The number of instructions, one after another along k.
  var steps = 1
  /// The factors -1 or 1 of A and B.
  var signs = (1, 1)
  /// Whether the first instruction adds to the old D.
  var accumulates = true
  /// The operands of each block.
  var operands: [WgmmaOperands]
  /// The leading byte offset in the descriptors, if the layout does not use it.
  var unusedLeadingOffset: Int?
  /// The offset of both tiles from a multiple of 1024 bytes, a multiple of 128.
  var displacement = 0
  /// The base offset in the descriptors.
  var baseOffset = 0

  /// The number of codes in a row of A or B that one instruction reads.
  var stepCodeCount: Int { 256 / types.a.codeBitWidth }

  /// The number of codes in a row of A or B.
  var depth: Int { stepCodeCount * steps }

  /// The number of 32-bit registers of D.
  var registerCount: Int { types.d == .f16 ? n / 4 : n / 2 }
}

/// The numbers that a block multiplies, row-major, as codes of one element or of eight bits.
struct WgmmaOperands {
  /// A, [64, k].
  var a: [UInt32]
  /// B, [n, k].
  var b: [UInt32]
  /// D, [64, n], as codes of its type.
  var d: [UInt32]
}

extension WgmmaCase {
  /// The layouts of both operands; A has one if it is in shared memory.
  private var layouts: (a: CanonicalLayout?, b: CanonicalLayout) {
    do {
      let first = try a.map { kind in
        try CanonicalLayout(
          kind.0, kind.1, rows: 64, columns: depth,
          elementByteCount: types.a.codeBitWidth / 8)
      }
      return (
        first,
        try CanonicalLayout(
          b.0, b.1, rows: n, columns: depth, elementByteCount: types.b.codeBitWidth / 8)
      )
    } catch {
      fatalError("The case \(name) has operands of a known layout: \(error)")
    }
  }

  /// The program.
  var program: ConformanceProgram {
    let (layoutA, layoutB) = layouts
    let byteCountOfA = layoutA.map { displacement + $0.byteCount } ?? 0
    let offsetOfB = (byteCountOfA + 1023) / 1024 * 1024 + displacement
    let tileWords = (offsetOfB + layoutB.byteCount + 3) / 4
    let fragmentWords = layoutA == nil ? 128 * 4 * steps : 0
    let resultWords = 128 * registerCount
    let stride = tileWords + fragmentWords + resultWords
    var input: [UInt32] = []
    for operand in operands {
      input += image(operand, layoutA, layoutB, offsetOfB, wordCount: tileWords)
      if layoutA == nil { input += fragments(operand.a) }
      input += accumulators(operand.d)
    }
    let outputCount = operands.count * resultWords
    var listing = Listing()
    listing.prelude = ".extern .shared .align 1024 .b8 tile[];"
    listing.declarations = """
      .reg .b32 %d<\(registerCount)>;
      .reg .b32 %a<\(4 * steps)>;
      .reg .b64 %da, %db, %mine0, %to;
      """
    listing.body = """
      mul.lo.u32 %r5, %block, \(stride * 4);
      cvt.u64.u32 %rd1, %r5;
      add.u64 %rd1, %rd1, %in;
      mov.u32 %r1, tile;
      mov.u32 %r3, %id;
      COPY: mad.wide.u32 %rd2, %r3, 4, %rd1;
      ld.global.b32 %r2, [%rd2];
      mad.lo.u32 %r4, %r3, 4, %r1;
      st.shared.b32 [%r4], %r2;
      add.u32 %r3, %r3, 128;
      setp.lt.u32 %p1, %r3, \(tileWords);
      @%p1 bra COPY;
      fence.proxy.async.shared::cta;
      bar.sync 0;
      shr.u32 %r6, %r1, 4;
      cvt.u64.u32 %rd3, %r6;
      mad.wide.u32 %mine0, %id, 4, %rd1;

      """
    for register in 0..<(4 * steps) where layoutA == nil {
      let offset = (tileWords + 128 * register) * 4
      listing.body += "ld.global.b32 %a\(register), [%mine0+\(offset)];\n"
    }
    for register in 0..<registerCount {
      let offset = (tileWords + fragmentWords + 128 * register) * 4
      listing.body += "ld.global.b32 %d\(register), [%mine0+\(offset)];\n"
    }
    listing.body += "wgmma.fence.sync.aligned;\n"
    for step in 0..<steps { listing.body += instruction(step, layoutA, layoutB, offsetOfB) }
    listing.body += """
      wgmma.commit_group.sync.aligned;
      wgmma.wait_group.sync.aligned 0;
      mad.lo.u32 %r7, %block, \(resultWords), %id;
      mad.wide.u32 %to, %r7, 4, %out;

      """
    for register in 0..<registerCount {
      listing.body += "st.global.b32 [%to+\(512 * register)], %d\(register);\n"
    }
    return ConformanceProgram(
      family: .wgmma, name: name, text: listing.text,
      launch: LaunchConfiguration(
        grid: Dimensions(operands.count), block: 128, dynamicSharedByteCount: tileWords * 4),
      input: input, outputCount: outputCount,
      probes: [ConformanceProbe(name: name, words: 0..<outputCount, wordsPerCheck: 1)])
  }

  /// Returns the instruction of a step along k.
  private func instruction(
    _ step: Int, _ layoutA: CanonicalLayout?, _ layoutB: CanonicalLayout, _ offsetOfB: Int
  ) -> String {
    let results = (0..<registerCount).map { "%d\($0)" }.joined(separator: ", ")
    var first = (0..<4).map { "%a\(4 * step + $0)" }.joined(separator: ", ")
    var text = ""
    if let layoutA {
      text += "add.u64 %da, %rd3, \(descriptor(layoutA, step, displacement));\n"
      first = "%da"
    } else {
      first = "{\(first)}"
    }
    text += "add.u64 %db, %rd3, \(descriptor(layoutB, step, offsetOfB));\n"
    let isAdded = step > 0 || accumulates ? 1 : 0
    return text + """
      wgmma.mma_async.sync.aligned.m64n\(n)k\(types.a.depth).\(types.name) \
      {\(results)}, \(first), %db, \(isAdded)\(literals(layoutA, layoutB));

      """
  }

  /// Returns the literals after the operands: floats have signs, 16-bit operands in shared memory
  /// have transpositions.
  private func literals(_ layoutA: CanonicalLayout?, _ layoutB: CanonicalLayout) -> String {
    guard types.d != .s32 else { return "" }
    let layouts = types.a.isTransposable ? [layoutA, layoutB].compactMap { $0 } : []
    return ", \(signs.0), \(signs.1)"
      + layouts.map { $0.majorness == .mn ? ", 1" : ", 0" }.joined()
  }

  /// Returns the descriptor of a step of a tile, relative to the start of shared memory.
  private func descriptor(_ layout: CanonicalLayout, _ step: Int, _ offset: Int) -> UInt64 {
    do {
      var bits = try layout.hopperDescriptor(at: offset - displacement)
        .advanced(byByteCount: displacement + layout.descriptorByteOffset(step: step)).rawValue
      if let unusedLeadingOffset, layout.majorness == .k, layout.swizzleMode != .none {
        bits = bits & ~(0x3FFF << 16) | UInt64(unusedLeadingOffset) << 16
      }
      return bits | UInt64(baseOffset) << 49
    } catch {
      fatalError("The case \(name) has operands of a known layout: \(error)")
    }
  }

  /// Returns the words of both tiles as they are in shared memory.
  private func image(
    _ operands: WgmmaOperands, _ layoutA: CanonicalLayout?, _ layoutB: CanonicalLayout,
    _ offsetOfB: Int, wordCount: Int
  ) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: wordCount)
    /// Writes a matrix into the image.
    func put(_ codes: [UInt32], _ layout: CanonicalLayout, at base: Int) {
      for (index, code) in codes.enumerated() {
        let offset =
          base + layout.byteOffset(row: index / layout.columns, column: index % layout.columns)
        words[offset / 4] |= code << UInt32(8 * (offset % 4))
      }
    }
    if let layoutA { put(operands.a, layoutA, at: displacement) }
    put(operands.b, layoutB, at: offsetOfB)
    return words
  }

  /// Returns A in the registers of the threads, one register of all threads after another.
  private func fragments(_ codes: [UInt32]) -> [UInt32] {
    let width = types.a.codeBitWidth
    let codesPerWord = 32 / width
    return (0..<4 * steps).flatMap { register in
      (0..<128).map { thread in
        let row = 16 * (thread / 32) + thread % 32 / 4 + 8 * (register & 1)
        let word = 8 * (register / 4) + thread % 4 + 4 * (register % 4 >> 1)
        let first = row * depth + word * codesPerWord
        return (0..<codesPerWord).reduce(0) { $0 | codes[first + $1] << UInt32(width * $1) }
      }
    }
  }

  /// Returns D in the registers of the threads, one register of all threads after another.
  private func accumulators(_ codes: [UInt32]) -> [UInt32] {
    (0..<registerCount).flatMap { register in
      (0..<128).map { thread in
        guard types.d == .f16 else { return codes[index(thread, register)] }
        return codes[index(thread, 2 * register)] | codes[index(thread, 2 * register + 1)] << 16
      }
    }
  }

  /// Returns the row-major index in D of an accumulator of a thread.
  private func index(_ thread: Int, _ register: Int) -> Int {
    let row = 16 * (thread / 32) + thread % 32 / 4 + 8 * (register >> 1 & 1)
    return row * n + 8 * (register >> 2) + 2 * (thread % 4) + (register & 1)
  }
}

/// The cases of `wgmma`.
enum WgmmaCases {
  /// Pairs of a majorness and a swizzle.
  private static let kinds: [(Majorness, SwizzleMode)] = [Majorness.k, .mn].flatMap { majorness in
    SwizzleMode.allCases.map { (majorness, $0) }
  }

  /// The programs.
  static var programs: [ConformanceProgram] {
    (layouts + extents + arithmetic + worked).map(\.program) + otherTypes.map(\.program)
  }

  /// Every canonical layout of both operands, over four steps along k.
  private static var layouts: [WgmmaCase] {
    let (bf16, f16) = (WgmmaTypes.halves[0], WgmmaTypes.halves[1])
    var cases: [WgmmaCase] = []
    for first in kinds {
      for second in kinds {
        let name = "wgmma.layout.\(first.0)-\(first.1.rawValue).\(second.0)-\(second.1.rawValue)"
        cases.append(
          WgmmaCase(
            name: name, types: bf16, n: 64, a: first, b: second, steps: 4,
            operands: operands(name, [.ordinary], bf16, n: 64, depth: 64)))
      }
    }
    for second in kinds {
      let name = "wgmma.layout.registers.\(second.0)-\(second.1.rawValue)"
      cases.append(
        WgmmaCase(
          name: name, types: f16, n: 64, a: nil, b: second, steps: 4,
          operands: operands(name, [.ordinary], f16, n: 64, depth: 64)))
    }
    for offset in [0, 1, 77] {
      let name = "wgmma.layout.unused-leading-offset.\(offset)"
      cases.append(
        WgmmaCase(
          name: name, types: bf16, n: 64, a: (.k, .bytes128), b: (.k, .bytes64), steps: 4,
          operands: operands(name, [.ordinary], bf16, n: 64, depth: 64),
          unusedLeadingOffset: offset))
    }
    return cases + displaced
  }

  /// Tiles that are not at multiples of 1024 bytes, with the correct base offset and with others.
  private static var displaced: [WgmmaCase] {
    let bf16 = WgmmaTypes.halves[0]
    let places = [(128, 0), (128, 1), (384, 3), (640, 5), (896, 7), (512, 4), (0, 1), (256, 6)]
    return kinds.filter { $0.1 != .none }.flatMap { kind in
      places.map { displacement, baseOffset in
        let layout = "\(kind.0)-\(kind.1.rawValue)"
        let name = "wgmma.base-offset.\(layout).\(displacement).\(baseOffset)"
        return WgmmaCase(
          name: name, types: bf16, n: 64, a: kind, b: kind, steps: 4,
          operands: operands(name, [.ordinary], bf16, n: 64, depth: 64),
          displacement: displacement, baseOffset: baseOffset)
      }
    }
  }

  /// Every n.
  private static var extents: [WgmmaCase] {
    stride(from: 8, through: 256, by: 8).flatMap { n in
      WgmmaTypes.halves.map { types in
        let name = "wgmma.n\(n).\(types.d.rawValue).\(types.a.rawValue)"
        return WgmmaCase(
          name: name, types: types, n: n, a: (.k, .bytes32), b: (.k, .bytes32),
          operands: operands(name, [.ordinary], types, n: n, depth: 16))
      }
    }
  }

  /// Operands of every kind, from shared memory and from registers, with every sign.
  private static var arithmetic: [WgmmaCase] {
    var cases: [WgmmaCase] = []
    for types in WgmmaTypes.halves {
      let suffix = "\(types.d.rawValue).\(types.a.rawValue)"
      for kind in WgmmaNumbers.allCases {
        let name = "wgmma.\(kind.rawValue).\(suffix)"
        let repeated = [WgmmaNumbers](repeating: kind, count: 6)
        cases.append(
          WgmmaCase(
            name: name, types: types, n: 64, a: (.k, .bytes32), b: (.k, .bytes32),
            operands: operands(name, repeated, types, n: 64, depth: 16)))
        let chained = name + ".registers-chained"
        cases.append(
          WgmmaCase(
            name: chained, types: types, n: 32, a: nil, b: (.k, .bytes128), steps: 4,
            accumulates: false, operands: operands(chained, [kind], types, n: 32, depth: 64)))
      }
      for signs in [(-1, 1), (1, -1), (-1, -1)] {
        let name = "wgmma.signs.\(signs.0).\(signs.1).\(suffix)"
        cases.append(
          WgmmaCase(
            name: name, types: types, n: 32, a: (.k, .bytes32), b: (.mn, .bytes64), signs: signs,
            operands: operands(
              name, [.ordinary, .special, .sparse], types, n: 32, depth: 16)))
      }
    }
    return cases
  }

  /// Sums that distinguish models of the arithmetic.
  private static var worked: [WgmmaCase] {
    // Each row of A has the products of one sum; B is all ones, except for 1.5 in its last column.
    let rows: [(d: Float, products: [Float], last: Float)] = [
      (1, [0x1p-24], 0), (1, [0x1p-24, 0x1p-24], 0), (1, [0x1p-25, 0x1p-25, 0x1p-25, 0x1p-25], 0),
      (1, [0x1p-25, 0x1p-25, 0x1p-25], 0), (1, [Float](repeating: 0x1p-26, count: 15), 0),
      (1, [-0x1p-25], 0), (1, [-0x1p-30], 0), (0x1p-25, [], 1.5), (0x1p-24, [], 1.5),
      (1, [-1], 0), (-1, [1], 0), (0, [1, -1], 0), (-0.0, [-0.0, -0.0], -0.0),
      (-0.0, [0, -0.0], 0), (0, [-0x1p-24], 0), (0x1.fffffep0, [0x1p-24], 0),
      (0x1.fffffep127, [0x1p127], 0), (-0x1.fffffep127, [-0x1p127], 0), (0x1p-149, [], 0),
      (0x1p-149, [0x1p-60], 0), (.infinity, [-1], 0), (.infinity, [-.infinity], 0), (.nan, [1], 0),
      (3, [0x1p-23, -0x1p-24], 0), (-3, [0x1p-23, 0x1p-24, 0x1p-24], 0),
    ]
    var cases: [WgmmaCase] = []
    for element in [WgmmaElement.bf16, .f16] {
      var a = [UInt32](repeating: 0, count: 64 * 16)
      var d = [UInt32](repeating: 0, count: 64 * 8)
      for (row, item) in rows.enumerated() {
        for (k, product) in item.products.enumerated() { a[row * 16 + k] = element.code(product) }
        a[row * 16 + 15] = element.code(item.last)
        for column in 0..<8 { d[row * 8 + column] = item.d.bitPattern }
      }
      let b = (0..<8 * 16).map { element.code($0 % 16 == 15 ? 1.5 : 1) }
      cases.append(
        WgmmaCase(
          name: "wgmma.worked.f32.\(element.rawValue)", types: WgmmaTypes(a: element, b: element),
          n: 8, a: (.k, .bytes32), b: (.k, .bytes32), operands: [WgmmaOperands(a: a, b: b, d: d)])
      )
    }
    // A row of zeros with powers of two, and D from large to small: does a zero have an exponent?
    let powers = (0..<64).map { column in
      (0..<16).map { WgmmaElement.bf16.code($0 == 5 ? power(4 * column - 126) : 0) }
    }
    let old = (0..<64).flatMap { row in
      (0..<64).map { column in power(row * 4 - 149 + column % 4).bitPattern }
    }
    for (name, zero) in [("zeros", UInt32(0)), ("negative-zeros", 0x8000), ("subnormals", 1)] {
      var left = [UInt32](repeating: 0, count: 64 * 16)
      for row in 0..<64 { left[row * 16 + 5] = zero }
      cases.append(
        WgmmaCase(
          name: "wgmma.worked.\(name)-against-powers", types: WgmmaTypes.halves[0], n: 64,
          a: (.k, .bytes32), b: (.k, .bytes32),
          operands: [WgmmaOperands(a: left, b: powers.flatMap { $0 }, d: old)]))
    }
    return cases
  }

  /// Returns a power of two, including subnormal ones.
  static func power(_ exponent: Int) -> Float {
    Float(sign: .plus, exponent: max(-149, min(127, exponent)), significand: 1)
  }

  /// Returns random operands, with one block for each kind.
  static func operands(
    _ name: String, _ kinds: [WgmmaNumbers], _ types: WgmmaTypes, n: Int, depth: Int
  ) -> [WgmmaOperands] {
    var random = SeededGenerator(name)
    return kinds.map { kind in
      kind.operands(types, n: n, depth: depth, using: &random)
    }
  }
}
