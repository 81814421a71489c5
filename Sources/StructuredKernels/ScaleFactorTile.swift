import DeviceRuntime
import KernelLanguage
import NumberFormats
import TileLayout

/// The scale factors of a tile's rows in shared memory, as the host declares them: four along k for each row.
///
/// They lie in the blocks of `ScaleFactorLayout`, those of 128 rows one behind the other. A tensor copy takes
/// four scales of a row for one element of 32 bits, and a block for 128 such elements side by side.
public struct ScaleFactorTile: Hashable, Sendable {
  /// What reports call them.
  public let name: String

  /// The blocks of 512 bytes, one for each 128 rows.
  public let blockCount: Int

  /// The parts that are copied each for itself, so that the blocks of a cluster can share the work.
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

  /// The bytes of all blocks.
  public var byteCount: Int { blockCount * ScaleFactorLayout.blockByteCount }

  /// The columns of Tensor Memory that all blocks take.
  public var columnCount: Int { blockCount * ScaleFactorLayout.blockColumnCount }

  /// The 32-bit elements of a block.
  static var blockWordCount: Int { ScaleFactorLayout.blockByteCount / 4 }

  /// The 32-bit elements of a slice.
  var sliceWordCount: Int { blockCount * Self.blockWordCount / sliceCount }

  /// The extents of the box of a tensor copy: whole blocks, or a part of one.
  var box: [Int] {
    [
      min(sliceWordCount, Self.blockWordCount), max(sliceWordCount / Self.blockWordCount, 1),
    ]
  }

  /// What a tensor map must be to fill them.
  public var tensorMapRequirement: TensorMapRequirement {
    TensorMapRequirement(tileName: name, elementType: .u32, box: box, swizzle: .none)
  }

  /// Describes the tensor map that copies boxes of a matrix's scale factors.
  ///
  /// - Parameters:
  ///   - buffer: The scale factors in their blocks, as `packed` makes them, at a multiple of 16 bytes.
  ///   - layout: How many rows and scales there are.
  /// - Returns: The description, of which a device makes the map.
  public func tensorMapDescription(
    of buffer: GlobalBuffer<ScaleE8M0>, layout: ScaleFactorLayout
  ) -> TensorMapDescription {
    TensorMapDescription(
      elementType: .u32, address: buffer.address,
      extents: [layout.scaleBlockCount * Self.blockWordCount, layout.rowBlockCount],
      byteStrides: [layout.scaleBlockCount * ScaleFactorLayout.blockByteCount], box: box)
  }
}

/// Equally many scale factors in a kernel's shared memory for each stage, one stage behind the other.
public struct ScaleFactorRing: Sendable {
  /// What was declared.
  public let tile: ScaleFactorTile

  /// The address of stage 0.
  public let address: SharedAddress

  /// The number of stages.
  public let stageCount: Int

  /// Returns where the scale factors of a stage begin.
  public subscript(stage: DeviceValue<UInt32>) -> SharedAddress {
    address.advanced(by: stage, elementByteCount: tile.byteCount)
  }
}

extension KernelContext {
  /// Gives scale factors their place in the block's shared memory.
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
