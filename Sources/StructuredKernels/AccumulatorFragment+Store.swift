import KernelLanguage

extension AccumulatorFragment {
  /// Where a tile of an output matrix lies.
  public struct Output<Element: PairedElement>: Sendable {
    /// C: [rows, columns], row-major without gaps; the address is a multiple of 4 bytes.
    let matrix: DevicePointer<Element, Global>

    /// The rows of the matrix.
    let rows: DeviceValue<UInt32>

    /// The columns of the matrix.
    let columns: DeviceValue<UInt32>

    /// The first row of the tile.
    let tileRow: DeviceValue<UInt32>

    /// The first column of the tile, an even one.
    let tileColumn: DeviceValue<UInt32>

    /// Creates the place of a tile in a matrix.
    ///
    /// - Parameters:
    ///   - matrix: C: [rows, columns], row-major without gaps; the address is a multiple of 4 bytes.
    ///   - rows: The rows of the matrix.
    ///   - columns: The columns of the matrix.
    ///   - tileRow: The first row of the tile.
    ///   - tileColumn: The first column of the tile, an even one.
    public init(
      _ matrix: DevicePointer<Element, Global>, rows: DeviceValue<UInt32>,
      columns: DeviceValue<UInt32>, tileRow: DeviceValue<UInt32>, tileColumn: DeviceValue<UInt32>
    ) {
      self.matrix = matrix
      self.rows = rows
      self.columns = columns
      self.tileRow = tileRow
      self.tileColumn = tileColumn
    }
  }

  /// Rounds the sums to 16 bits and stores those that lie inside of the matrix.
  ///
  /// Two neighbours are one store where the matrix has an even number of columns; with an odd
  /// number every other row begins in the middle of a pair, and each element is a store.
  public func store<Machine: Architecture, Element: PairedElement>(
    _ k: KernelContext<Machine>, to output: Output<Element>, file: String = #fileID,
    line: Int = #line
  ) {
    k.part(calledAt: file, line) {
      k.if(output.columns % 2 == 0) {
        storePairs(k, to: output)
      } else: {
        storeElements(k, to: output)
      }
    }
  }

  /// Stores two neighbours at a time.
  private func storePairs<Machine: Architecture, Element: PairedElement>(
    _ k: KernelContext<Machine>, to output: Output<Element>
  ) {
    let isInside = columnPredicates(output, 0)
    forEachRow(k, of: output) { rowStart, pair in
      let pointer = DevicePointer<UInt32, Global>(
        rowStart.advanced(by: pair.columnOffset).address)
      let value = k.packed(pair.left, pair.right, as: Element.self)
      if let condition = isInside[pair.columnOffset] { pointer.store(value, if: condition) }
    }
  }

  /// Stores each element for itself.
  private func storeElements<Machine: Architecture, Element: PairedElement>(
    _ k: KernelContext<Machine>, to output: Output<Element>
  ) {
    let isLeftInside = columnPredicates(output, 0)
    let isRightInside = columnPredicates(output, 1)
    forEachRow(k, of: output) { rowStart, pair in
      let left = rowStart.advanced(by: pair.columnOffset)
      if let condition = isLeftInside[pair.columnOffset] {
        left.store(pair.left.converted(to: Element.self), if: condition)
      }
      if let condition = isRightInside[pair.columnOffset] {
        left.advanced(by: 1).store(pair.right.converted(to: Element.self), if: condition)
      }
    }
  }

  /// Returns, for each distance from the first column, whether the column lies in the matrix.
  private func columnPredicates<Element: PairedElement>(
    _ output: Output<Element>, _ shift: Int
  ) -> [Int: Predicate] {
    let column = output.tileColumn + firstColumn
    return Dictionary(
      uniqueKeysWithValues: columnOffsets.map { ($0, column + ($0 + shift) < output.columns) })
  }

  /// Calls `body` with each pair and the address of the thread's first column in its row, for rows
  /// that lie in the matrix.
  private func forEachRow<Machine: Architecture, Element: PairedElement>(
    _ k: KernelContext<Machine>, of output: Output<Element>,
    _ body: @Sendable (DevicePointer<Element, Global>, Pair) -> Void
  ) {
    let column = output.tileColumn + firstColumn
    for rowOffset in rowOffsets {
      let row = output.tileRow + firstRow + rowOffset
      k.if(row < output.rows) {
        let rowStart = output.matrix.advanced(row: row, column: column, pitch: output.columns)
        for pair in pairs where pair.rowOffset == rowOffset { body(rowStart, pair) }
      }
    }
  }
}
