// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import TileLayout

extension Hopper: HasTileOp {
  /// `wgmma`, with accumulators in registers.
  public typealias Operation = WarpgroupBlockOp
}

/// A block whose warpgroups multiply by `wgmma`, with the accumulators in registers; warpgroups
/// divide the rows among themselves.
public struct WarpgroupBlockOp: BlockTileOp {
  /// Hopper.
  public typealias Machine = Hopper

  /// The number of rows of one instruction.
  private static let instructionRows = 64

  /// The kernel.
  private let k: KernelContext<Hopper>

  /// The shape of the accumulators.
  private let shape: AccumulatorShape

  /// The accumulators of the warpgroup.
  private let accumulators: RegisterAccumulators<Hopper>

  /// The warpgroup's rows.
  private let rows: WarpgroupRows

  /// Returns one arrival for each warp.
  public static func arrivalCount(of shape: AccumulatorShape) -> Int { 4 * shape.warpgroups }

  /// Records `body` with accumulators that are initially zero.
  public static func withAccumulators<Result>(
    _ k: KernelContext<Hopper>, _ shape: AccumulatorShape, file: String, line: Int,
    _ body: (WarpgroupBlockOp) -> Result
  ) -> Result {
    let shape = shape.checked(
      k, rowMultiple: instructionRows.saturatingProduct(max(shape.warpgroups, 1)),
      columnMultiple: 8, columnLimit: 256, file, line)
    let count = blockCount(shape)
    let accumulators = RegisterAccumulators(
      k, rowBlockCount: count, columns: shape.columns, file: file, line: line)
    let rows = k.inlined(at: file, line) {
      WarpgroupRows(
        k, of: shape.rows, blockCount: count,
        index: shape.warpgroups == 1 ? k.constant(0) : k.warpIndex / 4)
    }
    return body(WarpgroupBlockOp(k: k, shape: shape, accumulators: accumulators, rows: rows))
  }

  /// Returns the operation on the warpgroup's rows.
  public func tileOp<Element: TensorCoreElement>(
    of type: Element.Type
  ) -> any TileOp<OperandTiles<Element>.Stage, RegisterAccumulators<Hopper>> {
    WarpgroupTileOp(k, of: type, rows: rows)
  }

  /// Waits for the stage, multiplies, waits for completion, and arrives with one lane of each warp.
  public func multiply<Stage: Sendable>(
    _ stage: Stage, by tileOp: any TileOp<Stage, RegisterAccumulators<Hopper>>,
    once loaded: SharedBarrier, parity: DeviceValue<UInt32>, accumulates: Predicate,
    releasing barrier: SharedBarrier, file: String, line: Int
  ) {
    k.inlined(at: file, line) {
      loaded.wait(parity: parity)
      tileOp.multiply(stage, into: accumulators, accumulates: accumulates)
      k.wgmmaCommitGroup()
      k.wgmmaWaitGroup(0)
      k.elected { barrier.arrive() }
    }
  }

  /// Returns the registers, which are zero if there was no multiplication.
  public func values(
    isEmpty: Predicate, file: String, line: Int
  ) -> TileTensor<Float, Registers> {
    TileTensor(
      accumulators.blocks.flatMap { $0 },
      layout: WarpgroupAccumulator.threadLayout(
        n: shape.columns, blocks: accumulators.blocks.count))
  }

  /// Returns the warp's 16 of each 64 rows of its warpgroup.
  public static func warpTile<Element, Space>(
    _ k: KernelContext<Hopper>, of tile: TileTensor<Element, Space>, _ shape: AccumulatorShape,
    file: String, line: Int
  ) -> TileTensor<Element, Space> {
    let shape = shape.checked(
      k, rowMultiple: instructionRows.saturatingProduct(max(shape.warpgroups, 1)),
      columnMultiple: 8, columnLimit: 256, file, line)
    let rows = Layout([16, .leaf(blockCount(shape))], stride: [1, .leaf(instructionRows)])
    return k.inlined(at: file, line) {
      tile.tile(rows, .contiguous(shape.columns), at: k.warpIndex, 0)
    }
  }

  /// Returns the index of the warp that holds an accumulator.
  public static func warp(row: Int, column: Int, of shape: AccumulatorShape) -> Int {
    let rows = max(shape.rows / max(shape.warpgroups, 1), 1)
    return WarpgroupAccumulator.warp(ofRow: row, rowsPerWarpgroup: rows)
  }

  /// Returns the number of blocks of 64 rows that each warpgroup has.
  private static func blockCount(_ shape: AccumulatorShape) -> Int {
    shape.rows / shape.warpgroups / instructionRows
  }
}
