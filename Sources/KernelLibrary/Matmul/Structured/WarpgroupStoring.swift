// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import StructuredKernels
import TileLayout

/// The stores of a warpgroup's accumulators from registers: at once, or while the next tile is
/// being multiplied.
struct WarpgroupStoring<Loader: StageLoader, Output: StoredElement, Post: Epilogue>: Sendable
where Loader.Machine == Hopper {
  /// The components of the kernel.
  private let components: MatmulComponents<Hopper, Loader, Output, Post>

  /// The accumulators.
  private let accumulators: RegisterAccumulators<Hopper>

  /// The warpgroup's rows of a tile.
  private let rows: WarpgroupRows

  /// The role.
  private let warps: RoleWarps

  /// The stores through boxes.
  private let boxes: AccumulatorStore<Hopper, Output>

  /// The first column of each box of a row of boxes, in the tile.
  private let firstColumns: [Int]

  /// The preceding tile, if stores are deferred.
  let deferred: DeferredTile<Output>?

  /// Prepares the stores of a warp.
  init(
    _ components: MatmulComponents<Hopper, Loader, Output, Post>,
    _ accumulators: RegisterAccumulators<Hopper>, _ rows: WarpgroupRows, _ warps: RoleWarps
  ) {
    let columns = AccumulatorStore<Hopper, Output>.boxColumns
    let tileN = components.configuration.tileN
    // If a tile ends within a box, the last box overlaps the preceding one, and some elements are
    // stored twice.
    firstColumns = stride(from: 0, to: tileN, by: columns).map { min($0, tileN - columns) }
    let boxCount = accumulators.blocks.count * firstColumns.count
    boxes = AccumulatorStore(
      components.k, to: components.dMap, through: components.boxes, warp: warps.warpIndex,
      warpCount: warps.warpCount, boxesPerTile: boxCount)
    deferred =
      components.configuration.defersStores ? DeferredTile(components.k, boxCount: boxCount) : nil
    self.components = components
    self.accumulators = accumulators
    self.rows = rows
    self.warps = warps
  }

  /// Stores the accumulators of a tile, or defers them in registers.
  func store(_ tile: OutputTile) {
    guard let deferred else {
      return forEachBox(below: components.tileIO.firstRow(of: tile)) { box, row in
        components.store(
          boxes, values(of: box), column: box.column, index: box.index, row: row, of: tile)
      }
    }
    deferred.row.value = components.tileIO.firstRow(of: tile)
    deferred.column.value = components.tileIO.firstColumn(of: tile)
    deferred.isPending.value = components.k.constant(1)
    forEachBox(below: deferred.row.current) { box, row in
      let words = components.words(boxes, values(of: box), column: box.column, row: row, of: tile)
      for (register, word) in zip(deferred.words[box.index], words) { register.value = word }
    }
  }

  /// Stores the preceding tile, if one is pending.
  func store(_ tile: DeferredTile<Output>) {
    components.k.if(tile.isPending.current != 0) {
      forEachBox(below: tile.row.current) { box, row in
        boxes.store(
          words: tile.words[box.index].map(\.current), box: box.index, row: row,
          column: tile.column.current + box.column)
      }
    }
  }

  /// Stores a pending tile, and waits until all copies have read their boxes, so that the block may
  /// exit.
  func finish() {
    if let deferred { store(deferred) }
    boxes.finish()
  }

  /// A box of a tile.
  private struct Box {
    /// The index of the box in the tile.
    let index: Int

    /// The index of its 64 rows in the warpgroup.
    let block: Int

    /// Its first column in the tile.
    let column: Int
  }

  /// Records `body` for each box, with its first row in the matrix.
  private func forEachBox(
    below firstRow: DeviceValue<UInt32>, _ body: (Box, DeviceValue<UInt32>) -> Void
  ) {
    for block in accumulators.blocks.indices {
      let row = firstRow + rows.firstRow(ofBlock: block, of: warps)
      for (number, column) in firstColumns.enumerated() {
        body(Box(index: block * firstColumns.count + number, block: block, column: column), row)
      }
    }
  }

  /// Returns the accumulators of a box.
  private func values(of box: Box) -> [DeviceValue<Float>] {
    let first = WarpgroupAccumulator.registerCount(n: box.column)
    let count = AccumulatorStore<Hopper, Output>.boxColumns / 2
    return accumulators.blocks[box.block][first..<first + count].map(\.current)
  }
}

/// The rounded accumulators of a tile, kept in registers until the next tile is being multiplied.
struct DeferredTile<Output: StoredElement>: Sendable {
  /// The words that a lane writes to each box.
  let words: [[Variable<Output.Word>]]

  /// The first row of the block's tile in the matrix.
  let row: Variable<UInt32>

  /// Its first column.
  let column: Variable<UInt32>

  /// 1 if a tile is pending, and 0 before the first.
  let isPending: Variable<UInt32>

  /// Declares registers for the boxes of a tile.
  init(_ k: KernelContext<Hopper>, boxCount: Int) {
    let zero = k.constant(Float(0))
    let four = Output.words(of: (0..<4).map { _ in AccumulatorPair(left: zero, right: zero) }, k)
    let count = AccumulatorStore<Hopper, Output>.boxColumns / 16 * four.count
    words = (0..<boxCount).map { _ in (0..<count).map { k.variable(four[$0 % four.count]) } }
    row = k.variable(UInt32(0))
    column = k.variable(UInt32(0))
    isPending = k.variable(UInt32(0))
  }
}
