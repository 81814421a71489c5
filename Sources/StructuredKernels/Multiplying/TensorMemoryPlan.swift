// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import NumberFormats

/// The columns of Tensor Memory that a block allocates, by name, one region after another.
public struct TensorMemoryPlan: Sendable {
  /// Columns that are declared together.
  public struct Region: Hashable, Sendable {
    /// The name in reports.
    public let name: String

    /// The first column.
    public let firstColumn: Int

    /// The number of columns.
    public let columnCount: Int
  }

  /// The regions, in order.
  public private(set) var regions: [Region] = []

  /// Creates a plan without regions.
  public init() {}

  /// The number of columns of all regions.
  public var columnCount: Int {
    regions.last.map { $0.firstColumn.saturatingSum($0.columnCount) } ?? 0
  }

  /// The smallest number of columns that can be allocated and holds all regions; that of the regions
  /// if there is none.
  public var allocatedColumnCount: Int {
    [32, 64, 128, 256, 512].first { $0 >= columnCount && columnCount > 0 } ?? columnCount
  }

  /// Adds a region after the others.
  ///
  /// - `name`: The name in reports, which no other region has.
  /// - `columns`: The number of columns, of 32 bits in each of 128 lanes.
  public mutating func region(_ name: String, columns: Int) -> Region {
    let region = Region(name: name, firstColumn: columnCount, columnCount: columns)
    regions.append(region)
    return region
  }
}

/// The allocated columns of a plan.
public struct TensorMemoryColumns: Sendable {
  /// The address of the first column.
  public let address: TensorMemoryAddress

  /// Returns the address of a region.
  public subscript(region: TensorMemoryPlan.Region) -> TensorMemoryAddress {
    address.advanced(columns: region.firstColumn)
  }
}
