// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import TileLayout

/// Tests of the banks of shared memory.
struct SharedMemoryBanksTests {
  @Test func `a bank has every 32nd word`() {
    #expect(SharedMemoryBanks.bank(ofByteAt: 3) == 0)
    #expect(SharedMemoryBanks.bank(ofByteAt: 127) == 31)
    #expect(SharedMemoryBanks.bank(ofByteAt: 128) == 0)
    #expect(SharedMemoryBanks.banks(ofChunkAt: 0x470) == 28...31)
  }

  @Test func `the worked conflicts`() {
    /// Returns the degree of conflict of 32 lanes that read a word each, `pitch` bytes apart.
    func ways(_ pitch: Int) -> Int {
      SharedMemoryBanks.ways(moving: (0..<32).map { pitch * $0..<pitch * $0 + 4 })
    }
    #expect(ways(4) == 1)
    #expect(ways(8) == 2)
    #expect(ways(128) == 32)
    #expect(ways(132) == 1)
    // All lanes read one word, which is broadcast.
    #expect(ways(0) == 1)
    #expect(SharedMemoryBanks.ways(moving: []) == 0)
    // The eight rows of a matrix at a pitch of 128 bytes, and of 272.
    let rows = (0..<8).map { 128 * $0..<128 * $0 + 16 }
    let padded = (0..<8).map { 272 * $0..<272 * $0 + 16 }
    #expect(SharedMemoryBanks.ways(moving: rows) == 8)
    #expect(SharedMemoryBanks.ways(moving: padded) == 1)
  }

  @Test(arguments: SwizzleMode.allCases, Majorness.allCases)
  func
    `core matrices have conflicts without a swizzle, and none with one`(
      mode: SwizzleMode, majorness: Majorness
    ) throws
  {
    let tile = try CanonicalLayout(majorness, mode, rows: 64, columns: 64, elementByteCount: 2)
    let plainWays = mode == .none ? 1 : 8 / (128 / mode.spanByteCount)
    for line in stride(from: 0, to: tile.lineCount, by: 8) {
      for chunk in 0..<tile.chunksPerLine {
        let before = tile.coreMatrix(line: line, chunk: chunk, isSwizzled: false)
        let after = tile.coreMatrix(line: line, chunk: chunk)
        #expect(SharedMemoryBanks.ways(moving: before) == plainWays)
        #expect(SharedMemoryBanks.ways(moving: after) == 1)
      }
    }
  }

  @Test(arguments: SwizzleMode.allCases, Majorness.allCases)
  func `the chunks of a tile hold its elements in core matrices`(
    mode: SwizzleMode, majorness: Majorness
  ) throws {
    let tile = try CanonicalLayout(majorness, mode, rows: 64, columns: 64, elementByteCount: 2)
    var elements: Set<MatrixPosition> = []
    for line in 0..<tile.lineCount {
      for chunk in 0..<tile.chunksPerLine {
        let first = tile.firstElement(line: line, chunk: chunk)
        let start = tile.chunkByteOffset(line: line, chunk: chunk)
        for number in 0..<tile.chunkElementCount {
          let row = first.row + (majorness == .k ? 0 : number)
          let column = first.column + (majorness == .k ? number : 0)
          #expect(tile.byteOffset(row: row, column: column) == start + 2 * number)
          elements.insert(MatrixPosition(row: row, column: column))
        }
      }
    }
    #expect(elements.count == 64 * 64)
  }
}
