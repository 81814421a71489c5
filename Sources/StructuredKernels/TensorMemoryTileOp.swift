import KernelLanguage
import TileLayout

extension Blackwell: HasTileOp {
  /// `tcgen05.mma`, with sums in Tensor Memory.
  public typealias Operation = TensorMemoryTileOp
}

/// Multiplies tiles by `tcgen05.mma` of one block, with the sums in Tensor Memory.
public struct TensorMemoryTileOp: TileOp {
  /// Blackwell.
  public typealias Machine = Blackwell

  /// The kernel.
  private let k: KernelContext<Blackwell>

  /// The thread that issues.
  private let leader: LeaderThread<Blackwell>

  /// Where the sums are.
  private let address: TensorMemoryAddress

  /// The rows of sums: 64 or 128.
  private let rows: Int

  /// The columns of sums.
  private let columns: Int

  /// The arrival of a commit.
  public static var arrivalCount: Int { 1 }

  /// Records `body` with accumulators in as many columns as can be allocated.
  public static func withAccumulators<Result>(
    _ k: KernelContext<Blackwell>, rows: Int, columns: Int, file: String, line: Int,
    _ body: (TensorMemoryTileOp) -> Result
  ) -> Result {
    let leader = LeaderThread(k, file: file, line: line)
    let allocated = [32, 64, 128, 256, 512].first { $0 >= columns } ?? columns
    return k.withTensorMemory("accumulators", columns: allocated, file: file, line: line) {
      body(
        TensorMemoryTileOp(k: k, leader: leader, address: $0, rows: rows, columns: columns))
    }
  }

  /// Has the leader issue the multiplications and the commit that signals their end.
  public func multiply<Element: TensorCoreElement>(
    _ a: PlacedTile<Element>, _ b: PlacedTile<Element>, accumulates: Predicate,
    signalling barrier: SharedBarrier, file: String, line: Int
  ) {
    let (aLayout, bLayout) = (a.tile.layout, b.tile.layout)
    let instruction = instruction(Element.self, aLayout.majorness, bLayout.majorness)
    k.part(calledAt: file, line) {
      leader {
        let aDescriptor = k.matrixDescriptor(of: a)
        let bDescriptor = k.matrixDescriptor(of: b)
        for step in 0..<aLayout.stepCount {
          k.tcgen05Mma(
            address,
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
        Element.tensorCoreOperands, m: rows, n: columns, aMajorness: aMajorness,
        bMajorness: bMajorness)
    } catch {
      preconditionFailure("There is no such instruction: \(error).")
    }
  }

  /// Loads the sums into registers, where there are any.
  public func sums(isEmpty: Predicate, file: String, line: Int) -> AccumulatorFragment {
    k.part(calledAt: file, line) {
      let warp = k.warpIndex
      let warpAddress = address.advanced(byLanes: warp * 32)
      // 64 rows lie in the lower half of each warp's 32 lanes, 128 rows in all of them.
      let blocks = stride(from: 0, to: rows / 4, by: 16).map { row in
        (row: row, registers: (0..<columns / 2).map { _ in k.variable(Float(0)) })
      }
      k.if(!isEmpty) {
        k.tcgen05FenceAfterThreadSync()
        for block in blocks { load(block.registers, from: warpAddress.advanced(lanes: block.row)) }
        k.tcgen05WaitLd()
      }
      return AccumulatorFragment(k, blocks: blocks, warpRows: rows / 4)
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
}
