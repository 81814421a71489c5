// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import TileLayout

/// Tests of matrix descriptors.
struct MatrixDescriptorTests {
  @Test func `a Hopper descriptor returns its fields`() throws {
    let descriptor = try HopperMatrixDescriptor(
      startAddress: 0x400, leadingByteOffset: 1024, strideByteOffset: 128, baseOffset: 5,
      swizzleMode: .bytes64)
    #expect(descriptor.startAddress == 0x400)
    #expect(descriptor.leadingByteOffset == 1024)
    #expect(descriptor.strideByteOffset == 128)
    #expect(descriptor.baseOffset == 5)
    #expect(descriptor.swizzleMode == .bytes64)
    #expect(descriptor.findings.isEmpty)
    #expect(HopperMatrixDescriptor(rawValue: descriptor.rawValue) == descriptor)
  }

  @Test func `a Blackwell descriptor returns its fields`() throws {
    for layout in BlackwellMatrixDescriptor.Layout.allCases {
      let descriptor = try BlackwellMatrixDescriptor(
        startAddress: 0x400, leadingByteOffset: 1024, strideByteOffset: 128, baseOffset: 5,
        layout: layout)
      #expect(descriptor.startAddress == 0x400)
      #expect(descriptor.leadingByteOffset == 1024)
      #expect(descriptor.strideByteOffset == 128)
      #expect(descriptor.baseOffset == 5)
      #expect(descriptor.layout == layout)
      #expect(descriptor.findings.isEmpty)
    }
  }

  @Test func `descriptors read as words`() {
    #expect(
      HopperMatrixDescriptor(rawValue: 0x0000_0008_0040_0040).description
        == "start 0x400, LBO 1024 B, SBO 128 B, no swizzle")
    #expect(
      BlackwellMatrixDescriptor(rawValue: 0x4002_4040_0001_0024).description
        == "start 0x240, LBO 16 B, SBO 1024 B, 128B swizzle, base offset 1")
    #expect(
      BlackwellMatrixDescriptor(rawValue: 0x6000_4040_0001_0024).description
        == "start 0x240, LBO 16 B, SBO 1024 B, illegal layout code")
  }

  @Test func `the bits of the cluster rank are dropped from the start address`() throws {
    let descriptor = try HopperMatrixDescriptor(
      startAddress: 0x0100_0400, leadingByteOffset: 16, strideByteOffset: 1024,
      swizzleMode: .bytes128)
    #expect(descriptor.rawValue == 0x4000_0040_0001_0040)
  }

  @Test func `the error for a value out of range names the field, the value and the rule`() {
    #expect {
      try HopperMatrixDescriptor(
        startAddress: 0x408, leadingByteOffset: 0, strideByteOffset: 0, swizzleMode: .none)
    } throws: {
      "\($0)" == "start address 1032 is not a multiple of 16"
    }
    #expect {
      try BlackwellMatrixDescriptor(
        startAddress: 0, leadingByteOffset: 0, strideByteOffset: 1 << 18, layout: .none)
    } throws: {
      "\($0)" == "stride byte offset 262144 is not in 0...262128"
    }
    #expect {
      try BlackwellMatrixDescriptor(
        startAddress: 0, leadingByteOffset: 0, strideByteOffset: 0, baseOffset: 8, layout: .none)
    } throws: {
      "\($0)" == "base offset 8 is not in 0...7"
    }
  }

  @Test(arguments: [14, 15, 30, 31, 46, 47, 48, 52, 57, 61])
  func `a reserved bit of a Hopper descriptor is found`(bit: Int) {
    let raw = 0x4000_0040_0001_0040 | UInt64(1) << UInt64(bit)
    #expect(HopperMatrixDescriptor(rawValue: raw).findings.map(\.field) == [.reservedBits])
  }

  @Test(arguments: [14, 15, 30, 31, 53, 60])
  func `a reserved bit of a Blackwell descriptor is found`(bit: Int) {
    let raw = 0x4000_4040_0001_0040 | UInt64(1) << UInt64(bit)
    #expect(BlackwellMatrixDescriptor(rawValue: raw).findings.map(\.field) == [.reservedBits])
  }

  @Test(
    arguments: [
      (0x4000_0040_0001_0040, [.version]),
      (0x4000_C040_0001_0040, [.version]), (0x4010_4040_0001_0040, [.leadingOffsetMode]),
      (0x6000_4040_0001_0040, [.layout]), (0xA000_4040_0001_0040, [.layout]),
      (0xE000_0040_0001_0040, [.version, .layout]),
    ] as [(UInt64, [DescriptorField])])
  func `an illegal field of a Blackwell descriptor is found`(
    rawValue: UInt64, fields: [DescriptorField]
  ) {
    #expect(BlackwellMatrixDescriptor(rawValue: rawValue).findings.map(\.field) == fields)
  }

  @Test func `a descriptor of one architecture is invalid on the other`() throws {
    let hopper = try HopperMatrixDescriptor(
      startAddress: 0x400, leadingByteOffset: 16, strideByteOffset: 1024, swizzleMode: .bytes128)
    let blackwell = try BlackwellMatrixDescriptor(
      startAddress: 0x400, leadingByteOffset: 16, strideByteOffset: 1024, layout: .bytes128)
    #expect(!BlackwellMatrixDescriptor(rawValue: hopper.rawValue).findings.isEmpty)
    #expect(!HopperMatrixDescriptor(rawValue: blackwell.rawValue).findings.isEmpty)
  }

  @Test func `a descriptor advances in both directions and only in its start`() {
    let descriptor = HopperMatrixDescriptor(rawValue: 0x4000_0040_0001_0040)
    #expect(descriptor.advanced(byByteCount: 96).rawValue == 0x4000_0040_0001_0046)
    #expect(descriptor.advanced(byByteCount: -0x400).rawValue == 0x4000_0040_0001_0000)
    #expect(descriptor.advanced(byByteCount: -0x410).rawValue == 0x4000_0040_0001_3FFF)
  }

  @Test(arguments: [(0x400, 0, true), (0x420, 0, true), (0x480, 0, false), (0x480, 1, true)])
  func `a start is in phase if it is in the line of the base offset`(
    start: Int, baseOffset: Int, isInPhase: Bool
  ) throws {
    let hopper = try HopperMatrixDescriptor(
      startAddress: start, leadingByteOffset: 16, strideByteOffset: 1024, baseOffset: baseOffset,
      swizzleMode: .bytes128)
    #expect(hopper.startsInPhase == isInPhase)
    let blackwell = try BlackwellMatrixDescriptor(
      startAddress: start, leadingByteOffset: 16, strideByteOffset: 1024, baseOffset: baseOffset,
      layout: .bytes128)
    #expect(blackwell.startsInPhase == isInPhase)
  }

  @Test func `the layout of 32-byte atoms changes bits 5 and 6 by bits 7 and 8`() {
    let swizzle = BlackwellMatrixDescriptor.Layout.bytes128Atoms32.swizzle
    for address in stride(from: 0, to: 4096, by: 16) {
      #expect(swizzle(address) == address ^ ((address >> 2) & 0x60))
    }
  }

  @Test func `the fields make up the bits of a descriptor`() throws {
    for mode in SwizzleMode.allCases {
      let hopper = try HopperMatrixDescriptor(
        startAddress: 0x1230, leadingByteOffset: 1040, strideByteOffset: 2064, baseOffset: 5,
        swizzleMode: mode)
      let blackwell = try BlackwellMatrixDescriptor(
        startAddress: 0x1230, leadingByteOffset: 1040, strideByteOffset: 2064, baseOffset: 5,
        layout: .init(mode))
      for (raw, fields) in [
        (hopper.rawValue, hopper.fields), (blackwell.rawValue, blackwell.fields),
      ] {
        #expect(fields.reduce(0) { $0 | UInt64($1.code) << UInt64($1.bits.lowerBound) } == raw)
        #expect(fields.allSatisfy { $0.code < 1 << $0.bits.count && !$0.meaning.isEmpty })
        let ends = zip(fields, fields.dropFirst())
        #expect(ends.allSatisfy { $0.bits.upperBound < $1.bits.lowerBound })
      }
    }
  }
}
