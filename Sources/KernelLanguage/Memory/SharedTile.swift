// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import NumberFormats
import TileLayout

/// A tile in shared memory, as the host declares it: one truth for its box, its bytes, its swizzle
/// and the descriptors by which matrix instructions read it.
///
/// The rows of a tile run along m or n, the columns along k (for an output tile, along n). In
/// shared memory a tile lies as tensor copies write it: boxes as wide as the swizzle's span, one
/// after another.
public struct SharedTile<Element: BufferElement>: Hashable, Sendable {
  /// The name of the tile in reports.
  public let name: String

  /// The layout of the tile in shared memory.
  public let layout: CanonicalLayout

  /// The number of slices along m or n that are copied separately, so that the blocks of a cluster
  /// can each load one.
  public let sliceCount: Int

  /// Creates a tile.
  ///
  /// - Parameters:
  ///   - name: The name of the tile in reports.
  ///   - rows: The extent along m or n.
  ///   - columns: The extent along k.
  ///   - majorness: The contiguous index.
  ///   - swizzle: The permutation of 16-byte chunks.
  ///   - slices: The number of slices along m or n that are copied separately; more than one only
  ///     for a K-major tile, each with a multiple of 8 rows.
  /// - Throws: `CanonicalLayoutError` if matrix instructions and tensor copies have no such tile.
  public init(
    _ name: String, rows: Int, columns: Int, majorness: Majorness = .k,
    swizzle: SwizzleMode = .none, slices: Int = 1
  ) throws(CanonicalLayoutError) {
    guard
      slices == 1
        || (slices > 1 && slices <= rows / 8 && majorness == .k && rows % (8 * slices) == 0)
    else { throw .slices(slices, rows: rows) }
    self.name = name
    sliceCount = slices
    layout = try CanonicalLayout(
      majorness, swizzle, rows: rows, columns: columns,
      elementByteCount: Element.elementType.byteCount)
  }
}

extension SharedTile {
  /// The extent along m or n.
  public var rows: Int { layout.rows }

  /// The extent along k.
  public var columns: Int { layout.columns }

  /// The bytes of the tile.
  public var byteCount: Int { layout.byteCount }

  /// The alignment of the tile's address, which TMA and the swizzle need.
  public var alignment: Int { max(128, layout.alignment) }

  /// The extents of the box of a tensor copy, innermost first.
  public var box: [Int] { [layout.boxInnerExtent, layout.boxOuterExtent / sliceCount] }

  /// The rows of a slice.
  public var sliceRows: Int { rows / sliceCount }

  /// The bytes from a slice to the next within each of the boxes that lie side by side.
  public var sliceByteOffset: Int { layout.boxByteCount / sliceCount }

  /// The properties that a tensor map needs to fill the tile.
  public var tensorMapRequirement: TensorMapRequirement {
    TensorMapRequirement(
      tileName: name, elementType: Element.elementType, box: box,
      swizzle: .init(layout.swizzleMode))
  }

  /// Describes the tensor map that copies boxes of this tile from or to a matrix.
  ///
  /// - Parameters:
  ///   - buffer: The matrix, whose address is a multiple of 16 bytes.
  ///   - rows: The extent of the matrix along m or n.
  ///   - columns: The extent of the matrix along k.
  ///   - pitch: The elements from one row (K-major) or column (MN-major) to the next, whose bytes
  ///     are a multiple of 16.
  /// - Returns: The description, of which a device makes the map.
  public func tensorMapDescription(
    of buffer: GlobalBuffer<Element>, rows: Int, columns: Int, pitch: Int
  ) -> TensorMapDescription {
    let extents = layout.majorness == .k ? [columns, rows] : [rows, columns]
    return TensorMapDescription(
      elementType: Element.elementType, address: buffer.address, extents: extents,
      byteStrides: [pitch.saturatingProduct(Element.elementType.byteCount)], box: box,
      swizzle: .init(layout.swizzleMode))
  }

  /// The entry of the kernel map for a ring of tiles.
  func mapEntry(offset: Int, stageCount: Int) -> KernelMap.Tile {
    KernelMap.Tile(
      name: name, symbol: SharedMemoryLayout.symbol, offset: offset, stageCount: stageCount,
      rowCount: rows, columnCount: columns, element: Element.elementType.rawValue,
      swizzle: layout.swizzleMode.rawValue, byteCount: byteCount,
      majorness: layout.majorness == .k ? "k" : "mn")
  }
}

extension TensorMapDescription.Swizzle {
  /// Creates the swizzle of a tile.
  public init(_ mode: SwizzleMode) {
    switch mode {
    case .none: self = .none
    case .bytes32: self = .bytes32
    case .bytes64: self = .bytes64
    case .bytes128: self = .bytes128
    }
  }
}
