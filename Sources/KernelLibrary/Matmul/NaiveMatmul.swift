// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR

/// Step 1: one thread computes one element of C.
///
/// It loads a row of A and a row of B, element by element, without any reuse: the slow baseline.
public struct NaiveMatmul<Element: TensorCoreElement>: MatmulKernel {
  /// The kernel, with A, B, C, m, n and k.
  let kernel:
    Kernel<
      AnyArchitecture, GlobalBuffer<Element>, GlobalBuffer<Element>, GlobalBuffer<Element>, UInt32,
      UInt32, UInt32
    >

  /// The extent of a block of threads along rows and along columns.
  private static var blockExtent: Int { 16 }

  /// Creates the kernel.
  public init() {
    let extent = Self.blockExtent
    kernel = Kernel(
      "matmul_\(Element.name)_naive", parameters: ["a", "b", "c", "m", "n", "k"],
      block: Dimensions(extent, extent)
    ) { k, a, b, c, m, n, depth in
      let row = k.blockIndex.y * extent + k.threadIndex.y
      let column = k.blockIndex.x * extent + k.threadIndex.x
      k.return(if: row >= m || column >= n)
      let aRow = TileTensor(a, rows: m, columns: depth).row(row)
      let bRow = TileTensor(b, rows: n, columns: depth).row(column)
      let sum = k.variable(Float(0))
      k.loop(depth) { i in
        sum.addProduct(
          aRow[0, i].converted(to: Float.self), bRow[0, i].converted(to: Float.self))
      }
      let result = TileTensor(c, rows: m, columns: n)
      result[row, column] = sum.value.converted(to: Element.self)
    }
  }

  /// The description of the kernel.
  public var description: MatmulDescription {
    MatmulDescription(
      name: "naive", target: .any, step: 1, summary: "one thread per element of C",
      configuration: "blocks of \(Self.blockExtent)x\(Self.blockExtent) threads")
  }

  /// The entry's name.
  public var entry: String { kernel.entry }

  /// Returns the module.
  public func module() throws(KernelError) -> Module { try kernel.module() }

  /// Returns the program.
  public func program() throws(KernelError) -> Program { try kernel.program() }

  /// Prepares a product.
  public func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul {
    try check(a, b, c, shape)
    guard shape.m > 0, shape.n > 0 else { return PreparedMatmul { LaunchResult(seconds: 0) } }
    let extent = Self.blockExtent
    let grid = Dimensions((shape.n + extent - 1) / extent, (shape.m + extent - 1) / extent)
    return PreparedMatmul { [kernel] () throws(DeviceError) in
      try device.launch(
        kernel, grid: grid, a, b, c, UInt32(shape.m), UInt32(shape.n), UInt32(shape.k))
    }
  }

  /// Returns which thread holds the accumulator of an element of C.
  public func owner(row: Int, column: Int) -> ElementOwner {
    let extent = Self.blockExtent
    let thread = row % extent * extent + column % extent
    return ElementOwner(
      tileRow: row / extent, tileColumn: column / extent, warp: thread / 32, lane: thread % 32)
  }
}
