// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats
import Simulator
import StructuredKernels
import Testing
import TileLayout

/// Expects the thread that stores each element of a product to be the one that the kernel names.
private func expectTrueOwners(
  _ found: [HalfFloat], _ shape: MatmulShape, _ owner: (Int, Int) -> ElementOwner, _ entry: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var wrong: [String] = []
  var seen: Set<Int> = []
  var alternates: Set<Int> = []
  for row in 0..<shape.m {
    for column in 0..<shape.n {
      let owner = owner(row, column)
      let value = found[row * shape.n + column].float
      let thread = value.isNaN ? -1 : Int(value)
      seen.insert(thread)
      if let alternate = owner.alternateWarp { alternates.insert(32 * alternate + owner.lane) }
      let expected = [owner.warp] + (owner.alternateWarp.map { [$0] } ?? [])
      guard !expected.contains(where: { 32 * $0 + owner.lane == thread }) else { continue }
      wrong.append("[\(row), \(column)]: thread \(thread) holds it, not \(owner)")
    }
  }
  #expect(
    wrong.isEmpty, "\(entry): \(wrong.count) wrong, first \(wrong.first ?? "")",
    sourceLocation: sourceLocation)
  // The alternating owners really alternate.
  #expect(alternates.isSubset(of: seen), "\(entry)", sourceLocation: sourceLocation)
}

/// Computes a product and expects its elements to have the owners that the kernel names.
private func checkOwners(
  of kernel: any MatmulKernel<HalfFloat>, on machine: SimulatedMachine, _ shape: MatmulShape,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let device = ThreadNumberDevice(SimulatedDevice(machine, multiprocessors: 4))
  /// Creates a matrix whose elements have one value.
  func matrix(_ count: Int, of value: Float) throws -> GlobalBuffer<HalfFloat> {
    try device.makeBuffer([HalfFloat](repeating: HalfFloat(value), count: count))
  }
  let a = try matrix(shape.m * shape.k, of: 1)
  let b = try matrix(shape.n * shape.k, of: 1)
  let c = try matrix(shape.m * shape.n, of: .nan)
  try kernel.launch(on: device, a: a, b: b, c: c, shape: shape)
  expectTrueOwners(
    try c.read(), shape, { kernel.owner(row: $0, column: $1) }, kernel.entry,
    sourceLocation: sourceLocation)
}

/// Compares the owners of elements that kernels name with the threads that store the elements.
@Suite struct OwnerTests {
  /// Returns extents of more than one cluster's tile in both directions, and a k that can be split.
  private func shape(for configuration: StructuredConfiguration) -> MatmulShape {
    MatmulShape(
      m: configuration.tileM * configuration.clusterM + 40,
      n: configuration.tileN * configuration.clusterN + 24, k: 256)
  }

  @Test(arguments: Hopper.libraryConfigurations)
  func `the owners in each configuration chosen on Hopper are the threads that store`(
    configuration: StructuredConfiguration
  ) throws {
    try checkOwners(
      of: StructuredMatmul<Hopper, HalfFloat, HalfFloat, Identity>(configuration), on: .hopper,
      shape(for: configuration))
  }

  @Test(arguments: [
    StructuredConfiguration(), .init(tileN: 64, consumers: .pingPong),
    .init(tileM: 64, tileN: 64, clusterM: 1, consumers: .pingPong),
    .init(tileM: 128, tileN: 64, consumers: .single), .init(tileN: 72, clusterM: 1, clusterN: 2),
  ])
  func `the owners in further configurations on Hopper are the threads that store`(
    configuration: StructuredConfiguration
  ) throws {
    var shape = shape(for: configuration)
    // Blocks compute several tiles, so that each of two alternating warpgroups gets one.
    shape.m *= 5
    try checkOwners(
      of: StructuredMatmul<Hopper, HalfFloat, HalfFloat, Identity>(configuration), on: .hopper,
      shape)
  }

  @Test(arguments: [
    Blackwell.configuration(for: MatmulShape(m: 512, n: 512, k: 512), multiprocessorCount: 148),
    .init(), .init(tileN: 64, stageCount: 3, ctasPerMMA: 2, supergroupRows: 2, order: .hilbert),
    .init(tileN: 128, stageCount: 3, clusterM: 4, ctasPerMMA: 2),
    .init(tileN: 64, stageCount: 3, clusterM: 1, clusterN: 2),
    .init(clusterM: 1, scheduler: .splitK),
    .init(tileN: 128, scheduler: .singleTile),
  ])
  func `the owners on Blackwell are the threads that store`(
    configuration: StructuredConfiguration
  ) throws {
    try checkOwners(
      of: StructuredMatmul<Blackwell, HalfFloat, HalfFloat, Identity>(configuration),
      on: .blackwell, shape(for: configuration))
  }

  @Test(arguments: MatmulCatalog.all.indices)
  func `the owners of each kernel of the catalog are the threads that store`(index: Int) throws {
    let entry = MatmulCatalog.all[index]
    let machine: SimulatedMachine =
      entry.description.target == .hopper ? .hopper : .blackwell
    let shape = MatmulShape(m: 264, n: 280, k: 64)
    let kernel = entry.halfFloat.resolved(
      for: shape, multiprocessorCount: machine.multiprocessorCount)
    try checkOwners(of: kernel, on: machine, shape)
  }

  @Test(arguments: StoreCase.all)
  func `the owners of further configurations of the ladder are the threads that store`(
    test: StoreCase
  ) throws {
    let shape = MatmulShape(m: 136, n: 264, k: 64)
    let configuration = test.configuration
    try checkOwners(
      of: TensorStoreMatmul<Hopper, HalfFloat>(configuration), on: .hopper, shape)
    try checkOwners(
      of: TensorStoreMatmul<Blackwell, HalfFloat>(configuration), on: .blackwell, shape)
    try checkOwners(
      of: TensorCoreMatmul<Hopper, HalfFloat>(configuration), on: .hopper, shape)
    try checkOwners(
      of: TensorCoreMatmul<Blackwell, HalfFloat>(configuration), on: .blackwell, shape)
  }

  @Test(arguments: [
    nil, StructuredConfiguration(tileK: 128, clusterM: 1),
    .init(tileN: 128, tileK: 128, stageCount: 4, order: .hilbert),
  ])
  func `the owners with block scales are the threads that store`(
    configuration: StructuredConfiguration?
  ) throws {
    let kernel =
      try configuration.map {
        try BlockScaledMatmul<Float8E4M3, HalfFloat, Identity>($0)
      } ?? BlockScaledMatmul()
    let shape = MatmulShape(m: 296, n: 280, k: 128)
    let device = ThreadNumberDevice(SimulatedDevice(.blackwell, multiprocessors: 4))
    /// Creates a matrix of ones with scales of one.
    func matrix(rows: Int) throws -> BlockScaledMatrix<Float8E4M3> {
      let layout = ScaleFactorLayout(rows: rows, scaleCount: shape.k / 32)
      let scales = [ScaleE8M0](repeating: ScaleE8M0(Float(1)), count: rows * shape.k / 32)
      return BlockScaledMatrix(
        elements: try device.makeBuffer(
          [Float8E4M3](repeating: Float8E4M3(Float(1)), count: rows * shape.k)),
        scales: try device.makeBuffer(layout.packed(scales)))
    }
    let d = try device.makeBuffer(
      [HalfFloat](repeating: HalfFloat(Float.nan), count: shape.m * shape.n))
    try kernel.prepare(
      on: device, a: matrix(rows: shape.m), b: matrix(rows: shape.n), d: d, shape: shape,
      epilogue: Identity()
    ).launch()
    expectTrueOwners(
      try d.read(), shape, { kernel.owner(row: $0, column: $1) }, kernel.entry)
  }

  @Test func `the report of a wrong element names the tile, and both warps where they alternate`() {
    #expect(
      Hopper.owner(row: 300, column: 70, in: .init(tileN: 64, consumers: .pingPong)).description
        == "tile (2, 1), warp 6 (in every second tile of its block warp 10), lane 19")
    #expect(
      Hopper.owner(
        row: 1, column: 2, in: .init(tileM: 64, tileN: 64, clusterM: 1, consumers: .single)
      ).description == "tile (0, 0), warp 0, lane 5")
  }
}
