// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import StructuredKernels
import TileLayout

extension TensorCoreMatmul: MatmulKernel {
  /// The description of the kernel.
  public var description: MatmulDescription {
    let isSwizzled = configuration.swizzle != .none
    return MatmulDescription(
      name: isSwizzled ? "swizzled" : "tensor-core", target: Machine.matmulTarget,
      step: isSwizzled ? 3 : 2,
      summary: "TMA, \(Machine.matmulUnits), \(configuration.swizzle)",
      configuration: configuration.summary)
  }

  /// The entry's name.
  public var entry: String { kernel.entry }

  /// Returns the module.
  public func module() throws(KernelError) -> Module { try kernel.module() }

  /// Returns the program.
  public func program() throws(KernelError) -> Program { try kernel.program() }

  /// Prepares a product.
  ///
  /// If k is not a multiple of 8, or A or B is not aligned to 16 bytes, each launch first copies
  /// the matrix to padded rows that TMA can address.
  public func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul {
    try check(a, b, c, shape)
    guard shape.m > 0, shape.n > 0 else { return PreparedMatmul { LaunchResult(seconds: 0) } }
    let aMatrix = try AlignedMatrix(a, orEmpty: c, rows: shape.m, columns: shape.k, on: device)
    let bMatrix = try AlignedMatrix(b, orEmpty: c, rows: shape.n, columns: shape.k, on: device)
    let aMap = try aMatrix.tensorMap(of: product.a, on: device)
    let bMap = try bMatrix.tensorMap(of: product.b, on: device)
    let grid = configuration.grid(shape)
    return PreparedMatmul { [kernel] () throws(DeviceError) in
      let copying = try aMatrix.fillCopy(on: device) + bMatrix.fillCopy(on: device)
      let result = try device.launch(
        kernel, grid: grid, aMap, bMap, c, UInt32(shape.m), UInt32(shape.n), UInt32(shape.k))
      return LaunchResult(seconds: copying + result.seconds, counters: result.counters)
    }
  }

  /// Returns which thread holds the accumulator of an element of C.
  public func owner(row: Int, column: Int) -> ElementOwner {
    configuration.owner(row: row, column: column, on: Machine.self)
  }
}

extension TensorStoreMatmul: MatmulKernel {
  /// The description of the kernel.
  public var description: MatmulDescription {
    let isSmall = configuration.tileM == 64 && configuration.tileN == 64
    let isRing = configuration.stages > 1
    return MatmulDescription(
      name: isSmall ? "tma-store" : "tile-\(configuration.tileM)x\(configuration.tileN)",
      target: Machine.matmulTarget, step: 4,
      summary: "\(isRing ? "prefetching TMA" : "TMA"), \(Machine.matmulUnits), stmatrix, TMA store",
      configuration: configuration.summary)
  }

  /// The entry's name.
  public var entry: String { kernel.entry }

  /// Returns the module.
  public func module() throws(KernelError) -> Module { try kernel.module() }

  /// Returns the program.
  public func program() throws(KernelError) -> Program { try kernel.program() }

  /// Prepares a product.
  ///
  /// If n is not a multiple of 8, or C is not aligned to 16 bytes, the kernel writes to padded
  /// rows, from which each launch then copies C. A and B are copied as in the preceding steps.
  public func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul {
    try check(a, b, c, shape)
    guard shape.m > 0, shape.n > 0 else { return PreparedMatmul { LaunchResult(seconds: 0) } }
    let cMatrix = try AlignedMatrix(c, orEmpty: c, rows: shape.m, columns: shape.n, on: device)
    let cMap = try cMatrix.tensorMap(of: output, on: device)
    let aMatrix = try AlignedMatrix(a, orEmpty: c, rows: shape.m, columns: shape.k, on: device)
    let bMatrix = try AlignedMatrix(b, orEmpty: c, rows: shape.n, columns: shape.k, on: device)
    let aMap = try aMatrix.tensorMap(of: product.a, on: device)
    let bMap = try bMatrix.tensorMap(of: product.b, on: device)
    let grid = configuration.grid(shape)
    return PreparedMatmul { [kernel] () throws(DeviceError) in
      var copying = try aMatrix.fillCopy(on: device) + bMatrix.fillCopy(on: device)
      let result = try device.launch(
        kernel, grid: grid, aMap, bMap, cMap, UInt32(shape.k))
      copying += try cMatrix.copyBack(on: device)
      return LaunchResult(seconds: copying + result.seconds, counters: result.counters)
    }
  }

  /// Returns which thread holds the accumulator of an element of C.
  public func owner(row: Int, column: Int) -> ElementOwner {
    configuration.owner(row: row, column: column, on: Machine.self)
  }
}

extension TensorCoreConfiguration {
  /// Returns the grid of a product: a block for each tile of C.
  func grid(_ shape: MatmulShape) -> Dimensions {
    Dimensions((shape.n + tileN - 1) / tileN, (shape.m + tileM - 1) / tileM)
  }

  /// Returns which thread holds the accumulator of an element of C.
  func owner<Machine: HasTileOp>(
    row: Int, column: Int, on machine: Machine.Type
  ) -> ElementOwner {
    let warp = Machine.Operation.warp(row: row % tileM, column: column % tileN, of: shape)
    let slot = WarpgroupAccumulator.slot(row: row % 16, column: column % 8)
    return ElementOwner(
      tileRow: row / tileM, tileColumn: column / tileN, warp: warp, lane: slot.thread % 32)
  }
}

extension HasTileOp {
  /// The architecture as a target of the catalogue.
  fileprivate static var matmulTarget: MatmulDescription.Target {
    MatmulDescription.Target(rawValue: name) ?? .any
  }

  /// The units that multiply and hold the accumulators, for summaries.
  fileprivate static var matmulUnits: String {
    matmulTarget == .blackwell ? "tcgen05 and Tensor Memory" : "wgmma"
  }
}
