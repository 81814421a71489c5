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
    let (grid, arguments) = try kernel.plan(configuration, scheduling, for: shape, on: device)
    return PreparedMatmul { [kernel] () throws(DeviceError) in
      try device.launch(
        kernel, grid: grid, aMap, bMap, dMap, UInt32(shape.m), UInt32(shape.n), UInt32(shape.k),
        epilogue.parameters, arguments)
    }
  }
}

extension StructuredMatmul {
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

extension StructuredMatmul {
  /// A description of how blocks get their tiles and share operands.
  private var summary: String {
    let sharing =
      if configuration.ctasPerMMA > 1 { ["2-CTA multiplications"] } else {
        configuration.clusterBlockCount > 1 ? ["clusters with multicast"] : []
      }
    let scheduled = scheduling.summary(of: Machine.scheduledKernel(configuration))
    return ([scheduled, "warp-specialised"] + sharing + ["TMA stores"]).joined(separator: ", ")
  }
}

extension StructuredConfiguration {
  /// Returns the tiles of a launch.
  func scheduledTiles(
    _ shape: MatmulShape, clusterLimit: Int, kernel: ScheduledKernel = ScheduledKernel()
  ) -> ScheduledTiles {
    let (height, width) = (tileM * clusterM, tileN * clusterN)
    return ScheduledTiles(
      rows: (shape.m + height - 1) / height, columns: (shape.n + width - 1) / width,
      depth: (shape.k + tileK - 1) / tileK, clusterLimit: clusterLimit, kernel: kernel)
  }
}

extension StructuredMatmul: MatmulFamily, MatmulKernel where Output == Element, Post == Identity {
  /// The description of the kernel.
  public var description: MatmulDescription {
    MatmulDescription(
      name: "structured", target: MatmulDescription.Target(rawValue: Machine.name) ?? .any,
      step: 9,
      summary: summary,
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
