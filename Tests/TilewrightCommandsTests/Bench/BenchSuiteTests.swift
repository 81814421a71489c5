// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLibrary
import Testing

@testable import TilewrightCommands

@Suite struct BenchSuiteTests {
  @Test func `squares are powers of two`() {
    #expect(BenchSuite.squares.products.map(\.shape.m) == [512, 1024, 2048, 4096, 8192, 16384])
    #expect(
      BenchSuite.squares.products.allSatisfy {
        $0.shape.m == $0.shape.n && $0.shape.n == $0.shape.k
      })
  }

  @Test(arguments: [
    ("8B qkv", 6144, 4096), ("8B o", 4096, 4096), ("8B gate_up", 28672, 4096),
    ("8B down", 4096, 14336), ("70B qkv", 10240, 8192), ("70B o", 8192, 8192),
    ("70B gate_up", 57344, 8192), ("70B down", 8192, 28672),
  ])
  func `llama has each projection with each number of tokens`(name: String, n: Int, k: Int) {
    let shapes = BenchSuite.llama.products.filter { $0.name == name }.map(\.shape)
    #expect(shapes.map(\.m) == [1, 16, 64, 256, 1024, 4096, 8192])
    #expect(shapes.allSatisfy { $0.n == n && $0.k == k })
    #expect(BenchSuite.llama.products.count == 56)
  }

  @Test func `ragged rows begin at multiples of 16 bytes and no more, but for the last three`() {
    let shapes = BenchSuite.ragged.products.map(\.shape)
    for shape in shapes.dropLast(3) {
      #expect([shape.n % 16, shape.k % 16] == [8, 8])
      #expect(shape.m % 2 == 1)
    }
    #expect(shapes.suffix(3).allSatisfy { $0.k % 8 != 0 && $0.n % 8 != 0 })
  }

  @Test func `without a choice there are squares and llama, each product once`() throws {
    let cases = try BenchCase.all(suites: [], shapes: [])
    #expect(cases.count == 60)
    #expect(Set(cases.map(\.shape)).count == 60)
    let shared = try #require(cases.first { $0.shape == MatmulShape(m: 4096, n: 4096, k: 4096) })
    #expect(shared.places.map(\.suite) == ["squares", "llama"])
    #expect(shared.name == "squares, llama 8B o")
  }

  @Test func `shapes are added to suites, or stand alone`() throws {
    let alone = try BenchCase.all(suites: [], shapes: ["3x4x5", "1x2x3", "3x4x5"])
    #expect(alone.map(\.shape) == [MatmulShape(m: 3, n: 4, k: 5), MatmulShape(m: 1, n: 2, k: 3)])
    let both = try BenchCase.all(suites: ["squares", "squares"], shapes: ["512x512x512", "1x1x1"])
    #expect(both.count == 7)
    #expect(both[0].places.map(\.suite) == ["squares", "shapes"])
  }

  @Test(arguments: [
    "", "x", "1x2", "1x2x3x4", "1x2x", "ax2x3", "1 x2x3", "-1x2x3", "1X2X3", "+1x2x3",
  ])
  func `a malformed shape is refused`(text: String) {
    #expect(throws: InputError.unreadableShape(text: text)) { try MatmulShape(text) }
  }

  @Test(arguments: [
    ("0x2x3", "m of 0x2x3", 0), ("1x1048577x3", "n of 1x1048577x3", 1_048_577),
    ("1x1x99999999999999999999", "k of 1x1x99999999999999999999", nil as Int?),
  ])
  func `an extent that is zero or huge is refused`(text: String, option: String, value: Int?) {
    #expect(throws: InputError.extent(option: option, value: value, limit: 1 << 20)) {
      try MatmulShape(text)
    }
  }
}

@Suite struct GeometricMeanTests {
  @Test func `the geometric mean of a ratio and its inverse is 1`() throws {
    #expect(geometricMean(of: []) == nil)
    #expect(abs(try #require(geometricMean(of: [4, 0.25])) - 1) < 1e-15)
    #expect(abs(try #require(geometricMean(of: [2, 4, 8])) - 4) < 1e-14)
    // Their product overflows a double.
    #expect(abs(try #require(geometricMean(of: [1e300, 1e300, 1e-300])) / 1e100 - 1) < 1e-12)
  }
}
