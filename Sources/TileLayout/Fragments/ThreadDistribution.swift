/// A tile dealt out to threads, vector by vector: which element each register of each thread holds.
///
/// The tile is cut into vectors, and the vectors into blocks of the thread layout's shape; in each
/// block every thread has one vector. A thread's vectors are numbered down the tile's rows first,
/// the elements of a vector likewise.
public struct ThreadDistribution: Hashable, Sendable {
  /// The rows of the tile.
  public let rows: Int

  /// The columns of the tile.
  public let columns: Int

  /// The rows of a vector.
  public let vectorRows: Int

  /// The columns of a vector.
  public let vectorColumns: Int

  /// For each position of a block the number of its thread, as `Layout.rowMajor(8, 4)`.
  public let threads: Layout

  /// From (thread, vector) to `row * columns + column` of the vector's first element.
  private let vectors: Layout

  /// From the number of an element in its vector to what that adds.
  private let elements: Layout

  /// Creates the distribution of a tile.
  ///
  /// - Parameters:
  ///   - rows: The rows of the tile.
  ///   - columns: The columns of the tile.
  ///   - vectorRows: The rows of a vector.
  ///   - vectorColumns: The columns of a vector.
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

  /// The elements of a vector.
  public var vectorSize: Int { vectorRows * vectorColumns }

  /// The elements that each thread has.
  public var registerCount: Int { rows * columns / threadCount }

  /// Returns the element of the tile that a register holds.
  ///
  /// - Parameters:
  ///   - thread: The thread.
  ///   - register: The register's number; those of a vector follow each other.
  /// - Returns: The row and the column.
  public func position(thread: Int, register: Int) -> MatrixPosition {
    let index =
      vectors(thread, register / vectorSize) + elements(register % vectorSize)
    return MatrixPosition(row: index / columns, column: index % columns)
  }
}

/// Why a tile cannot be dealt out to threads.
public enum ThreadDistributionError: Error, Hashable, Sendable {
  /// A direction in a tile.
  public enum Axis: String, Hashable, Sendable {
    /// Down the rows.
    case rows

    /// Along the columns.
    case columns
  }

  /// The thread layout has not two modes.
  case threadRank(Int)

  /// A vector has no elements.
  case emptyVector(Axis, extent: Int)

  /// The tile is not filled by blocks of threads with a vector each.
  case indivisible(Axis, extent: Int, vector: Int, threads: Int)

  /// The thread layout does not deal out.
  case threads(LayoutError)
}

extension ThreadDistributionError: CustomStringConvertible {
  /// One sentence with the values and the rule.
  public var description: String {
    switch self {
    case .threadRank(let rank):
      return "A thread layout has two modes, rows and columns, not \(rank)."
    case .emptyVector(let axis, let extent):
      return "A vector has at least one of the tile's \(axis.rawValue), not \(extent)."
    case .indivisible(let axis, let extent, let vector, let threads):
      let (step, overflows) = vector.multipliedReportingOverflow(by: threads)
      let nearest =
        overflows ? "" : "; the nearest is \(nearestMultiple(of: step, to: extent))"
      return """
        The \(axis.rawValue) of the tile are a positive multiple of \(threads) threads times \
        \(vector) elements, not \(extent)\(nearest).
        """
    case .threads(let error):
      return error.description
    }
  }
}
