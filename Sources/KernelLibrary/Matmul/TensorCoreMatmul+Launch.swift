import DeviceRuntime
import KernelLanguage
import MachineIR
import StructuredKernels
import TileLayout

extension TensorCoreMatmul: MatmulKernel {
  /// What the kernel is for.
  public var description: MatmulDescription {
    let isSwizzled = configuration.swizzle != .none
    let target = MatmulDescription.Target(rawValue: Machine.name) ?? .any
    let units = target == .blackwell ? "tcgen05 and Tensor Memory" : "wgmma"
    return MatmulDescription(
      name: isSwizzled ? "swizzled" : "tensor-core", target: target, step: isSwizzled ? 3 : 2,
      summary: "TMA, \(units), \(configuration.swizzle)",
      configuration: """
        \(configuration.tileM)x\(configuration.tileN)x\(configuration.tileK), \
        \(configuration.swizzle)
        """)
  }

  /// The entry's name.
  public var entry: String { kernel.entry }

  /// Returns the module.
  public func module() throws(KernelError) -> Module { try kernel.module() }

  /// Returns the program.
  public func program() throws(KernelError) -> Program { try kernel.program() }

  /// Makes ready to compute a product.
  ///
  /// Tensor copies need rows that begin at multiples of 16 bytes. Where k is not a multiple of 8, or a
  /// buffer begins elsewhere, each launch first copies the matrix to rows that do.
  public func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul {
    try check(a, b, c, shape)
    guard shape.m > 0, shape.n > 0 else { return PreparedMatmul { LaunchResult(seconds: 0) } }
    let aOperand = try AlignedOperand(a, orEmpty: c, rows: shape.m, columns: shape.k, on: device)
    let bOperand = try AlignedOperand(b, orEmpty: c, rows: shape.n, columns: shape.k, on: device)
    let aMap = try aOperand.tensorMap(filling: aTile, on: device)
    let bMap = try bOperand.tensorMap(filling: bTile, on: device)
    let grid = Dimensions(
      (shape.n + configuration.tileN - 1) / configuration.tileN,
      (shape.m + configuration.tileM - 1) / configuration.tileM)
    return PreparedMatmul { [kernel] () throws(DeviceError) in
      var seconds = try aOperand.align(on: device) + bOperand.align(on: device)
      let result = try device.launch(
        kernel, grid: grid, aMap, bMap, c, UInt32(shape.m), UInt32(shape.n), UInt32(shape.k))
      seconds += result.seconds
      return LaunchResult(seconds: seconds, counters: result.counters)
    }
  }

  /// Returns who computes an element of C.
  public func owner(row: Int, column: Int) -> ElementOwner {
    let tileRow = row % configuration.tileM
    // On Blackwell 128 rows are 32 for each warp; `wgmma` has 16 of every 64.
    let isWide = configuration.tileM == 128 && Machine.name == Blackwell.name
    let warp = isWide ? tileRow / 32 : tileRow % 64 / 16
    let slot = WarpgroupAccumulator.slot(
      row: tileRow % 16, column: column % configuration.tileN)
    return ElementOwner(
      blockRow: row / configuration.tileM, blockColumn: column / configuration.tileN, warp: warp,
      lane: slot.thread % 32)
  }
}

/// A or B in a form that tensor copies can read: as it is, or as a copy with padded rows.
private struct AlignedOperand<Element: TensorCoreElement>: Sendable {
  /// The matrix as it was given.
  private let source: GlobalBuffer<Element>

  /// The copy with padded rows, where the matrix itself will not do.
  private let copy: GlobalBuffer<Element>?

  /// What stands for the matrix where it has no elements; nobody reads it.
  private let standIn: GlobalBuffer<Element>

  /// The rows.
  private let rows: Int

  /// The columns, perhaps none.
  private let columns: Int

  /// Creates the operand, with memory for a copy where there is need of one.
  init(
    _ source: GlobalBuffer<Element>, orEmpty standIn: GlobalBuffer<Element>, rows: Int,
    columns: Int, on device: any Device
  ) throws(DeviceError) {
    self.source = source
    self.standIn = standIn
    self.rows = rows
    self.columns = columns
    let pitch = RowPadding<Element>.pitch(columns: columns)
    let isAligned = pitch == columns && source.address % 16 == 0
    let needsCopy = !isAligned && columns > 0
    copy = needsCopy ? try device.makeBuffer(of: Element.self, count: rows * pitch) : nil
  }

  /// Copies the matrix, where there is need, and returns how long it took, in seconds.
  func align(on device: any Device) throws(DeviceError) -> Double {
    guard let copy else { return 0 }
    return try RowPadding<Element>().launch(
      on: device, from: source, to: copy, rows: rows, columns: columns
    ).seconds
  }

  /// Makes the tensor map by which boxes of the matrix are copied.
  ///
  /// A tensor has no empty dimension; with k = 0 the map is one that the kernel never uses.
  func tensorMap(
    filling tile: SharedTile<Element>, on device: any Device
  ) throws(DeviceError) -> TensorMap<Element> {
    let pitch = RowPadding<Element>.pitch(columns: columns)
    let isEmpty = columns == 0
    let matrix = isEmpty ? standIn : copy ?? source
    return try device.makeTensorMap(
      tile.tensorMapDescription(
        of: matrix, rows: isEmpty ? 1 : rows, columns: isEmpty ? 1 : columns, pitch: pitch),
      of: Element.self)
  }
}
