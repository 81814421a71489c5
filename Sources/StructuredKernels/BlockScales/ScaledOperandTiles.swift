// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// The payload of a product with block scales: a tile of A, a tile of B, and the scale factors of
/// each.
public struct ScaledOperandTiles<Element: BufferElement>: TilePayload {
  /// The tiles of A and B.
  public let operands: OperandTiles<Element>

  /// The scale factors of A's rows.
  public let aScales: ScaleFactorRing

  /// The scale factors of B's rows.
  public let bScales: ScaleFactorRing

  /// Creates the payload from rings with the same number of stages.
  public init(
    _ operands: OperandTiles<Element>, aScales: ScaleFactorRing, bScales: ScaleFactorRing
  ) {
    let counts = [operands.stageCount, aScales.stageCount, bScales.stageCount]
    aScales.address.owner.recorder.expect(
      Set(counts).count == 1,
      "the tiles of a payload must have the same number of stages, unlike \(counts)")
    self.operands = operands
    self.aScales = aScales
    self.bScales = bScales
  }

  /// One stage of all four rings.
  public struct Stage: Sendable {
    /// The index of the stage.
    public let index: DeviceValue<UInt32>

    /// The tiles of A and B.
    public let operands: OperandTiles<Element>.Stage

    /// The address of the scale factors of A's rows.
    public let aScales: SharedAddress

    /// The address of the scale factors of B's rows.
    public let bScales: SharedAddress
  }

  /// The number of stages.
  public var stageCount: Int { operands.stageCount }

  /// The number of bytes of all four.
  public var byteCount: Int {
    operands.byteCount + aScales.tile.byteCount + bScales.tile.byteCount
  }

  /// Returns all four of a stage.
  public subscript(stage: DeviceValue<UInt32>) -> Stage {
    Stage(
      index: stage, operands: operands[stage], aScales: aScales[stage], bScales: bScales[stage])
  }
}
