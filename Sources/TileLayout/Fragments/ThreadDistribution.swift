// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A distribution of the elements of a tile over the registers of threads, vector by vector.
///
/// The tile is divided into vectors, and the vectors into blocks of the thread layout's shape. In
/// each block every thread has one vector. A thread's vectors are numbered in column-major order,
/// and so are the elements of a vector.
public struct ThreadDistribution: Hashable, Sendable {
  /// The number of rows of the tile.
  public let rows: Int

  /// The number of columns of the tile.
  public let columns: Int

  /// The number of rows of a vector.
  public let vectorRows: Int

  /// The number of columns of a vector.
  public let vectorColumns: Int

  /// The index of the thread for each position of a block, such as `Layout.rowMajor(8, 4)`.
  public let threads: Layout

  /// The layout from (thread, vector) to `row * columns + column` of the vector's first element.
  private let vectors: Layout

  /// The layout from the index of an element in its vector to its offset from the first element.
  private let elements: Layout

  /// Creates the distribution of a tile.
  ///
  /// - Parameters:
  ///   - rows: The number of rows of the tile.
  ///   - columns: The number of columns of the tile.
  ///   - vectorRows: The number of rows of a vector.
  ///   - vectorColumns: The number of columns of a vector.
  ///   - threads: The thread layout, of two modes.
  /// - Throws: `ThreadDistributionError` if vectors or blocks do not fill the tile.
  public init(
    rows: Int, columns: Int, vectorRows: Int = 1, vectorColumns: Int = 1, threads: Layout
  ) throws(ThreadDistributionError) {
    guard threads.rank == 2 else { throw .threadRank(threads.rank) }
    let blocks = [
      (ThreadDistributionError.Axis.rows, rows, vectorRows, threads[0].size),
      (.columns, columns, vectorColumns, threads[1].size),
    ]
    for (axis, extent, vector, threadCount) in blocks {
      guard vector > 0 else { throw .emptyVector(axis, extent: vector) }
      let (step, overflows) = vector.multipliedReportingOverflow(by: threadCount)
      guard !overflows, extent > 0, extent % step == 0 else {
        throw .indivisible(axis, extent: extent, vector: vector, threads: threadCount)
      }
    }
    self.rows = rows
    self.columns = columns
    self.vectorRows = vectorRows
    self.vectorColumns = vectorColumns
    self.threads = threads
    do {
      let divided = try Layout.rowMajor(rows, columns)
        .zippedDivide(intoTilesOf: vectorRows, vectorColumns)
      elements = divided[0]
      vectors = try divided[1].distributed(over: threads)
    } catch {
      throw .threads(error)
    }
  }
}

extension ThreadDistribution {
  /// The number of threads.
  public var threadCount: Int { threads.size }

  /// The number of elements of a vector.
  public var vectorSize: Int { vectorRows * vectorColumns }

  /// The number of elements of each thread.
  public var registerCount: Int { rows * columns / threadCount }

  /// Returns the element of the tile that a register holds.
  ///
  /// - Parameters:
  ///   - thread: The thread.
  ///   - register: The index of the register; those of a vector are consecutive.
  /// - Returns: The row and the column.
  public func position(thread: Int, register: Int) -> MatrixPosition {
    let index =
      vectors(thread, register / vectorSize) + elements(register % vectorSize)
    return MatrixPosition(row: index / columns, column: index % columns)
  }
}

/// The reason that a tile cannot be distributed over threads.
public enum ThreadDistributionError: Error, Hashable, Sendable {
  /// A direction in a tile.
  public enum Axis: String, Hashable, Sendable {
    /// Down the rows.
    case rows

    /// Along the columns.
    case columns
  }

  /// The thread layout does not have two modes.
  case threadRank(Int)

  /// A vector has no elements.
  case emptyVector(Axis, extent: Int)

  /// Blocks of threads with one vector each do not fill the tile.
  case indivisible(Axis, extent: Int, vector: Int, threads: Int)

  /// The thread layout cannot distribute elements.
  case threads(LayoutError)
}

extension ThreadDistributionError: CustomStringConvertible {
  /// The rule and the values that break it, in one sentence.
  public var description: String {
    switch self {
    case .threadRank(let rank):
      return "A thread layout must have two modes, rows and columns, not \(rank)."
    case .emptyVector(let axis, let extent):
      return "A vector must span at least one of the tile's \(axis.rawValue), not \(extent)."
    case .indivisible(let axis, let extent, let vector, let threads):
      let (step, overflows) = vector.multipliedReportingOverflow(by: threads)
      let nearest =
        overflows ? "" : "; the nearest is \(nearestMultiple(of: step, to: extent))"
      return """
        The number of \(axis.rawValue) of the tile must be a positive multiple of \(threads) \
        threads times \(vector) elements, not \(extent)\(nearest).
        """
    case .threads(let error):
      return error.description
    }
  }
}
