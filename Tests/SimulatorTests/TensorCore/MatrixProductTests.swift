// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Simulator
import TensorCoreArithmetic
import TestSupport
import Testing

/// The implementations in C that this machine can run.
private let paths = [TC_PORTABLE, TC_AVX2, TC_AVX512].filter(tc_path_is_available)

/// bf16, f16 in f32 and f16 in f16.
private let halves = Array(MatrixTypes.floats.prefix(3))

/// The types of Hopper's 16-bit floats with accumulators in f32.
private let wide = Array(MatrixTypes.floats.prefix(2))

/// Every type.
private let allTypes = MatrixTypes.floats + MatrixTypes.integers

/// Expects every implementation to agree with the Swift arithmetic.
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

/// Returns the code of a number that the type represents exactly.
private func code(_ value: Float, _ element: tc_element) -> UInt32 {
  // Powers of two down to 2^-16, and 1.5: exponents below -14 are subnormal in f16.
  guard element == TC_F16, value != 0 else { return value.bitPattern >> 16 }
  let sign: UInt32 = value < 0 ? 0x8000 : 0
  let magnitude = value.magnitude
  if magnitude < 0x1p-14 { return sign | UInt32(magnitude * 0x1p24) }
  return sign | ((magnitude.bitPattern >> 13) - (112 << 10))
}

@Test(arguments: wide, workedValues.indices)
func `the published worked values are reproduced`(types: MatrixTypes, index: Int) {
  let (d, products, result) = workedValues[index]
  var tile = MatrixTile(types, m: 1, n: 1)
  let zeros = [UInt32](repeating: 0, count: 16 - products.count)
  tile.a = products.map { code($0.a, types.a) } + zeros
  tile.b = products.map { code($0.b, types.b) } + zeros
  tile.d = [d.bitPattern]
  #expect(tile.simpleProduct() == [result])
  for path in paths { #expect(tile.vectorProduct(path) == [result]) }
}

/// Results of e4m3 sums on an H100: the old D, products of ones, and the new D.
private let narrowValues: [(d: Float, ones: Int, halves: Int, result: Float)] = [
  (4096, 0, 1, 4096.5), (4096, 0, 0, 4096), (8192, 1, 0, 8193), (16384, 32, 0, 16384),
  (16382, 3, 0, 16384), (-16384, 1, 0, -16384),
]

@Test(arguments: narrowValues.indices)
func `sums of eight-bit floats keep thirteen fraction bits`(index: Int) {
  // 16382 + 3 has one bit too many; from -16384 on, one is half a unit, and is truncated to zero.
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
func `the vector code agrees with the plain code`(kind: MatrixTile.Kind, seed: UInt64) {
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
func `tiles larger than a chunk are computed`(
  types: MatrixTypes, extents: (m: Int, n: Int, chunks: Int)
) {
  var random = SplitMix64(seed: 8)
  // Short sums keep the plain code fast; a chunk has 64 columns, for every k of an instruction.
  let k = types.a == TC_B1 ? 64 : 8
  let steps = types.a == TC_B1 ? 33 : 8 * extents.chunks + 1
  var tile = MatrixTile(
    types, m: extents.m, n: extents.n, k: k, steps: extents.chunks == 1 ? 1 : steps)
  tile.fill(.wide, using: &random)
  expectAgreement(tile)
}

@Test(arguments: halves + MatrixTypes.integers, [1, 8, 24, 40, 64])
func `the gaps between the rows of D are not written`(types: MatrixTypes, n: Int) {
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
func `the old D is not read unless it is accumulated`(types: MatrixTypes) {
  var random = SplitMix64(seed: 11)
  var tile = MatrixTile(types, m: 4, n: 40)
  tile.fill(.ordinary, using: &random)
  tile.product.accumulates = false
  let expected = tile.simpleProduct()
  tile.d = tile.d.map { _ in types.accumulator == TC_D_F16 ? 0x7E00 : 0x7FC0_0000 }
  for path in paths { #expect(tile.vectorProduct(path) == expected) }
}

@Test(arguments: MatrixTypes.floats)
func `a model with one bit less gives other results`(types: MatrixTypes) {
  var random = SplitMix64(seed: 12)
  // Sums of 6-bit and 4-bit floats only lose terms far below D.
  var tile = MatrixTile(types, m: 16, n: 32)
  tile.fill(types.accumulator == TC_D_F16 ? .greatestSums : .wide, using: &random)
  if types.accumulator == TC_D_F16 { tile.fill(.subnormal, using: &random) }
  let actual = tile.vectorProduct(nil)
  #expect(actual == tile.simpleProduct())
  guard types.accumulator == TC_D_F32 else { return }
  let other = tile.simpleProduct(fractionBits: types.fractionBits - 1)
  #expect(zip(actual, other).contains { $0 != $1 })
}

@Test func `a subnormal D in half precision keeps the smallest exponent`() {
  // D = 2^-24, with exponent -14. 2^-25 makes it a tie, which goes to the even 2^-23; -2^-40, which
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
func `sums of bytes are wrapped or clamped at the end`(saturates: Bool, result: UInt32) {
  // Midway the sum exceeds 2^31, at the end by 100; the other row returns to the range.
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

@Test func `the plain code agrees with an independent program`() throws {
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

@Test func `the independent program detects another number of bits`() throws {
  let tiles = oracleTiles(MatrixTypes.floats)
  let expected = try oracleProducts(tiles, moreBits: -1)
  #expect(tiles.flatMap { $0.simpleProduct() } != expected)
  let fewer = tiles.flatMap { $0.simpleProduct(fractionBits: Int($0.product.fraction_bits) - 1) }
  #expect(fewer == expected)
}
