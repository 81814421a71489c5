// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import TileLayout

/// Tests that TMA writes each element where matrix instructions read it.
///
/// Both rules are written out here from the manuals, independently of the module.
struct PlacementTests {
  /// Tiles of both majornesses, all swizzles and element widths, and some extents.
  static let tiles: [CanonicalLayout] = Majorness.allCases.flatMap { majorness in
    SwizzleMode.allCases.flatMap { mode in
      [1, 2, 4].flatMap { elementByteCount in
        [(64, 64), (128, 128), (256, 64), (8, 32), (136, 32), (128, 256)].compactMap {
          try? CanonicalLayout(
            majorness, mode, rows: $0.0, columns: $0.1, elementByteCount: elementByteCount)
        }
      }
    }
  }

  /// The address of every tile.
  static let base = 0x2400

  @Test func `the tiles cover every kind`() {
    for majorness in Majorness.allCases {
      for mode in SwizzleMode.allCases {
        let count = Self.tiles.count { ($0.majorness, $0.swizzleMode) == (majorness, mode) }
        #expect(count >= 5)
      }
    }
  }

  @Test(arguments: tiles)
  func `wgmma reads each element where TMA writes it`(tile: CanonicalLayout) throws {
    let first = try tile.hopperDescriptor(at: Self.base)
    let misplaced = Self.firstMisplaced(in: tile, rowsPerInstruction: tile.rows) {
      first.advanced(byByteCount: $0).rawValue
    }
    #expect(misplaced == nil)
  }

  @Test(arguments: tiles)
  func `tcgen05 reads each element where TMA writes it`(tile: CanonicalLayout) throws {
    let first = try tile.blackwellDescriptor(at: Self.base)
    // All rows at once, and starting at each atom, as an instruction for other rows would.
    let rowsPerAtom = tile.majorness == .k ? 8 : tile.spanElementCount
    for rowsPerInstruction in [tile.rows, rowsPerAtom] {
      let misplaced = Self.firstMisplaced(in: tile, rowsPerInstruction: rowsPerInstruction) {
        first.advanced(byByteCount: $0).rawValue
      }
      #expect(misplaced == nil)
    }
  }

  @Test(arguments: tiles)
  func `the layout gives the address to which TMA writes each element`(tile: CanonicalLayout) {
    let placed = Self.placedByCopies(tile)
    let swizzled = tile.swizzledLayout
    let described = (0..<tile.rows).flatMap { row in
      (0..<tile.columns).map { Self.base + swizzled(row, $0) }
    }
    #expect(described.indices.first { described[$0] != placed[$0] } == nil)
    #expect(tile.layout.size == tile.rows * tile.columns)
  }

  @Test(arguments: tiles)
  func `boxes are legal and fill the tile exactly`(tile: CanonicalLayout) {
    let placed = Self.placedByCopies(tile)
    #expect(Set(placed).count == tile.rows * tile.columns)
    #expect(placed.allSatisfy { $0 >= Self.base && $0 < Self.base + tile.byteCount })
    #expect(tile.boxes.reduce(0) { $0 + $1.byteCount } == tile.byteCount)
    for box in tile.boxes {
      #expect(box.innerExtent * tile.elementByteCount % 16 == 0)
      #expect(box.innerExtent <= 256 && box.outerExtent <= 256)
      #expect(box.byteOffset % 128 == 0)
    }
  }

  /// Returns the first element that an instruction reads from another address than TMA wrote it to.
  static func firstMisplaced(
    in tile: CanonicalLayout, rowsPerInstruction: Int, descriptor: (Int) -> UInt64
  ) -> MatrixPosition? {
    let placed = placedByCopies(tile)
    let stepWidth = 32 / tile.elementByteCount
    for row in stride(from: 0, to: tile.rows, by: rowsPerInstruction) {
      for step in 0..<tile.columns / stepWidth {
        let raw = descriptor(tile.descriptorByteOffset(step: step, row: row))
        let reader = OperandReader(
          tile, start: raw & 0x3FFF, leading: raw >> 16 & 0x3FFF, stride: raw >> 32 & 0x3FFF)
        for index in 0..<rowsPerInstruction * stepWidth {
          let (mn, k) = (index / stepWidth, index % stepWidth)
          let position = MatrixPosition(row: row + mn, column: step * stepWidth + k)
          let expected = placed[position.row * tile.columns + position.column]
          if reader.address(mn: mn, k: k) != expected {
            return position
          }
        }
      }
    }
    return nil
  }

  /// Returns the address to which TMA writes each element of the tile's boxes, row by row.
  ///
  /// A box is written packed, inner index fastest. In each address, bits 7 and up are xored into
  /// bits 4 and up.
  static func placedByCopies(_ tile: CanonicalLayout) -> [Int] {
    let lineMask: [SwizzleMode: Int] = [.none: 0, .bytes32: 1, .bytes64: 3, .bytes128: 7]
    var result = Array(repeating: -1, count: tile.rows * tile.columns)
    for box in tile.boxes {
      for outer in 0..<box.outerExtent {
        for inner in 0..<box.innerExtent {
          let linear = (inner + box.innerExtent * outer) * tile.elementByteCount
          let address = base + box.byteOffset + linear
          let line = (address >> 7) & (lineMask[tile.swizzleMode] ?? 0)
          let row = box.row + (tile.majorness == .k ? outer : inner)
          let column = box.column + (tile.majorness == .k ? inner : outer)
          result[row * tile.columns + column] = address ^ (line << 4)
        }
      }
    }
    return result
  }
}

/// Reads operands by the fields of a descriptor, as matrix instructions do.
private struct OperandReader {
  /// The index that is contiguous.
  let majorness: Majorness

  /// The bytes of an element.
  let elementByteCount: Int

  /// The bytes of a row of an atom, 16 without a swizzle.
  let span: Int

  /// The start address in bytes.
  let start: Int

  /// The LBO in bytes.
  let leading: Int

  /// The SBO in bytes.
  let stride: Int

  /// Creates a reader for a tile with the fields of a descriptor, in units of 16 bytes.
  init(_ tile: CanonicalLayout, start: UInt64, leading: UInt64, stride: UInt64) {
    majorness = tile.majorness
    elementByteCount = tile.elementByteCount
    span = tile.swizzleMode.spanByteCount
    self.start = Int(start) * 16
    self.leading = Int(leading) * 16
    self.stride = Int(stride) * 16
  }

  /// Returns the address of an element of one instruction.
  func address(mn: Int, k: Int) -> Int {
    let address = start + linear(mn: mn, k: k)
    let mask = [16: 0, 32: 0x10, 64: 0x30, 128: 0x70][span] ?? 0
    return address ^ ((address >> 3) & mask)
  }

  /// Returns the distance of an element from the start, before the swizzle.
  private func linear(mn: Int, k: Int) -> Int {
    let e = elementByteCount
    let kByte = k * e
    switch (majorness, span) {
    case (.k, 16):
      return mn % 8 * 16 + mn / 8 * stride + kByte / 16 * leading + kByte % 16
    case (.k, _):
      return mn % 8 * span + mn / 8 * stride + kByte
    case (.mn, 16):
      let t = 16 / e
      return mn % t * e + mn / t * stride + k % 8 * 16 + k / 8 * leading
    case (.mn, _):
      let w = span / e
      return mn % w * e + mn / w * leading + k % 8 * span + k / 8 * stride
    }
  }
}
