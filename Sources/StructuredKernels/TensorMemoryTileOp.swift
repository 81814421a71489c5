import DeviceRuntime
import KernelLanguage
import TileLayout

extension Blackwell: HasTileOp {
  /// `tcgen05.mma`, with sums in Tensor Memory.
  public typealias Operation = TensorMemoryTileOp
}

/// Multiplies tiles by `tcgen05.mma` of one block, with the sums in Tensor Memory.
///
/// Each warp reaches a quarter of the rows; warpgroups share the columns.
public struct TensorMemoryTileOp: TileOp {
  /// Blackwell.
  public typealias Machine = Blackwell

  /// The kernel.
  private let k: KernelContext<Blackwell>

  /// The thread that issues.
  private let leader: LeaderThread<Blackwell>

  /// The tile.
  private let shape: AccumulatorShape

  /// The sums.
  private let accumulators: TileTensor<Float, TensorMemory>

  /// The barrier that says once that all multiplications are done.
  private let accumulated: SharedBarrier

  /// Returns the one arrival of a commit.
  public static func arrivalCount(of shape: AccumulatorShape) -> Int { 1 }

  /// Records `body` with accumulators in as many columns as can be allocated.
  public static func withAccumulators<Result>(
    _ k: KernelContext<Blackwell>, _ shape: AccumulatorShape, file: String, line: Int,
    _ body: (TensorMemoryTileOp) -> Result
  ) -> Result {
    let leader = LeaderThread(k, file: file, line: line)
    let accumulated = k.inlined(at: file, line) {
      let barrier = k.sharedBarrier("accumulated", arrivals: 1)
      leader {
        barrier.initialize()
        k.fenceBarrierInitialization()
      }
      return barrier
    }
    let allocated = [32, 64, 128, 256, 512].first { $0 >= shape.columns } ?? shape.columns
    return k.withTensorMemory("accumulators", columns: allocated, file: file, line: line) {
      body(
        TensorMemoryTileOp(
          k: k, leader: leader, shape: shape,
          accumulators: TileTensor($0, rows: shape.rows, columns: shape.columns),
          accumulated: accumulated))
    }
  }

  /// Has the leader wait for the tiles, and issue the multiplications and the commit that signals
  /// their end.
  public func multiply<Element: TensorCoreElement>(
    _ a: TileTensor<Element, Shared>, _ b: TileTensor<Element, Shared>, once loaded: SharedBarrier,
    parity: DeviceValue<UInt32>, accumulates: Predicate, signalling barrier: SharedBarrier,
    file: String, line: Int
  ) {
    let (aLayout, bLayout) = (a.operandLayout, b.operandLayout)
    let instruction = instruction(Element.self, aLayout.majorness, bLayout.majorness)
    k.inlined(at: file, line) {
      leader {
        loaded.wait(parity: parity)
        let aDescriptor = k.matrixDescriptor(of: a)
        let bDescriptor = k.matrixDescriptor(of: b)
        for step in 0..<aLayout.stepCount {
          k.tcgen05Mma(
            accumulators.address,
            a: aDescriptor.advanced(byByteCount: aLayout.descriptorByteOffset(step: step)),
            b: bDescriptor.advanced(byByteCount: bLayout.descriptorByteOffset(step: step)),
            instruction, accumulates: step == 0 ? accumulates : k.always)
        }
        k.tcgen05Commit(barrier)
      }
    }
  }

  /// Returns the types and the shape of the instructions.
  private func instruction<Element: TensorCoreElement>(
    _ type: Element.Type, _ aMajorness: Majorness, _ bMajorness: Majorness
  ) -> TensorCoreInstructionDescriptor {
    do {
      return try TensorCoreInstructionDescriptor(
        Element.tensorCoreOperands, m: shape.rows, n: shape.columns, aMajorness: aMajorness,
        bMajorness: bMajorness)
    } catch {
      preconditionFailure("There is no such instruction: \(error).")
    }
  }

  /// Waits for the multiplications, and loads the sums into registers, where there are any.
  ///
  /// The threads that did not issue learn of the end by a barrier of its own: of the tiles' barriers
  /// they have seen no phase.
  public func values(
    isEmpty: Predicate, file: String, line: Int
  ) -> TileTensor<Float, Registers> {
    let columns = shape.columns / shape.warpgroups
    // A warp reads 16 lanes at a time, as many rows as a warp of `wgmma` has.
    let blockCount = shape.rows / 64
    return k.inlined(at: file, line) {
      leader { k.tcgen05Commit(accumulated) }
      accumulated.wait(parity: k.constant(0))
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

  /// Loads 16 rows of sums, by as few instructions as their number of columns allows.
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

  /// Returns a quarter of the rows, and the warpgroup's share of the columns.
  public static func warpTile<Element, Space>(
    _ k: KernelContext<Blackwell>, of tile: TileTensor<Element, Space>, _ shape: AccumulatorShape,
    file: String, line: Int
  ) -> TileTensor<Element, Space> {
    k.inlined(at: file, line) {
      let warp = k.warpIndex
      let (rows, columns) = (shape.rows / 4, shape.columns / shape.warpgroups)
      return shape.warpgroups == 1
        ? tile.tile(rows, columns, at: warp, 0)
        : tile.tile(rows, columns, at: warp % 4, warp / 4)
    }
  }

  /// Returns the number of the warp that holds a sum.
  public static func warp(row: Int, column: Int, of shape: AccumulatorShape) -> Int {
    column / (shape.columns / shape.warpgroups) * 4 + row / (shape.rows / 4)
  }
}
