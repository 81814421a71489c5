// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import TileLayout

/// Tests of tiles that are distributed over threads.
struct ThreadDistributionTests {
  @Test func `sixteen rows in pairs over 8 x 4 threads are an accumulator fragment`() throws {
    let dealt = try ThreadDistribution(
      rows: 16, columns: 64, vectorColumns: 2, threads: .rowMajor(8, 4))
    #expect(dealt.threadCount == 32 && dealt.registerCount == 32 && dealt.vectorSize == 2)
    for thread in 0..<32 {
      for register in 0..<32 {
        let position = dealt.position(thread: thread, register: register)
        #expect(position == WarpgroupAccumulator.position(thread: thread, register: register))
      }
    }
  }

  @Test(arguments: [
    (rows: 8, columns: 8, vector: (1, 1), threads: Layout.columnMajor(8, 4)),
    (rows: 12, columns: 30, vector: (3, 5), threads: Layout.rowMajor(2, 3)),
    (rows: 4, columns: 4, vector: (4, 4), threads: Layout.rowMajor(1, 1)),
    (rows: 32, columns: 8, vector: (2, 1), threads: Layout([[2, 4], 4], stride: [[16, 1], 4])),
  ])
  func `each element has one register, by division and remainder`(
    rows: Int, columns: Int, vector: (rows: Int, columns: Int), threads: Layout
  ) throws {
    let dealt = try ThreadDistribution(
      rows: rows, columns: columns, vectorRows: vector.rows, vectorColumns: vector.columns,
      threads: threads)
    // The same by its definition, without the layout algebra.
    let (blockRows, blockColumns) = (threads[0].size, threads[1].size)
    let blocksAlongRows = rows / vector.rows / blockRows
    var held: Set<FragmentSlot> = []
    var wrong = 0
    for thread in 0..<dealt.threadCount {
      for register in 0..<dealt.registerCount {
        held.insert(FragmentSlot(thread: thread, register: register))
        let cell = dealt.position(thread: thread, register: register)
        let (vectorRow, vectorColumn) = (cell.row / vector.rows, cell.column / vector.columns)
        let owner = threads(vectorRow % blockRows, vectorColumn % blockColumns)
        let number = vectorRow / blockRows + blocksAlongRows * (vectorColumn / blockColumns)
        let element = cell.row % vector.rows + vector.rows * (cell.column % vector.columns)
        if owner != thread || number * dealt.vectorSize + element != register { wrong += 1 }
      }
    }
    #expect(wrong == 0)
    #expect(held.count == rows * columns)
  }

  @Test func `tiles that blocks do not fill are refused`() {
    let threads = Layout.rowMajor(8, 4)
    #expect(
      throws: ThreadDistributionError.indivisible(.columns, extent: 60, vector: 2, threads: 4)
    ) {
      try ThreadDistribution(rows: 16, columns: 60, vectorColumns: 2, threads: threads)
    }
    #expect(throws: ThreadDistributionError.indivisible(.rows, extent: 0, vector: 1, threads: 8)) {
      try ThreadDistribution(rows: 0, columns: 64, threads: threads)
    }
    #expect(throws: ThreadDistributionError.emptyVector(.rows, extent: 0)) {
      try ThreadDistribution(rows: 16, columns: 64, vectorRows: 0, threads: threads)
    }
    #expect(throws: ThreadDistributionError.threadRank(1)) {
      try ThreadDistribution(rows: 16, columns: 64, threads: Layout.contiguous(32))
    }
    #expect(
      throws: ThreadDistributionError.threads(.threadsNotCompact(size: 32, numbered: 1))
    ) {
      try ThreadDistribution(
        rows: 16, columns: 64, threads: Layout([8, 4], stride: [8, 2]))
    }
    #expect(
      throws: ThreadDistributionError.indivisible(.rows, extent: 16, vector: .max, threads: 8)
    ) {
      try ThreadDistribution(rows: 16, columns: 64, vectorRows: .max, threads: threads)
    }
  }
}
