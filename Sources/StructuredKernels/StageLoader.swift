import KernelLanguage

/// Fills the stages of a product's pipeline with what its payload has for an output tile.
///
/// The blocks of a cluster lie below one another, and each belongs to other rows of the output tile.
public protocol StageLoader: Sendable {
  /// The architecture.
  associatedtype Machine: HasTMA & HasClusters

  /// What is loaded.
  associatedtype Payload: TilePayload

  /// Fetches the maps into the copy engine's cache; one thread calls it, before its first load.
  func prefetchMaps(file: String, line: Int)

  /// Returns the first row of the block's part of an output tile that belongs to its cluster.
  func firstRow(of tile: OutputTile) -> DeviceValue<UInt32>

  /// Returns the first column of an output tile.
  func firstColumn(of tile: OutputTile) -> DeviceValue<UInt32>

  /// Issues the copies that fill a stage; one thread of each block of the cluster calls it.
  ///
  /// - `stage`: The stage, which is empty in all blocks.
  /// - `tile`: The output tile of the cluster.
  /// - `kTile`: Which tile along k.
  /// - `barrier`: The barrier that counts the bytes.
  func load(
    _ stage: Payload.Stage, of tile: OutputTile, _ kTile: DeviceValue<UInt32>,
    signalling barrier: CopyBarrier, file: String, line: Int)
}

extension StageLoader {
  /// Fetches the maps into the copy engine's cache; one thread calls it, before its first load.
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
