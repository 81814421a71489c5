/// The sums of an output tile, and the warpgroups that share them.
public struct AccumulatorShape: Hashable, Sendable {
  /// The rows of sums.
  public let rows: Int

  /// The columns of sums.
  public let columns: Int

  /// The warpgroups that hold them, which are all of the block's.
  public let warpgroups: Int

  /// Creates a shape.
  public init(rows: Int, columns: Int, warpgroups: Int = 1) {
    self.rows = rows
    self.columns = columns
    self.warpgroups = warpgroups
  }

  /// The sums that each thread holds.
  public var accumulatorsPerThread: Int { rows * columns / threadCount }

  /// The threads of the warpgroups.
  public var threadCount: Int { 128 * warpgroups }
}
