import DeviceRuntime
import KernelLanguage
import MachineIR
import StructuredKernels
import TileLayout

extension StructuredMatmul: MatmulKernel where Output == Element, Post == Identity {
  /// What the kernel is for.
  public var description: MatmulDescription {
    MatmulDescription(
      name: "structured", target: MatmulDescription.Target(rawValue: Machine.name) ?? .any,
      step: 9,
      summary: "persistent, warp-specialised, clusters with multicast, TMA stores",
      configuration: "\(configuration)")
  }

  /// The entry's name.
  public var entry: String { kernel.entry }

  /// Returns the module.
  public func module() throws(KernelError) -> Module { try kernel.module() }

  /// Returns the program.
  public func program() throws(KernelError) -> Program { try kernel.program() }

  /// Makes ready to compute a product.
  public func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul {
    try check(a, b, c, shape)
    guard shape.m > 0, shape.n > 0 else { return PreparedMatmul { LaunchResult(seconds: 0) } }
    let aMap = try device.makeTensorMap(
      aTile.tensorMapDescription(of: a, rows: shape.m, columns: shape.k, pitch: shape.k),
      of: Element.self)
    let bMap = try device.makeTensorMap(
      bTile.tensorMapDescription(of: b, rows: shape.n, columns: shape.k, pitch: shape.k),
      of: Element.self)
    let cMap = try device.makeTensorMap(
      boxes.tensorMapDescription(of: c, rows: shape.m, columns: shape.n, pitch: shape.n),
      of: Element.self)
    let clusterRows = configuration.tileM * configuration.clusterM
    let tileCount =
      ((shape.m + clusterRows - 1) / clusterRows)
      * ((shape.n + configuration.tileN - 1) / configuration.tileN)
    let limit = try residentClusterCount(on: device)
    let clusters = scheduler.clusterCount(tileCount: tileCount, clusterLimit: limit)
    let grid = Dimensions(clusters * configuration.clusterM)
    return PreparedMatmul { [kernel] () throws(DeviceError) in
      try device.launch(
        kernel, grid: grid, aMap, bMap, cMap, UInt32(shape.m), UInt32(shape.n), UInt32(shape.k),
        NoParameters())
    }
  }

  /// The order of the tiles.
  private var scheduler: PersistentScheduler {
    configuration.scheduler
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

  /// Returns who computes an element of C.
  public func owner(row: Int, column: Int) -> ElementOwner {
    let slot = WarpgroupAccumulator.slot(row: row % 16, column: column % configuration.tileN)
    return ElementOwner(
      blockRow: row / configuration.tileM, blockColumn: column / configuration.tileN,
      warp: 4 + row % configuration.tileM / 16, lane: slot.thread % 32)
  }
}
