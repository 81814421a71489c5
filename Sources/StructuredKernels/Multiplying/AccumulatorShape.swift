// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import NumberFormats

/// The accumulators of an output tile, and the number of warpgroups that hold them.
public struct AccumulatorShape: Hashable, Sendable {
  /// The number of rows.
  public let rows: Int

  /// The number of columns.
  public let columns: Int

  /// The number of warpgroups that hold the accumulators: all of the block's.
  public let warpgroups: Int

  /// Creates a shape.
  public init(rows: Int, columns: Int, warpgroups: Int = 1) {
    self.rows = rows
    self.columns = columns
    self.warpgroups = warpgroups
  }

  /// The number of accumulators that each thread holds.
  public var accumulatorsPerThread: Int { rows.saturatingProduct(columns) / max(threadCount, 1) }

  /// The number of threads of the warpgroups.
  public var threadCount: Int { 128.saturatingProduct(warpgroups) }
}

extension AccumulatorShape {
  /// Returns this shape, or a small one in its place and a finding where no operation has this one.
  ///
  /// - Parameters:
  ///   - k: The kernel.
  ///   - rowMultiple: What the rows are a multiple of, for each warpgroup where they share rows.
  ///   - columnMultiple: What the columns are a multiple of.
  ///   - columnLimit: The most columns.
  ///   - file: The file of the author's call.
  ///   - line: The line of the author's call.
  /// - Returns: A shape that an operation has.
  func checked<Machine: Architecture>(
    _ k: KernelContext<Machine>, rowMultiple: Int, columnMultiple: Int, columnLimit: Int,
    _ file: String, _ line: Int
  ) -> AccumulatorShape {
    let isLegal =
      (1...8).contains(warpgroups) && (1...4096).contains(rows) && rows % rowMultiple == 0
      && (1...columnLimit).contains(columns) && columns % columnMultiple == 0
    if isLegal { return self }
    k.findings(at: file, line).reject(
      """
      accumulators must have 1 to 8 warpgroups, a multiple of \(rowMultiple) rows and a multiple \
      of \(columnMultiple) columns up to \(columnLimit), not \(warpgroups), \(rows) and \(columns)
      """)
    return AccumulatorShape(rows: rowMultiple, columns: columnMultiple, warpgroups: 1)
  }
}
