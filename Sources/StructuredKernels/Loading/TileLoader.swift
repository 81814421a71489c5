// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import TileLayout

/// Loads tiles of a matrix in global memory into shared memory, by TMA.
///
/// The number of copies and their boxes follow from the tile: a swizzled tile needs one for each
/// swizzle span of its width, an unswizzled tile one for each 16 bytes.
public struct TileLoader<Machine: HasTMA, Element: BufferElement>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The tensor map of the matrix.
  private let map: DeviceTensorMap<Element>

  /// The tile in shared memory that the boxes fill.
  private let tile: SharedTile<Element>

  /// Creates a loader; launches will refuse maps that were made for another tile.
  public init(
    _ k: KernelContext<Machine>, from map: DeviceTensorMap<Element>,
    filling tile: SharedTile<Element>
  ) {
    self.k = k
    self.map = map
    self.tile = tile
    map.require(tile.tensorMapRequirement)
  }

  /// The number of bytes that a barrier counts for one tile, including elements outside of the
  /// matrix.
  public var byteCount: Int { tile.byteCount }

  /// Prefetches the tensor map into the descriptor cache; one thread calls it, before its first
  /// load.
  public func prefetchMap(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) { k.prefetchTensorMap(map) }
  }

  /// Issues the copies that fill a tile; one thread calls it.
  ///
  /// Elements outside of the matrix become zero. The barrier's phase counts `byteCount` bytes.
  ///
  /// - `stage`: The tile to fill, which has been released.
  /// - `row`: The first row along m or n.
  /// - `column`: The first column along k.
  /// - `barrier`: The barrier that counts the bytes.
  public func load(
    _ stage: TileTensor<Element, Shared>, row: DeviceValue<UInt32>, column: DeviceValue<UInt32>,
    signalling barrier: CopyBarrier, file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      for box in tile.layout.boxes {
        k.cpAsyncBulkTensor(
          map, tile.layout.coordinates(of: box, row: row, column: column),
          to: stage.address.advanced(byByteCount: box.byteOffset), signalling: barrier)
      }
    }
  }

  /// Issues the copies that fill a tile and signal a barrier of the same block; one thread calls
  /// it.
  public func load(
    _ stage: TileTensor<Element, Shared>, row: DeviceValue<UInt32>, column: DeviceValue<UInt32>,
    signalling barrier: SharedBarrier, file: String = #fileID, line: Int = #line
  ) {
    load(
      stage, row: row, column: column, signalling: CopyBarrier(barrier), file: file, line: line)
  }

  /// Issues the copies of one slice of a tile, for all blocks of a mask; one thread calls it.
  ///
  /// Each of the blocks calls it for a different slice. Then the tile is complete in all of them,
  /// and the same barrier of each has counted `byteCount` bytes.
  ///
  /// - `stage`: The tile to fill, which has been released in all of those blocks.
  /// - `slice`: The index of the slice.
  /// - `row`: The first row of the tile along m or n.
  /// - `column`: The first column along k.
  /// - `barrier`: The barrier that counts the bytes.
  /// - `mask`: The blocks of the cluster, one bit for each rank.
  public func load(
    _ stage: TileTensor<Element, Shared>, slice: DeviceValue<UInt32>, row: DeviceValue<UInt32>,
    column: DeviceValue<UInt32>, signalling barrier: CopyBarrier,
    multicastTo mask: DeviceValue<UInt16>, file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      let sliceRow = row + slice * tile.sliceRows
      let start = stage.address.advanced(by: slice, elementByteCount: tile.sliceByteOffset)
      for box in tile.layout.boxes {
        k.cpAsyncBulkTensor(
          map, [column + box.column, sliceRow],
          to: start.advanced(byByteCount: box.byteOffset), signalling: barrier,
          multicastTo: mask)
      }
    }
  }
}

extension CanonicalLayout {
  /// Returns the coordinates of a box of a tile in the matrix, innermost first.
  func coordinates(
    of box: TensorBox, row: DeviceValue<UInt32>, column: DeviceValue<UInt32>
  ) -> [DeviceValue<UInt32>] {
    let boxRow = row + box.row
    let boxColumn = column + box.column
    return majorness == .k ? [boxColumn, boxRow] : [boxRow, boxColumn]
  }
}
