// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// The payload of a product: a tile of A and a tile of B.
public struct OperandTiles<Element: BufferElement>: TilePayload {
  /// The tiles of A: [m, k].
  public let a: SharedTileRing<Element>

  /// The tiles of B: [n, k].
  public let b: SharedTileRing<Element>

  /// Creates the payload from rings with the same number of stages.
  public init(a: SharedTileRing<Element>, b: SharedTileRing<Element>) {
    let recorder = a.address.owner.recorder
    recorder.expect(
      a.stageCount == b.stageCount,
      "the tiles of a payload must have the same number of stages, not \(a.stageCount) and \(b.stageCount)"
    )
    recorder.expect(
      a.tile.columns == b.tile.columns,
      "tiles of a payload must have the same columns, not \(a.tile.columns) and \(b.tile.columns)")
    self.a = a
    self.b = b
  }

  /// One stage of both rings.
  public struct Stage: Sendable {
    /// The index of the stage.
    public let index: DeviceValue<UInt32>

    /// The tile of A.
    public let a: TileTensor<Element, Shared>

    /// The tile of B.
    public let b: TileTensor<Element, Shared>
  }

  /// The number of stages.
  public var stageCount: Int { a.stageCount }

  /// The number of bytes of both tiles.
  public var byteCount: Int { a.tile.byteCount + b.tile.byteCount }

  /// Returns both tiles of a stage.
  public subscript(stage: DeviceValue<UInt32>) -> Stage {
    Stage(index: stage, a: a[stage], b: b[stage])
  }
}
