// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import NumberFormats
import TestSupport
import Testing
import TileLayout

@testable import Simulator

/// Types of operands with their encodings, and the type of D.
private struct PairTypes: Sendable, CustomTestStringConvertible {
  var operands: TensorCoreOperands
  var a: ElementCoding
  var b: ElementCoding

  var testDescription: String { operands.description }

  /// The number of elements along k of one instruction.
  var depth: Int { 32 / a.byteCount }

  /// Whether D is of integers.
  var isInteger: Bool { if case .i8 = operands { true } else { false } }

  /// Returns the code of an integer in D.
  func cell(_ value: Int) -> UInt32 {
    if case .f16(.f16) = operands { return UInt32(HalfFloat(Float(value)).bitPattern) }
    return isInteger ? UInt32(truncatingIfNeeded: value) : Float(value).bitPattern
  }

  static let all = [
    PairTypes(operands: .bf16, a: .bf16, b: .bf16),
    PairTypes(operands: .f16(accumulator: .f16), a: .f16, b: .f16),
    PairTypes(operands: .tf32, a: .tf32, b: .tf32),
    PairTypes(operands: .f8f6f4(a: .e4m3, b: .e2m1, accumulator: .f32), a: .e4m3, b: .e2m1),
    PairTypes(operands: .i8(a: .s8, b: .u8), a: .s8, b: .u8),
  ]
}

/// A multiplication of small integers by a CTA pair, which is exact.
private struct PairCase {
  var types: PairTypes
  var m: Int
  var n: Int
  var steps = 4
  var aMajorness = Majorness.k
  var bMajorness = Majorness.k
  var swizzle = SwizzleMode.bytes128
  var isTensorA = false
  var seed: UInt64 = 1

  /// The number of columns of D in each block.
  var columns: Int { m == 256 ? n : n / 2 }

  /// Returns the cell of an element of D, according to the manual's figures of layouts A and B.
  func place(_ row: Int, _ column: Int) -> (block: Int, lane: Int, column: Int) {
    m == 256
      ? (row / 128, row % 128, column)
      : (row / 64, row % 64 + (column < n / 2 ? 0 : 64), column % (n / 2))
  }

  /// Returns the case, and the expected cells of D in each block.
  func made() throws -> (run: GroupMultiplyCase, expected: [[UInt32]]) {
    var random = SplitMix64(seed: seed)
    let depth = types.depth * steps
    /// Returns random integers.
    func integers(_ count: Int, isSigned: Bool) -> [Int] {
      (0..<count).map { _ in Int.random(in: isSigned ? -4...4 : 0...4, using: &random) }
    }
    let a = integers(m * depth, isSigned: types.a.isSigned)
    let b = integers(n * depth, isSigned: types.b.isSigned)
    let old = (0..<m * n).map { _ in Int.random(in: -50...50, using: &random) }
    let columnCount = columns + (isTensorA ? 8 * steps : 0)
    var cells = [[UInt32]](
      repeating: [UInt32](repeating: 0x7FC0_7FC0, count: 128 * columnCount), count: 2)
    var expected = [[UInt32]](
      repeating: [UInt32](repeating: 0, count: 128 * columns), count: 2)
    for row in 0..<m {
      for column in 0..<n {
        let sum = (0..<depth).reduce(0) { $0 + a[row * depth + $1] * b[column * depth + $1] }
        let place = place(row, column)
        let value = old[row * n + column]
        cells[place.block][place.lane * columnCount + place.column] = types.cell(value)
        expected[place.block][place.lane * columns + place.column] = types.cell(value + sum)
      }
    }
    if isTensorA {
      for row in 0..<m {
        // Each block has 64 of the 128 rows, once in the lower lanes and once in the upper.
        let blockRows = m / 2
        for lane in stride(from: row % blockRows, to: 128, by: blockRows) {
          put(a[row * depth..<(row + 1) * depth], into: &cells[row / blockRows], lane * columnCount)
        }
      }
    }
    let blocks = try (0..<2).map { block in
      let (rowsA, rowsB) = (m / 2, n / 2)
      return GroupMultiplyCase.Block(
        a: isTensorA
          ? nil
          : try .init(
            a[block * rowsA * depth..<(block + 1) * rowsA * depth].map(types.a.code), types.a,
            aMajorness, swizzle, rows: rowsA),
        b: try .init(
          b[block * rowsB * depth..<(block + 1) * rowsB * depth].map(types.b.code), types.b,
          bMajorness, swizzle, rows: rowsB),
        cells: cells[block])
    }
    let descriptor = try TensorCoreInstructionDescriptor(
      types.operands, m: m, n: n, aMajorness: aMajorness, bMajorness: bMajorness,
      use: .group(.two))
    let run = GroupMultiplyCase(
      words: "kind::\(types.operands.kind.rawValue)", blocks: blocks, columnCount: columnCount,
      steps: (0..<steps).map {
        .init(instruction: descriptor.rawValue, columnOfA: columns + 8 * $0)
      })
    return (run, expected)
  }

  /// Writes a row of A to cells after D.
  private func put(_ row: ArraySlice<Int>, into cells: inout [UInt32], _ start: Int) {
    let byteCount = types.a.byteCount
    for index in 0..<row.count * byteCount / 4 { cells[start + columns + index] = 0 }
    for (k, value) in row.enumerated() {
      let place = start + columns + k * byteCount / 4
      cells[place] |= types.a.code(value) << UInt32(8 * (k * byteCount % 4))
    }
  }

  /// Runs the case, and expects the exact product in both blocks.
  func check(
    _ schedule: Schedule = .eager, issuer: Int = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var (run, expected) = try made()
    run.issuer = issuer
    let found = try run.run(schedule)
    for block in 0..<2 {
      let wrong = expected[block].indices.first { index in
        let (lane, column) = index.quotientAndRemainder(dividingBy: columns)
        return found[block][lane * run.columnCount + column] != expected[block][index]
      }
      guard let wrong else { continue }
      Issue.record(
        "\(types.operands), block \(block), lane \(wrong / columns), column \(wrong % columns)",
        sourceLocation: sourceLocation)
    }
  }
}

@Suite struct PairMultiplyTests {
  @Test(arguments: PairTypes.all, [128, 256])
  private func `a pair multiplies the rows of both`(types: PairTypes, m: Int) throws {
    try PairCase(types: types, m: m, n: 64).check()
    try PairCase(types: types, m: m, n: 256, swizzle: .none, seed: 2).check(.late)
    try PairCase(types: types, m: m, n: 96, swizzle: .bytes64, seed: 3).check(.random(seed: 4))
  }

  @Test(arguments: [128, 256])
  func `either block of a pair may issue`(m: Int) throws {
    for schedule in [Schedule.eager, .late, .random(seed: 5)] {
      try PairCase(types: PairTypes.all[0], m: m, n: 32).check(schedule, issuer: 1)
    }
  }

  @Test(arguments: [128, 256])
  func `columns of either operand are read`(m: Int) throws {
    for (a, b) in [(Majorness.mn, Majorness.mn), (.mn, .k), (.k, .mn)] {
      try PairCase(
        types: PairTypes.all[0], m: m, n: 128, aMajorness: a, bMajorness: b
      ).check()
    }
  }

  @Test(arguments: PairTypes.all, [128, 256])
  private func `A is in the Tensor Memory of both blocks`(types: PairTypes, m: Int) throws {
    try PairCase(types: types, m: m, n: 64, isTensorA: true).check()
    try PairCase(types: types, m: m, n: 64, isTensorA: true, seed: 6).check(.late)
  }

  @Test(arguments: [16, 48, 112, 240])
  func `every step of n is taken`(n: Int) throws {
    // Cells are moved by eight columns; 128 rows need n / 2 columns.
    for m in n % 16 == 0 ? [256, 128] : [256] {
      try PairCase(types: PairTypes.all[0], m: m, n: n).check()
    }
  }

  @Test(arguments: [128, 256])
  func `lanes of both blocks are disabled by separate masks`(m: Int) throws {
    let pair = PairCase(types: PairTypes.all[0], m: m, n: 32)
    let made = try pair.made()
    var run = made.run
    let masks: [UInt32] = [1, 0, 0xFFFF_0000, 2, 4, 0x8000_0000, 0, 0x55]
    run.disabledLanes = masks
    let found = try run.run()
    for block in 0..<2 {
      for lane in 0..<128 {
        let isDisabled = masks[4 * block + lane / 32] >> UInt32(lane % 32) & 1 == 1
        for column in 0..<pair.columns {
          let before = run.blocks[block].cells[lane * run.columnCount + column]
          let after = isDisabled ? before : made.expected[block][lane * pair.columns + column]
          #expect(found[block][lane * run.columnCount + column] == after)
        }
      }
    }
  }

  @Test func `shapes of one block are not those of two`() throws {
    var (run, _) = try PairCase(types: PairTypes.all[0], m: 128, n: 32).made()
    // M 64, N 32.
    run.steps[0].instruction = 0x0408_0490
    do {
      _ = try run.run()
      Issue.record("An illegal shape ran.")
    } catch DeviceError.fault(let fault) {
      #expect(fault.kind == "illegal-descriptor")
      #expect(fault.report.contains("M 64 is not one of 128, 256"), "\(fault.report)")
    }
  }

  @Test func `the other block must be there`() throws {
    let fault = try SmallProgram(
      body: """
        mov.u32 %r1, 0;
        mov.b64 %rd2, 0;
        tcgen05.mma.cta_group::2.kind::f16 [%r1], %rd2, %rd2, 0x10400490, 0;
        """, target: "sm_100a"
    ).fault()
    #expect(fault?.kind == "tensor-memory")
    #expect(fault?.report.contains("has no other block in its pair") == true)
  }
}
