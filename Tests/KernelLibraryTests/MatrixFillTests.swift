// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import Simulator
import TestSupport
import Testing

@testable import KernelLibrary

@Suite struct MatrixFillTests {
  /// Fills a matrix on a simulated device, in a buffer with spare elements after it.
  private func filled<Element: TensorCoreElement>(
    _ inputs: MatmulInputs?, of type: Element.Type, rows: Int, columns: Int, seed: UInt64
  ) throws -> [Element] {
    let device = SimulatedDevice(.hopper)
    let marks = [Element](repeating: Element(Float(-77)), count: rows * columns + 64)
    let buffer = try device.makeBuffer(marks)
    try MatrixFill<Element>(inputs).fill(buffer, rows: rows, columns: columns, seed: seed)
    let elements = try buffer.read()
    #expect(elements[(rows * columns)...].allSatisfy { $0 == marks[0] })
    return Array(elements[..<(rows * columns)])
  }

  @Test(arguments: MatmulInputs.allCases, [(1, 1), (3, 300), (1030, 5), (64, 96)])
  func `a device makes the host's elements bit by bit`(
    inputs: MatmulInputs, extents: (rows: Int, columns: Int)
  ) throws {
    let (rows, columns) = extents
    for seed in [0, 7, UInt64.max - 1] {
      let bfloat = try filled(
        inputs, of: BFloat16.self, rows: rows, columns: columns, seed: seed)
      #expect(
        bfloat == inputs.matrix(of: BFloat16.self, rows: rows, columns: columns, seed: seed))
      let half = try filled(inputs, of: HalfFloat.self, rows: rows, columns: columns, seed: seed)
      #expect(half == inputs.matrix(of: HalfFloat.self, rows: rows, columns: columns, seed: seed))
    }
  }

  @Test func `a matrix is filled with NaN`() throws {
    #expect(
      try filled(nil, of: BFloat16.self, rows: 9, columns: 31, seed: 0).allSatisfy(\.isNaN))
    #expect(
      try filled(nil, of: HalfFloat.self, rows: 9, columns: 31, seed: 0).allSatisfy(\.isNaN))
  }

  @Test func `a matrix that does not fit is refused`() throws {
    let buffer = try SimulatedDevice(.hopper).makeBuffer(of: BFloat16.self, count: 99)
    let fill = MatrixFill<BFloat16>(.uniform)
    for (rows, columns) in [(10, 10), (1, 100), (Int.max, 2), (1 << 32, 1)] {
      #expect(throws: DeviceError.self) { try fill.fill(buffer, rows: rows, columns: columns) }
    }
    try fill.fill(buffer, rows: 0, columns: 4)
  }
}

@Suite struct NormalNumberTests {
  /// Returns the normally distributed numbers for 31-bit positions in the tails, the positive ones
  /// and their negatives, by an independent implementation of the quantile in double precision.
  private func quantiles(_ positions: [UInt32]) throws -> [Double] {
    let text = try runPython(
      """
      import sys
      from statistics import NormalDist
      for word in sys.stdin.read().split():
        print(-NormalDist().inv_cdf((int(word) + 0.5) / 2**32))
      """, input: Array(positions.map { "\($0) " }.joined().utf8))
    return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { Double($0) }
  }

  @Test func `numbers are the quantiles that their bits choose, of either sign`() throws {
    var generator = SplitMix64(seed: 21)
    let ends = (UInt32(0)..<31).flatMap { [UInt32(1) << $0, (UInt32(1) << $0) - 1] }
    let others = (0..<5000).map { _ in UInt32(truncatingIfNeeded: generator.next() >> 33) }
    let small = (0..<2000).map { _ -> UInt32 in
      let word = generator.next()
      return UInt32(truncatingIfNeeded: word >> 33) >> UInt32(word % 31)
    }
    var positions: [UInt32] = [0, UInt32.max >> 1]
    positions += ends
    positions += others
    positions += small
    let expected = try quantiles(positions)
    #expect(expected.count == positions.count)
    for (position, expected) in zip(positions, expected) {
      let bound = expected < 5.4 ? 2e-6 : 3e-3
      for (sign, bit) in [(1.0, UInt64(0)), (-1.0, 1)] {
        let number = StandardNormal.number(from: UInt64(position) << 33 | bit << 32 | 0xABCD)
        #expect(abs(Double(number) * sign - expected) <= bound, "position \(position)")
      }
    }
  }

  @Test func `a generator continues after a given count of numbers`() {
    var first = SplitMix64(seed: 5)
    let numbers = (0..<40).map { _ in first.next() }
    for count in [0, 1, 17, 39] {
      var second = SeededGenerator(seed: 5, after: UInt64(count))
      #expect(second.next() == numbers[count])
    }
  }
}

@Suite struct MatmulSampleTests {
  @Test(arguments: [
    (1, 1, 1), (2, 3, 5), (1, 4096, 4096), (8192, 1, 4096), (512, 512, 512), (16384, 16384, 16384),
    (8192, 57344, 8192), (1, 57344, 8192), (8192, 8192, 28672), (3, 5, 1 << 20), (8191, 4097, 2049),
  ])
  func `a sample has the first and the last, and no more than it may`(
    extents: (m: Int, n: Int, k: Int)
  ) {
    let (m, n, k) = extents
    let sample = MatmulSample(of: MatmulShape(m: m, n: n, k: k))
    for (positions, extent) in [(sample.rows, m), (sample.columns, n)] {
      #expect(positions.first == 0)
      #expect(positions.last == extent - 1)
      #expect(zip(positions, positions.dropFirst()).allSatisfy { $0 < $1 })
      #expect(positions.count >= min(extent, 2))
    }
    #expect(sample.elementCount * k <= max(1 << 28, 4 * k))
    #expect((sample.rows.count + sample.columns.count) * k <= max(1 << 23, 4 * k))
  }

  @Test func `every tile of the large products has an element in the sample`() {
    for (m, n, k) in [(16384, 16384, 16384), (8192, 57344, 8192), (1, 57344, 8192)] {
      let sample = MatmulSample(of: MatmulShape(m: m, n: n, k: k))
      #expect(Set(sample.rows.map { $0 / 128 }).count == (m + 127) / 128)
      #expect(Set(sample.columns.map { $0 / 256 }).count == n / 256)
    }
  }

  @Test func `small products are compared whole`() {
    let sample = MatmulSample(of: MatmulShape(m: 512, n: 512, k: 512))
    #expect(sample.elementCount == 512 * 512)
  }

  @Test func `a sampled reference is part of the whole, and finds what is wrong`() {
    let shape = MatmulShape(m: 40, n: 50, k: 60)
    let a = MatmulInputs.normal.matrix(of: BFloat16.self, rows: 40, columns: 60, seed: 1)
    let b = MatmulInputs.normal.matrix(of: BFloat16.self, rows: 50, columns: 60, seed: 2)
    let whole = HostReference(a: a, b: b, shape: shape)
    let (rows, columns) = ([0, 13, 39], [0, 7, 30, 49])
    let part = HostReference(
      aRows: rows.flatMap { a[$0 * 60..<($0 + 1) * 60] },
      bRows: columns.flatMap { b[$0 * 60..<($0 + 1) * 60] }, shape: shape, rows: rows,
      columns: columns)
    let pairs = rows.flatMap { row in columns.map { (row, $0) } }
    #expect(part.values == pairs.map { whole.values[$0.0 * 50 + $0.1] })
    var elements = part.values.map { BFloat16(Float($0)) }
    #expect(part.compare(sampled: elements).isMatch)
    var product = [BFloat16](repeating: BFloat16(Float.nan), count: 2000)
    for ((row, column), element) in zip(pairs, elements) { product[row * 50 + column] = element }
    #expect(part.compare(product).isMatch)
    elements[6] = BFloat16(Float.nan)
    let comparison = part.compare(sampled: elements)
    #expect(comparison.mismatchCount == 1)
    #expect(comparison.firstMismatch?.row == 13)
    #expect(comparison.firstMismatch?.column == 30)
  }
}
