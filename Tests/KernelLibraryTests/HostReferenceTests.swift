// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLibrary
import NumberFormats
import Testing

@Suite struct HostReferenceTests {
  @Test(arguments: [(1, 1, 1), (4, 4, 8), (5, 7, 13), (9, 3, 0), (17, 18, 33)])
  func `the product is that of the plain loop`(shape: (m: Int, n: Int, k: Int)) {
    let (m, n, k) = shape
    let inputs = MatmulInputs.integers
    let a = inputs.matrix(of: BFloat16.self, rows: m, columns: k, seed: 3)
    let b = inputs.matrix(of: BFloat16.self, rows: n, columns: k, seed: 4)
    let reference = HostReference(a: a, b: b, shape: MatmulShape(m: m, n: n, k: k))
    for row in 0..<m {
      for column in 0..<n {
        let sum = (0..<k).reduce(0.0) {
          $0 + Double(a[row * k + $1].float) * Double(b[column * k + $1].float)
        }
        #expect(reference.values[row * n + column] == sum)
      }
    }
  }

  @Test func `chosen rows are the rows of the whole`() {
    let shape = MatmulShape(m: 50, n: 11, k: 20)
    let a = MatmulInputs.normal.matrix(of: HalfFloat.self, rows: 50, columns: 20, seed: 5)
    let b = MatmulInputs.normal.matrix(of: HalfFloat.self, rows: 11, columns: 20, seed: 6)
    let whole = HostReference(a: a, b: b, shape: shape)
    let rows = HostReference.sampledRows(of: shape, count: 5)
    #expect(rows == [0, 12, 24, 36, 49])
    let part = HostReference(a: a, b: b, shape: shape, rows: rows)
    #expect(part.values == rows.flatMap { whole.values[$0 * 11..<($0 + 1) * 11] })
  }

  @Test func `1024 cubed takes less than three seconds`() {
    let shape = MatmulShape(m: 1024, n: 1024, k: 1024)
    let a = MatmulInputs.normal.matrix(of: BFloat16.self, rows: 1024, columns: 1024, seed: 7)
    let duration = ContinuousClock().measure {
      #expect(HostReference(a: a, b: a, shape: shape).values.count == 1024 * 1024)
    }
    #expect(duration < .seconds(3), "\(duration)")
    print("host reference of 1024 cubed in \(duration)")
  }
}

@Suite struct ComparisonTests {
  /// The extents of the products that are compared.
  private static let shape = MatmulShape(m: 20, n: 30, k: 200)

  /// Returns a reference, and its result rounded as by a kernel with a chain of f32 additions.
  private static func example() -> (HostReference, [BFloat16]) {
    let a = MatmulInputs.normal.matrix(of: BFloat16.self, rows: 20, columns: 200, seed: 8)
    let b = MatmulInputs.normal.matrix(of: BFloat16.self, rows: 30, columns: 200, seed: 9)
    var result: [BFloat16] = []
    for row in 0..<20 {
      for column in 0..<30 {
        let sum = (0..<200).reduce(Float(0)) {
          $0 + a[row * 200 + $1].float * b[column * 200 + $1].float
        }
        result.append(BFloat16(sum))
      }
    }
    return (HostReference(a: a, b: b, shape: shape), result)
  }

  @Test func `a result that was rounded at every step is right`() {
    let (reference, result) = Self.example()
    let comparison = reference.compare(result)
    #expect(comparison.isMatch)
    #expect(comparison.elementCount == 600)
    #expect(comparison.largestShareOfBound <= 1)
    #expect(comparison.largestRelativeError > 0)
  }

  @Test func `an element off by two units in the last place is wrong, and its owner is named`() {
    let (reference, correct) = Self.example()
    var result = correct
    result[7 * 30 + 3] = BFloat16(bitPattern: result[7 * 30 + 3].bitPattern ^ 0x2)
    let owner = ElementOwner(tileRow: 1, tileColumn: 2, warp: 3, lane: 4)
    let comparison = reference.compare(result, owner: { _, _ in owner })
    #expect(comparison.mismatchCount == 1)
    #expect(comparison.firstMismatch?.row == 7)
    #expect(comparison.firstMismatch?.column == 3)
    #expect(
      comparison.firstMismatch?.description.contains("computed in tile (1, 2), warp 3, lane 4")
        == true)
  }

  @Test func `NaN is wrong`() {
    let (reference, correct) = Self.example()
    var result = correct
    result[0] = BFloat16(Float.nan)
    result[599] = BFloat16(Float.infinity)
    #expect(reference.compare(result).mismatchCount == 2)
  }

  @Test func `an exact product must be the rounded reference itself`() {
    let shape = MatmulShape(m: 1, n: 1, k: 2)
    let a: [BFloat16] = [1, 0.0078125]
    let b: [BFloat16] = [1, 1]
    let reference = HostReference(a: a, b: b, shape: shape)
    #expect(reference.compare([BFloat16(1.0078125)], isExact: true).isMatch)
    #expect(!reference.compare([BFloat16(1)], isExact: true).isMatch)
  }

  @Test(arguments: [false, true])
  func `NaN and infinities are correct only where they are expected`(isExact: Bool) {
    let shape = MatmulShape(m: 4, n: 1, k: 2)
    let a: [Float] = [.nan, 1, .infinity, 1, -.infinity, 1, 2, 1]
    let reference = HostReference(
      a: a.map { BFloat16($0) }, b: [BFloat16(3), BFloat16(1)], shape: shape)
    /// Returns the number of mismatches of a result.
    func mismatches(_ values: [Float]) -> Int {
      reference.compare(values.map { BFloat16($0) }, isExact: isExact).mismatchCount
    }
    #expect(mismatches([.nan, .infinity, -.infinity, 7]) == 0)
    #expect(mismatches([1, .infinity, -.infinity, 7]) == 1)
    #expect(mismatches([.infinity, .nan, .infinity, .nan]) == 4)
    #expect(mismatches([.nan, 3e38, -3e38, .infinity]) == 3)
    let comparison = reference.compare([1, 1, 1, 7].map { BFloat16($0) }, isExact: isExact)
    #expect(comparison.largestRelativeError == .infinity)
  }
}

@Suite struct InputTests {
  @Test(arguments: MatmulInputs.allCases)
  func `the same seed makes the same matrix`(inputs: MatmulInputs) {
    let first = inputs.matrix(of: BFloat16.self, rows: 7, columns: 9, seed: 1)
    let second = inputs.matrix(of: BFloat16.self, rows: 7, columns: 9, seed: 1)
    let other = inputs.matrix(of: BFloat16.self, rows: 7, columns: 9, seed: 2)
    #expect(first == second)
    #expect(first != other)
    for row in 0..<7 {
      #expect(
        inputs.row(row, of: BFloat16.self, columns: 9, seed: 1)
          == Array(first[row * 9..<(row + 1) * 9]))
    }
  }

  @Test func `normal numbers have mean 0 and variance 1`() {
    var generator = SeededGenerator(seed: 11)
    let numbers = (0..<100_000).map { _ in generator.nextNormal() }
    let mean = numbers.reduce(0, +) / 100_000
    let variance = numbers.reduce(0) { $0 + $1 * $1 } / 100_000
    let tail = numbers.count { abs($0) > 2 }
    // Four standard errors for each.
    #expect(abs(mean) < 0.0127)
    #expect(abs(variance - 1) < 0.018)
    #expect(abs(tail - 4550) < 264)
  }
}
