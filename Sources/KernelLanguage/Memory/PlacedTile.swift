import DeviceRuntime
import MachineIR
import TileLayout

/// A tile that has its place in a kernel's shared memory.
public struct PlacedTile<Element: BufferElement>: Sendable {
  /// What was declared.
  public let tile: SharedTile<Element>

  /// The address of stage 0, or, of a tile that is one stage of a ring, of that stage.
  public let address: SharedAddress

  /// Returns a stage of the ring as a tile.
  ///
  /// - Precondition: `stage` is below the number of stages.
  public subscript(stage: DeviceValue<UInt32>) -> PlacedTile {
    PlacedTile(
      tile: tile, address: address.advanced(by: stage, elementByteCount: tile.byteCount))
  }

  /// Returns a stage of the ring as a tile.
  public subscript(stage: Int) -> PlacedTile {
    precondition(
      (0..<tile.stageCount).contains(stage),
      "The tile '\(tile.name)' has \(tile.stageCount) stages, so none is \(stage).")
    return PlacedTile(
      tile: tile, address: address.advanced(byByteCount: stage * tile.byteCount))
  }
}

extension KernelContext {
  /// Gives a tile its place in the block's shared memory.
  ///
  /// The name is the tile's; a kernel has each name once.
  public func shared<Element>(
    _ tile: SharedTile<Element>, file: String = #fileID, line: Int = #line
  ) -> PlacedTile<Element> {
    at(file, line)
    let offset = recorder.placeShared(
      tile.name, byteCount: tile.totalByteCount, alignment: tile.alignment)
    recorder.map.tiles.append(tile.mapEntry(offset: offset))
    return PlacedTile(tile: tile, address: SharedAddress(recorder, byteOffset: offset))
  }

  /// Gives elements their place in the block's shared memory.
  ///
  /// - `name`: What reports call them.
  /// - `type`: The element type.
  /// - `count`: The number of elements.
  /// - `alignment`: What the address is a multiple of, in bytes; by default 16.
  public func sharedField<Element: DeviceElement>(
    _ name: String, of type: Element.Type, count: Int = 1, alignment: Int = 16,
    file: String = #fileID, line: Int = #line
  ) -> DevicePointer<Element, Shared> {
    at(file, line)
    let byteCount = count * Element.elementType.byteCount
    let offset = recorder.placeShared(name, byteCount: byteCount, alignment: alignment)
    recorder.map.fields.append(
      KernelMap.Field(
        name: name, symbol: SharedMemoryLayout.symbol, offset: offset, byteCount: byteCount))
    return DevicePointer(SharedAddress(recorder, byteOffset: offset))
  }
}
