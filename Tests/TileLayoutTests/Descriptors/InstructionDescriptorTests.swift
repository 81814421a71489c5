// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import TileLayout

/// Tests of instruction descriptors without block scales.
struct InstructionDescriptorTests {
  @Test(
    arguments: [
      (.bf16, 64, 64, .group(.one), 0x0410_0490), (.bf16, 128, 256, .group(.one), 0x0840_0490),
      (.bf16, 256, 256, .group(.two), 0x1040_0490),
      (.f8f6f4(a: .e4m3, b: .e4m3, accumulator: .f32), 128, 128, .group(.one), 0x0820_0010),
      (.tf32, 128, 128, .group(.one), 0x0820_0910),
    ] as [(TensorCoreOperands, Int, Int, TensorCoreUse, UInt32)])
  func `the worked values`(
    operands: TensorCoreOperands, m: Int, n: Int, use: TensorCoreUse, expected: UInt32
  ) throws {
    let descriptor = try TensorCoreInstructionDescriptor(operands, m: m, n: n, use: use)
    #expect(descriptor.rawValue == expected)
    #expect(descriptor.operands == operands)
    #expect(descriptor.kind == operands.kind)
    #expect(descriptor.m == m)
    #expect(descriptor.n == n)
    #expect(descriptor.findings(for: use).isEmpty)
  }

  @Test func `a descriptor returns every field`() throws {
    let descriptor = try TensorCoreInstructionDescriptor(
      .f16(accumulator: .f16), m: 128, n: 64, aMajorness: .mn, bMajorness: .mn, negatesA: true,
      negatesB: true, sparsitySelector: 3)
    #expect(descriptor.operands == .f16(accumulator: .f16))
    #expect(descriptor.aMajorness == .mn)
    #expect(descriptor.bMajorness == .mn)
    #expect(descriptor.negatesA && descriptor.negatesB)
    #expect(!descriptor.saturates)
    #expect(descriptor.sparsitySelector == 3)
    #expect(
      descriptor.description
        == "m128n64, f16 x f16 -> f16, A MN-major, B MN-major, A negated, B negated, "
        + "sparse A, selector 3")
  }

  @Test func `bytes saturate, and weight-stationary instructions have 32 rows and shifts`() throws {
    let bytes = try TensorCoreInstructionDescriptor(
      .i8(a: .u8, b: .s8), m: 128, n: 96, saturates: true)
    #expect(bytes.saturates)
    #expect(bytes.operands == .i8(a: .u8, b: .s8))
    let stationary = try TensorCoreInstructionDescriptor(
      .bf16, m: 32, n: 64, maximumShift: 2, use: .weightStationary)
    #expect(stationary.rawValue >> 24 & 0x1F == 2)
    #expect(stationary.maximumShift == 2)
  }

  @Test func `a descriptor returns every pair of narrow floats`() throws {
    for a in NarrowFloat.allCases {
      for b in NarrowFloat.allCases {
        let operands = TensorCoreOperands.f8f6f4(a: a, b: b, accumulator: .f16)
        let descriptor = try TensorCoreInstructionDescriptor(operands, m: 64, n: 8)
        #expect(descriptor.operands == operands)
      }
    }
  }

  @Test(
    arguments: [
      (.bf16, 96, 64, .group(.one), "M 96 is not one of 64, 128"),
      (.bf16, 72, 64, .group(.one), "M 72 is not a multiple of 16"),
      (.bf16, 64, 64, .group(.two), "M 64 is not one of 128, 256"),
      (.bf16, 64, 264, .group(.one), "N 264 is not in 8...256"),
      (.bf16, 64, 12, .group(.one), "N 12 is not a multiple of 8"),
      (.bf16, 32, 64, .group(.one), "M 32 is not one of 64, 128"),
      (.bf16, 64, 96, .weightStationary, "N 96 is not one of 64, 128, 256"),
      (
        .i8(a: .s8, b: .s8), 64, 48, .group(.two), "M 64 is not one of 128, 256"
      ),
      (
        .i8(a: .s8, b: .s8), 128, 48, .group(.two),
        "N 48 is not one of 32, 64, 96, 128, 160, 192, 224, 256"
      ),
    ] as [(TensorCoreOperands, Int, Int, TensorCoreUse, String)])
  func `shapes that do not exist are refused`(
    operands: TensorCoreOperands, m: Int, n: Int, use: TensorCoreUse, message: String
  ) {
    #expect {
      try TensorCoreInstructionDescriptor(operands, m: m, n: n, use: use)
    } throws: {
      "\($0)" == message
    }
  }

  @Test func `modifiers of other kinds are refused`() {
    #expect(field { try .init(.bf16, m: 64, n: 64, saturates: true) } == .saturates)
    #expect(field { try .init(.i8(a: .u8, b: .u8), m: 64, n: 64, negatesB: true) } == .negatesB)
    #expect(field { try .init(.bf16, m: 64, n: 64, maximumShift: 1) } == .maximumShift)
    #expect(
      field { try .init(.i8(a: .u8, b: .u8), m: 64, n: 64, sparsitySelector: 1) }
        == .sparsitySelector)
    #expect(field { try .init(.bf16, m: 64, n: 64, sparsitySelector: 4) } == .sparsitySelector)
    let bytes = TensorCoreOperands.f8f6f4(a: .e4m3, b: .e4m3, accumulator: .f32)
    #expect(field { try .init(bytes, m: 64, n: 8, bMajorness: .mn) } == .n)
  }

  /// Returns the field for which a descriptor is refused, if any.
  private func field(
    _ make: () throws -> TensorCoreInstructionDescriptor
  ) -> DescriptorField? {
    let error = #expect(throws: DescriptorFinding.self) { try make() }
    return error?.field
  }

  @Test(arguments: [
    (UInt32(0x0410_04D0), TensorCoreKind.f16, [DescriptorField.reservedBits]),
    (0x0490_0490, .f16, [.reservedBits]), (0x2410_0490, .f16, [.reservedBits]),
    (0x0410_0090, .f16, [.bType]), (0x0410_0480, .f16, [.accumulatorType]),
    (0x0410_0491, .f16, [.sparsitySelector]), (0x0410_0490, .tf32, [.aType, .bType]),
    (0x0410_0110, .f8f6f4, [.aType]), (0x0410_0490, .i8, [.accumulatorType]),
    (0x0010_0490, .f16, [.m]), (0x0400_0490, .f16, [.n]),
  ])
  func `bits that break rules are found`(
    rawValue: UInt32, kind: TensorCoreKind, fields: [DescriptorField]
  ) {
    let descriptor = TensorCoreInstructionDescriptor(rawValue: rawValue, kind: kind)
    #expect(descriptor.findings(for: .group(.one)).map(\.field) == fields)
  }
}

/// Tests of instruction descriptors with block scales.
struct BlockScaledInstructionDescriptorTests {
  @Test(
    arguments: [
      (.mxf8f6f4(a: .e4m3, b: .e4m3), 128, 256, .one, 0x08C0_0000),
      (.mxf8f6f4(a: .e4m3, b: .e4m3), 256, 256, .two, 0x10C0_0000),
      (.mxf4, 128, 256, .one, 0x08C0_0480),
      (.mxf4nvf4(scale: .ue4m3), 128, 256, .one, 0x0840_0480),
      (.mxf4nvf4(scale: .ue4m3), 256, 256, .two, 0x1040_0480),
    ] as [(BlockScaledOperands, Int, Int, CTAGroup, UInt32)])
  func `the worked values`(
    operands: BlockScaledOperands, m: Int, n: Int, group: CTAGroup, expected: UInt32
  ) throws {
    let descriptor = try BlockScaledInstructionDescriptor(operands, m: m, n: n, group: group)
    #expect(descriptor.rawValue == expected)
    #expect(descriptor.operands == operands)
    #expect(descriptor.m == m)
    #expect(descriptor.n == n)
    #expect(descriptor.findings(for: group).isEmpty)
  }

  @Test(arguments: 0..<4)
  func `scale factor IDs are in both of their fields`(id: Int) throws {
    let descriptor = try BlockScaledInstructionDescriptor(
      .mxf8f6f4(a: .e4m3, b: .e4m3), m: 128, n: 256, scaleFactorA: id, scaleFactorB: id)
    #expect(descriptor.rawValue == 0x08C0_0000 | UInt32(id) << 4 | UInt32(id) << 29)
    #expect(descriptor.scaleFactorA == id)
    #expect(descriptor.scaleFactorB == id)
  }

  @Test func `a descriptor returns every other field`() throws {
    let descriptor = try BlockScaledInstructionDescriptor(
      .mxf8f6f4(a: .e2m1, b: .e3m2), m: 128, n: 64, aMajorness: .mn, bMajorness: .mn,
      negatesA: true, negatesB: true, isSparse: true)
    #expect(descriptor.operands == .mxf8f6f4(a: .e2m1, b: .e3m2))
    #expect(descriptor.aMajorness == .mn)
    #expect(descriptor.bMajorness == .mn)
    #expect(descriptor.negatesA && descriptor.negatesB && descriptor.isSparse)
    #expect(
      descriptor.description
        == "m128n64, e2m1 x e3m2 with ue8m0 scales -> f32, SFA 0, SFB 0, A MN-major, B MN-major, "
        + "A negated, B negated, sparse A")
  }

  @Test(
    arguments: [
      (.mxf4, 128, 64, Majorness.mn, 0, .one, "A majorness 1 is not 0"),
      (.mxf4, 128, 64, .k, 1, .one, "SFA id 1 is not one of 0, 2"),
      (.mxf4, 64, 64, .k, 0, .one, "M 64 is not a multiple of 128"),
      (.mxf4, 256, 64, .k, 0, .one, "M 256 is not 128"),
      (
        .mxf4, 256, 24, .k, 0, .two,
        "N 24 is not one of 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256"
      ),
      (.mxf4, 128, 64, .k, 4, .one, "SFA id 4 is not in 0...3"),
    ] as [(BlockScaledOperands, Int, Int, Majorness, Int, CTAGroup, String)])
  func `fields that the kind does not have are refused`(
    operands: BlockScaledOperands, m: Int, n: Int, aMajorness: Majorness, scaleFactorA: Int,
    group: CTAGroup, message: String
  ) {
    #expect {
      try BlockScaledInstructionDescriptor(
        operands, m: m, n: n, aMajorness: aMajorness, scaleFactorA: scaleFactorA, group: group)
    } throws: {
      "\($0)" == message
    }
  }

  @Test(arguments: [
    (UInt32(0x08C0_0001), BlockScaledKind.mxf8f6f4, [DescriptorField.reservedBits]),
    (0x09C0_0000, .mxf8f6f4, [.reservedBits]), (0x88C0_0000, .mxf8f6f4, [.wideK]),
    (0x0840_0000, .mxf8f6f4, [.scaleType]), (0x08C0_0400, .mxf4, [.aType]),
    (0x08C0_1480, .mxf4, [.bType]), (0x00C0_0480, .mxf4, [.m]),
  ])
  func `bits that break rules are found`(
    rawValue: UInt32, kind: BlockScaledKind, fields: [DescriptorField]
  ) {
    let descriptor = BlockScaledInstructionDescriptor(rawValue: rawValue, kind: kind)
    #expect(descriptor.findings(for: .one).map(\.field) == fields)
  }
}
