import Simulator
import TensorCoreArithmetic
import TestSupport
import Testing

/// The implementations in C that this machine can run.
private let paths = [TC_PORTABLE, TC_AVX2, TC_AVX512].filter(tc_path_is_available)

/// bf16, f16 in f32 and f16 in f16.
private let halves = Array(MatrixTypes.floats.prefix(3))

/// The types of Hopper's 16-bit floats with sums in f32.
private let wide = Array(MatrixTypes.floats.prefix(2))

/// Every type.
private let allTypes = MatrixTypes.floats + MatrixTypes.integers

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
private func code(_ value: Float, _ element: tc_element) -> UInt32 {
  // Powers of two down to 2^-16, and 1.5: exponents below -14 are subnormal in f16.
  guard element == TC_F16, value != 0 else { return value.bitPattern >> 16 }
  let sign: UInt32 = value < 0 ? 0x8000 : 0
  let magnitude = value.magnitude
  if magnitude < 0x1p-14 { return sign | UInt32(magnitude * 0x1p24) }
  return sign | ((magnitude.bitPattern >> 13) - (112 << 10))
}

@Test(arguments: wide, workedValues.indices)
func `the published worked values come out`(types: MatrixTypes, index: Int) {
  let (d, products, result) = workedValues[index]
  var tile = MatrixTile(types, m: 1, n: 1)
  let zeros = [UInt32](repeating: 0, count: 16 - products.count)
  tile.a = products.map { code($0.a, types.a) } + zeros
  tile.b = products.map { code($0.b, types.b) } + zeros
  tile.d = [d.bitPattern]
  #expect(tile.simpleProduct() == [result])
  for path in paths { #expect(tile.vectorProduct(path) == [result]) }
}

/// What an H100's sums of e4m3 give: the old D, products of ones, and the new D.
private let narrowValues: [(d: Float, ones: Int, halves: Int, result: Float)] = [
  (4096, 0, 1, 4096.5), (4096, 0, 0, 4096), (8192, 1, 0, 8193), (16384, 32, 0, 16384),
  (16382, 3, 0, 16384), (-16384, 1, 0, -16384),
]

@Test(arguments: narrowValues.indices)
func `sums of eight-bit floats keep thirteen fraction bits`(index: Int) {
  // 16382 + 3 has a bit too many; from -16384 on, one is half a unit, and is cut to nothing.
  let (d, ones, halves, result) = narrowValues[index]
  var tile = MatrixTile(
    MatrixTypes(
      a: TC_E4M3, b: TC_E4M3, accumulator: TC_D_F32,
      fractionBits: Int(TC_NARROW_FRACTION_BITS)), m: 1, n: 1)
  tile.a = (0..<32).map { $0 < ones ? 0x38 : $0 < ones + halves ? 0x30 : 0 }
  tile.b = [UInt32](repeating: 0x38, count: 32)
  tile.d = [d.bitPattern]
  let expected = result.bitPattern
  #expect(tile.simpleProduct() == [expected])
  for path in paths { #expect(tile.vectorProduct(path) == [expected]) }
}

@Test(arguments: MatrixTile.Kind.allCases, UInt64(0)..<12)
func `the vector code computes what the plain code does`(kind: MatrixTile.Kind, seed: UInt64) {
  for types in allTypes { expectAgreement(MatrixTile(kind, types, seed: seed)) }
}

@Test(arguments: allTypes)
func `every width of an instruction is computed`(types: MatrixTypes) {
  var random = SplitMix64(seed: 7)
  for n in stride(from: 8, through: 256, by: types.depth > 16 ? 31 : 8) {
    var tile = MatrixTile(types, m: types.depth > 16 ? 2 : 5, n: n)
    tile.fill(.ordinary, using: &random)
    expectAgreement(tile)
  }
}

@Test(arguments: allTypes, [(72, 72, 3), (66, 130, 1)])
func `tiles greater than a chunk are computed`(
  types: MatrixTypes, extents: (m: Int, n: Int, chunks: Int)
) {
  var random = SplitMix64(seed: 8)
  // Short sums keep the plain code quick; a chunk has 64 columns, whatever an instruction's k.
  let k = types.a == TC_B1 ? 64 : 8
  let allSteps = types.a == TC_B1 ? 33 : 8 * extents.chunks + 1
  let steps = extents.chunks == 1 ? 1 : allSteps
  var tile = MatrixTile(types, m: extents.m, n: extents.n, k: k, steps: steps)
  tile.fill(.wide, using: &random)
  expectAgreement(tile)
}

@Test(arguments: halves + MatrixTypes.integers, [1, 8, 24, 40, 64])
func `what lies between the rows of D is left alone`(types: MatrixTypes, n: Int) {
  var random = SplitMix64(seed: 9)
  var tile = MatrixTile(types, m: 7, n: n)
  tile.fill(.ordinary, using: &random)
  let dense = tile.simpleProduct()
  let gap = [UInt32](repeating: 0x5A5A, count: 3)
  let expected = (0..<7).flatMap { dense[$0 * n..<$0 * n + n] + gap }
  for path in paths { #expect(tile.vectorProduct(path, gap: 3) == expected) }
  #expect(tile.vectorProduct(nil, gap: 3) == expected)
}

@Test(arguments: allTypes)
func `several steps are several instructions`(types: MatrixTypes) {
  var random = SplitMix64(seed: 10)
  var tile = MatrixTile(types, m: 9, n: 32, steps: 4)
  tile.fill(.ordinary, using: &random)
  let chained = tile.vectorProduct(nil)
  let k = types.depth

  for step in 0..<4 {
    var single = MatrixTile(types, m: 9, n: 32)
    single.a = (0..<9).flatMap { tile.a[($0 * 4 + step) * k..<($0 * 4 + step + 1) * k] }
    single.b = (0..<32).flatMap { tile.b[($0 * 4 + step) * k..<($0 * 4 + step + 1) * k] }
    single.d = tile.d
    tile.d = single.vectorProduct(nil)
  }
  #expect(chained == tile.d)
}

@Test(arguments: allTypes)
func `the old D is not read unless it is added to`(types: MatrixTypes) {
  var random = SplitMix64(seed: 11)
  var tile = MatrixTile(types, m: 4, n: 40)
  tile.fill(.ordinary, using: &random)
  tile.product.accumulates = false
  let expected = tile.simpleProduct()
  tile.d = tile.d.map { _ in types.accumulator == TC_D_F16 ? 0x7E00 : 0x7FC0_0000 }
  for path in paths { #expect(tile.vectorProduct(path) == expected) }
}

@Test(arguments: MatrixTypes.floats)
func `a model with one bit less is told apart`(types: MatrixTypes) {
  var random = SplitMix64(seed: 12)
  // Sums of floats of 6 and 4 bits have nothing to lose but what is far below D.
  var tile = MatrixTile(types, m: 16, n: 32)
  tile.fill(types.accumulator == TC_D_F16 ? .greatestSums : .wide, using: &random)
  if types.accumulator == TC_D_F16 { tile.fill(.subnormal, using: &random) }
  let actual = tile.vectorProduct(nil)
  #expect(actual == tile.simpleProduct())
  guard types.accumulator == TC_D_F32 else { return }
  let other = tile.simpleProduct(fractionBits: types.fractionBits - 1)
  #expect(zip(actual, other).contains { $0 != $1 })
}

@Test func `a subnormal D in half precision keeps the least exponent`() {
  // D = 2^-24, of exponent -14. 2^-25 makes it a tie, which goes to the even 2^-23; -2^-40, which
  // would decide otherwise, is below the 2^-39 that the sum keeps.
  var tile = MatrixTile(MatrixTypes.floats[2], m: 1, n: 1)
  let zeros = [UInt32](repeating: 0, count: 14)
  tile.a = [code(0x1p-12, TC_F16), code(-0x1p-16, TC_F16)] + zeros
  tile.b = [code(0x1p-13, TC_F16), code(0x1p-24, TC_F16)] + zeros
  tile.d = [1]
  #expect(tile.simpleProduct() == [2])
  for path in paths { #expect(tile.vectorProduct(path) == [2]) }
}

@Test(arguments: [(false, UInt32(0x8000_0063)), (true, 0x7FFF_FFFF)])
func `sums of bytes are cut or clamped at the end`(saturates: Bool, result: UInt32) {
  // Half way the sum is beyond 2^31, in the end 100 beyond it; the other row comes back into range.
  var tile = MatrixTile(MatrixTypes.integers[0], m: 2, n: 1)
  tile.product.saturates = saturates
  tile.a = [UInt32](repeating: 1, count: 32) + [UInt32](repeating: 1, count: 32)
  tile.b = (0..<32).map { $0 == 0 ? 100 : $0 == 1 ? 100 : $0 == 2 ? 0x9C : 0 }
  tile.d = [0x7FFF_FFFF, 0x7FFF_FFFF]
  tile.a[34] = 2
  let expected = [result, 0x7FFF_FFFF]
  #expect(tile.simpleProduct() == expected)
  for path in paths { #expect(tile.vectorProduct(path) == expected) }
}

/// A program that computes tiles from the text of the model, with fractions, Python's own
/// conversions and the formats of `ml_dtypes`, none of which the code under test uses.
///
/// Input, in 32-bit words, for each tile: the types of A, B and D, the fraction bits, m, n, k, the
/// shift of D, whether sums of integers are clamped, then A, B and D. Output: the new D. The
/// argument is added to the number of fraction bits.
private let oracle = """
  import math, struct, sys
  from fractions import Fraction
  import ml_dtypes, numpy

  words = struct.unpack('<%dI' % (int(sys.argv[2])), sys.stdin.buffer.read())
  names = ['bf16', 'f16', 'tf32', 'e4m3', 'e5m2', 'e2m3', 'e3m2', 'e2m1', 's8', 'u8', 'b1']
  narrow = dict(
      e4m3=ml_dtypes.float8_e4m3fn, e5m2=ml_dtypes.float8_e5m2, e2m3=ml_dtypes.float6_e2m3fn,
      e3m2=ml_dtypes.float6_e3m2fn, e2m1=ml_dtypes.float4_e2m1fn)
  tables = {name: [float(x) for x in numpy.arange(2 ** bits, dtype=numpy.uint8).view(dtype)]
            for (name, dtype), bits in zip(narrow.items(), [8, 8, 6, 6, 4])}
  least = dict(bf16=-126, tf32=-126, f32=-126, f16=-14, e4m3=-6, e5m2=-14, e2m3=0, e3m2=-2, e2m1=0)

  def value(code, kind):
      if kind in tables: return tables[kind][code]
      if kind == 's8': return code - 256 if code > 127 else code
      if kind in ('u8', 'b1'): return code
      if kind == 's32': return code - 2 ** 32 if code >> 31 else code
      if kind == 'f16': return struct.unpack('<e', struct.pack('<H', code))[0]
      if kind == 'bf16': code <<= 16
      if kind == 'tf32': code = code >> 13 << 13
      return struct.unpack('<f', struct.pack('<I', code))[0]

  def exponent(x, kind):
      return max(math.frexp(x)[1] - 1, least[kind])

  def encode_f16(x):
      try: return struct.unpack('<H', struct.pack('<e', x))[0]
      except OverflowError: return 0xFC00 if x < 0 else 0x7C00

  def encode_f32(x, F):
      sign = 0x80000000 if x < 0 else 0
      if abs(x) >= 2.0 ** 128: return sign | 0x7F800000
      if F < 23 and x and math.isfinite(x):
          e = math.frexp(x)[1] - 1
          x = math.ldexp(math.trunc(math.ldexp(x, F - e)), e - F)
      try: bits = struct.unpack('<I', struct.pack('<f', abs(x)))[0]
      except OverflowError: return sign | 0x7F7FFFFF
      if value(bits, 'f32') > abs(x): bits -= 1
      return sign | bits

  def integers(a, b, d, clamps):
      total = sum(x * y for x, y in zip(a, b)) + d
      if clamps: total = max(-2 ** 31, min(2 ** 31 - 1, total))
      return total % 2 ** 32

  def fused(a, b, d, a_kind, b_kind, d_kind, F, shift):
      terms = [(x * y, exponent(x, a_kind) + exponent(y, b_kind))
               for x, y in zip(a, b) if math.isfinite(x) and math.isfinite(y)]
      specials = [x * y for x, y in zip(a, b) if not (math.isfinite(x) and math.isfinite(y))]
      if math.isfinite(d): terms.append((Fraction(d) / 2 ** shift, exponent(d, d_kind) - shift))
      else: specials.append(d)
      if specials:
          s = sum(specials)
          if math.isnan(s): return 0x7FFF if d_kind == 'f16' else 0x7FFFFFFF
          return encode_f16(s) if d_kind == 'f16' else encode_f32(s, F)
      # No zero sets the exponent: an H100 keeps the least D beside 0 * 2^126.
      terms = [(t, e) for t, e in terms if t != 0]
      if not terms: return 0
      E = max(e for _, e in terms)
      unit = Fraction(2) ** (E - F)
      total = sum(math.trunc(Fraction(t) / unit) for t, _ in terms)
      if total == 0: return 0
      x = math.ldexp(total, E - F)
      if d_kind == 'f32': return encode_f32(x, F)
      code = encode_f16(x)
      return code if code & 0x7FFF else 0

  result, at = [], 0
  def take(n):
      global at
      at += n
      return words[at - n:at]

  while at < len(words):
      a_type, b_type, d_type, F, m, n, k, shift, clamps = take(9)
      F += int(sys.argv[1])
      a_kind, b_kind, d_kind = names[a_type], names[b_type], ['f32', 'f16', 's32'][d_type]
      a = [value(c, a_kind) for c in take(m * k)]
      b = [value(c, b_kind) for c in take(n * k)]
      d = [value(c, d_kind) for c in take(m * n)]
      for i in range(m):
          for j in range(n):
              rows = a[i * k:i * k + k], b[j * k:j * k + k], d[i * n + j]
              result.append(integers(*rows, clamps) if d_kind == 's32'
                            else fused(*rows, a_kind, b_kind, d_kind, F, shift))
  sys.stdout.buffer.write(struct.pack('<%dI' % len(result), *result))
  """

/// Returns D of each tile, of one step without signs, as the Python program computes it.
private func oracleProducts(_ tiles: [MatrixTile], moreBits: Int = 0) throws -> [UInt32] {
  var words: [UInt32] = []
  for tile in tiles {
    let product = tile.product
    words += [product.a.rawValue, product.b.rawValue, product.accumulator.rawValue]
    for number in [product.fraction_bits, product.m, product.n, product.k, product.d_shift] {
      words.append(UInt32(number))
    }
    words.append(product.saturates ? 1 : 0)
    words += tile.a + tile.b + tile.d
  }
  let input: [UInt8] = words.flatMap { word in
    withUnsafeBytes(of: word.littleEndian) { Array($0) }
  }
  let output = try runPython(oracle, arguments: ["\(moreBits)", "\(words.count)"], input: input)
  return stride(from: 0, to: output.count, by: 4).map { start in
    output[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}

/// Returns small tiles of every kind, for the slow Python program.
private func oracleTiles(_ types: [MatrixTypes]) -> [MatrixTile] {
  var random = SplitMix64(seed: 13)
  var tiles: [MatrixTile] = []
  for kind in MatrixTile.Kind.allCases {
    for (index, types) in types.enumerated() {
      var tile = MatrixTile(types, m: 6, n: 12)
      tile.fill(kind, using: &random)
      if types.isIntegral {
        tile.product.saturates = Bool.random(using: &random)
      } else {
        tile.product.d_shift = index % 3 == 2 ? Int32.random(in: 0...15, using: &random) : 0
      }
      tiles.append(tile)
    }
  }
  return tiles
}

@Test func `the plain code computes what an independent program does`() throws {
  let tiles = oracleTiles(allTypes)
  let expected = try oracleProducts(tiles)
  var first = 0
  for tile in tiles {
    let product = tile.simpleProduct()
    #expect(product[...] == expected[first..<first + product.count], "\(tile.product)")
    first += product.count
  }
  #expect(first == expected.count)
}

@Test func `the independent program tells the number of bits apart`() throws {
  let tiles = oracleTiles(MatrixTypes.floats)
  let expected = try oracleProducts(tiles, moreBits: -1)
  #expect(tiles.flatMap { $0.simpleProduct() } != expected)
  let fewer = tiles.flatMap { $0.simpleProduct(fractionBits: Int($0.product.fraction_bits) - 1) }
  #expect(fewer == expected)
}
