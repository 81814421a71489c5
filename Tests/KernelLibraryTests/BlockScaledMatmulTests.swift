// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import MachineIR
import NumberFormats
import Simulator
import StructuredKernels
import TestSupport
import Testing
import TileLayout

/// A product with block scales: A and B as codes, their scales row by row, and the expected D.
private struct ScaledProduct<Element: BlockScaledElement>: Sendable
where Element.BitPattern == UInt8 {
  let shape: MatmulShape
  /// A, [m, k], B, [n, k].
  let a: [UInt8], b: [UInt8]
  /// The scales of A, [m, k / 32], and of B, [n, k / 32].
  let aScales: [UInt8], bScales: [UInt8]
  /// Whether every sum is exact in f32.
  let isExact: Bool
  /// D in float64, and the sums of the magnitudes of its terms.
  let expected: [Double], magnitudes: [Double]
  /// D in float64, rounded to bf16.
  let rounded: [UInt16]

  /// Creates random operands, and has `numpy` multiply them as `ml_dtypes` decodes them.
  ///
  /// - `isExact`: Whether the elements are small integers; otherwise they are any finite codes.
  init(_ m: Int, _ n: Int, _ k: Int, isExact: Bool, seed: UInt64 = 5) throws {
    shape = MatmulShape(m: m, n: n, k: k)
    self.isExact = isExact
    var random = SplitMix64(seed: seed)
    /// Returns random elements.
    func elements(_ rows: Int) -> [UInt8] {
      (0..<rows * k).map { _ in
        if isExact { return Element(Float(Int.random(in: -4...4, using: &random))).bitPattern }
        let code = UInt8.random(in: 0...255, using: &random)
        return Element(bitPattern: code).float.isFinite ? code : code & 0xBF
      }
    }
    /// Returns random scales.
    func scales(_ rows: Int) -> [UInt8] {
      (0..<rows * (k / 32)).map { _ in
        UInt8.random(in: isExact ? 125...129 : 110...140, using: &random)
      }
    }
    (a, b, aScales, bScales) = (elements(m), elements(n), scales(m), scales(n))
    let output = try runPython(
      referenceProgram,
      arguments: [
        Element.name == "e4m3" ? "float8_e4m3fn" : "float8_e5m2", "\(m)", "\(n)", "\(k)",
      ],
      input: a + b + aScales + bScales)
    let count = m * n
    try #require(output.count == 18 * count)
    let numbers = output[..<(16 * count)].withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    expected = Array(numbers[..<count])
    magnitudes = Array(numbers[count...])
    rounded = output[(16 * count)...].withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) }
  }
}

/// A product in float64 by `numpy`, of the codes and scales as `ml_dtypes` decodes them.
///
/// Input: the bytes of A and B, and the scales of both, all row by row. Output: D in float64, the
/// sums of the magnitudes of its terms, and D in bf16.
private let referenceProgram = """
  import sys
  import ml_dtypes, numpy

  kind, m, n, k = sys.argv[1], *map(int, sys.argv[2:])
  data = numpy.frombuffer(sys.stdin.buffer.read(), dtype=numpy.uint8)

  at = 0
  def take(rows, columns, kind):
      global at
      at += rows * columns
      codes = data[at - rows * columns:at]
      return codes.view(getattr(ml_dtypes, kind)).astype(numpy.float64).reshape(rows, columns)

  a, b = take(m, k, kind), take(n, k, kind)
  a = a * numpy.repeat(take(m, k // 32, 'float8_e8m0fnu'), 32, axis=1)
  b = b * numpy.repeat(take(n, k // 32, 'float8_e8m0fnu'), 32, axis=1)
  d = a @ b.T
  sys.stdout.buffer.write(numpy.stack([d, numpy.abs(a) @ numpy.abs(b).T]).astype('<f8').tobytes())
  sys.stdout.buffer.write(d.astype(ml_dtypes.bfloat16).tobytes())
  """

/// The elements before and after D that no kernel may write.
private let guardCount = 64

/// A function that puts scales in the order of a layout.
private typealias Packing = (ScaleFactorLayout, [ScaleE8M0]) -> [ScaleE8M0]

extension ScaledProduct {
  /// Returns a matrix on a device.
  private func matrix(
    _ elements: [UInt8], _ scales: [UInt8], rows: Int, on device: any Device, _ pack: Packing
  ) throws -> BlockScaledMatrix<Element> {
    let scales = scales.map { ScaleE8M0(bitPattern: $0) }
    let packed =
      scales.isEmpty
      ? [] : pack(ScaleFactorLayout(rows: rows, scaleCount: shape.k / 32), scales)
    return BlockScaledMatrix(
      elements: try device.makeBuffer(elements.map { Element(bitPattern: $0) }),
      scales: try device.makeBuffer(packed))
  }

  /// Computes the product between guards, and returns D.
  func compute<Output: StoredElement & NumberLike>(
    on device: any Device, _ kernel: BlockScaledMatmul<Element, Output, Identity>,
    packing pack: Packing = { $0.packed($1) }
  ) throws -> [Output] {
    let count = shape.m * shape.n
    let poison = [Output](repeating: .unwritten, count: count + 2 * guardCount)
    let whole = try device.makeBuffer(poison)
    let d = try GlobalBuffer<Output>(
      allocation: whole.allocation,
      byteOffset: guardCount * Output.elementType.byteCount, count: count)
    try kernel.prepare(
      on: device, a: matrix(a, aScales, rows: shape.m, on: device, pack),
      b: matrix(b, bScales, rows: shape.n, on: device, pack), d: d, shape: shape,
      epilogue: Identity()
    ).launch()
    let found = try whole.read()
    let guards = found[..<guardCount] + found[(guardCount + count)...]
    #expect(guards.allSatisfy { $0.number.isNaN }, "D was written outside of D.")
    return Array(found[guardCount..<guardCount + count])
  }

  /// Returns the indices of the wrong elements of D.
  func wrongPlaces<Output: NumberLike>(_ found: [Output]) -> [Int] {
    // Each multiplication along k truncates at most once in f32: terms at 2⁻²⁵ of the largest.
    let steps = Double((shape.k + 31) / 32)
    return expected.indices.filter { index in
      if isExact { return found[index].isWrong(expected[index], rounded[index]) }
      let bound = steps * 34 * 0x1p-24 * magnitudes[index]
      let rounding = Output.roundingError * (abs(expected[index]) + bound)
      return !(abs(found[index].number - expected[index]) <= bound + rounding)
    }
  }

  /// Computes the product on a device and expects every element to be right.
  func check<Output: StoredElement & NumberLike>(
    on device: any Device, _ kernel: BlockScaledMatmul<Element, Output, Identity>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try compute(on: device, kernel)
    let wrong = wrongPlaces(found)
    let (first, count) = (wrong.first ?? 0, wrong.count)
    #expect(
      count == 0,
      """
      \(kernel.entry) on \(device.summary), \(shape): \(count) of \(found.count) elements are wrong, \
      the first in row \(first / max(shape.n, 1)), column \(first % max(shape.n, 1))
      """, sourceLocation: sourceLocation)
  }
}

/// A type of D that the tests can compare.
private protocol NumberLike {
  /// A NaN.
  static var unwritten: Self { get }
  /// The largest relative error of rounding f32 to the type.
  static var roundingError: Double { get }
  /// The value.
  var number: Double { get }
  /// Whether the value differs from an exact one, whose rounding to bf16 is given.
  func isWrong(_ expected: Double, _ rounded: UInt16) -> Bool
}

extension Float: NumberLike {
  static var unwritten: Float { .nan }
  static var roundingError: Double { 0 }
  var number: Double { Double(self) }
  func isWrong(_ expected: Double, _ rounded: UInt16) -> Bool { number != expected }
}

extension BFloat16: NumberLike {
  static var unwritten: BFloat16 { BFloat16(Float.nan) }
  static var roundingError: Double { 0x1p-8 }
  var number: Double { Double(float) }
  func isWrong(_ expected: Double, _ rounded: UInt16) -> Bool {
    expected == 0 ? number != 0 : bitPattern != rounded
  }
}

/// A small configuration whose rings wrap early.
private func small(
  tileN: Int = 128, stageCount: Int = 3, clusterM: Int = 2
) -> StructuredConfiguration {
  StructuredConfiguration(
    tileN: tileN, tileK: 128, stageCount: stageCount, clusterM: clusterM, supergroupRows: 2)
}

/// E4M3 to f32.
private typealias Exact = BlockScaledMatmul<Float8E4M3, Float, Identity>

/// E4M3 to bf16.
private typealias Rounded = BlockScaledMatmul<Float8E4M3, BFloat16, Identity>

/// A product that wraps the rings of stages and of accumulators, with edges everywhere.
private let wrapping = Result { try ScaledProduct<Float8E4M3>(1300, 264, 544, isExact: true) }

@Suite struct BlockScaledMatmulTests {
  /// Shapes that reach every edge: of tiles, of blocks of scales, of the ring, of the grid.
  static let shapes = [
    (128, 128, 128), (1, 8, 32), (128, 128, 96), (130, 136, 160), (64, 64, 0), (257, 128, 256),
    // More tiles than blocks; fewer k-tiles than the ring has stages, the same number, and more.
    (1300, 264, 224), (700, 392, 384), (300, 136, 1056),
  ]

  @Test(arguments: shapes, [1, 2, 4])
  func `the block-scaled kernel computes`(shape: (Int, Int, Int), clusterM: Int) throws {
    let device = SimulatedDevice(.blackwell, multiprocessors: 4)
    let exact = try ScaledProduct<Float8E4M3>(shape.0, shape.1, shape.2, isExact: true)
    try exact.check(on: device, Exact(small(clusterM: clusterM)))
    try exact.check(on: device, Rounded(small(clusterM: clusterM)))
    let any = try ScaledProduct<Float8E4M3>(shape.0, shape.1, shape.2, isExact: false)
    try any.check(on: device, Exact(small(clusterM: clusterM)))
    try any.check(on: device, Rounded(small(clusterM: clusterM)))
  }

  @Test(arguments: [1, 2, 4])
  func `wide tiles take two blocks of scales`(clusterM: Int) throws {
    let device = SimulatedDevice(.blackwell, multiprocessors: 4)
    let configuration = small(tileN: 256, clusterM: clusterM)
    try ScaledProduct<Float8E4M3>(1100, 392, 416, isExact: true).check(
      on: device, Exact(configuration))
    try ScaledProduct<Float8E4M3>(140, 600, 544, isExact: false).check(
      on: device, Exact(configuration))
  }

  @Test func `e5m2 computes`() throws {
    let device = SimulatedDevice(.blackwell, multiprocessors: 4)
    for isExact in [true, false] {
      try ScaledProduct<Float8E5M2>(300, 200, 416, isExact: isExact).check(
        on: device, BlockScaledMatmul<Float8E5M2, Float, Identity>(small()))
    }
  }

  @Test func `the shipped configuration computes`() throws {
    let device = SimulatedDevice(.blackwell, multiprocessors: 4)
    try ScaledProduct<Float8E4M3>(1300, 264, 1056, isExact: true).check(on: device, Rounded())
  }

  @Test(arguments: [Schedule.eager, .late] + (0..<20).map { Schedule.random(seed: $0) })
  func `the block-scaled result depends on no schedule`(schedule: Schedule) throws {
    let device = SimulatedDevice(.blackwell, multiprocessors: 4, schedule: schedule)
    try wrapping.get().check(on: device, Exact(small()))
  }

  @Test func `an epilogue is applied to the accumulators`() throws {
    let product = try ScaledProduct<Float8E4M3>(130, 136, 160, isExact: true)
    let device = SimulatedDevice(.blackwell, multiprocessors: 4)
    let kernel = try BlockScaledMatmul<Float8E4M3, Float, Scaled<Identity>>(small())
    let layouts = [130, 136].map { ScaleFactorLayout(rows: $0, scaleCount: 5) }
    /// Returns a matrix on the device.
    func matrix(
      _ codes: [UInt8], _ scales: [UInt8], _ layout: ScaleFactorLayout
    ) throws -> BlockScaledMatrix<Float8E4M3> {
      BlockScaledMatrix(
        elements: try device.makeBuffer(codes.map { Float8E4M3(bitPattern: $0) }),
        scales: try device.makeBuffer(layout.packed(scales.map { ScaleE8M0(bitPattern: $0) })))
    }
    let d = try device.makeBuffer([Float](repeating: .nan, count: 130 * 136))
    try kernel.prepare(
      on: device, a: matrix(product.a, product.aScales, layouts[0]),
      b: matrix(product.b, product.bScales, layouts[1]), d: d, shape: product.shape,
      epilogue: Identity().scaled(by: -0.5)
    ).launch()
    #expect(try d.read().map(Double.init) == product.expected.map { -0.5 * $0 })
  }

  @Test(arguments: [
    "row by row", "row blocks innermost", "exchanged rows", "reversed scales",
  ])
  func `scales in another order are another product`(order: String) throws {
    let product = try ScaledProduct<Float8E4M3>(256, 256, 256, isExact: true)
    let found = try product.compute(
      on: SimulatedDevice(.blackwell, multiprocessors: 4), Exact(small())
    ) { layout, scales in
      var result = [ScaleE8M0](repeating: ScaleE8M0(bitPattern: 127), count: layout.byteCount)
      for (index, scale) in scales.enumerated() {
        let (row, number) = (index / layout.scaleCount, index % layout.scaleCount)
        let offset =
          switch order {
          case "row by row": index
          case "row blocks innermost":
            (number / 4 * layout.rowBlockCount + row / 128) * 512
              + layout.byteOffset(row: row % 128, index: number % 4) % 512
          case "exchanged rows": layout.byteOffset(row: row ^ 32, index: number)
          default: layout.byteOffset(row: row, index: number ^ 3)
          }
        result[offset] = scale
      }
      return result
    }
    #expect(product.wrongPlaces(found).count > product.expected.count / 2)
  }
}

@Suite struct BlockScaledContractTests {
  @Test(arguments: [(128, 1), (256, 2)])
  func `the kernel has the instructions of its schedule, and no others of their kind`(
    tileN: Int, blocks: Int
  ) throws {
    let function = try Rounded(small(tileN: tileN)).module().functions[0]
    let code = (function.blocks ?? []).flatMap(\.instructions)
    /// Returns the number of instructions with an opcode.
    func count(_ opcode: Opcode) -> Int { code.count { $0.opcode == opcode } }
    // 128 k in steps of 32, and a copy for each block of scales of A and of B.
    #expect(count(.tensorMultiply) == 4)
    #expect(count(.tensorCopy) == 1 + blocks)
    // One commit frees a stage, one publishes an accumulator. Four tiles are loaded.
    #expect(count(.tensorCommit) == 2)
    #expect(count(.bulkTensorCopy) == 4 + tileN / 32)
    #expect(count(.mbarrierTryWait) == 5)
  }

  @Test(arguments: [(128, 1), (128, 2), (128, 4), (256, 1), (256, 2), (256, 4)])
  func `the blocks of a cluster share the copies of B and of its scales`(
    tileN: Int, clusterM: Int
  ) throws {
    let configuration = small(tileN: tileN, clusterM: clusterM)
    let function = try Rounded(configuration).module().functions[0]
    let copies = (function.blocks ?? []).flatMap(\.instructions).filter {
      $0.opcode == .bulkTensorCopy && $0.modifiers.contains("multicast::cluster")
    }
    #expect(copies.count == (clusterM > 1 ? 2 : 0))
    let scales = try ScaleFactorTile("scales", rows: tileN, slices: clusterM)
    let boxWords = scales.tensorMapRequirement.box.reduce(1, *)
    #expect(boxWords * 4 * clusterM == tileN * 4)
  }

  @Test func `operands that the kernel cannot read are refused before it runs`() throws {
    let device = SimulatedDevice(.blackwell, multiprocessors: 2)
    let kernel = try Rounded(small())
    let bytes = try device.makeBuffer([Float8E4M3](repeating: 0, count: 4096))
    let scales = try device.makeBuffer([ScaleE8M0](repeating: 1, count: 2048))
    let d = try device.makeBuffer([BFloat16](repeating: 0, count: 4096))
    let matrix = BlockScaledMatrix(elements: bytes, scales: scales)
    /// Expects a launch to be refused with a message.
    func refuse(
      _ m: Int, _ n: Int, _ k: Int, a: BlockScaledMatrix<Float8E4M3>? = nil,
      b: BlockScaledMatrix<Float8E4M3>? = nil, d other: GlobalBuffer<BFloat16>? = nil,
      _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(
        throws: DeviceError.invalidLaunch(entry: kernel.entry, reason: text),
        sourceLocation: sourceLocation
      ) {
        try kernel.prepare(
          on: device, a: a ?? matrix, b: b ?? matrix, d: other ?? d,
          shape: MatmulShape(m: m, n: n, k: k), epilogue: Identity()
        ).launch()
      }
    }
    refuse(
      8, 8, 48, "k must be a multiple of 32, the elements of a scale, not 48; the nearest is 64.")
    refuse(-1, 8, 32, "m must be 0 to 2147483647, not -1.")
    refuse(
      8, 12, 32,
      "the rows of D must be multiples of 16 bytes, which is 8 elements, not 12; the nearest is 16."
    )
    refuse(256, 8, 32, "A has 256 x 32 elements; its buffer has 4096.")
    refuse(8, 256, 32, "B has 256 x 32 elements; its buffer has 4096.")
    refuse(128, 64, 32, "D has 128 x 64 elements; its buffer has 4096.")
    let few = BlockScaledMatrix(
      elements: bytes,
      scales: try GlobalBuffer<ScaleE8M0>(allocation: scales.allocation, byteOffset: 0, count: 511))
    refuse(8, 8, 32, a: few, "the scale matrix of A has 1 x 512 elements; its buffer has 511.")
    refuse(8, 8, 32, b: few, "the scale matrix of B has 1 x 512 elements; its buffer has 511.")
    /// Returns the address of a buffer that begins 8 bytes later.
    func later(_ address: UInt64) -> String { "0x\(String(address + 8, radix: 16))" }
    let shifted = BlockScaledMatrix(
      elements: try GlobalBuffer<Float8E4M3>(
        allocation: bytes.allocation, byteOffset: 8, count: 1024), scales: scales)
    refuse(
      8, 8, 32, a: shifted,
      "A must begin at a multiple of 16 bytes, not at \(later(bytes.address)).")
    let shiftedScales = BlockScaledMatrix(
      elements: bytes,
      scales: try GlobalBuffer<ScaleE8M0>(
        allocation: scales.allocation, byteOffset: 8, count: 1024))
    refuse(
      8, 8, 32, b: shiftedScales,
      "the scale matrix of B must begin at a multiple of 16 bytes, not at \(later(scales.address))."
    )
    refuse(
      8, 8, 32,
      d: try GlobalBuffer<BFloat16>(allocation: d.allocation, byteOffset: 8, count: 64),
      "D must begin at a multiple of 16 bytes, not at \(later(d.address)).")
    refuse(
      8, 8, 32,
      d: try GlobalBuffer<BFloat16>(allocation: bytes.allocation, byteOffset: 0, count: 64),
      "D overlaps A.")
    refuse(
      8, 8, 32, a: BlockScaledMatrix(elements: try device.makeBuffer(bytes.read()), scales: scales),
      d: try GlobalBuffer<BFloat16>(allocation: bytes.allocation, byteOffset: 240, count: 64),
      "D overlaps B.")
    refuse(
      8, 8, 32,
      d: try GlobalBuffer<BFloat16>(allocation: scales.allocation, byteOffset: 496, count: 64),
      "D overlaps the scale matrix of A.")
  }

  @Test(
    arguments: [
      (
        small(tileN: 192),
        ConfigurationError.tileColumns(192, multiple: 128, limit: 256, nearest: 256)
      ),
      (small(tileN: 64), .tileColumns(64, multiple: 128, limit: 256, nearest: 128)),
      (
        StructuredConfiguration(tileN: 128, tileK: 256, stageCount: 2),
        .count(of: "elements of a stage along k", 256, range: 128...128, nearest: 128)
      ),
      (
        small(stageCount: 7),
        .stagesExceedSharedMemory(byteCount: 245_760, limit: 231_424, nearestStageCount: 6)
      ),
      (
        // The tiles alone would fit.
        StructuredConfiguration(tileN: 128, tileK: 128, stageCount: 6, storeBoxCount: 4),
        .stagesExceedSharedMemory(byteCount: 235_520, limit: 231_424, nearestStageCount: 5)
      ),
      (
        small(clusterM: 5),
        .count(of: "blocks of a cluster along M", 5, range: 1...4, nearest: 4)
      ),
    ])
  func `an impossible configuration names the rule, the value and the nearest legal one`(
    configuration: StructuredConfiguration, error: ConfigurationError
  ) {
    #expect(throws: error) { try Rounded(configuration) }
  }
}
