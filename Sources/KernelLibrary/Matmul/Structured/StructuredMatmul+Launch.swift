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

  /// Makes ready to compute D[m, n] = epilogue(A[m, k] · B[n, k]ᵀ).
  ///
  /// - Parameters:
  ///   - device: The device, which holds all buffers.
  ///   - a: A, [m, k], at a multiple of 16 bytes.
  ///   - b: B, [n, k], at a multiple of 16 bytes.
  ///   - d: D, [m, n], at a multiple of 16 bytes; it overlaps neither A nor B.
  ///   - shape: The extents. Rows of A, B and D are multiples of 16 bytes, as tensor copies need.
  ///   - epilogue: What happens to the sums.
  /// - Returns: The product, ready to be computed.
  /// - Throws: `invalidLaunch` where a buffer or an extent breaks a rule, and what the device throws.
  public func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    d: GlobalBuffer<Output>, shape: MatmulShape, epilogue: Post
  ) throws(DeviceError) -> PreparedMatmul {
    try checkAligned(a, b, d, shape)
    guard shape.m > 0, shape.n > 0 else { return PreparedMatmul { LaunchResult(seconds: 0) } }
    // A tensor has no empty dimension; with k = 0 the maps are ones that the kernel never uses.
    let columns = max(shape.k, 16 / Element.elementType.byteCount)
    let aMap = try device.makeTensorMap(
      aTile.tensorMapDescription(of: a, rows: shape.m, columns: columns, pitch: columns),
      of: Element.self)
    let bMap = try device.makeTensorMap(
      bTile.tensorMapDescription(of: b, rows: shape.n, columns: columns, pitch: columns),
      of: Element.self)
    let dMap = try device.makeTensorMap(
      box.tensorMapDescription(of: d, rows: shape.m, columns: shape.n, pitch: shape.n),
      of: Output.self)
    return try prepare(on: device, aMap, bMap, dMap, shape, epilogue, holding: (a, b, d))
  }

  /// Makes ready to compute a product of matrices that maps describe.
  ///
  /// - `buffers`: What must live as long as the product, since maps know addresses only.
  private func prepare(
    on device: any Device, _ aMap: TensorMap<Element>, _ bMap: TensorMap<Element>,
    _ dMap: TensorMap<Output>, _ shape: MatmulShape, _ epilogue: Post,
    holding buffers: (GlobalBuffer<Element>, GlobalBuffer<Element>, GlobalBuffer<Output>)
  ) throws(DeviceError) -> PreparedMatmul {
    let grid = try kernel.grid(of: configuration, for: shape, on: device)
    let places = try configuration.tileCoordinates(on: device, shape)
    let partialSums = try partialSums(on: device, shape, grid)
    return PreparedMatmul { [kernel] () throws(DeviceError) in
      let result = try device.launch(
        kernel, grid: grid, aMap, bMap, dMap, UInt32(shape.m), UInt32(shape.n), UInt32(shape.k),
        epilogue.parameters, places, partialSums)
      withExtendedLifetime(buffers) {}
      return result
    }
  }
}

extension StructuredMatmul {
  /// Returns the slots and flags of tiles that are split, if kernels of this configuration have them.
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
  /// Returns the table of where the tiles lie, if kernels of this configuration have one.
  func tileCoordinates(
    on device: any Device, _ shape: MatmulShape
  ) throws(DeviceError) -> OptionalParameter<GlobalBuffer<UInt32>> {
    guard order == .hilbert else { return OptionalParameter(nil) }
    let tiles = clusterTiles(shape)
    let curve = HilbertCurve(rows: tiles.rows, columns: tiles.columns)
    return OptionalParameter(try device.makeBuffer(curve.coordinates))
  }

  /// How the blocks of a cluster share B, in words.
  fileprivate var sharing: String {
    ctasPerMMA == 1 ? "clusters with multicast" : "pairs of blocks that multiply together"
  }

  /// Returns the clusters of a launch, on a device that runs so many at a time.
  func clusterCount(_ shape: MatmulShape, clusterLimit: Int) -> Int {
    splitKPlan(shape, clusterLimit: clusterLimit)?.clusterCount
      ?? scheduler.clusterCount(
        tileCount: clusterTiles(shape).count, clusterLimit: clusterLimit)
  }

  /// Returns how a launch splits tiles; nil where kernels of this configuration split none.
  func splitKPlan(_ shape: MatmulShape, clusterLimit: Int) -> SplitKPlan? {
    guard scheduler == .splitK else { return nil }
    return SplitKPlan(
      splitFactor: splitFactor, tileCount: clusterTiles(shape).count,
      depth: (shape.k + tileK - 1) / tileK, clusterLimit: clusterLimit)
  }

  /// Returns the tiles of clusters that make up an output matrix.
  func clusterTiles(_ shape: MatmulShape) -> (rows: Int, columns: Int, count: Int) {
    let height = tileM * clusterM
    let rows = (shape.m + height - 1) / height
    let width = tileN * clusterN
    let columns = (shape.n + width - 1) / width
    return (rows, columns, rows * columns)
  }
}

extension StructuredMatmul: MatmulKernel where Output == Element, Post == Identity {
  /// What the kernel is for.
  public var description: MatmulDescription {
    MatmulDescription(
      name: "structured", target: MatmulDescription.Target(rawValue: Machine.name) ?? .any,
      step: 9,
      summary: "persistent, warp-specialised, \(configuration.sharing), TMA stores",
      configuration: "\(configuration)")
  }

  /// Makes ready to compute a product.
  ///
  /// Where k or n is no multiple of 8, or a buffer begins at no multiple of 16 bytes, copies with padded rows stand for
  /// the matrices; each launch makes those of A and B, and copies C from its own.
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
      cMatrix.tensorMap(of: box, on: device), shape, Identity(), holding: (a, b, c))
    return PreparedMatmul { () throws(DeviceError) in
      var copying = try aMatrix.fillCopy(on: device) + bMatrix.fillCopy(on: device)
      let result = try prepared.launch()
      copying += try cMatrix.copyBack(on: device)
      return LaunchResult(seconds: copying + result.seconds, counters: result.counters)
    }
  }

  /// Returns who computes an element of C.
  public func owner(row: Int, column: Int) -> ElementOwner {
    let slot = WarpgroupAccumulator.slot(row: row % 16, column: column % configuration.tileN)
    let warpRow = row % configuration.tileM
    let warp = Machine.name == Hopper.name ? 4 + warpRow / 16 : warpRow / 32
    return ElementOwner(
      blockRow: row / configuration.tileM, blockColumn: column / configuration.tileN, warp: warp,
      lane: slot.thread % 32)
  }
}
