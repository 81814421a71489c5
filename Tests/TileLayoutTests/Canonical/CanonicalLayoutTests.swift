// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import TileLayout

/// Tests of operand tiles against worked numbers.
struct CanonicalLayoutTests {
  /// Returns the 64 × 64 tile of 2-byte elements.
  private func tile(
    _ majorness: Majorness, _ mode: SwizzleMode
  ) throws(CanonicalLayoutError) -> CanonicalLayout {
    try CanonicalLayout(majorness, mode, rows: 64, columns: 64, elementByteCount: 2)
  }

  @Test func `without a swizzle core matrices are 128 and their columns 1024 bytes apart`() throws {
    let tile = try tile(.k, .none)
    #expect(tile.strideByteOffset == 128)
    #expect(tile.leadingByteOffset == 1024)
    #expect(tile.boxCount == 8)
    #expect(tile.boxInnerExtent == 8)
    #expect(tile.boxOuterExtent == 64)
    #expect(tile.stepCount == 4)
    #expect((0..<4).map { tile.descriptorByteOffset(step: $0) } == [0, 2048, 4096, 6144])
    #expect(tile.layout.description == "((8,8),(8,8)):((16,128),(2,1024))")
    #expect(tile.byteCount == 8192)
  }

  @Test(arguments: [
    ((0, 0), 0), ((0, 8), 16), ((1, 0), 144), ((1, 8), 128), ((5, 19), 758), ((7, 56), 896),
    ((8, 0), 1024), ((9, 63), 1262), ((63, 63), 8078),
  ])
  func `the worked offsets of 128-byte rows`(position: (Int, Int), offset: Int) throws {
    let tile = try tile(.k, .bytes128)
    #expect(tile.byteOffset(row: position.0, column: position.1) == offset)
    #expect(tile.boxes.count == 1)
    #expect(tile.alignment == 1024)
  }

  @Test(arguments: [
    (Majorness.k, SwizzleMode.bytes128, UInt64(0x4000_0040_0001_0040), [0, 2, 4, 6]),
    (.k, .bytes64, 0x8000_0020_0001_0040, [0, 2, 0x100, 0x102]),
    (.k, .bytes32, 0xC000_0010_0001_0040, [0, 0x80, 0x100, 0x180]),
    (.k, .none, 0x0000_0008_0040_0040, [0, 0x80, 0x100, 0x180]),
    (.mn, .bytes128, 0x4000_0040_0200_0040, [0, 0x80, 0x100, 0x180]),
  ])
  func `the worked descriptors for wgmma`(
    majorness: Majorness, mode: SwizzleMode, expected: UInt64, steps: [UInt64]
  ) throws {
    let tile = try tile(majorness, mode)
    let descriptor = try tile.hopperDescriptor(at: 0x400)
    #expect(descriptor.rawValue == expected)
    for (step, advance) in steps.enumerated() {
      let byteCount = tile.descriptorByteOffset(step: step)
      #expect(descriptor.advanced(byByteCount: byteCount).rawValue == expected + advance)
    }
  }

  @Test(arguments: [
    (SwizzleMode.none, UInt64(0x0000_4008_0040_0000)), (.bytes128, 0x4000_4040_0001_0000),
    (.bytes64, 0x8000_4020_0001_0000), (.bytes32, 0xC000_4010_0001_0000),
  ])
  func `the worked descriptors for tcgen05`(mode: SwizzleMode, expected: UInt64) throws {
    let descriptor = try tile(.k, mode).blackwellDescriptor(at: 0x2400)
    #expect(descriptor.rawValue == expected | 0x240)
    #expect(descriptor.findings.isEmpty)
  }

  @Test func `the worked tile at another address`() throws {
    let descriptor = try tile(.k, .bytes128).hopperDescriptor(at: 0x2400)
    #expect(descriptor.rawValue == 0x4000_0040_0001_0240)
  }

  @Test func `the second 64 rows have their own descriptor offset`() throws {
    let kMajor = try CanonicalLayout(
      .k, .bytes128, rows: 128, columns: 64, elementByteCount: 2)
    #expect(kMajor.descriptorByteOffset(step: 0, row: 64) == 8192)
    let mnMajor = try CanonicalLayout(
      .mn, .bytes64, rows: 128, columns: 64, elementByteCount: 2)
    #expect(mnMajor.descriptorByteOffset(step: 0, row: 64) == 2 * mnMajor.leadingByteOffset)
  }

  @Test func `boxes have their contents and their offsets in the tile`() throws {
    let wide = try CanonicalLayout(.k, .bytes64, rows: 128, columns: 64, elementByteCount: 2)
    #expect(wide.boxes.map(\.column) == [0, 32])
    #expect(wide.boxes.map(\.row) == [0, 0])
    #expect(wide.boxes.map(\.byteOffset) == [0, 8192])
    #expect(wide.boxes.map(\.byteCount) == [8192, 8192])
    let tall = try CanonicalLayout(.mn, .bytes128, rows: 128, columns: 32, elementByteCount: 2)
    #expect(tall.boxes.map(\.column) == [0, 0])
    #expect(tall.boxes.map(\.row) == [0, 64])
    #expect(tall.boxes.map(\.innerExtent) == [64, 64])
    #expect(tall.boxes.map(\.outerExtent) == [32, 32])
  }

  @Test(
    arguments: [
      (Majorness.k, SwizzleMode.none, 60, 64, 2, .rowsIndivisible(rows: 60, divisor: 8)),
      (.k, .bytes128, 64, 32, 2, .columnsIndivisible(columns: 32, divisor: 64)),
      (.k, .none, 64, 8, 2, .columnsIndivisible(columns: 8, divisor: 16)),
      (.mn, .bytes128, 32, 64, 2, .rowsIndivisible(rows: 32, divisor: 64)),
      (.mn, .none, 64, 16, 1, .columnsIndivisible(columns: 16, divisor: 32)),
      (.mn, .bytes128, 64, 64, 4, .elementTooWideForMNMajor(byteCount: 4)),
      (.k, .none, 64, 64, 8, .elementByteCountUnsupported(byteCount: 8)),
      (.k, .none, 512, 64, 2, .boxTooLong(outerExtent: 512, limit: 256)),
      (.k, .none, 0, 64, 2, .rowsIndivisible(rows: 0, divisor: 8)),
    ] as [(Majorness, SwizzleMode, Int, Int, Int, CanonicalLayoutError)])
  func `tiles that instructions cannot read are refused with an error that has the numbers`(
    majorness: Majorness, mode: SwizzleMode, rows: Int, columns: Int, elementByteCount: Int,
    error: CanonicalLayoutError
  ) {
    #expect(throws: error) {
      try CanonicalLayout(
        majorness, mode, rows: rows, columns: columns, elementByteCount: elementByteCount)
    }
  }

  @Test func `a tile that is not aligned to its pattern has no descriptor`() throws {
    let tile = try tile(.k, .bytes128)
    #expect(throws: DescriptorFinding.self) { try tile.hopperDescriptor(at: 0x480) }
    #expect(throws: DescriptorFinding.self) { try tile.blackwellDescriptor(at: 0x480) }
  }

  @Test func `a tile describes itself`() throws {
    #expect(
      try tile(.k, .bytes128).description == "K-major 64 x 64, 2-byte elements, 128B swizzle")
  }
}
