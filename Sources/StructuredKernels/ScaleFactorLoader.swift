import DeviceRuntime
import KernelLanguage
import TileLayout

/// Fills declared scale factors from those of a matrix in global memory, by tensor copies.
public struct ScaleFactorLoader<Machine: HasTMA>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The matrix's scale factors, and the boxes that are copied from them.
  private let map: DeviceTensorMap<UInt32>

  /// What the boxes fill.
  private let tile: ScaleFactorTile

  /// Creates a loader, and has launches refuse maps that were made for others.
  public init(
    _ k: KernelContext<Machine>, from map: DeviceTensorMap<UInt32>, filling tile: ScaleFactorTile
  ) {
    self.k = k
    self.map = map
    self.tile = tile
    map.require(tile.tensorMapRequirement)
  }

  /// Fetches the map into the copy engine's cache; one thread calls it, before its first load.
  public func prefetchMap(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) { k.prefetchTensorMap(map) }
  }

  /// Issues the copy of the scale factors of a stage, or of one slice of them for all blocks of a mask; one
  /// thread calls it.
  ///
  /// With a mask, each of its blocks calls it for another slice. What lies behind the last block of the matrix
  /// becomes zero bytes, which are scales of 2⁻¹²⁷.
  ///
  /// - `stage`: Where they go, which nobody reads any more.
  /// - `row`: The first row along m or n, a multiple of 128.
  /// - `kTile`: Which 128 elements along k.
  /// - `barrier`: The barrier that counts the bytes.
  /// - `slice`: Which slice, of all that the scale factors were declared with.
  /// - `mask`: The blocks of the cluster, a bit each by rank; nil for this block alone.
  public func load(
    _ stage: SharedAddress, row: DeviceValue<UInt32>, _ kTile: DeviceValue<UInt32>,
    signalling barrier: CopyBarrier, slice: DeviceValue<UInt32>? = nil,
    multicastTo mask: DeviceValue<UInt16>? = nil, file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      let words = ScaleFactorTile.blockWordCount
      let firstWord = (slice ?? k.constant(UInt32(0))) * tile.sliceWordCount
      let block = row / ScaleFactorLayout.blockRowCount + firstWord / words
      let word = kTile * words + firstWord % words
      k.cpAsyncBulkTensor(
        map, [word, block], to: stage.advanced(by: firstWord, elementByteCount: 4),
        signalling: barrier, multicastTo: mask)
    }
  }
}
