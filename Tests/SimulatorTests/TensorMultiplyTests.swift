// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import NumberFormats
import TensorCoreArithmetic
import TestSupport
import Testing
import TileLayout

@testable import Simulator

/// The types of a multiplication, and how operands are coded.
private struct TypePair: CustomTestStringConvertible {
  var types: TensorCoreOperands
  var a: ElementCoding
  var b: ElementCoding

  var testDescription: String { types.description }

  /// The elements along k of one instruction.
  var depth: Int { 32 / a.byteCount }

  /// The type of D.
  var accumulator: tc_accumulator {
    switch types {
    case .f16(.f16), .f8f6f4(_, _, .f16): TC_D_F16
    case .i8: TC_D_S32
    default: TC_D_F32
    }
  }

  /// Returns the code of an integer in D.
  func cell(_ value: Int) -> UInt32 {
    switch accumulator {
    case TC_D_F16: UInt32(HalfFloat(Float(value)).bitPattern)
    case TC_D_S32: UInt32(truncatingIfNeeded: value)
    default: Float(value).bitPattern
    }
  }

  static let all: [TypePair] = [
    TypePair(types: .f16(accumulator: .f32), a: .f16, b: .f16),
    TypePair(types: .f16(accumulator: .f16), a: .f16, b: .f16),
    TypePair(types: .bf16, a: .bf16, b: .bf16),
    TypePair(types: .tf32, a: .tf32, b: .tf32),
    TypePair(types: .f8f6f4(a: .e4m3, b: .e5m2, accumulator: .f32), a: .e4m3, b: .e5m2),
    TypePair(types: .f8f6f4(a: .e5m2, b: .e4m3, accumulator: .f16), a: .e5m2, b: .e4m3),
    TypePair(types: .f8f6f4(a: .e2m3, b: .e3m2, accumulator: .f32), a: .e2m3, b: .e3m2),
    TypePair(types: .f8f6f4(a: .e3m2, b: .e2m1, accumulator: .f32), a: .e3m2, b: .e2m1),
    TypePair(types: .f8f6f4(a: .e2m1, b: .e4m3, accumulator: .f16), a: .e2m1, b: .e4m3),
    TypePair(types: .f8f6f4(a: .e2m1, b: .e2m1, accumulator: .f32), a: .e2m1, b: .e2m1),
    TypePair(types: .i8(a: .s8, b: .s8), a: .s8, b: .s8),
    TypePair(types: .i8(a: .s8, b: .u8), a: .s8, b: .u8),
    TypePair(types: .i8(a: .u8, b: .s8), a: .u8, b: .s8),
    TypePair(types: .i8(a: .u8, b: .u8), a: .u8, b: .u8),
  ]
}

/// A multiplication of small integers, for which accumulation is exact.
private struct IntegerCase {
  var pair: TypePair
  var m: Int
  var n: Int
  var steps: Int
  var aMajorness = Majorness.k
  var bMajorness = Majorness.k
  var swizzle = SwizzleMode.none
  var isTensorA = false
  var lane = 0
  var seed: UInt64 = 1
  var negatesA = false
  var negatesB = false

  /// The integers of A, B and D.
  private func integers() -> (a: [Int], b: [Int], d: [Int]) {
    var random = SplitMix64(seed: seed)
    let depth = pair.depth * steps
    let a = (0..<m * depth).map { _ in
      Int.random(in: pair.a.isSigned ? -4...4 : 0...4, using: &random)
    }
    let b = (0..<n * depth).map { _ in
      Int.random(in: pair.b.isSigned ? -4...4 : 0...4, using: &random)
    }
    return (a, b, (0..<m * n).map { _ in Int.random(in: -50...50, using: &random) })
  }

  /// The lane of a row.
  func lane(_ row: Int) -> Int { m == 64 ? row % 16 + 32 * (row / 16) + lane : row }

  /// Returns the case and the expected cells of D, by lane; nil for cells with any value.
  func made() throws -> (run: TensorMultiplyCase, expected: [UInt32?]) {
    let (a, b, d) = integers()
    let depth = pair.depth * steps
    let descriptor = try TensorCoreInstructionDescriptor(
      pair.types, m: m, n: n, aMajorness: aMajorness, bMajorness: bMajorness, negatesA: negatesA,
      negatesB: negatesB)
    let columnCount = n + (isTensorA ? 8 * steps : 0)
    var cells = [UInt32](repeating: 0x7FC0_7FC0, count: 128 * columnCount)
    var expected = [UInt32?](repeating: nil, count: 128 * n)
    let sign = negatesA != negatesB ? -1 : 1
    for row in 0..<m {
      let first = lane(row) * columnCount
      for column in 0..<n {
        let sum = (0..<depth).reduce(0) { $0 + a[row * depth + $1] * b[column * depth + $1] }
        let old = d[row * n + column]
        // An f16 lies in the low half of its cell, whose high half is not read.
        cells[first + column] = pair.cell(old) | (pair.accumulator == TC_D_F16 ? 0x5A5A_0000 : 0)
        expected[lane(row) * n + column] = pair.cell(old + sign * sum)
      }
      if isTensorA { put(a[row * depth..<(row + 1) * depth], into: &cells, at: first + n) }
    }
    return (
      TensorMultiplyCase(
        kind: pair.types.kind.rawValue, instruction: descriptor.rawValue, n: n,
        a: isTensorA ? nil : try operand(a, pair.a, aMajorness, rows: m),
        b: try operand(b, pair.b, bMajorness, rows: n), cells: cells, columnCount: columnCount,
        lane: lane), expected
    )
  }

  /// Lays out an operand in shared memory.
  private func operand(
    _ values: [Int], _ coding: ElementCoding, _ majorness: Majorness, rows: Int
  ) throws -> TensorMultiplyCase.SharedOperand {
    let codes = values.map(coding.code)
    if majorness == .mn, coding.byteCount == 4 { return try .init(wideAtoms: codes, rows: rows) }
    return try .init(codes, coding, majorness, swizzle, rows: rows)
  }

  /// Puts a row of A into cells: 4-bit elements in the middle of a byte, 6-bit ones at its bottom.
  private func put(_ row: ArraySlice<Int>, into cells: inout [UInt32], at start: Int) {
    let byteCount = pair.a.byteCount
    for index in 0..<row.count * byteCount / 4 { cells[start + index] = 0 }
    for (k, value) in row.enumerated() {
      let code = pair.a.code(value) << (pair.a.bitWidth == 4 ? 2 : 0)
      cells[start + k * byteCount / 4] |= code << UInt32(8 * (k * byteCount % 4))
    }
  }

  /// Runs the case, and expects the exact product.
  func check(
    _ schedule: Schedule = .eager, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (run, expected) = try made()
    let found = try run.run(schedule)
    let wrong = expected.indices.first { expected[$0] != nil && expected[$0] != found[$0] }
    guard let wrong else { return }
    Issue.record(
      """
      \(pair.types), lane \(wrong / n), column \(wrong % n): \(hexadecimal(found[wrong])), not \
      \(hexadecimal(expected[wrong] ?? 0))
      """, sourceLocation: sourceLocation)
  }
}

@Suite struct TensorMultiplyTests {
  @Test(arguments: TypePair.all, SwizzleMode.allCases)
  private func `rows of every type are read in every swizzle`(
    pair: TypePair, swizzle: SwizzleMode
  ) throws {
    try IntegerCase(pair: pair, m: 128, n: 32, steps: 4, swizzle: swizzle).check()
    try IntegerCase(pair: pair, m: 64, n: 48, steps: 4, swizzle: swizzle, seed: 2).check(
      .random(seed: 3))
  }

  @Test(arguments: TypePair.all.filter { $0.a.bitWidth >= 8 && $0.b.bitWidth >= 8 }, 0..<4)
  private func `columns of 8, 16 and 32 bits are read in every swizzle`(
    pair: TypePair, index: Int
  ) throws {
    let swizzle = SwizzleMode.allCases[index]
    for (a, b) in [(Majorness.mn, Majorness.mn), (.mn, .k), (.k, .mn)] {
      try IntegerCase(
        pair: pair, m: 128, n: 128, steps: 4, aMajorness: a, bMajorness: b, swizzle: swizzle,
        seed: UInt64(index)
      ).check(.late)
    }
  }

  @Test(arguments: TypePair.all)
  private func `A is read from Tensor Memory`(pair: TypePair) throws {
    try IntegerCase(pair: pair, m: 128, n: 32, steps: 3, isTensorA: true).check()
    for lane in [0, 16] {
      try IntegerCase(
        pair: pair, m: 64, n: 32, steps: 2, isTensorA: true, lane: lane, seed: 4
      ).check(.late)
    }
  }

  @Test(arguments: TypePair.all.filter { $0.accumulator != TC_D_S32 })
  private func `operands of floats are negated`(pair: TypePair) throws {
    for (a, b) in [(true, false), (false, true), (true, true)] {
      try IntegerCase(
        pair: pair, m: 64, n: 16, steps: 4, swizzle: .bytes128, negatesA: a, negatesB: b
      ).check()
    }
  }

  @Test(arguments: [8, 24, 40, 136, 248, 256])
  func `every step of n is taken`(n: Int) throws {
    for pair in TypePair.all where pair.accumulator != TC_D_S32 {
      try IntegerCase(pair: pair, m: 64, n: n, steps: 1).check()
    }
  }

  @Test(arguments: [8, 16, 24, 32, 48, 240, 256])
  func `every step of n is taken by integers`(n: Int) throws {
    for pair in TypePair.all where pair.accumulator == TC_D_S32 {
      try IntegerCase(pair: pair, m: 128, n: n, steps: 1).check()
    }
  }

  @Test(arguments: TypePair.all)
  private func `disabled lanes keep their contents`(pair: TypePair) throws {
    for m in [64, 128] {
      let masks: [UInt32] = [0x8000_0001, 0xFFFF_FFFF, 0, 0x1234_5678]
      var (run, expected) = try IntegerCase(pair: pair, m: m, n: 16, steps: 1).made()
      run.disabledLanes = masks
      let found = try run.run()
      for lane in 0..<128 where masks[lane / 32] >> UInt32(lane % 32) & 1 == 1 {
        for column in 0..<16 { expected[lane * 16 + column] = run.cells[lane * 16 + column] }
      }
      for (index, code) in expected.enumerated() {
        guard let code else { continue }
        #expect(found[index] == code, "m \(m), lane \(index / 16)")
      }
    }
  }

  @Test(arguments: [0, 1, 15])
  func `the old accumulator is divided by a power of two`(scale: Int) throws {
    for pair in [TypePair.all[0], TypePair.all[2], TypePair.all[3]] {
      var (run, _) = try IntegerCase(pair: pair, m: 64, n: 16, steps: 1).made()
      let plain = try run.run()
      run.scale = scale
      run.cells = run.cells.map { bits in
        let value = Float(bitPattern: bits)
        return value.isNaN ? bits : (value * Float(1 << scale)).bitPattern
      }
      #expect(try run.run() == plain)
    }
  }

  @Test(arguments: MatrixTile.Kind.allCases)
  func `arithmetic agrees with an independent program`(kind: MatrixTile.Kind) throws {
    var random = SplitMix64(seed: 5)
    var tiles: [MatrixTile] = []
    var found: [UInt32] = []
    for (index, pair) in TypePair.all.enumerated() {
      let descriptor = try TensorCoreInstructionDescriptor(
        pair.types, m: 64, n: 8, saturates: pair.accumulator == TC_D_S32 && index % 2 == 0)
      let types = TensorMultiplyTypes(descriptor)
      var tile = MatrixTile(
        MatrixTypes(a: types.a.element, b: types.b.element, accumulator: types.accumulator),
        m: 64, n: 8)
      tile.product.saturates = descriptor.saturates
      tile.fill(kind, using: &random)
      var cells = [UInt32](repeating: 0, count: 128 * 8)
      for row in 0..<64 {
        let lane = row % 16 + 32 * (row / 16)
        for column in 0..<8 { cells[lane * 8 + column] = tile.d[row * 8 + column] }
      }
      let cellsAfter = try TensorMultiplyCase(
        kind: pair.types.kind.rawValue, instruction: descriptor.rawValue, n: 8,
        a: .init(tile.a, pair.a, .k, .none, rows: 64), b: .init(tile.b, pair.b, .k, .none, rows: 8),
        cells: cells, columnCount: 8
      ).run()
      tiles.append(tile)
      found += (0..<64).flatMap { row in
        let lane = row % 16 + 32 * (row / 16)
        return cellsAfter[lane * 8..<lane * 8 + 8]
      }
    }
    #expect(try oracleProducts(tiles) == found)
  }

  @Test func `a multiplication without an old D reads no cells`() throws {
    var (run, expected) = try IntegerCase(pair: TypePair.all[3], m: 64, n: 16, steps: 1).made()
    let zeros = expected.indices.filter { expected[$0] != nil }
    for index in zeros { run.cells[index] = 0 }
    expected = try run.run().map { $0 }
    run.accumulates = false
    for index in zeros { run.cells[index] = 0x7FC0_0000 }
    let found = try run.run()
    for index in zeros { #expect(found[index] == expected[index]) }
  }

  @Test(arguments: [
    ("a kind other than the descriptor's", "tf32", UInt32(0x0410_0490), "illegal-descriptor"),
    ("integers with a descriptor of floats", "i8", 0x0410_0490, "illegal-descriptor"),
    ("a sparse A", "f16", 0x0410_0494, "illegal-descriptor"),
    ("negated integers", "i8", 0x0410_2020, "illegal-descriptor"),
    ("sixteen-bit rows of 32-bit elements", "tf32", 0x0410_8910, "illegal-descriptor"),
  ])
  func `a descriptor that does not fit is a trap`(
    what: String, kind: String, instruction: UInt32, fault: String
  ) throws {
    var (run, _) = try IntegerCase(pair: TypePair.all[2], m: 64, n: 64, steps: 1).made()
    run.kind = kind
    run.instruction = instruction
    #expect(throws: DeviceError.self, "\(what)") { try run.run() }
    do {
      _ = try run.run()
    } catch DeviceError.fault(let found) {
      #expect(found.kind == fault, "\(what)")
    }
  }

  @Test func `the error for narrow MN-major elements says that they are not simulated`() throws {
    var (run, _) = try IntegerCase(pair: TypePair.all[9], m: 64, n: 16, steps: 1).made()
    run.instruction |= 1 << 15
    do {
      _ = try run.run()
      Issue.record("Nothing was said.")
    } catch DeviceError.programRejected(_, let reason) {
      #expect(reason.contains("4 and 6 bits"))
    }
  }

  @Test(arguments: [
    ("a shifted A", "tcgen05.mma.cta_group::1.kind::f16.ashift [%r1], [%r1], %rd2, 0, 1;"),
    ("a sparse A", "tcgen05.mma.sp.cta_group::1.kind::f16 [%r1], %rd2, %rd2, [%r1], 0, 1;"),
    ("a stationary B", "tcgen05.mma.ws.cta_group::1.kind::f16 [%r1], %rd2, %rd2, 0, 1;"),
  ])
  func `instructions that are not simulated are named`(what: String, body: String) throws {
    let program = SmallProgram(body: "mov.b64 %rd2, 0; mov.b32 %r1, 0;\n" + body, target: "sm_100a")
    do {
      _ = try program.run()
      Issue.record("\(what) ran.")
    } catch DeviceError.programRejected(_, let reason) {
      #expect(reason.contains("not simulated"), "\(what): \(reason)")
    }
  }

  @Test func `A and the accumulator must agree on their first lane`() throws {
    var (run, _) = try IntegerCase(
      pair: TypePair.all[0], m: 64, n: 16, steps: 1, isTensorA: true
    ).made()
    run.instruction =
      try TensorCoreInstructionDescriptor(.f16(accumulator: .f32), m: 64, n: 16)
      .rawValue | 1 << 15
    do {
      _ = try run.run()
      Issue.record("M-major A in Tensor Memory ran.")
    } catch DeviceError.fault(let fault) {
      #expect(fault.kind == "illegal-descriptor")
    }
  }
}
