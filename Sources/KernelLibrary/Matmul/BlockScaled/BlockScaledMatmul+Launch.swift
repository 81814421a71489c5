// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import NumberFormats
import StructuredKernels
import TileLayout

/// A matrix of 8-bit floats with a scale for every 32 of them along k.
public struct BlockScaledMatrix<Element: BlockScaledElement>: Sendable {
  /// The elements, [rows, k], row-major without gaps.
  public var elements: GlobalBuffer<Element>

  /// The scales, [rows, k / 32], in the blocks that `ScaleFactorLayout.packed` makes.
  public var scales: GlobalBuffer<ScaleE8M0>

  /// Creates a matrix.
  public init(elements: GlobalBuffer<Element>, scales: GlobalBuffer<ScaleE8M0>) {
    self.elements = elements
    self.scales = scales
  }

  /// Returns the layout of the scales of a matrix; an empty matrix has one that is never read.
  static func layout(rows: Int, k: Int) -> ScaleFactorLayout {
    ScaleFactorLayout(rows: max(rows, 1), scaleCount: max(k / ScaleBlock.block32.rawValue, 1))
  }
}

extension BlockScaledMatmul {
  /// The entry's name.
  public var entry: String { kernel.entry }

  /// Returns the module.
  public func module() throws(KernelError) -> Module { try kernel.module() }

  /// Returns the program.
  public func program() throws(KernelError) -> Program { try kernel.program() }

  /// Prepares D[m, n] = epilogue(Σₖ (A · scaleA)[m, k] · (B · scaleB)[n, k]).
  ///
  /// - Parameters:
  ///   - device: The device, which holds all buffers.
  ///   - a: A, [m, k], its elements and its scales at multiples of 16 bytes.
  ///   - b: B, [n, k], its elements and its scales at multiples of 16 bytes.
  ///   - d: D, [m, n], at a multiple of 16 bytes; it overlaps nothing that is read.
  ///   - shape: The extents: k is a multiple of 32, and the rows of D are multiples of 16 bytes.
  ///   - epilogue: The epilogue.
  /// - Returns: The prepared product.
  /// - Throws: `invalidLaunch` if a buffer or an extent breaks a rule, and the device's errors.
  public func prepare(
    on device: any Device, a: BlockScaledMatrix<Element>, b: BlockScaledMatrix<Element>,
    d: GlobalBuffer<Output>, shape: MatmulShape, epilogue: Post
  ) throws(DeviceError) -> PreparedMatmul {
    try check(a, b, d, shape)
    guard shape.m > 0, shape.n > 0 else { return PreparedMatmul { LaunchResult(seconds: 0) } }
    let (aMap, aScalesMap) = try maps(
      of: a, rows: shape.m, k: shape.k, filling: tiles.a, tiles.aScales, on: device)
    let (bMap, bScalesMap) = try maps(
      of: b, rows: shape.n, k: shape.k, filling: tiles.b, tiles.bScales, on: device)
    let dMap = try device.makeTensorMap(
      tiles.box.tensorMapDescription(of: d, rows: shape.m, columns: shape.n, pitch: shape.n),
      of: Output.self, over: d)
    let (grid, arguments) = try kernel.plan(configuration, scheduling, for: shape, on: device)
    return PreparedMatmul { [kernel] () throws(DeviceError) in
      try device.launch(
        kernel, grid: grid, aMap, aScalesMap, bMap, bScalesMap, dMap, UInt32(shape.m),
        UInt32(shape.n), UInt32(shape.k), epilogue.parameters, arguments)
    }
  }

  /// Makes the tensor maps of a matrix and its scales.
  private func maps(
    of matrix: BlockScaledMatrix<Element>, rows: Int, k: Int, filling tile: SharedTile<Element>,
    _ scales: ScaleFactorTile, on device: any Device
  ) throws(DeviceError) -> (TensorMap<Element>, TensorMap<UInt32>) {
    // No dimension of a tensor may be empty; with k = 0 the kernel never uses the maps.
    let columns = max(k, ScaleBlock.block32.rawValue)
    let layout = BlockScaledMatrix<Element>.layout(rows: rows, k: k)
    return (
      try device.makeTensorMap(
        tile.tensorMapDescription(
          of: matrix.elements, rows: rows, columns: columns, pitch: columns),
        of: Element.self, over: matrix.elements),
      try device.makeTensorMap(
        scales.tensorMapDescription(of: matrix.scales, layout: layout), of: UInt32.self,
        over: matrix.scales)
    )
  }

  /// Checks extents, sizes, alignment and overlaps.
  private func check(
    _ a: BlockScaledMatrix<Element>, _ b: BlockScaledMatrix<Element>, _ d: GlobalBuffer<Output>,
    _ shape: MatmulShape
  ) throws(DeviceError) {
    try shape.check(entry: entry)
    let step = ScaleBlock.block32.rawValue
    guard shape.k % step == 0 else {
      throw .invalidLaunch(
        entry: entry,
        reason: """
          k must be a multiple of \(step), the elements of a scale, not \(shape.k); the nearest is \
          \((shape.k + step / 2) / step * step).
          """)
    }
    var operands: [LaunchMatrix] = []
    for (name, matrix, rows) in [("A", a, shape.m), ("B", b, shape.n)] {
      let layout = BlockScaledMatrix<Element>.layout(rows: rows, k: shape.k)
      let isEmpty = rows == 0 || shape.k == 0
      operands.append(LaunchMatrix(name, matrix.elements, rows: rows, columns: shape.k))
      operands.append(
        LaunchMatrix(
          "the scale matrix of \(name)", matrix.scales, rows: isEmpty ? 0 : layout.rowBlockCount,
          columns: layout.scaleBlockCount * ScaleFactorLayout.blockByteCount))
    }
    try LaunchMatrix("D", d, rows: shape.m, columns: shape.n).check(with: operands, entry: entry)
  }
}

extension BlockScaledMatmul {
  /// Returns which thread holds the sum of an element of D.
  public func owner(row: Int, column: Int) -> ElementOwner {
    Blackwell.owner(row: row, column: column, in: configuration)
  }
}
