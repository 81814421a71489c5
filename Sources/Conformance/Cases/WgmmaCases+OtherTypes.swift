// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

// The cases of types other than bf16 and f16.
extension WgmmaCases {
  /// The cases.
  static var otherTypes: [WgmmaCase] {
    otherLayouts + otherExtents + otherArithmetic + integerArithmetic + otherWorked
  }

  /// Elements of 8 and 32 bits in every swizzle, and A in registers with every layout of B.
  private static var otherLayouts: [WgmmaCase] {
    let types = [
      WgmmaTypes(a: .e4m3, b: .e4m3), WgmmaTypes(a: .tf32, b: .tf32),
      WgmmaTypes(a: .s8, b: .u8, d: .s32), WgmmaTypes(a: .b1, b: .b1, d: .s32),
    ]
    var cases: [WgmmaCase] = []
    for types in types {
      for second in SwizzleMode.allCases {
        for first in SwizzleMode.allCases.map({ Optional($0) }) + [nil] {
          let name =
            "wgmma.layout.\(first?.rawValue ?? "registers").\(second.rawValue).\(types.name)"
          let depth = 4 * 256 / types.a.codeBitWidth
          cases.append(
            WgmmaCase(
              name: name, types: types, n: 64, a: first.map { (.k, $0) }, b: (.k, second),
              steps: 4, operands: operands(name, [.ordinary], types, n: 64, depth: depth)))
        }
      }
    }
    return cases
  }

  /// Extents at which the step of n changes.
  private static var otherExtents: [WgmmaCase] {
    (WgmmaTypes.otherFloats + WgmmaTypes.integers).flatMap { types in
      let extents = types.d == .s32 ? [8, 16, 24, 32, 48, 208, 256] : [8, 24, 40, 136, 248, 256]
      return extents.map { n in
        let name = "wgmma.n\(n).\(types.name)"
        return WgmmaCase(
          name: name, types: types, n: n, a: (.k, .bytes32), b: (.k, .bytes32),
          operands: operands(
            name, [.ordinary], types, n: n, depth: 256 / types.a.codeBitWidth))
      }
    }
  }

  /// Floats of every kind, from shared memory and from registers, with every sign.
  private static var otherArithmetic: [WgmmaCase] {
    var cases: [WgmmaCase] = []
    for types in WgmmaTypes.otherFloats {
      let depth = 256 / types.a.codeBitWidth
      for kind in WgmmaNumbers.allCases {
        let name = "wgmma.\(kind.rawValue).\(types.name)"
        let repeated = [WgmmaNumbers](repeating: kind, count: 4)
        cases.append(
          WgmmaCase(
            name: name, types: types, n: 64, a: (.k, .bytes32), b: (.k, .bytes32),
            operands: operands(name, repeated, types, n: 64, depth: depth)))
        let chained = name + ".registers-chained"
        cases.append(
          WgmmaCase(
            name: chained, types: types, n: 32, a: nil, b: (.k, .bytes128), steps: 4,
            accumulates: false,
            operands: operands(chained, [kind], types, n: 32, depth: 4 * depth)))
      }
      for signs in [(-1, 1), (1, -1), (-1, -1)] {
        let name = "wgmma.signs.\(signs.0).\(signs.1).\(types.name)"
        cases.append(
          WgmmaCase(
            name: name, types: types, n: 32, a: (.k, .bytes32), b: (.k, .bytes32), signs: signs,
            operands: operands(
              name, [.ordinary, .special, .sparse], types, n: 32, depth: depth)))
      }
    }
    return cases
  }

  /// Integers and bits, including sums that overflow 32 bits.
  private static var integerArithmetic: [WgmmaCase] {
    WgmmaTypes.integers.flatMap { types in
      [WgmmaNumbers.ordinary, .sparse, .greatest, .overflowing, .cancelling].flatMap { kind in
        let name = "wgmma.\(kind.rawValue).\(types.name)"
        let chained = name + ".registers-chained"
        let depth = 256 / types.a.codeBitWidth
        return [
          WgmmaCase(
            name: name, types: types, n: 64, a: (.k, .bytes32), b: (.k, .bytes32),
            operands: operands(name, [kind, kind], types, n: 64, depth: depth)),
          WgmmaCase(
            name: chained, types: types, n: 32, a: nil, b: (.k, .bytes128), steps: 4,
            operands: operands(chained, [kind], types, n: 32, depth: 4 * depth)),
        ]
      }
    }
  }

  /// Sums that distinguish models of the arithmetic.
  private static var otherWorked: [WgmmaCase] {
    let narrow = WgmmaTypes.otherFloats.dropFirst().filter { $0.d == .f32 }
    return narrow.map(kept) + WgmmaTypes.otherFloats.filter { $0.d == .f32 }.flatMap(zeros)
      + [hiddenNaNs, passingSums(saturates: false), passingSums(saturates: true)]
  }

  /// The number of fraction bits that a sum of 8-bit floats keeps, and its rounding.
  private static func kept(_ types: WgmmaTypes) -> WgmmaCase {
    // A row for each sum: the old D, and the numbers of ones, halves and quarters that are added.
    let rows: [(d: Float, ones: Int, halves: Int, quarters: Int)] = [
      (4096, 0, 1, 0), (4096, 0, 0, 1), (4096, 0, 0, 2), (8192, 1, 0, 0), (8192, 0, 31, 0),
      (16384, 32, 0, 0), (16383, 1, 0, 0), (16382, 3, 0, 0), (16382, 7, 0, 0), (16383.5, 0, 1, 0),
      (1, 31, 0, 1), (0, 31, 1, 0), (0x1p-14, 1, 0, 0), (0x1.8p-13, 1, 0, 0), (0x1p-12, 1, 0, 0),
      (0x1.fff8p0, 0, 0, 0), (0x1.fffcp0, 0, 0, 0), (0x1.fffcp3, 1, 0, 0),
    ]
    var a = [UInt32](repeating: 0, count: 64 * 32)
    var d = [UInt32](repeating: 0, count: 64 * 8)
    for (row, item) in rows.enumerated() {
      let values =
        [Float](repeating: 1, count: item.ones) + [Float](repeating: 0.5, count: item.halves)
        + [Float](repeating: 0.25, count: item.quarters)
      for (k, value) in values.enumerated() {
        a[row * 32 + k] = types.a.code(value)
        a[(row + 32) * 32 + k] = types.a.code(-value)
      }
      for column in 0..<8 {
        d[row * 8 + column] = item.d.bitPattern
        d[(row + 32) * 8 + column] = column < 4 ? item.d.bitPattern : (-item.d).bitPattern
      }
    }
    let b = [UInt32](repeating: types.b.code(1), count: 8 * 32)
    return WgmmaCase(
      name: "wgmma.worked.\(types.name)", types: types, n: 8, a: (.k, .bytes32), b: (.k, .bytes32),
      operands: [WgmmaOperands(a: a, b: b, d: d)])
  }

  /// Zeros of both signs, and the smallest number, with powers of two and various D.
  private static func zeros(_ types: WgmmaTypes) -> [WgmmaCase] {
    guard let a = types.a.format, let b = types.b.format else { return [] }
    let depth = 256 / types.a.codeBitWidth
    let powers = (0..<64).flatMap { column in
      (0..<depth).map { k in
        let field = UInt32(1 + column * (2 * b.bias - 1) / 63)
        return k == 5 ? field << UInt32(b.fractionBits + b.ignoredBits) : 0
      }
    }
    let old = (0..<64).flatMap { row in
      (0..<64).map { column in power(row * 4 - 149 + column % 4).bitPattern }
    }
    let codes: [(String, UInt32)] = [
      ("zeros", 0), ("negative-zeros", a.signBit), ("subnormals", 1),
    ]
    return codes.map { name, code in
      var left = [UInt32](repeating: 0, count: 64 * depth)
      for row in 0..<64 { left[row * depth + 5] = code << UInt32(a.ignoredBits) }
      return WgmmaCase(
        name: "wgmma.worked.\(name)-against-powers.\(types.name)", types: types, n: 64,
        a: (.k, .bytes32), b: (.k, .bytes32),
        operands: [WgmmaOperands(a: left, b: powers, d: old)])
    }
  }

  /// tf32 operands that look like NaNs only in their ignored bits.
  private static var hiddenNaNs: WgmmaCase {
    let types = WgmmaTypes(a: .tf32, b: .tf32)
    var a = [UInt32](repeating: 0, count: 64 * 8)
    for row in 0..<64 {
      // An infinity with one additional bit, and a zero with all of them.
      a[row * 8 + row % 8] = 0x7F80_0000 | 1 << UInt32(row % 14)
      a[row * 8 + (row + 1) % 8] = 0x1FFF
    }
    let b = (0..<64).map { 0x3F80_0000 | UInt32($0) << 7 }
    let d = [UInt32](repeating: Float(3).bitPattern, count: 64 * 8)
    return WgmmaCase(
      name: "wgmma.worked.hidden-nans.\(types.name)", types: types, n: 8, a: (.k, .bytes32),
      b: (.k, .bytes32), operands: [WgmmaOperands(a: a, b: b, d: d)])
  }

  /// Sums that overflow 32 bits midway along k, some of which return to the range.
  private static func passingSums(saturates: Bool) -> WgmmaCase {
    let types = WgmmaTypes(a: .s8, b: .s8, d: .s32, saturates: saturates)
    let a = (0..<64 * 32).map { index in
      let (row, k) = index.quotientAndRemainder(dividingBy: 32)
      let isPositive = (k < 16) == (row % 2 == 0)
      return types.a.code(isPositive ? 127 : row % 4 < 2 ? -127 : -128)
    }
    let b = [UInt32](repeating: 127, count: 8 * 32)
    let d = (0..<64 * 8).map { index in
      let distance = UInt32(index / 8 * 700)
      return index % 2 == 0 ? 0x7FFF_FFFF - distance : 0x8000_0000 + distance
    }
    return WgmmaCase(
      name: "wgmma.worked.passing-sums.\(types.name)", types: types, n: 8, a: (.k, .bytes32),
      b: (.k, .bytes32), operands: [WgmmaOperands(a: a, b: b, d: d)])
  }
}
