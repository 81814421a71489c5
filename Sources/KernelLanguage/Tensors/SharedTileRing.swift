// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import TileLayout

/// A ring of equal tiles in a kernel's shared memory, one for each stage, one after another.
public struct SharedTileRing<Element: BufferElement>: Sendable {
  /// The declared tile.
  public let tile: SharedTile<Element>

  /// The address of stage 0.
  public let address: SharedAddress

  /// The number of tiles.
  public let stageCount: Int

  /// Returns the tile of a stage.
  ///
  /// - Precondition: `stage` is below the number of stages.
  public subscript(stage: DeviceValue<UInt32>) -> TileTensor<Element, Shared> {
    if let stage = stage.constantValue { return self[Int(stage)] }
    return TileTensor(
      tile, at: address.advanced(by: stage, elementByteCount: tile.byteCount))
  }

  /// Returns the tile of a stage.
  public subscript(stage: Int) -> TileTensor<Element, Shared> {
    let stage = address.recorder.stage(stage, below: stageCount, of: "the tile '\(tile.name)'")
    return TileTensor(tile, at: address.advanced(byByteCount: stage * tile.byteCount))
  }
}

extension KernelContext {
  /// Allocates a tile in the block's shared memory.
  ///
  /// The name is the tile's; a kernel has each name once.
  public func shared<Element>(
    _ tile: SharedTile<Element>, file: String = #fileID, line: Int = #line
  ) -> TileTensor<Element, Shared> {
    shared(tile, stages: 1, file: file, line: line)[0]
  }

  /// Allocates a ring of equal tiles in the block's shared memory, one after another.
  ///
  /// - `tile`: A tile, by whose name reports call the ring.
  /// - `stages`: The number of tiles.
  public func shared<Element>(
    _ tile: SharedTile<Element>, stages: Int, file: String = #fileID, line: Int = #line
  ) -> SharedTileRing<Element> {
    at(file, line)
    let stages = recorder.stages(stages, of: "the tile '\(tile.name)'")
    let offset = recorder.placeShared(
      tile.name,
      byteCount: recorder.byteCount(of: stages, elementByteCount: tile.byteCount),
      alignment: tile.alignment)
    recorder.map.tiles.append(tile.mapEntry(offset: offset, stageCount: stages))
    return SharedTileRing(
      tile: tile, address: SharedAddress(recorder, byteOffset: offset), stageCount: stages)
  }
}
