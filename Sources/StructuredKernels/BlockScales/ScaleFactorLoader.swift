// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import TileLayout

/// Loads scale factors of a matrix in global memory into declared ones in shared memory, by TMA.
public struct ScaleFactorLoader<Machine: HasTMA>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The tensor map of the matrix's scale factors.
  private let map: DeviceTensorMap<UInt32>

  /// The scale factors in shared memory that the boxes fill.
  private let tile: ScaleFactorTile

  /// Creates a loader; launches will refuse maps that were made for other scale factors.
  public init(
    _ k: KernelContext<Machine>, from map: DeviceTensorMap<UInt32>, filling tile: ScaleFactorTile
  ) {
    self.k = k
    self.map = map
    self.tile = tile
    map.require(tile.tensorMapRequirement)
  }

  /// Prefetches the tensor map into the descriptor cache; one thread calls it, before its first
  /// load.
  public func prefetchMap(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) { k.prefetchTensorMap(map) }
  }

  /// Issues the copy of a stage's scale factors, or of one slice of them for all blocks of a mask;
  /// one thread calls it.
  ///
  /// With a mask, each of its blocks calls it for a different slice. Scale factors past the end of
  /// the matrix are filled with zero bytes, which mean 2⁻¹²⁷.
  ///
  /// - `stage`: The destination, which has been released.
  /// - `row`: The first row along m or n, a multiple of 128.
  /// - `kTile`: The index of the 128 elements along k.
  /// - `barrier`: The barrier that counts the bytes.
  /// - `slice`: The index of the slice, below the declared slice count.
  /// - `mask`: The blocks of the cluster, one bit for each rank; nil for this block only.
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
