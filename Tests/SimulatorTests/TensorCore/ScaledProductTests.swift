// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TensorCoreArithmetic
import TestSupport
import Testing

/// The implementations in C that this machine can run.
private let paths = [TC_PORTABLE, TC_AVX2, TC_AVX512].filter(tc_path_is_available)

/// The types of a multiplication with block scales.
struct ScaledTypes: Sendable, CustomTestStringConvertible {
  var name: String
  var isGrouped: Bool
  var a: tc_element
  var b: tc_element
  var scale: tc_scale
  var scaleCount: Int

  var testDescription: String { name }

  /// The number of products of one instruction.
  var depth: Int { isGrouped ? 64 : 32 }

  static let all: [ScaledTypes] =
    [
      (TC_E4M3, TC_E4M3), (TC_E5M2, TC_E2M3), (TC_E2M3, TC_E3M2), (TC_E3M2, TC_E2M1),
      (TC_E2M1, TC_E5M2), (TC_E5M2, TC_E5M2),
    ].map { a, b in
      ScaledTypes(
        name: "mxf8f6f4 \(a.rawValue) x \(b.rawValue)", isGrouped: false, a: a, b: b,
        scale: TC_UE8M0, scaleCount: 1)
    } + [
      ScaledTypes(
        name: "mxf4", isGrouped: true, a: TC_E2M1, b: TC_E2M1, scale: TC_UE8M0, scaleCount: 2),
      ScaledTypes(
        name: "mxf4nvf4, 16, ue4m3", isGrouped: true, a: TC_E2M1, b: TC_E2M1, scale: TC_UE4M3,
        scaleCount: 4),
      ScaledTypes(
        name: "mxf4nvf4, 16, ue8m0", isGrouped: true, a: TC_E2M1, b: TC_E2M1, scale: TC_UE8M0,
        scaleCount: 4),
    ]
}

/// The kind of operands of a tile.
enum ScaledKind: CaseIterable, Sendable {
  /// Scales near one, and an old D near the sums.
  case ordinary
  /// Scales and an old D of any size with finite sums.
  case wide
  /// Scales whose products only give subnormal results.
  case small
  /// Scales whose products exceed the largest number.
  case great
  /// Mostly zeros in elements, in D and, if the type has one, in scales.
  case sparse
  /// Pairs of products that cancel.
  case cancelling
  /// Arbitrary bits in elements, scales and D.
  case anyBits
}

/// Operands of one instruction.
struct ScaledTile {
  var types: ScaledTypes
  var m: Int
  var n: Int
  var accumulates = true
  var negatesA = false
  var negatesB = false
  /// A: [m, depth] codes.
  var a: [UInt8] = []
  /// B: [n, depth] codes.
  var b: [UInt8] = []
  var scalesA: [UInt8] = []
  var scalesB: [UInt8] = []
  var d: [UInt32] = []

  /// Creates random operands of a kind.
  init(_ kind: ScaledKind, _ types: ScaledTypes, m: Int, n: Int, using random: inout SplitMix64) {
    self.types = types
    self.m = m
    self.n = n
    accumulates = Int.random(in: 0..<5, using: &random) > 0
    negatesA = Bool.random(using: &random)
    negatesB = Int.random(in: 0..<4, using: &random) == 0
    a = (0..<m * types.depth).map { _ in ScaledTile.code(kind, types.a, using: &random) }
    b = (0..<n * types.depth).map { _ in ScaledTile.code(kind, types.b, using: &random) }
    if kind == .cancelling {
      for i in stride(from: 1, to: a.count, by: 2) { a[i] = a[i - 1] }
      let sign: UInt8 = 1 << UInt8(ScaledTile.width(types.b) - 1)
      for i in stride(from: 1, to: b.count, by: 2) { b[i] = b[i - 1] ^ sign }
    }
    scalesA = (0..<m * types.scaleCount).map { _ in
      ScaledTile.scale(kind, types.scale, using: &random)
    }
    scalesB = (0..<n * types.scaleCount).map { _ in
      ScaledTile.scale(kind, types.scale, using: &random)
    }
    d = (0..<m * n).map { _ in ScaledTile.oldElement(kind, types, using: &random) }
  }

  /// Returns the number of bits of a code.
  static func width(_ element: tc_element) -> Int {
    switch element {
    case TC_E4M3, TC_E5M2: 8
    case TC_E2M3, TC_E3M2: 6
    default: 4
    }
  }

  /// Returns a random element; only arbitrary bits include values that are not finite.
  private static func code(
    _ kind: ScaledKind, _ element: tc_element, using random: inout SplitMix64
  ) -> UInt8 {
    let limit: UInt8 = .max >> UInt8(8 - width(element))
    let code = UInt8.random(in: 0...limit, using: &random)
    if kind == .anyBits { return Int.random(in: 0..<40, using: &random) == 0 ? code : code & 0xAB }
    if kind == .sparse, Int.random(in: 0..<8, using: &random) > 0 { return 0 }
    switch element {
    case TC_E4M3: return code & 0x7F == 0x7F ? 0 : code
    case TC_E5M2: return code & 0x7C == 0x7C ? 0x3C : code
    default: return code
    }
  }

  /// Returns a random scale.
  private static func scale(
    _ kind: ScaledKind, _ type: tc_scale, using random: inout SplitMix64
  ) -> UInt8 {
    if kind == .anyBits { return UInt8.random(in: 0...255, using: &random) }
    guard type == TC_UE8M0 else {
      // The highest bit is ignored.
      let code = UInt8.random(in: 0...0x7E, using: &random)
      let isZero = kind == .sparse && Bool.random(using: &random)
      return (isZero ? 0 : code) | (Bool.random(using: &random) ? 0x80 : 0)
    }
    switch kind {
    case .ordinary, .cancelling: return UInt8.random(in: 121...133, using: &random)
    case .wide, .sparse: return UInt8.random(in: 90...165, using: &random)
    case .small: return UInt8.random(in: 40...70, using: &random)
    case .great: return UInt8.random(in: 180...196, using: &random)
    case .anyBits: return 127
    }
  }

  /// Returns a random element of the old D.
  private static func oldElement(
    _ kind: ScaledKind, _ types: ScaledTypes, using random: inout SplitMix64
  ) -> UInt32 {
    let fraction = UInt32.random(in: 0...0x7F_FFFF, using: &random)
    let sign: UInt32 = Bool.random(using: &random) ? 0x8000_0000 : 0
    /// Returns a number with an exponent field in a range.
    func number(_ fields: ClosedRange<UInt32>) -> UInt32 {
      sign | UInt32.random(in: fields, using: &random) << 23 | fraction
    }
    switch kind {
    case .ordinary, .cancelling: return number(115...140)
    case .wide: return number(60...190)
    case .small: return number(0...6)
    case .great: return number(240...254)
    case .sparse: return Bool.random(using: &random) ? sign : number(100...130)
    case .anyBits: return UInt32.random(in: 0...UInt32.max, using: &random)
    }
  }

  /// Returns the new D, computed by an implementation in C.
  func product(_ path: tc_path?) -> [UInt32] {
    var product = tc_scaled_product(
      a: types.a, b: types.b, scale: types.scale, scale_count: Int32(types.scaleCount),
      m: Int32(m), n: Int32(n), accumulates: accumulates, negates_a: negatesA, negates_b: negatesB)
    var result = d
    let (bytesA, bytesB) = (packed(a), packed(b))
    switch (path, types.isGrouped) {
    case (nil, false): tc_multiply_scaled(&product, bytesA, bytesB, scalesA, scalesB, &result)
    case (nil, true): tc_multiply_grouped(&product, bytesA, bytesB, scalesA, scalesB, &result)
    case (let path?, false):
      tc_multiply_scaled_on(path, &product, bytesA, bytesB, scalesA, scalesB, &result)
    case (let path?, true):
      tc_multiply_grouped_on(path, &product, bytesA, bytesB, scalesA, scalesB, &result)
    }
    return result
  }

  /// Returns codes in the instruction's layout: two in a byte if they are grouped.
  private func packed(_ codes: [UInt8]) -> [UInt8] {
    guard types.isGrouped else { return codes }
    return stride(from: 0, to: codes.count, by: 2).map { codes[$0] | codes[$0 + 1] << 4 }
  }

  /// The input of the Python program for the tile.
  var words: [UInt32] {
    let header = [
      types.isGrouped ? 1 : 0, types.a.rawValue, types.b.rawValue, types.scale.rawValue,
      UInt32(types.scaleCount), UInt32(m), UInt32(n), accumulates ? 1 : 0,
      negatesA != negatesB ? 1 : 0,
    ]
    return header + (a + b + scalesA + scalesB).map { UInt32($0) } + d
  }
}

/// A program that computes tiles by the text of the model, with fractions and the formats of
/// `ml_dtypes`.
///
/// The arguments are added to the numbers of fraction bits of the two kinds.
private let scaledOracle = """
  import math, struct, sys
  from fractions import Fraction
  import ml_dtypes, numpy

  data = sys.stdin.buffer.read()
  words = struct.unpack('<%dI' % (len(data) // 4), data)
  types = {3: (ml_dtypes.float8_e4m3fn, -6), 4: (ml_dtypes.float8_e5m2, -14),
           5: (ml_dtypes.float6_e2m3fn, 0), 6: (ml_dtypes.float6_e3m2fn, -2),
           7: (ml_dtypes.float4_e2m1fn, 0)}
  bits = {3: 8, 4: 8, 5: 6, 6: 6, 7: 4}
  tables = {t: [float(x) for x in numpy.arange(2 ** bits[t], dtype=numpy.uint8).view(dtype)]
            for t, (dtype, _) in types.items()}
  e8m0 = [float(x) for x in numpy.arange(256, dtype=numpy.uint8).view(ml_dtypes.float8_e8m0fnu)]
  e4m3 = [abs(float(x)) for x in numpy.arange(256, dtype=numpy.uint8).view(ml_dtypes.float8_e4m3fn)]
  scale_tables = [(e8m0, -127), (e4m3, -6)]

  def f32(code): return struct.unpack('<f', struct.pack('<I', code))[0]

  def exponent(x, least): return max(math.frexp(x)[1] - 1, least)

  def truncated(x):
      # To f32, toward zero; x is an exact fraction.
      sign = 0x80000000 if x < 0 else 0
      x = abs(x)
      if x >= Fraction(2) ** 128: return sign | 0x7F800000
      if x == 0: return sign
      e = x.numerator.bit_length() - x.denominator.bit_length()
      if Fraction(2) ** e > x: e -= 1
      unit = max(e, -126) - 23
      count = x / Fraction(2) ** unit
      count = count.numerator // count.denominator
      return sign | (((max(e, -126) + 126) << 23) + count)

  def finish(terms, specials, F):
      if specials:
          s = sum(specials)
          return 0x7FFFFFFF if math.isnan(s) else 0xFF800000 if s < 0 else 0x7F800000
      terms = [(t, e) for t, e in terms if t != 0]
      if not terms: return 0
      unit = Fraction(2) ** (max(e for _, e in terms) - F)
      total = sum(math.trunc(t / unit) for t, _ in terms)
      return truncated(total * unit) if total else 0

  result, at = [], 0
  def take(n):
      global at
      at += n
      return words[at - n:at]

  while at < len(words):
      grouped, a_type, b_type, scale, count, m, n, accumulates, negates = take(9)
      depth = 64 if grouped else 32
      a = [tables[a_type][c] for c in take(m * depth)]
      b = [tables[b_type][c] for c in take(n * depth)]
      table, least = scale_tables[scale]
      sa = [table[c] for c in take(m * count)]
      sb = [table[c] for c in take(n * count)]
      d = [f32(c) for c in take(m * n)]
      if negates: a = [-x for x in a]
      for i in range(m):
          for j in range(n):
              x, y = a[i * depth:i * depth + depth], b[j * depth:j * depth + depth]
              p, q = sa[i * count:i * count + count], sb[j * count:j * count + count]
              old = d[i * n + j] if accumulates else 0.0
              terms, specials = [], [s for s in p + q if math.isnan(s)]
              if math.isfinite(old): terms.append((Fraction(old), exponent(old, -126)))
              else: specials.append(old)
              if specials and math.isnan(sum(specials)):
                  result.append(0x7FFFFFFF)
              elif grouped:
                  for g in range(4):
                      s, t = p[g * count // 4], q[g * count // 4]
                      dot = sum(Fraction(x[k]) * Fraction(y[k]) for k in range(16 * g, 16 * g + 16))
                      terms.append(
                          (dot * Fraction(s) * Fraction(t), exponent(s, least) + exponent(t, least)))
                  result.append(finish(terms, specials, 35 + int(sys.argv[2])))
              else:
                  power = exponent(p[0], least) + exponent(q[0], least)
                  for u, v in zip(x, y):
                      if math.isfinite(u) and math.isfinite(v):
                          e = exponent(u, types[a_type][1]) + exponent(v, types[b_type][1])
                          terms.append((Fraction(u) * Fraction(v) * Fraction(2) ** power, e + power))
                      else: specials.append(u * v)
                  result.append(finish(terms, specials, 25 + int(sys.argv[1])))
  sys.stdout.buffer.write(struct.pack('<%dI' % len(result), *result))
  """

/// Returns D of each tile, computed by the Python program.
func scaledOracleProducts(
  _ tiles: [ScaledTile], moreBits: (scaled: Int, grouped: Int) = (0, 0)
) throws -> [UInt32] {
  let bytes = tiles.flatMap(\.words).flatMap { word in
    (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
  }
  let output = try runPython(
    scaledOracle, arguments: ["\(moreBits.scaled)", "\(moreBits.grouped)"], input: bytes)
  return stride(from: 0, to: output.count, by: 4).map { index in
    (0..<4).reduce(0) { $0 | UInt32(output[index + $1]) << UInt32(8 * $1) }
  }
}

@Suite struct ScaledProductTests {
  @Test(arguments: ScaledTypes.all)
  func `products with block scales are those of the model`(types: ScaledTypes) throws {
    var random = SplitMix64(seed: 21)
    let tiles = ScaledKind.allCases.flatMap { kind in
      (0..<6).map { _ in
        ScaledTile(
          kind, types, m: Int.random(in: 1...5, using: &random),
          n: Int.random(in: 1...12, using: &random), using: &random)
      }
    }
    let expected = try scaledOracleProducts(tiles)
    for path in paths {
      let actual = tiles.flatMap { $0.product(path) }
      let wrong = expected.indices.filter { expected[$0] != actual[$0] }
      #expect(
        wrong.isEmpty,
        "path \(path.rawValue), \(wrong.count) of \(expected.count), first at \(wrong.first ?? -1)")
    }
    // The compared results are not only zeros, infinities and NaNs.
    let ordinary = expected.count { ($0 >> 23 & 0xFF) != 0xFF && $0 & 0x7FFF_FFFF != 0 }
    #expect(ordinary > expected.count / 3)
  }

  @Test func `tiles wider than one block of the computation are complete`() throws {
    var random = SplitMix64(seed: 22)
    for types in [ScaledTypes.all[0], ScaledTypes.all[7]] {
      let tile = ScaledTile(.ordinary, types, m: 3, n: 136, using: &random)
      let expected = try scaledOracleProducts([tile])
      for path in paths { #expect(tile.product(path) == expected) }
      #expect(tile.product(nil) == expected)
    }
  }

  @Test(arguments: [0, 6, 7])
  func `a model with one bit more or less gives other results`(index: Int) throws {
    var random = SplitMix64(seed: 23)
    let types = ScaledTypes.all[index]
    let tiles = (0..<6).map { _ in ScaledTile(.wide, types, m: 4, n: 12, using: &random) }
    let actual = tiles.flatMap { $0.product(nil) }
    #expect(try scaledOracleProducts(tiles) == actual)
    #expect(try scaledOracleProducts(tiles, moreBits: (1, 1)) != actual)
    #expect(try scaledOracleProducts(tiles, moreBits: (-1, -1)) != actual)
  }
}
