// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import Simulator
import Testing
import TileLayout

/// A way to distribute a tile of words in shared memory, 128 bytes to a row, over lanes of warps.
struct Deal: Sendable, CustomTestStringConvertible {
  /// The rows of all warps.
  var rows: Int

  /// The number of words in a vector.
  var vector: Int

  /// A layout from positions in a block of vectors to lanes.
  var threads: Layout

  /// The permutation of chunks of 16 bytes.
  var swizzle = SwizzleMode.none

  /// The number of warps that share the rows.
  var warps = 1

  var testDescription: String { "\(rows) rows, \(vector) words, \(threads), \(swizzle), \(warps)" }

  static let all = [
    Deal(rows: 16, vector: 2, threads: .rowMajor(8, 4)),
    Deal(rows: 16, vector: 2, threads: .rowMajor(8, 4), swizzle: .bytes128, warps: 2),
    Deal(rows: 32, vector: 4, threads: .columnMajor(16, 2), swizzle: .bytes128, warps: 2),
    Deal(rows: 32, vector: 4, threads: .columnMajor(16, 2), swizzle: .bytes64, warps: 2),
    Deal(rows: 24, vector: 1, threads: .rowMajor(1, 32), swizzle: .bytes128, warps: 4),
    Deal(rows: 12, vector: 4, threads: .rowMajor(4, 8), swizzle: .bytes32),
    Deal(rows: 40, vector: 1, threads: .columnMajor(4, 8), swizzle: .bytes128, warps: 5),
    Deal(rows: 8, vector: 2, threads: Layout([[2, 4], 4], stride: [[16, 1], 4])),
    Deal(
      rows: 16, vector: 1, threads: Layout([[2, 4], [2, 2]], stride: [[1, 4], [2, 16]]),
      swizzle: .bytes128, warps: 2),
  ]

  /// Returns the position of a chunk in its row under the swizzle, by the manual's three rules.
  private func chunk(_ chunk: Int, row: Int) -> Int {
    switch swizzle {
    case .none: chunk
    // Within a 128-byte line only the bits of the pattern's own span change.
    case .bytes32: chunk ^ (row & 1)
    case .bytes64: chunk ^ (row & 3)
    case .bytes128: chunk ^ (row & 7)
    }
  }

  /// The words of shared memory: each word's thread, and its coordinates among that thread's words.
  var expected: [UInt32] {
    var words = [UInt32](repeating: 0, count: rows * 32)
    let (blockRows, blockColumns) = (threads[0].size, threads[1].size)
    let warpRows = rows / warps
    for row in 0..<rows {
      for column in 0..<32 {
        let (warpRow, vectorColumn) = (row % warpRows, column / vector)
        let lane = threads(warpRow % blockRows, vectorColumn % blockColumns)
        let thread = row / warpRows * 32 + lane
        let index = row * 32 + chunk(column / 4, row: row) * 4 + column % 4
        words[index] = UInt32(
          thread << 16 | (warpRow / blockRows) << 8 | (vectorColumn / blockColumns) << 2
            | column % vector)
      }
    }
    return words
  }

  /// A kernel in which each thread writes its identity to its own words, then dumps the memory.
  var kernel: Kernel<Hopper, GlobalBuffer<UInt32>> {
    Kernel("deal", block: Dimensions(32 * warps)) { k, output in
      let words = k.sharedField("words", of: UInt32.self, count: rows * 32, alignment: 1024)
      let fragment = TileTensor(words, layout: .rowMajor(rows, 32), swizzle: swizzle)
        .tile(rows / warps, 32, at: k.warpIndex, 0)
        .vectorized(1, vector)
        .distributed(over: threads, at: k.laneIndex)
      for row in 0..<fragment.rows {
        for column in 0..<fragment.columns {
          let mark = k.threadIndex.x << 16 | k.constant(UInt32(row << 8 | column << 2))
          if vector == 1 {
            fragment[row, column] = mark
          } else {
            fragment.store((0..<vector).map { mark | k.constant(UInt32($0)) }, row, column)
          }
        }
      }
      k.synchronize()
      k.loop(from: k.threadIndex.x, to: rows * 32, by: 32 * warps) { output[$0] = words[$0] }
    }
  }
}

@Suite struct TileTensorExecutionTests {
  @Test(arguments: Deal.all)
  func `every thread of a deal has its own elements`(deal: Deal) throws {
    let device = SimulatedDevice(.hopper)
    let output = try device.makeBuffer(of: UInt32.self, count: deal.rows * 32)
    try device.launch(deal.kernel, grid: 1, output)
    #expect(try output.read() == deal.expected)
  }

  @Test(arguments: SwizzleMode.allCases)
  func `computed coordinates of a declared tile follow its layout`(mode: SwizzleMode) throws {
    let tile = try SharedTile<UInt16>("tile", rows: 64, columns: 128, swizzle: mode)
    let kernel = Kernel<Hopper, GlobalBuffer<UInt16>>("tile", block: 64) { k, output in
      let placed = k.shared(tile)
      let row = k.threadIndex.x
      k.loop(128) { column in
        placed[row, column] = (row * 128 + column).converted(to: UInt16.self)
      }
      k.synchronize()
      let flat = DevicePointer<UInt16, Shared>(placed.address)
      k.loop(from: row, to: 64 * 128, by: 64) { output[$0] = flat[$0] }
    }
    let device = SimulatedDevice(.hopper)
    let output = try device.makeBuffer(of: UInt16.self, count: 64 * 128)
    try device.launch(kernel, grid: 1, output)
    let found = try output.read()
    for row in 0..<64 {
      for column in 0..<128 {
        // Boxes as wide as the span, one after another; within each the rows are packed.
        let (width, flipped) =
          switch mode {
          case .none: (8, 0)
          case .bytes32: (16, row >> 2 & 1)
          case .bytes64: (32, row >> 1 & 3)
          case .bytes128: (64, row & 7)
          }
        let chunk = column % width / 8 ^ flipped
        let index = column / width * 64 * width + row * width + chunk * 8 + column % 8
        #expect(found[index] == UInt16(row * 128 + column))
      }
    }
  }

  /// The value of words that must not be written.
  private static let untouched = UInt32.max

  @Test(arguments: [(50, 30, 37), (64, 32, 32), (1, 1, 3), (33, 17, 20)])
  func `a ragged matrix is written only inside`(rows: Int, columns: Int, pitch: Int) throws {
    let kernel = Kernel<AnyArchitecture, GlobalBuffer<UInt32>, UInt32, UInt32, UInt32>(
      "ragged", block: 64
    ) { k, output, m, n, pitch in
      let block = k.blockIndex.y * k.gridDimension.x + k.blockIndex.x
      let fragment = TileTensor(output, rows: m, columns: n, pitch: pitch)
        .tile(32, 16, at: k.blockIndex.y, k.blockIndex.x)
        .tile(16, 16, at: k.warpIndex, 0)
        .vectorized(1, 2)
        .distributed(over: .rowMajor(8, 4), at: k.laneIndex)
      for row in 0..<fragment.rows {
        k.if(fragment.containsRow(row)) {
          for column in 0..<fragment.columns {
            for element in 0..<2 {
              fragment.pointer(to: row, column).advanced(by: element).store(
                block * 64 + k.threadIndex.x, if: fragment.containsColumn(column, element: element))
            }
          }
        }
      }
    }
    let device = SimulatedDevice(.hopper)
    let output = try device.makeBuffer([UInt32](repeating: Self.untouched, count: rows * pitch))
    let grid = Dimensions((columns + 15) / 16, (rows + 31) / 32)
    try device.launch(
      kernel, grid: grid, output, UInt32(rows), UInt32(columns), UInt32(pitch))
    let found = try output.read()
    for row in 0..<rows {
      for column in 0..<pitch {
        let block = row / 32 * grid.x + column / 16
        let thread = row % 32 / 16 * 32 + row % 8 * 4 + column % 16 / 2 % 4
        let expected = column < columns ? UInt32(block * 64 + thread) : Self.untouched
        #expect(found[row * pitch + column] == expected)
      }
    }
  }

  @Test func `rows lie beyond four gigabytes`() throws {
    let (rows, pitch) = (17_000, 65_536)
    let kernel = Kernel<AnyArchitecture, GlobalBuffer<Float>, UInt32, UInt32>(
      "far", block: 1
    ) { k, output, row, pitch in
      let matrix = TileTensor(output, rows: row + 1, columns: pitch)
      matrix[row, 5] = k.constant(1)
      matrix.row(row)[0, 6] = k.constant(2)
      matrix.tile(8, 4, at: row / 8, 1).row(row % 8)[0, 3] = k.constant(3)
    }
    var machine = SimulatedMachine.hopper
    machine.globalMemoryByteCount = 8 << 30
    let device = SimulatedDevice(machine)
    let output = try device.makeBuffer(of: Float.self, count: rows * pitch)
    try device.launch(kernel, grid: 1, output, UInt32(rows - 1), UInt32(pitch))
    let written = try GlobalBuffer<Float>(
      allocation: output.allocation, byteOffset: ((rows - 1) * pitch + 5) * 4, count: 3)
    #expect(try written.read() == [1, 2, 3])
  }
}
