// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// Loads the stages of a product's pipeline with the operand tiles of an output tile.
///
/// The blocks of a cluster are stacked along M: each computes different rows of the cluster's
/// output tile.
public protocol StageLoader: Sendable {
  /// The architecture.
  associatedtype Machine: HasTMA & HasClusters

  /// The tiles of a stage.
  associatedtype Payload: TilePayload

  /// Prefetches the tensor maps into the descriptor cache; one thread calls it, before its first
  /// load.
  func prefetchMaps(file: String, line: Int)

  /// Returns the first row of the block within its cluster's output tile.
  func firstRow(of tile: OutputTile) -> DeviceValue<UInt32>

  /// Returns the first column of an output tile.
  func firstColumn(of tile: OutputTile) -> DeviceValue<UInt32>

  /// Issues the copies that fill a stage; one thread of each block of the cluster calls it.
  ///
  /// - `stage`: The stage to fill, which is empty in all blocks of the cluster.
  /// - `tile`: The output tile of the cluster.
  /// - `kTile`: The index of the tile along k.
  /// - `barrier`: The barrier that counts the bytes.
  func load(
    _ stage: Payload.Stage, of tile: OutputTile, _ kTile: DeviceValue<UInt32>,
    signalling barrier: CopyBarrier, file: String, line: Int)
}

extension StageLoader {
  /// Prefetches the tensor maps into the descriptor cache; one thread calls it, before its first
  /// load.
  public func prefetchMaps(_ file: String = #fileID, _ line: Int = #line) {
    prefetchMaps(file: file, line: line)
  }

  /// Issues the copies that fill a stage; one thread of each block of the cluster calls it.
  public func load(
    _ stage: Payload.Stage, of tile: OutputTile, _ kTile: DeviceValue<UInt32>,
    signalling barrier: CopyBarrier, _ file: String = #fileID, _ line: Int = #line
  ) {
    load(stage, of: tile, kTile, signalling: barrier, file: file, line: line)
  }
}
