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
    try check(a, b, d, shape)
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
    let clusters = configuration.scheduler.clusterCount(
      tileCount: configuration.clusterTiles(shape).count,
      clusterLimit: try residentClusterCount(on: device))
    let grid = Dimensions(clusters * configuration.clusterM)
    let places = try tilePlaces(on: device, shape)
    return PreparedMatmul { [kernel] () throws(DeviceError) in
      let result = try device.launch(
        kernel, grid: grid, aMap, bMap, dMap, UInt32(shape.m), UInt32(shape.n), UInt32(shape.k),
        epilogue.parameters, places)
      // The maps know addresses only.
      withExtendedLifetime((a, b, d)) {}
      return result
    }
  }

  /// Returns the table of where the tiles lie, if the kernel has one.
  private func tilePlaces(
    on device: any Device, _ shape: MatmulShape
  ) throws(DeviceError) -> OptionalParameter<GlobalBuffer<UInt32>> {
    guard configuration.order == .hilbert else { return OptionalParameter(nil) }
    let tiles = configuration.clusterTiles(shape)
    let curve = HilbertCurve(rows: tiles.rows, columns: tiles.columns)
    return OptionalParameter(try device.makeBuffer(curve.places))
  }

  /// Returns how many clusters the device runs at the same time.
  private func residentClusterCount(on device: any Device) throws(DeviceError) -> Int {
    let program: Program
    do {
      program = try kernel.program()
    } catch {
      throw .programRejected(entry: kernel.entry, reason: error.description)
    }
    let cluster = Dimensions(configuration.clusterM)
    return try device.residentClusterCount(
      of: program,
      LaunchConfiguration(
        grid: cluster, block: program.block ?? 1, cluster: cluster,
        dynamicSharedByteCount: program.dynamicSharedByteCount))
  }
}

// MARK: - Checks

extension StructuredMatmul {
  /// A matrix of a launch, as its checks see it.
  private struct Matrix {
    /// The name.
    let name: String
    /// The address of the first element.
    let address: UInt64
    /// The elements that the buffer has.
    let count: Int
    /// The rows.
    let rows: Int
    /// The columns.
    let columns: Int
    /// The bytes of an element.
    let elementByteCount: Int

    /// The bytes that the product uses.
    var bytes: Range<UInt64> {
      address..<address + UInt64(rows * columns * elementByteCount)
    }
  }

  /// Checks extents, sizes, alignment and overlaps.
  private func check(
    _ a: GlobalBuffer<Element>, _ b: GlobalBuffer<Element>, _ d: GlobalBuffer<Output>,
    _ shape: MatmulShape
  ) throws(DeviceError) {
    for (name, extent) in [("m", shape.m), ("n", shape.n), ("k", shape.k)]
    where !(0...Int(Int32.max)).contains(extent) {
      throw invalid("\(name) is 0 to 2147483647, not \(extent).")
    }
    let (input, output) = (Element.elementType.byteCount, Output.elementType.byteCount)
    let matrices = [
      Matrix(
        name: "A", address: a.address, count: a.count, rows: shape.m, columns: shape.k,
        elementByteCount: input),
      Matrix(
        name: "B", address: b.address, count: b.count, rows: shape.n, columns: shape.k,
        elementByteCount: input),
      Matrix(
        name: "D", address: d.address, count: d.count, rows: shape.m, columns: shape.n,
        elementByteCount: output),
    ]
    for matrix in matrices { try check(matrix) }
    for matrix in matrices.dropLast() where matrix.bytes.overlaps(matrices[2].bytes) {
      throw invalid("D overlaps \(matrix.name).")
    }
  }

  /// Checks one matrix.
  private func check(_ matrix: Matrix) throws(DeviceError) {
    guard matrix.count >= matrix.rows * matrix.columns else {
      throw invalid(
        """
        \(matrix.name) has \(matrix.rows) x \(matrix.columns) elements; its buffer has \
        \(matrix.count).
        """)
    }
    guard matrix.address % 16 == 0 else {
      throw invalid(
        "\(matrix.name) begins at a multiple of 16 bytes, not at 0x\(String(matrix.address, radix: 16))."
      )
    }
    let step = 16 / matrix.elementByteCount
    guard matrix.columns % step == 0 else {
      throw invalid(
        """
        the rows of \(matrix.name) are multiples of 16 bytes, which is \(step) elements, not \
        \(matrix.columns); the nearest is \((matrix.columns + step / 2) / step * step).
        """)
    }
  }

  /// Returns the error of a launch that breaks a rule.
  private func invalid(_ reason: String) -> DeviceError {
    .invalidLaunch(entry: entry, reason: reason)
  }
}

extension StructuredConfiguration {
  /// How the blocks of a cluster share B, in words.
  fileprivate var sharing: String {
    blocksPerMultiply == 1 ? "clusters with multicast" : "pairs of blocks that multiply together"
  }

  /// Returns the tiles of clusters that make up an output matrix.
  func clusterTiles(_ shape: MatmulShape) -> (rows: Int, columns: Int, count: Int) {
    let height = tileM * clusterM
    let rows = (shape.m + height - 1) / height
    let columns = (shape.n + tileN - 1) / tileN
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
  public func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul {
    try prepare(on: device, a: a, b: b, d: c, shape: shape, epilogue: Identity())
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
