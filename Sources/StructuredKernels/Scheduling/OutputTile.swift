// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// An output tile of a product, given by its coordinates in the grid of tiles.
public struct OutputTile: Sendable {
  /// The coordinate along m, in tiles.
  public let row: DeviceValue<UInt32>

  /// The coordinate along n, in tiles.
  public let column: DeviceValue<UInt32>

  /// The split of the tile that the cluster multiplies, with a scheduler that splits tiles;
  /// otherwise nil.
  public var split: TileSplit?
}

/// The grid of output tiles of a product.
public struct TileGrid: Sendable {
  /// The number of tiles along m.
  public let rows: DeviceValue<UInt32>

  /// The number of tiles along n.
  public let columns: DeviceValue<UInt32>

  /// Creates the grid of the tiles of an [m, n] matrix.
  public init(
    m: DeviceValue<UInt32>, n: DeviceValue<UInt32>, tileM: Int, tileN: Int
  ) {
    rows = (m + (tileM &- 1)) / tileM
    columns = (n + (tileN &- 1)) / tileN
  }
}
