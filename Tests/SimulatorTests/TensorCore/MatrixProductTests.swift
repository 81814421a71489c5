import Simulator
import TensorCoreArithmetic
import TestSupport
import Testing

/// The implementations in C that this machine can run.
private let paths = [TC_PORTABLE, TC_AVX2, TC_AVX512].filter(tc_path_is_available)

/// The types of A and B.
private let elements = [TC_BF16, TC_F16]

/// Expects that every implementation computes what the Swift arithmetic does.
private func expectAgreement(
  _ tile: MatrixTile, sourceLocation: SourceLocation = #_sourceLocation
) {
  let expected = tile.simpleProduct()
  for path in paths {
    let actual = tile.vectorProduct(path)
    let wrong = expected.indices.first { expected[$0] != actual[$0] }
    guard let index = wrong else { continue }
    let (row, column) = index.quotientAndRemainder(dividingBy: Int(tile.product.n))
    Issue.record(
      """
      Path \(path.rawValue), D[\(row)][\(column)]: 0x\(String(actual[index], radix: 16)), \
      not 0x\(String(expected[index], radix: 16)); \(tile.product)
      """, sourceLocation: sourceLocation)
  }
}

/// The published worked values: the old D and the products of one instruction, and the new D.
private let workedValues: [(d: Float, products: [(a: Float, b: Float)], result: UInt32)] = [
  (1, [(0x1p-12, 0x1p-12)], 0x3F80_0000),
  (1, Array(repeating: (0x1p-12, 0x1p-12), count: 2), 0x3F80_0001),
  (1, Array(repeating: (0x1p-13, 0x1p-12), count: 4), 0x3F80_0001),
  (1, Array(repeating: (0x1p-13, 0x1p-12), count: 3), 0x3F80_0000),
  (1, Array(repeating: (0x1p-13, 0x1p-13), count: 16), 0x3F80_0000),
  (1, [(-0x1p-13, 0x1p-12)], 0x3F7F_FFFF),
  (1, [(-0x1p-14, 0x1p-16)], 0x3F80_0000),
  (0x1p-25, [(1.5, 1.5)], 0x4010_0000),
]

/// Returns the code of a number that the type holds exactly.
private func code(_ value: Float, _ element: tc_element) -> UInt16 {
  // Powers of two down to 2^-16, and 1.5: exponents below -14 are subnormal in f16.
  guard element == TC_F16, value != 0 else { return UInt16(value.bitPattern >> 16) }
  let sign: UInt16 = value < 0 ? 0x8000 : 0
  let magnitude = value.magnitude
  if magnitude < 0x1p-14 { return sign | UInt16(magnitude * 0x1p24) }
  return sign | UInt16((magnitude.bitPattern >> 13) - (112 << 10))
}

@Test(arguments: elements, workedValues.indices)
func `the published worked values come out`(element: tc_element, index: Int) {
  let (d, products, result) = workedValues[index]
  var tile = MatrixTile(element, m: 1, n: 1)
  let zeros = [UInt16](repeating: 0, count: 16 - products.count)
  tile.a = products.map { code($0.a, element) } + zeros
  tile.b = products.map { code($0.b, element) } + zeros
  tile.d = [d.bitPattern]
  #expect(tile.simpleProduct() == [result])
  for path in paths { #expect(tile.vectorProduct(path) == [result]) }
}

@Test(arguments: MatrixTile.Kind.allCases, UInt64(0)..<24)
func `the vector code computes what the plain code does`(kind: MatrixTile.Kind, seed: UInt64) {
  for element in elements {
    for accumulator in [TC_D_F32, TC_D_F16] {
      expectAgreement(MatrixTile(kind, element, accumulator, seed: seed))
    }
  }
}

@Test(arguments: elements)
func `every width of an instruction is computed`(element: tc_element) {
  var random = SplitMix64(seed: 7)
  for n in stride(from: 8, through: 256, by: 8) {
    var tile = MatrixTile(element, m: 5, n: n)
    tile.fill(.ordinary, using: &random)
    expectAgreement(tile)
  }
}

@Test(arguments: elements, [(128, 72, 4), (67, 130, 9)])
func `tiles greater than a chunk are computed`(
  element: tc_element, extents: (m: Int, n: Int, steps: Int)
) {
  var random = SplitMix64(seed: 8)
  var tile = MatrixTile(element, m: extents.m, n: extents.n, steps: extents.steps)
  tile.fill(.wide, using: &random)
  expectAgreement(tile)
}

@Test(arguments: [TC_D_F32, TC_D_F16], [1, 8, 24, 40, 64])
func `what lies between the rows of D is left alone`(accumulator: tc_accumulator, n: Int) {
  var random = SplitMix64(seed: 9)
  var tile = MatrixTile(TC_F16, accumulator, m: 7, n: n)
  tile.fill(.ordinary, using: &random)
  let dense = tile.simpleProduct()
  let gap = [UInt32](repeating: 0x5A5A, count: 3)
  let expected = (0..<7).flatMap { dense[$0 * n..<$0 * n + n] + gap }
  for path in paths { #expect(tile.vectorProduct(path, gap: 3) == expected) }
  #expect(tile.vectorProduct(nil, gap: 3) == expected)
}

@Test func `several steps are several instructions`() {
  var random = SplitMix64(seed: 10)
  var tile = MatrixTile(TC_BF16, m: 9, n: 32, steps: 4)
  tile.fill(.ordinary, using: &random)
  let chained = tile.vectorProduct(nil)

  for step in 0..<4 {
    var single = MatrixTile(TC_BF16, m: 9, n: 32)
    single.a = (0..<9).flatMap { tile.a[$0 * 64 + step * 16..<$0 * 64 + step * 16 + 16] }
    single.b = (0..<32).flatMap { tile.b[$0 * 64 + step * 16..<$0 * 64 + step * 16 + 16] }
    single.d = tile.d
    tile.d = single.vectorProduct(nil)
  }
  #expect(chained == tile.d)
}

@Test func `the old D is not read unless it is added to`() {
  var random = SplitMix64(seed: 11)
  var tile = MatrixTile(TC_BF16, m: 4, n: 40)
  tile.fill(.ordinary, using: &random)
  tile.product.accumulates = false
  let expected = tile.simpleProduct()
  tile.d = tile.d.map { _ in 0x7FC0_0000 }
  for path in paths { #expect(tile.vectorProduct(path) == expected) }
}

@Test func `a model with one bit less is told apart`() {
  var random = SplitMix64(seed: 12)
  var tile = MatrixTile(TC_BF16, m: 16, n: 32)
  tile.fill(.ordinary, using: &random)
  let actual = tile.vectorProduct(nil)
  let other = tile.simpleProduct(fractionBits: 24)
  #expect(actual == tile.simpleProduct())
  #expect(zip(actual, other).contains { $0 != $1 })
}

@Test func `a subnormal D in half precision keeps the least exponent`() {
  // D = 2^-24, of exponent -14. 2^-25 makes it a tie, which goes to the even 2^-23; -2^-40, which
  // would decide otherwise, is below the 2^-39 that the sum keeps.
  var tile = MatrixTile(TC_F16, TC_D_F16, m: 1, n: 1)
  let zeros = [UInt16](repeating: 0, count: 14)
  tile.a = [code(0x1p-12, TC_F16), code(-0x1p-16, TC_F16)] + zeros
  tile.b = [code(0x1p-13, TC_F16), code(0x1p-24, TC_F16)] + zeros
  tile.d = [1]
  #expect(tile.simpleProduct() == [2])
  for path in paths { #expect(tile.vectorProduct(path) == [2]) }
}

/// A program that computes tiles from the text of the model, with fractions and Python's own
/// conversions, none of which the code under test uses.
///
/// Input, in 32-bit words, for each tile: whether elements are f16, whether D is, m, n, k, then A, B
/// and D. Output: the new D. The argument is the number of fraction bits.
private let oracle = """
  import math, struct, sys
  from fractions import Fraction

  F = int(sys.argv[1])
  data = sys.stdin.buffer.read()
  words = list(struct.unpack('<%dI' % (len(data) // 4), data))

  def value(code, kind):
      if kind == 'f16': return struct.unpack('<e', struct.pack('<H', code))[0]
      if kind == 'bf16': code <<= 16
      return struct.unpack('<f', struct.pack('<I', code))[0]

  def exponent(x, kind):
      return max(math.frexp(x)[1] - 1, -14 if kind == 'f16' else -126)

  def encode_f16(x):
      try: return struct.unpack('<H', struct.pack('<e', x))[0]
      except OverflowError: return 0xFC00 if x < 0 else 0x7C00

  def encode_f32(x):
      sign = 0x80000000 if x < 0 else 0
      if abs(x) >= 2.0 ** 128: return sign | 0x7F800000
      try: bits = struct.unpack('<I', struct.pack('<f', abs(x)))[0]
      except OverflowError: return sign | 0x7F7FFFFF
      if value(bits, 'f32') > abs(x): bits -= 1
      return sign | bits

  def fused(a, b, d, kind, d_kind):
      terms = [(x * y, exponent(x, kind) + exponent(y, kind))
               for x, y in zip(a, b) if math.isfinite(x) and math.isfinite(y)]
      specials = [x * y for x, y in zip(a, b) if not (math.isfinite(x) and math.isfinite(y))]
      if math.isfinite(d): terms.append((d, exponent(d, d_kind)))
      else: specials.append(d)
      if specials:
          s = sum(specials)
          if math.isnan(s): return 0x7FFF if d_kind == 'f16' else 0x7FFFFFFF
          return encode_f16(s) if d_kind == 'f16' else encode_f32(s)
      # No zero sets the exponent: an H100 keeps the least D beside 0 * 2^126.
      terms = [(t, e) for t, e in terms if t != 0]
      if not terms: return 0
      E = max(e for _, e in terms)
      unit = Fraction(2) ** (E - F)
      total = sum(math.trunc(Fraction(t) / unit) for t, _ in terms)
      if total == 0: return 0
      x = math.ldexp(total, E - F)
      if d_kind == 'f32': return encode_f32(x)
      code = encode_f16(x)
      return code if code & 0x7FFF else 0

  result, at = [], 0
  def take(n):
      global at
      at += n
      return words[at - n:at]

  while at < len(words):
      is_f16, d_is_f16, m, n, k = take(5)
      kind, d_kind = 'f16' if is_f16 else 'bf16', 'f16' if d_is_f16 else 'f32'
      a = [value(c, kind) for c in take(m * k)]
      b = [value(c, kind) for c in take(n * k)]
      d = [value(c, d_kind) for c in take(m * n)]
      for i in range(m):
          for j in range(n):
              result.append(fused(a[i * k:i * k + k], b[j * k:j * k + k], d[i * n + j], kind, d_kind))
  sys.stdout.buffer.write(struct.pack('<%dI' % len(result), *result))
  """

/// Returns D of each tile, of one step without modifiers, as the Python program computes it.
private func oracleProducts(_ tiles: [MatrixTile], fractionBits: Int) throws -> [UInt32] {
  var words: [UInt32] = []
  for tile in tiles {
    words.append(tile.product.element.rawValue)
    words.append(tile.product.accumulator.rawValue)
    for extent in [tile.product.m, tile.product.n, tile.product.k] { words.append(UInt32(extent)) }
    for code in tile.a + tile.b { words.append(UInt32(code)) }
    words += tile.d
  }
  let input: [UInt8] = words.flatMap { word in
    withUnsafeBytes(of: word.littleEndian) { Array($0) }
  }
  let output = try runPython(oracle, arguments: ["\(fractionBits)"], input: input)
  return stride(from: 0, to: output.count, by: 4).map { start in
    output[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}

/// Returns small tiles of every kind, for the slow Python program.
private func oracleTiles() -> [MatrixTile] {
  var random = SplitMix64(seed: 13)
  var tiles: [MatrixTile] = []
  for kind in MatrixTile.Kind.allCases {
    for element in elements {
      for accumulator in [TC_D_F32, TC_D_F16] {
        var tile = MatrixTile(element, accumulator, m: 12, n: 16)
        tile.fill(kind, using: &random)
        tiles.append(tile)
      }
    }
  }
  return tiles
}

@Test func `the plain code computes what an independent program does`() throws {
  let tiles = oracleTiles()
  let expected = try oracleProducts(tiles, fractionBits: Int(TC_FRACTION_BITS))
  #expect(tiles.flatMap { $0.simpleProduct() } == expected)
}

@Test func `the independent program tells the number of bits apart`() throws {
  let tiles = oracleTiles()
  let expected = try oracleProducts(tiles, fractionBits: 24)
  #expect(tiles.flatMap { $0.simpleProduct() } != expected)
  #expect(tiles.flatMap { $0.simpleProduct(fractionBits: 24) } == expected)
}
