// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import TileLayout

extension Blackwell: HasTileOp {
  /// `tcgen05.mma`, with accumulators in Tensor Memory.
  public typealias Operation = TensorMemoryBlockOp
}

/// A block of which one thread multiplies by single-CTA `tcgen05.mma`, with the accumulators in
/// Tensor Memory.
///
/// Each warp can access a quarter of the rows; warpgroups divide the columns among themselves.
public struct TensorMemoryBlockOp: BlockTileOp {
  /// Blackwell.
  public typealias Machine = Blackwell

  /// The kernel.
  private let k: KernelContext<Blackwell>

  /// The thread that issues the multiplications.
  private let leader: LeaderThread<Blackwell>

  /// The shape of the accumulators.
  private let shape: AccumulatorShape

  /// The address of the accumulators.
  private let address: TensorMemoryAddress

  /// The barrier that completes once, when all multiplications have.
  private let accumulated: SharedBarrier

  /// Returns 1: the arrival of a commit.
  public static func arrivalCount(of shape: AccumulatorShape) -> Int { 1 }

  /// Records `body` with accumulators in the smallest allocation that holds their columns.
  public static func withAccumulators<Result>(
    _ k: KernelContext<Blackwell>, _ shape: AccumulatorShape, file: String, line: Int,
    _ body: (TensorMemoryBlockOp) -> Result
  ) -> Result {
    let shape = shape.checked(
      k, rowMultiple: 64, columnMultiple: 8.saturatingProduct(max(shape.warpgroups, 1)),
      columnLimit: 512, file, line)
    let leader = LeaderThread(k, file: file, line: line)
    let accumulated = k.inlined(at: file, line) {
      let barrier = k.sharedBarrier("accumulated", arrivals: 1)
      leader {
        barrier.initialize()
        k.fenceBarrierInitialization()
      }
      return barrier
    }
    var plan = TensorMemoryPlan()
    let region = plan.region("accumulators", columns: shape.columns)
    return k.withTensorMemory(plan, file: file, line: line) { memory in
      body(
        TensorMemoryBlockOp(
          k: k, leader: leader, shape: shape, address: memory[region], accumulated: accumulated))
    }
  }

  /// Returns the operation of the leader.
  public func tileOp<Element: TensorCoreElement>(
    of type: Element.Type
  ) -> any TileOp<OperandTiles<Element>.Stage, TensorMemoryAccumulators<Blackwell>> {
    TensorMemoryTileOp(k, of: type)
  }

  /// Makes the leader wait for the stage, issue the multiplications, and commit them to the barrier.
  public func multiply<Stage: Sendable>(
    _ stage: Stage, by tileOp: any TileOp<Stage, TensorMemoryAccumulators<Blackwell>>,
    once loaded: SharedBarrier, parity: DeviceValue<UInt32>, accumulates: Predicate,
    releasing barrier: SharedBarrier, file: String, line: Int
  ) {
    let accumulators = TensorMemoryAccumulators(
      k, at: address, rows: shape.rows, columns: shape.columns)
    k.inlined(at: file, line) {
      leader {
        loaded.wait(parity: parity)
        tileOp.multiply(stage, into: accumulators, accumulates: accumulates)
        k.tcgen05Commit(barrier)
      }
    }
  }

  /// Waits for the multiplications, and loads the accumulators into registers; without any, they
  /// are zeros.
  ///
  /// A separate barrier signals completion to the threads that did not issue, since they have not
  /// followed the phases of the tiles' barriers.
  public func values(
    isEmpty: Predicate, file: String, line: Int
  ) -> TileTensor<Float, Registers> {
    let columns = shape.columns / shape.warpgroups
    // A warp reads 16 lanes at a time: the rows that a warp has with `wgmma`.
    let blockCount = shape.rows / 64
    return k.inlined(at: file, line) {
      leader { k.tcgen05Commit(accumulated) }
      accumulated.wait(parity: k.constant(0))
      let accumulators = TileTensor<Float, TensorMemory>(
        address, rows: shape.rows, columns: shape.columns)
      let warpSums = Self.warpTile(k, of: accumulators, shape).anchored()
      let blocks = (0..<blockCount).map { _ in
        (0..<WarpgroupAccumulator.registerCount(n: columns)).map { _ in k.variable(Float(0)) }
      }
      k.if(!isEmpty) {
        k.tcgen05FenceAfterThreadSync()
        for (block, registers) in blocks.enumerated() {
          load(registers, from: warpSums.tile(16, columns, at: block, 0).address)
        }
        k.tcgen05WaitLd()
      }
      return TileTensor(
        blocks.flatMap { $0 },
        layout: WarpgroupAccumulator.threadLayout(n: columns, blocks: blockCount))
    }
  }

  /// Loads 16 rows of accumulators, with as few instructions as the number of columns allows.
  private func load(_ registers: [Variable<Float>], from address: TensorMemoryAddress) {
    let shape = TensorMemoryShape.lanes16Bits256
    var repetition = 0
    let count = registers.count / shape.registersPerRepetition
    while repetition < count {
      let size = shape.repetitions.last { $0 <= count - repetition } ?? 1
      let first = repetition * shape.registersPerRepetition
      let last = first + size * shape.registersPerRepetition
      k.tcgen05Ld(
        Array(registers[first..<last]),
        from: address.advanced(columns: repetition * shape.columnsPerRepetition), shape: shape)
      repetition += size
    }
  }

  /// Returns the warp's quarter of the rows, and its warpgroup's columns.
  public static func warpTile<Element, Space>(
    _ k: KernelContext<Blackwell>, of tile: TileTensor<Element, Space>, _ shape: AccumulatorShape,
    file: String, line: Int
  ) -> TileTensor<Element, Space> {
    let shape = shape.checked(
      k, rowMultiple: 64, columnMultiple: 8.saturatingProduct(max(shape.warpgroups, 1)),
      columnLimit: 512, file, line)
    return k.inlined(at: file, line) {
      let warp = k.warpIndex
      let (rows, columns) = (shape.rows / 4, shape.columns / shape.warpgroups)
      return shape.warpgroups == 1
        ? tile.tile(rows, columns, at: warp, 0)
        : tile.tile(rows, columns, at: warp % 4, warp / 4)
    }
  }

  /// Returns the index of the warp that holds an accumulator.
  public static func warp(row: Int, column: Int, of shape: AccumulatorShape) -> Int {
    let columns = max(shape.columns / max(shape.warpgroups, 1), 1)
    return column / columns * 4 + row / max(shape.rows / 4, 1)
  }
}
