// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import TileLayout

/// Tests of boxes in shared memory.
struct BoxLayoutTests {
  @Test func `rows of a box are packed, and their chunks permuted`() throws {
    let box = try BoxLayout(extents: [64, 8], elementByteCount: 2, swizzleMode: .bytes128)
    #expect(box.byteCount == 1024)
    #expect("\(box.layout)" == "(64,8):(2,128)")
    // Row 3, column 8: chunk 1 of row 3 goes to chunk 1 ^ 3.
    #expect(box.byteOffset(of: [8, 3]) == 3 * 128 + (1 ^ 3) * 16)
    #expect(box.byteOffset(of: [9, 3]) == 3 * 128 + (1 ^ 3) * 16 + 2)
    let plain = try BoxLayout(extents: [24, 3, 2], elementByteCount: 4, swizzleMode: .none)
    #expect(plain.byteOffset(of: [5, 2, 1]) == ((1 * 3 + 2) * 24 + 5) * 4)
  }

  @Test func `short rows of a swizzled box take the whole span`() throws {
    let box = try BoxLayout(extents: [16, 4, 2], elementByteCount: 2, swizzleMode: .bytes64)
    #expect(box.rowByteCount == 32 && box.rowPitch == 64 && box.rowCount == 8)
    #expect(box.byteCount == 256 && box.sharedByteCount == 512)
    // Row 6 is in line 3 of 128 bytes, whose chunk indices are xored with 3.
    #expect(box.byteOffset(of: [8, 2, 1]) == 3 * 128 + (1 ^ 3) * 16)
    #expect(box.byteOffset(of: [8, 3, 1]) == 3 * 128 + 64 + (1 ^ 3) * 16)
    let plain = try BoxLayout(extents: [16, 4, 2], elementByteCount: 2, swizzleMode: .none)
    #expect(plain.rowPitch == 32 && plain.sharedByteCount == plain.byteCount)
  }

  @Test func `rows are whole chunks and no longer than the span`() {
    #expect(throws: BoxLayoutError.rowNotWholeChunks(byteCount: 6)) {
      try BoxLayout(extents: [3, 8], elementByteCount: 2, swizzleMode: .none)
    }
    #expect(throws: BoxLayoutError.rowBeyondSpan(byteCount: 256, span: 128)) {
      try BoxLayout(extents: [128, 8], elementByteCount: 2, swizzleMode: .bytes128)
    }
  }

  @Test(arguments: SwizzleMode.allCases, Majorness.allCases)
  func `the boxes of a tile put its elements where matrix instructions find them`(
    mode: SwizzleMode, majorness: Majorness
  ) throws {
    let tile = try CanonicalLayout(majorness, mode, rows: 128, columns: 128, elementByteCount: 2)
    let layout = tile.boxLayout
    #expect(layout.byteCount == tile.boxByteCount)
    for box in tile.boxes {
      for outer in 0..<box.outerExtent {
        for inner in 0..<box.innerExtent {
          let row = box.row + (majorness == .k ? outer : inner)
          let column = box.column + (majorness == .k ? inner : outer)
          let offset = box.byteOffset + layout.byteOffset(of: [inner, outer])
          #expect(tile.byteOffset(row: row, column: column) == offset)
        }
      }
    }
  }
}
