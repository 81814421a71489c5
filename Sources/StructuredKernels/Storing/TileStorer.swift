// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import TileLayout

/// Stores tiles in shared memory to a matrix in global memory, by TMA.
///
/// Rows past the end of the matrix are not written. Along a row the hardware clips at multiples of
/// 16 bytes only: after the end of a row of 20 bytes it writes 12 more. So the matrix's pitch is a
/// multiple of 16 bytes, and the padding of each row is overwritten.
public struct TileStorer<Machine: HasTMA, Element: BufferElement>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The tensor map of the matrix.
  private let map: DeviceTensorMap<Element>

  /// The tile in shared memory.
  private let tile: SharedTile<Element>

  /// Creates a storer; launches will refuse maps that were made for another tile.
  public init(
    _ k: KernelContext<Machine>, of tile: SharedTile<Element>, to map: DeviceTensorMap<Element>
  ) {
    self.k = k
    self.map = map
    self.tile = tile
    map.require(tile.tensorMapRequirement)
  }

  /// Issues the copies of a tile as one bulk group, and waits until the tile has been read.
  ///
  /// One thread calls it. Every thread that wrote the tile has called
  /// `fenceProxyAsync(.sharedBlock)`, and then synchronized with this thread. The stores are
  /// visible when the kernel has ended.
  ///
  /// - `stage`: The tile.
  /// - `row`: The first row in the matrix.
  /// - `column`: The first column in the matrix, whose bytes are a multiple of 16.
  public func store(
    _ stage: TileTensor<Element, Shared>, row: DeviceValue<UInt32>, column: DeviceValue<UInt32>,
    file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      for box in tile.layout.boxes {
        k.cpAsyncBulkTensor(
          from: stage.address.advanced(byByteCount: box.byteOffset), to: map,
          tile.layout.coordinates(of: box, row: row, column: column))
      }
      k.cpAsyncBulkCommitGroup()
      k.cpAsyncBulkWaitGroup(0, reading: true)
    }
  }
}
