import DeviceRuntime
import KernelLanguage
import TileLayout

/// Writes tiles in shared memory to a matrix in global memory, by tensor copies.
///
/// Rows beyond the matrix are left alone. Along a row the hardware leaves off at multiples of 16 bytes
/// alone: behind a last row of 20 bytes it writes 12 more. So the matrix's pitch is a multiple of 16
/// bytes that are the matrix's own, and what they hold between two rows is lost.
public struct TileStorer<Machine: HasTMA, Element: BufferElement>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The matrix, and the boxes that are copied to it.
  private let map: DeviceTensorMap<Element>

  /// What the boxes are taken from.
  private let tile: SharedTile<Element>

  /// Creates a storer, and has launches refuse maps that were made for another tile.
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
  /// One thread calls it. Whoever wrote the tile has called `fenceProxyAsync(.sharedBlock)`, and
  /// then met this thread at a barrier. What is copied is there when the kernel has ended.
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
