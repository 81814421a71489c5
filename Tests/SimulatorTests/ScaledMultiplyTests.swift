// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import TensorCoreArithmetic
import TestSupport
import Testing
import TileLayout

@testable import Simulator

/// Types of a block-scaled multiplication, with the encodings of operands.
private struct ScaledCoding: Sendable, CustomTestStringConvertible {
  var operands: BlockScaledOperands
  var block = ScaleBlock.block32
  var a: ElementCoding
  var b: ElementCoding

  var testDescription: String { "\(operands), \(block)" }

  /// The kind, and the modifier for the blocks.
  var words: String {
    let words = [1: "scale_vec::1X", 2: "scale_vec::2X", 4: "scale_vec::4X"]
    return
      "kind::\(operands.kind.rawValue).block_scale.\(words[operands.kind.scaleCount(block)] ?? "")"
  }

  /// Whether a byte holds two elements.
  var isPacked: Bool { operands.kind != .mxf8f6f4 }

  /// The type of the scales.
  var scaleType: tc_scale { operands == .mxf4nvf4(scale: .ue4m3) ? TC_UE4M3 : TC_UE8M0 }

  /// Scales whose values are powers of two, or 1.5, and their codes.
  var scales: [(code: UInt8, value: Double)] {
    scaleType == TC_UE4M3
      ? [(0x30, 0.5), (0x38, 1), (0xBC, 1.5), (0x40, 2)]
      : [(125, 0.25), (126, 0.5), (127, 1), (129, 4)]
  }

  static let all = [
    ScaledCoding(operands: .mxf8f6f4(a: .e4m3, b: .e5m2), a: .e4m3, b: .e5m2),
    ScaledCoding(operands: .mxf8f6f4(a: .e2m1, b: .e3m2), a: .e2m1, b: .e3m2),
    ScaledCoding(operands: .mxf4, a: .e2m1, b: .e2m1),
    ScaledCoding(operands: .mxf4nvf4(scale: .ue8m0), a: .e2m1, b: .e2m1),
    ScaledCoding(operands: .mxf4nvf4(scale: .ue4m3), block: .block16, a: .e2m1, b: .e2m1),
    ScaledCoding(operands: .mxf4nvf4(scale: .ue8m0), block: .block16, a: .e2m1, b: .e2m1),
  ]
}

/// Matrices of codes and scales, and their layout in blocks.
private struct ScaledOperandTiles {
  var coding: ScaledCoding
  var m: Int
  var n: Int
  var steps: Int
  var groupSize = 1
  /// A: [m, depth] codes.
  var a: [UInt8] = []
  /// B: [n, depth] codes.
  var b: [UInt8] = []
  /// The scales of A: [m, scales].
  var scalesA: [UInt8] = []
  /// The scales of B: [n, scales].
  var scalesB: [UInt8] = []
  /// D: [m, n] f32.
  var d: [UInt32] = []
  var isTensorA = false

  /// The number of elements along k.
  var depth: Int { steps * coding.operands.kind.depth }
  /// The number of scales of an instruction.
  var scaleCount: Int { coding.operands.kind.scaleCount(coding.block) }
  /// Whether the right half of D is in the upper lanes.
  var isSplit: Bool { groupSize == 2 && m == 128 }
  /// The number of columns of D in a block.
  var columns: Int { isSplit ? n / 2 : n }
  /// The first column of the scales of A.
  var columnOfScalesA: Int { columns + (isTensorA ? 8 * steps : 0) }
  /// The number of cells with four scales.
  private var scaleGroups: Int { (steps * scaleCount + 3) / 4 }
  /// The first column of the scales of B.
  var columnOfScalesB: Int { columnOfScalesA + 4 * scaleGroups }
  /// The number of columns of four scales of B.
  var widthOfScalesB: Int { (columns + 31) / 32 }
  /// The number of columns of a block.
  var columnCount: Int {
    (columnOfScalesB + widthOfScalesB * scaleGroups + 7) / 8 * 8
  }

  /// Returns the byte of a cell that has a scale of B: those of the next instruction come first, so
  /// that A's and B's IDs differ.
  private func byteOfScaleB(_ index: Int) -> Int {
    let slots = 4 / scaleCount
    return (index / scaleCount + 1) % slots * scaleCount + index % scaleCount
  }

  /// Returns the cell of an element of D.
  func place(_ row: Int, _ column: Int) -> (block: Int, lane: Int, column: Int) {
    if groupSize == 1 { return (0, row, column) }
    return m == 256
      ? (row / 128, row % 128, column)
      : (row / 64, row % 64 + (column < n / 2 ? 0 : 64), column % (n / 2))
  }

  /// Returns the case, with the contents of the blocks.
  func made(swizzle: SwizzleMode = .bytes128) throws -> GroupMultiplyCase {
    var cells = [[UInt32]](
      repeating: [UInt32](repeating: 0, count: 128 * columnCount), count: groupSize)
    for row in 0..<m {
      for column in 0..<n {
        let place = place(row, column)
        cells[place.block][place.lane * columnCount + place.column] = d[row * n + column]
      }
    }
    for block in 0..<groupSize { placeScales(block, into: &cells[block]) }
    let (rowsA, rowsB) = (m / groupSize, n / groupSize)
    if isTensorA {
      for lane in 0..<128 {
        for block in 0..<groupSize { placeA(block, lane, into: &cells[block]) }
      }
    }
    let blocks = try (0..<groupSize).map { block in
      GroupMultiplyCase.Block(
        a: isTensorA ? nil : try shared(a, coding.a, swizzle, block * rowsA..<(block + 1) * rowsA),
        b: try shared(b, coding.b, swizzle, block * rowsB..<(block + 1) * rowsB),
        cells: cells[block])
    }
    let first = try BlockScaledInstructionDescriptor(
      coding.operands, m: m, n: n, group: groupSize == 2 ? .two : .one)
    let steps = try (0..<steps).map { step in
      let scale = step * scaleCount
      let (idA, idB) = (scale % 4, byteOfScaleB(scale))
      return GroupMultiplyCase.Step(
        instruction: try first.selecting(
          scaleFactorA: idA, scaleFactorB: idB, group: groupSize == 2 ? .two : .one
        ).rawValue, columnOfA: columns + 8 * step,
        scales: (
          columnOfScalesA + scale / 4 * 4, columnOfScalesB + scale / 4 * widthOfScalesB
        ))
    }
    return GroupMultiplyCase(
      words: coding.words, blocks: blocks, columnCount: columnCount, steps: steps)
  }

  /// Lays out rows of codes in shared memory, two in a byte if they are packed.
  private func shared(
    _ codes: [UInt8], _ element: ElementCoding, _ swizzle: SwizzleMode, _ rows: Range<Int>
  ) throws -> TensorMultiplyCase.SharedOperand {
    let part = codes[rows.lowerBound * depth..<rows.upperBound * depth]
    guard coding.isPacked else {
      return try .init(part.map { UInt32($0) }, element, .k, swizzle, rows: rows.count)
    }
    let bytes = stride(from: part.startIndex, to: part.endIndex, by: 2).map {
      UInt32(part[$0]) | UInt32(part[$0 + 1]) << 4
    }
    return try .init(bytes, .u8, .k, swizzle, rows: rows.count)
  }

  /// Writes a lane's row of A to its cells.
  private func placeA(_ block: Int, _ lane: Int, into cells: inout [UInt32]) {
    let rows = m / groupSize
    let row = block * rows + lane % rows
    for k in 0..<depth {
      let code = UInt32(a[row * depth + k])
      // Packed, or in the middle of a byte, or at its bottom.
      let bit =
        coding.isPacked ? 4 * k : 8 * k + (coding.a.bitWidth == 4 ? 2 : 0)
      cells[lane * columnCount + columns + bit / 32] |= code << UInt32(bit % 32)
    }
  }

  /// Writes scales to all quarters of the lanes.
  private func placeScales(_ block: Int, into cells: inout [UInt32]) {
    let count = steps * scaleCount
    let rowsA = m / groupSize
    for quarter in 0..<4 {
      /// Writes the scale of a row to a byte of its cell.
      func put(_ code: UInt8, row: Int, byte: Int, at column: Int) {
        let place = (32 * quarter + row % 32) * columnCount + column + row / 32
        cells[place] |= UInt32(code) << UInt32(8 * byte)
      }
      for index in 0..<count {
        for row in 0..<rowsA {
          put(
            scalesA[(block * rowsA + row) * count + index], row: row, byte: index % 4,
            at: columnOfScalesA + index / 4 * 4)
        }
        // The upper lanes have the scales of D's right half, if it is there.
        let first = isSplit && quarter >= 2 ? columns : 0
        for row in 0..<columns {
          put(
            scalesB[(first + row) * count + index], row: row, byte: byteOfScaleB(index),
            at: columnOfScalesB + index / 4 * widthOfScalesB)
        }
      }
    }
  }

  /// Returns D, [m, n], from the final contents of the blocks.
  func product(_ found: [[UInt32]]) -> [UInt32] {
    (0..<m * n).map { index in
      let place = place(index / n, index % n)
      return found[place.block][place.lane * columnCount + place.column]
    }
  }
}

extension ScaledOperandTiles {
  /// Creates small integers and simple scales, whose sums are exact, and the expected D.
  static func integers(
    _ coding: ScaledCoding, m: Int, n: Int, steps: Int, groupSize: Int = 1, isTensorA: Bool = false,
    seed: UInt64
  ) -> (tiles: ScaledOperandTiles, expected: [UInt32]) {
    var random = SplitMix64(seed: seed)
    var tiles = ScaledOperandTiles(
      coding: coding, m: m, n: n, steps: steps, groupSize: groupSize, isTensorA: isTensorA)
    let depth = tiles.depth
    let count = steps * tiles.scaleCount
    let a = (0..<m * depth).map { _ in Int.random(in: -4...4, using: &random) }
    let b = (0..<n * depth).map { _ in Int.random(in: -4...4, using: &random) }
    let choices = coding.scales
    let p = (0..<m * count).map { _ in Int.random(in: 0..<4, using: &random) }
    let q = (0..<n * count).map { _ in Int.random(in: 0..<4, using: &random) }
    let old = (0..<m * n).map { _ in Double(Int.random(in: -50...50, using: &random)) }
    tiles.a = a.map { UInt8(coding.a.code($0)) }
    tiles.b = b.map { UInt8(coding.b.code($0)) }
    tiles.scalesA = p.map { choices[$0].code }
    tiles.scalesB = q.map { choices[$0].code }
    tiles.d = old.map { Float($0).bitPattern }
    let expected = (0..<m * n).map { index -> UInt32 in
      let (row, column) = index.quotientAndRemainder(dividingBy: n)
      var sum = old[index]
      for block in 0..<count {
        let length = coding.block.rawValue
        var dot = 0
        for k in block * length..<(block + 1) * length {
          dot += a[row * depth + k] * b[column * depth + k]
        }
        let scale = choices[p[row * count + block]].value * choices[q[column * count + block]].value
        sum += Double(dot) * scale
      }
      return Float(sum).bitPattern
    }
    return (tiles, expected)
  }
}

@Suite struct ScaledMultiplyTests {
  /// Runs a multiplication of integers, and expects the exact product.
  private func check(
    _ coding: ScaledCoding, m: Int, n: Int, groupSize: Int = 1, isTensorA: Bool = false,
    _ schedule: Schedule = .eager, issuer: Int = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (tiles, expected) = ScaledOperandTiles.integers(
      coding, m: m, n: n, steps: 4, groupSize: groupSize, isTensorA: isTensorA,
      seed: UInt64(m + n))
    var run = try tiles.made()
    run.issuer = issuer
    let found = tiles.product(try run.run(schedule))
    let wrong = expected.indices.filter { found[$0] != expected[$0] }
    #expect(
      wrong.isEmpty,
      "\(wrong.count) of \(expected.count), first row \((wrong.first ?? 0) / n), column \((wrong.first ?? 0) % n)",
      sourceLocation: sourceLocation)
  }

  @Test(arguments: ScaledCoding.all)
  private func `a block multiplies by the scales of its rows and columns`(
    coding: ScaledCoding
  ) throws {
    try check(coding, m: 128, n: 64)
    try check(coding, m: 128, n: 136, .late)
    try check(coding, m: 128, n: 8, .random(seed: 2))
  }

  @Test(arguments: ScaledCoding.all)
  private func `A with scales is in Tensor Memory`(coding: ScaledCoding) throws {
    try check(coding, m: 128, n: 32, isTensorA: true)
    try check(coding, m: 128, n: 32, groupSize: 2, isTensorA: true, .late)
  }

  @Test(arguments: ScaledCoding.all, [128, 256])
  private func `a pair multiplies by the scales of both`(coding: ScaledCoding, m: Int) throws {
    try check(coding, m: m, n: 64, groupSize: 2)
    try check(coding, m: m, n: 160, groupSize: 2, .random(seed: 7), issuer: 1)
  }

  @Test(arguments: ScaledCoding.all, [ScaledKind.ordinary, .wide, .cancelling, .anyBits])
  private func `arithmetic agrees with an independent program`(
    coding: ScaledCoding, kind: ScaledKind
  ) throws {
    var random = SplitMix64(seed: 31)
    let elements: [NarrowFloat: tc_element] = [
      .e4m3: TC_E4M3, .e5m2: TC_E5M2, .e2m3: TC_E2M3, .e3m2: TC_E3M2, .e2m1: TC_E2M1,
    ]
    var (a, b) = (TC_E2M1, TC_E2M1)
    if case .mxf8f6f4(let first, let second) = coding.operands {
      (a, b) = (elements[first] ?? a, elements[second] ?? b)
    }
    var tile = ScaledTile(
      kind,
      ScaledTypes(
        name: "", isGrouped: coding.isPacked, a: a, b: b, scale: coding.scaleType,
        scaleCount: coding.operands.kind.scaleCount(coding.block)), m: 128, n: 8, using: &random)
    (tile.accumulates, tile.negatesA, tile.negatesB) = (true, false, false)
    var tiles = ScaledOperandTiles(coding: coding, m: 128, n: 8, steps: 1)
    (tiles.a, tiles.b) = (tile.a, tile.b)
    (tiles.scalesA, tiles.scalesB, tiles.d) = (tile.scalesA, tile.scalesB, tile.d)
    // A single step has 32 bytes in each row, which is too little for wider swizzles.
    var run = try tiles.made(swizzle: .bytes32)
    let plain = tiles.product(try run.run())
    #expect(try scaledOracleProducts([tile]) == plain)
    run.steps[0].instruction |= 1 << 13
    tile.negatesA = true
    #expect(try scaledOracleProducts([tile]) == tiles.product(try run.run()))
  }

  @Test(arguments: [
    ("a quarter of the lanes with different scales", 64, 3, "tensor-memory"),
    ("a scale type that does not fit the blocks", 0, 0, "illegal-descriptor"),
    ("scales that begin at lane 16", 0, 0, "tensor-memory"),
    ("scales in unallocated columns", 0, 0, "tensor-memory"),
  ])
  func `scales that do not fit are a trap`(
    what: String, lane: Int, column: Int, kind: String
  ) throws {
    let tiles = ScaledOperandTiles.integers(ScaledCoding.all[2], m: 128, n: 32, steps: 4, seed: 3)
      .tiles
    var run = try tiles.made()
    switch what {
    case _ where lane > 0:
      run.blocks[0].cells[lane * run.columnCount + tiles.columnOfScalesA + column] ^= 0x100
    case _ where kind == "illegal-descriptor": run.steps[0].instruction &= ~(1 << 23)
    case _ where what.hasPrefix("scales that begin"):
      run.steps[0].scales?.a += 16 << 16
    default: run.steps[0].scales?.b = 500
    }
    do {
      _ = try run.run()
      Issue.record("\(what) ran.")
    } catch DeviceError.fault(let fault) {
      #expect(fault.kind == kind, "\(what): \(fault.report)")
    }
  }
}
