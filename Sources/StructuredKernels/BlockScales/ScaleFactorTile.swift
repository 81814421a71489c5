// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import TileLayout

/// The scale factors of a tile's rows in shared memory, as the host declares them: four along k for
/// each row.
///
/// They are stored in the 512-byte blocks of `ScaleFactorLayout`, the blocks of consecutive 128
/// rows one after another. For TMA the four scales of a row are one 32-bit element, and a block is
/// 128 such elements in a row.
public struct ScaleFactorTile: Hashable, Sendable {
  /// The name in reports.
  public let name: String

  /// The number of blocks of 512 bytes, one for each 128 rows.
  public let blockCount: Int

  /// The number of slices that are copied separately, so that the blocks of a cluster can each load
  /// one.
  public let sliceCount: Int

  /// Declares the scale factors of rows, in slices of 32 rows or more.
  public init(_ name: String, rows: Int, slices: Int = 1) throws(CanonicalLayoutError) {
    let divisor = ScaleFactorLayout.blockRowCount
    guard rows > 0, rows % divisor == 0, rows < 1 << 32 else {
      throw .rowsIndivisible(rows: rows, divisor: divisor)
    }
    guard [1, 2, 4].contains(slices) else { throw .slices(slices, rows: rows) }
    self.name = name
    blockCount = rows / ScaleFactorLayout.blockRowCount
    sliceCount = slices
  }

  /// The number of bytes of all blocks.
  public var byteCount: Int { blockCount * ScaleFactorLayout.blockByteCount }

  /// The number of columns of Tensor Memory that all blocks take.
  public var columnCount: Int { blockCount * ScaleFactorLayout.blockColumnCount }

  /// The number of 32-bit elements of a block.
  static var blockWordCount: Int { ScaleFactorLayout.blockByteCount / 4 }

  /// The number of 32-bit elements of a slice.
  var sliceWordCount: Int { blockCount * Self.blockWordCount / sliceCount }

  /// The extents of the TMA box: whole blocks, or a fraction of one.
  var box: [Int] {
    [
      min(sliceWordCount, Self.blockWordCount), max(sliceWordCount / Self.blockWordCount, 1),
    ]
  }

  /// The properties that a tensor map needs to fill them.
  public var tensorMapRequirement: TensorMapRequirement {
    TensorMapRequirement(tileName: name, elementType: .u32, box: box, swizzle: .none)
  }

  /// Describes the tensor map that copies boxes of a matrix's scale factors.
  ///
  /// - Parameters:
  ///   - buffer: The scale factors in their blocks, as `packed` makes them, at a multiple of 16
  ///     bytes.
  ///   - layout: The number of rows and scales.
  /// - Returns: The description, from which a device makes the map.
  public func tensorMapDescription(
    of buffer: GlobalBuffer<ScaleE8M0>, layout: ScaleFactorLayout
  ) -> TensorMapDescription {
    TensorMapDescription(
      elementType: .u32, address: buffer.address,
      extents: [layout.scaleBlockCount * Self.blockWordCount, layout.rowBlockCount],
      byteStrides: [layout.scaleBlockCount * ScaleFactorLayout.blockByteCount], box: box)
  }
}

/// A ring of scale factors in a kernel's shared memory: the same tile for each stage, one stage
/// after another.
public struct ScaleFactorRing: Sendable {
  /// The declared scale factors of one stage.
  public let tile: ScaleFactorTile

  /// The address of stage 0.
  public let address: SharedAddress

  /// The number of stages.
  public let stageCount: Int

  /// Returns the address of a stage's scale factors.
  public subscript(stage: DeviceValue<UInt32>) -> SharedAddress {
    address.advanced(by: stage, elementByteCount: tile.byteCount)
  }
}

extension KernelContext {
  /// Allocates scale factors for a number of stages in the block's shared memory.
  public func shared(
    _ tile: ScaleFactorTile, stages: Int, file: String = #fileID, line: Int = #line
  ) -> ScaleFactorRing {
    at(file, line)
    let stages = recorder.stages(stages, of: "the ring '\(tile.name)'")
    let words = sharedField(
      tile.name, of: UInt32.self, count: stages * tile.byteCount / 4, alignment: 128, file: file,
      line: line)
    return ScaleFactorRing(tile: tile, address: words.address, stageCount: stages)
  }
}
