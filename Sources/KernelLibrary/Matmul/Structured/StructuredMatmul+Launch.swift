// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import StructuredKernels
import TileLayout

extension StructuredMatmul {
  /// The entry's name.
  public var entry: String { kernel.entry }

  /// Returns the module.
  public func module() throws(KernelError) -> Module { try kernel.module() }

  /// Returns the program.
  public func program() throws(KernelError) -> Program { try kernel.program() }

  /// Returns which thread holds the sum of an element of D.
  public func owner(row: Int, column: Int) -> ElementOwner {
    Machine.owner(row: row, column: column, in: configuration)
  }

  /// Prepares D[m, n] = epilogue(A[m, k] · B[n, k]ᵀ).
  ///
  /// - Parameters:
  ///   - device: The device, which holds all buffers.
  ///   - a: A, [m, k], at a multiple of 16 bytes.
  ///   - b: B, [n, k], at a multiple of 16 bytes.
  ///   - d: D, [m, n], at a multiple of 16 bytes; it overlaps neither A nor B.
  ///   - shape: The extents. Rows of A, B and D are multiples of 16 bytes, as TMA requires.
  ///   - epilogue: The epilogue.
  /// - Returns: The prepared product.
  /// - Throws: `invalidLaunch` if a buffer or an extent breaks a rule, and the device's errors.
  public func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    d: GlobalBuffer<Output>, shape: MatmulShape, epilogue: Post
  ) throws(DeviceError) -> PreparedMatmul {
    try checkAligned(a, b, d, shape)
    guard shape.m > 0, shape.n > 0 else { return PreparedMatmul { LaunchResult(seconds: 0) } }
    // No dimension of a tensor may be empty; with k = 0 the kernel never uses the maps.
    let columns = max(shape.k, 16 / Element.elementType.byteCount)
    let aMap = try device.makeTensorMap(
      aTile.tensorMapDescription(of: a, rows: shape.m, columns: columns, pitch: columns),
      of: Element.self, over: a)
    let bMap = try device.makeTensorMap(
      bTile.tensorMapDescription(of: b, rows: shape.n, columns: columns, pitch: columns),
      of: Element.self, over: b)
    let dMap = try device.makeTensorMap(
      box.tensorMapDescription(of: d, rows: shape.m, columns: shape.n, pitch: shape.n),
      of: Output.self, over: d)
    return try prepare(on: device, aMap, bMap, dMap, shape, epilogue)
  }

  /// Makes ready to compute a product of matrices that maps describe.
  private func prepare(
    on device: any Device, _ aMap: TensorMap<Element>, _ bMap: TensorMap<Element>,
    _ dMap: TensorMap<Output>, _ shape: MatmulShape, _ epilogue: Post
  ) throws(DeviceError) -> PreparedMatmul {
    let grid = try kernel.grid(of: configuration, for: shape, on: device)
    let places = try configuration.tileCoordinates(on: device, shape)
    let partialSums = try partialSums(on: device, shape, grid)
    return PreparedMatmul { [kernel] () throws(DeviceError) in
      try device.launch(
        kernel, grid: grid, aMap, bMap, dMap, UInt32(shape.m), UInt32(shape.n), UInt32(shape.k),
        epilogue.parameters, places, partialSums)
    }
  }
}

extension StructuredMatmul {
  /// Returns the workspace for partial sums, if kernels of this configuration split tiles.
  private func partialSums(
    on device: any Device, _ shape: MatmulShape, _ grid: Dimensions
  ) throws(DeviceError) -> OptionalParameter<PartialSums<Machine>.Parameters> {
    // The clusters of the grid are those of the plan that it was made for.
    let clusters = grid.count / configuration.clusterBlockCount
    guard let plan = configuration.splitKPlan(shape, clusterLimit: clusters) else {
      return OptionalParameter(nil)
    }
    let warpCount = Machine.accumulatorWarpCount(configuration)
    return OptionalParameter(
      try PartialSums<Machine>.makeParameters(
        on: device, for: plan, warpCount: warpCount * configuration.clusterBlockCount,
        registerCount: configuration.tileM * configuration.tileN / (32 * warpCount)))
  }

  /// Checks extents, sizes, alignment and overlaps.
  private func checkAligned(
    _ a: GlobalBuffer<Element>, _ b: GlobalBuffer<Element>, _ d: GlobalBuffer<Output>,
    _ shape: MatmulShape
  ) throws(DeviceError) {
    try shape.check(entry: entry)
    try LaunchMatrix("D", d, rows: shape.m, columns: shape.n).check(
      with: [
        LaunchMatrix("A", a, rows: shape.m, columns: shape.k),
        LaunchMatrix("B", b, rows: shape.n, columns: shape.k),
      ], entry: entry)
  }
}

extension StructuredConfiguration {
  /// Returns the table of tile coordinates, if kernels of this configuration use one.
  func tileCoordinates(
    on device: any Device, _ shape: MatmulShape
  ) throws(DeviceError) -> OptionalParameter<GlobalBuffer<UInt32>> {
    guard order == .hilbert else { return OptionalParameter(nil) }
    let tiles = clusterTiles(shape)
    let curve = HilbertCurve(rows: tiles.rows, columns: tiles.columns)
    return OptionalParameter(try device.makeBuffer(curve.coordinates))
  }

  /// A description of how blocks get their tiles and share operands.
  fileprivate var summary: String {
    let scheduling =
      switch scheduler {
      case .singleTile:
        [clusterBlockCount > 1 ? "one cluster per tile" : "one block per tile"]
      case .persistent, .launchControl: ["persistent"]
      case .splitK: ["persistent", "tiles of the last wave split"]
      }
    let sharing =
      if ctasPerMMA > 1 { ["2-CTA multiplications"] } else {
        clusterBlockCount > 1 ? ["clusters with multicast"] : []
      }
    return (scheduling + ["warp-specialised"] + sharing + ["TMA stores"]).joined(separator: ", ")
  }

  /// Returns the number of clusters of a launch.
  func clusterCount(_ shape: MatmulShape, clusterLimit: Int) -> Int {
    splitKPlan(shape, clusterLimit: clusterLimit)?.clusterCount
      ?? scheduler.clusterCount(
        tileCount: clusterTiles(shape).count, clusterLimit: clusterLimit)
  }

  /// Returns the plan by which a launch splits tiles; nil if kernels of this configuration split
  /// none.
  func splitKPlan(_ shape: MatmulShape, clusterLimit: Int) -> SplitKPlan? {
    guard scheduler == .splitK else { return nil }
    return SplitKPlan(
      splitFactor: splitFactor, tileCount: clusterTiles(shape).count,
      depth: (shape.k + tileK - 1) / tileK, clusterLimit: clusterLimit)
  }

  /// Returns the number of cluster tiles of an output matrix along each axis and in total.
  func clusterTiles(_ shape: MatmulShape) -> (rows: Int, columns: Int, count: Int) {
    let height = tileM * clusterM
    let rows = (shape.m + height - 1) / height
    let width = tileN * clusterN
    let columns = (shape.n + width - 1) / width
    return (rows, columns, rows * columns)
  }
}

extension StructuredMatmul: MatmulFamily, MatmulKernel where Output == Element, Post == Identity {
  /// The description of the kernel.
  public var description: MatmulDescription {
    MatmulDescription(
      name: "structured", target: MatmulDescription.Target(rawValue: Machine.name) ?? .any,
      step: 9,
      summary: configuration.summary,
      configuration: "\(configuration)")
  }

  /// Prepares a product.
  ///
  /// If k or n is not a multiple of 8, or a buffer is not aligned to 16 bytes, matrices are
  /// replaced by copies with padded rows; each launch fills those of A and B, and copies C back
  /// from its own.
  public func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul {
    try check(a, b, c, shape)
    let product = LaunchMatrix("C", c, rows: shape.m, columns: shape.n)
    try product.checkOverlap(
      with: [
        LaunchMatrix("A", a, rows: shape.m, columns: shape.k),
        LaunchMatrix("B", b, rows: shape.n, columns: shape.k),
      ], entry: entry)
    guard shape.m > 0, shape.n > 0 else { return PreparedMatmul { LaunchResult(seconds: 0) } }
    let aMatrix = try AlignedMatrix(a, orEmpty: c, rows: shape.m, columns: shape.k, on: device)
    let bMatrix = try AlignedMatrix(b, orEmpty: c, rows: shape.n, columns: shape.k, on: device)
    let cMatrix = try AlignedMatrix(c, orEmpty: c, rows: shape.m, columns: shape.n, on: device)
    let prepared = try prepare(
      on: device, aMatrix.tensorMap(of: aTile, on: device),
      bMatrix.tensorMap(of: bTile, on: device),
      cMatrix.tensorMap(of: box, on: device), shape, Identity())
    return PreparedMatmul { () throws(DeviceError) in
      var copying = try aMatrix.fillCopy(on: device) + bMatrix.fillCopy(on: device)
      let result = try prepared.launch()
      copying += try cMatrix.copyBack(on: device)
      return LaunchResult(seconds: copying + result.seconds, counters: result.counters)
    }
  }
}
