import KernelLanguage
import TileLayout

/// Multiplies tiles in shared memory and holds the sums, by the tensor cores of an architecture.
///
/// The sums are those of one output tile, which the threads of one warpgroup share. All threads of the block
/// call every method together.
public protocol TileOp: Sendable {
  /// The architecture.
  associatedtype Machine: HasTMA

  /// The arrivals by which one `multiply` signals that its tiles may be overwritten.
  static var arrivalCount: Int { get }

  /// Records `body` with accumulators for a tile of `rows` by `columns` sums.
  static func withAccumulators<Result>(
    _ k: KernelContext<Machine>, rows: Int, columns: Int, file: String, line: Int,
    _ body: (Self) -> Result
  ) -> Result

  /// Multiplies A's rows by B's rows, all along the tiles' k.
  ///
  /// - `a`: A, `rows` by k.
  /// - `b`: B, `columns` by k.
  /// - `accumulates`: Whether the products are added to the sums, or replace them.
  /// - `barrier`: The barrier that gets `arrivalCount` arrivals when the tiles have been read
  ///   and the sums are complete.
  func multiply<Element: TensorCoreElement>(
    _ a: PlacedTile<Element>, _ b: PlacedTile<Element>, accumulates: Predicate,
    signalling barrier: SharedBarrier, file: String, line: Int)

  /// Returns the sums, after the barrier of the last `multiply` has been waited for.
  ///
  /// - `isEmpty`: Whether there was no `multiply`, so that the sums are zeros.
  func sums(isEmpty: Predicate, file: String, line: Int) -> AccumulatorFragment
}

extension TileOp {
  /// Records `body` with accumulators for a tile of `rows` by `columns` sums.
  public static func withAccumulators<Result>(
    _ k: KernelContext<Machine>, rows: Int, columns: Int, _ body: (Self) -> Result,
    file: String = #fileID, line: Int = #line
  ) -> Result {
    withAccumulators(k, rows: rows, columns: columns, file: file, line: line, body)
  }

  /// Multiplies A's rows by B's rows, all along the tiles' k.
  public func multiply<Element: TensorCoreElement>(
    _ a: PlacedTile<Element>, _ b: PlacedTile<Element>, accumulates: Predicate,
    signalling barrier: SharedBarrier, _ file: String = #fileID, _ line: Int = #line
  ) {
    multiply(a, b, accumulates: accumulates, signalling: barrier, file: file, line: line)
  }

  /// Returns the sums, after the barrier of the last `multiply` has been waited for.
  public func sums(
    isEmpty: Predicate, _ file: String = #fileID, _ line: Int = #line
  ) -> AccumulatorFragment {
    sums(isEmpty: isEmpty, file: file, line: line)
  }
}

/// An architecture whose tensor cores a `TileOp` drives.
public protocol HasTileOp: HasTMA {
  /// The operation.
  associatedtype Operation: TileOp where Operation.Machine == Self
}
