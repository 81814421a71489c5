import KernelLanguage
import TileLayout

/// The part of an output tile that a thread holds in registers: f32 sums, two neighbours at a time.
///
/// Where a register's element is, is the sum of what depends on the thread and what depends on the
/// register; the latter is known while the kernel is recorded.
public struct AccumulatorFragment: Sendable {
  /// Two sums of neighbouring columns.
  public struct Pair: Sendable {
    /// The rows below the thread's first one.
    public let rowOffset: Int

    /// The columns to the right of the thread's first one, of the left sum.
    public let columnOffset: Int

    /// The left sum.
    public let left: DeviceValue<Float>

    /// The right sum.
    public let right: DeviceValue<Float>
  }

  /// The first row of the tile that the thread has sums of.
  public let firstRow: DeviceValue<UInt32>

  /// The first column of the tile that the thread has sums of, an even one.
  public let firstColumn: DeviceValue<UInt32>

  /// The sums, by row, then column.
  public let pairs: [Pair]

  /// The rows that the thread has sums of, as distances from the first, in order.
  public var rowOffsets: [Int] { Set(pairs.map(\.rowOffset)).sorted() }

  /// The columns that the thread has left sums of, as distances from the first, in order.
  public var columnOffsets: [Int] { Set(pairs.map(\.columnOffset)).sorted() }
}

extension AccumulatorFragment {
  /// Creates the fragment of a warp's registers, placed as in the accumulator of `wgmma`.
  ///
  /// - Parameters:
  ///   - k: The kernel.
  ///   - blocks: The registers of each block of 16 rows in a warp, with the block's first row.
  ///   - warpRows: The rows from one warp's first to the next one's.
  init<Machine: Architecture>(
    _ k: KernelContext<Machine>, blocks: [(row: Int, registers: [Variable<Float>])],
    warpRows: Int
  ) {
    let lane = k.laneIndex
    firstRow = k.warpIndex * warpRows + lane / 4
    firstColumn = lane % 4 * 2
    var pairs: [Pair] = []
    for block in blocks {
      // Nothing assigns the registers any more, so that no copies are needed.
      let values = block.registers.map(\.alias)
      for register in stride(from: 0, to: values.count, by: 2) {
        let position = WarpgroupAccumulator.position(thread: 0, register: register)
        pairs.append(
          Pair(
            rowOffset: block.row + position.row, columnOffset: position.column,
            left: values[register], right: values[register + 1]))
      }
    }
    self.pairs = pairs.sorted {
      ($0.rowOffset, $0.columnOffset) < ($1.rowOffset, $1.columnOffset)
    }
  }
}
