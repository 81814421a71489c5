// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import TestSupport
import Testing
import TileLayout

struct ScaleFactorTests {
  @Test(arguments: [(128, 4), (256, 16), (200, 6), (1, 1)])
  func `every scale has a byte of its own`(rows: Int, scaleCount: Int) {
    let layout = ScaleFactorLayout(rows: rows, scaleCount: scaleCount)
    var offsets: Set<Int> = []
    for row in 0..<rows {
      for index in 0..<scaleCount { offsets.insert(layout.byteOffset(row: row, index: index)) }
    }
    #expect(offsets.count == rows * scaleCount)
    #expect(offsets.allSatisfy { (0..<layout.byteCount).contains($0) })
    // Blocks are padded.
    #expect(layout.byteCount == (rows + 127) / 128 * ((scaleCount + 3) / 4) * 512)
  }

  @Test func `the worked offsets`() {
    let layout = ScaleFactorLayout(rows: 256, scaleCount: 8)
    // A row's four scales are contiguous; the next 31 rows are 16 bytes apart; the next 32 rows are
    // side by side with them.
    let worked = [
      (0, 0, 0), (0, 3, 3), (1, 0, 16), (31, 0, 496), (32, 0, 4), (127, 3, 511), (0, 4, 512),
      (128, 0, 1024), (255, 7, 2047),
    ]
    for (row, index, offset) in worked {
      #expect(layout.byteOffset(row: row, index: index) == offset, "row \(row), scale \(index)")
    }
  }

  @Test(arguments: [(128, 4), (256, 16), (200, 6), (1, 1), (130, 13)])
  func `packed scales are those that numpy cuts into blocks`(rows: Int, scaleCount: Int) throws {
    let bytes = (0..<rows * scaleCount).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 256 + 1) }
    // The manuals draw a block as 32 × 4 × 4: rows modulo 32, rows divided by 32, scales.
    let program = """
      import sys
      import numpy
      rows, count = map(int, sys.argv[1:])
      scales = numpy.frombuffer(sys.stdin.buffer.read(), dtype=numpy.uint8).reshape(rows, count)
      whole = numpy.pad(scales, ((0, -rows % 128), (0, -count % 4)))
      tiles = whole.reshape(whole.shape[0] // 128, 4, 32, whole.shape[1] // 4, 4)
      sys.stdout.buffer.write(tiles.transpose(0, 3, 2, 1, 4).tobytes())
      """
    let expected = try runPython(
      program, arguments: ["\(rows)", "\(scaleCount)"], input: bytes)
    let layout = ScaleFactorLayout(rows: rows, scaleCount: scaleCount)
    let packed = layout.packed(bytes.map { ScaleE8M0(bitPattern: $0) })
    #expect(packed.map(\.bitPattern) == expected)
    #expect(packed.count == layout.byteCount)
  }

  @Test func `a copied block holds the scales of a row in one cell`() {
    // `32x128b.warpx4` copies byte b of the 16-byte row r to lane r, column b / 4.
    let layout = ScaleFactorLayout(rows: 128, scaleCount: 4)
    for row in 0..<128 {
      let cell = ScaleFactorLayout.cell(row: row)
      for index in 0..<4 {
        let offset = layout.byteOffset(row: row, index: index)
        #expect(TensorMemoryCell(lane: offset / 16, column: offset % 16 / 4) == cell)
        #expect(offset % 4 == index)
      }
    }
  }

  @Test func `the kind and block size determine the number of scales`() {
    #expect(BlockScaledKind.mxf8f6f4.scaleCount(.block32) == 1)
    #expect(BlockScaledKind.mxf4.scaleCount(.block32) == 2)
    #expect(BlockScaledKind.mxf4nvf4.scaleCount(.block32) == 2)
    #expect(BlockScaledKind.mxf4nvf4.scaleCount(.block16) == 4)
  }

  @Test func `other scales of the same cells have another descriptor`() throws {
    let first = try BlockScaledInstructionDescriptor(
      .mxf8f6f4(a: .e4m3, b: .e5m2), m: 128, n: 256)
    let third = try first.selecting(scaleFactorA: 3, scaleFactorB: 3)
    #expect(third.rawValue == first.rawValue | 3 << 29 | 3 << 4)
    #expect(third.findings(for: .one, block: .block32).isEmpty)
    let narrow = try BlockScaledInstructionDescriptor(.mxf4nvf4(scale: .ue4m3), m: 128, n: 64)
    #expect(narrow.findings(for: .one, block: .block16).isEmpty)
    #expect(narrow.findings(for: .one, block: .block32).map(\.field) == [.scaleType])
    #expect(throws: DescriptorFinding.self) {
      try narrow.selecting(scaleFactorA: 1, scaleFactorB: 0)
    }
  }
}
