// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR

/// The extents of a product: C[m, n] = A[m, k] · B[n, k]ᵀ.
public struct MatmulShape: Hashable, Sendable {
  /// The rows of A and C.
  public var m: Int

  /// The rows of B and the columns of C.
  public var n: Int

  /// The columns of A and B.
  public var k: Int

  /// Creates a shape.
  public init(m: Int, n: Int, k: Int) {
    self.m = m
    self.n = n
    self.k = k
  }

  /// The number of multiplications and additions, counted separately.
  public var operationCount: Double { 2 * Double(m) * Double(n) * Double(k) }
}

/// A description of a kernel for the tool and the documentation.
public struct MatmulDescription: Hashable, Sendable {
  /// The machines that a kernel runs on.
  public enum Target: String, CaseIterable, Hashable, Sendable {
    /// Every GPU since Ampere.
    case any

    /// Hopper.
    case hopper

    /// Data-center Blackwell.
    case blackwell
  }

  /// The name of the kernel in the tool.
  public var name: String

  /// The machines that the kernel runs on.
  public var target: Target

  /// The step in the series of kernels.
  public var step: Int

  /// A summary in one line.
  public var summary: String

  /// The configuration in words, such as `64x64x64, no swizzle`.
  public var configuration: String

  /// Creates a description.
  public init(
    name: String, target: Target, step: Int, summary: String, configuration: String
  ) {
    self.name = name
    self.target = target
    self.step = step
    self.summary = summary
    self.configuration = configuration
  }
}

/// The thread that holds the accumulator of an element of C; a report names it beside a wrong one.
///
/// With persistent blocks, the block that computes a tile is known only at run time, so the tile
/// is named instead.
public struct ElementOwner: Hashable, Sendable {
  /// The row of the element's tile among the tiles of single blocks.
  public var tileRow: Int

  /// The column of the element's tile among the tiles of single blocks.
  public var tileColumn: Int

  /// The warp of the tile's block that holds the accumulator.
  public var warp: Int

  /// The warp that holds it in every second tile of a block, where two warpgroups take tiles in
  /// turn.
  public var alternateWarp: Int?

  /// The lane of that warp.
  public var lane: Int

  /// Creates an owner.
  public init(tileRow: Int, tileColumn: Int, warp: Int, alternateWarp: Int? = nil, lane: Int) {
    self.tileRow = tileRow
    self.tileColumn = tileColumn
    self.warp = warp
    self.alternateWarp = alternateWarp
    self.lane = lane
  }
}

extension ElementOwner: CustomStringConvertible {
  /// The tile, the warp and the lane, in words.
  public var description: String {
    let turns = alternateWarp.map { " (in every second tile of its block warp \($0))" } ?? ""
    return "tile (\(tileRow), \(tileColumn)), warp \(warp)\(turns), lane \(lane)"
  }
}

/// Computes C[m, n] = A[m, k] · B[n, k]ᵀ by a kernel that it chooses for each product.
///
/// A, B and C are row-major without gaps: k is contiguous in A and B, n in C. Accumulators are f32;
/// they are rounded to the element type once. Extents are arguments of a launch, and need not be
/// multiples of anything.
public protocol MatmulFamily<Element>: Sendable {
  /// The type of the elements of A, B and C.
  associatedtype Element: TensorCoreElement

  /// The purpose of the kernels.
  var description: MatmulDescription { get }

  /// Returns the kernel that computes a product.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - multiprocessorCount: The number of multiprocessors (SMs) of the device.
  /// - Returns: The kernel.
  func resolved(for shape: MatmulShape, multiprocessorCount: Int) -> any MatmulKernel<Element>

  /// Prepares a product, so that a launch repeats nothing that can be done once.
  ///
  /// - Parameters:
  ///   - device: The device, which holds all three buffers.
  ///   - a: A, [m, k].
  ///   - b: B, [n, k].
  ///   - c: C, [m, n], at a multiple of 4 bytes.
  ///   - shape: The extents.
  /// - Returns: The prepared product.
  /// - Throws: `invalidLaunch` if a buffer is too small, and the device's errors.
  func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul
}

/// One kernel that computes C[m, n] = A[m, k] · B[n, k]ᵀ: a family that chooses itself for each
/// product.
public protocol MatmulKernel<Element>: MatmulFamily {
  /// The entry's name, which states the configuration.
  var entry: String { get }

  /// Returns the module from which the kernel's text was printed.
  func module() throws(KernelError) -> Module

  /// Returns the program: the text, and the properties that a launch needs.
  func program() throws(KernelError) -> Program

  /// Returns which thread holds the sum of an element of C.
  func owner(row: Int, column: Int) -> ElementOwner
}

extension MatmulKernel {
  /// Returns this kernel, which computes every product.
  public func resolved(
    for shape: MatmulShape, multiprocessorCount: Int
  ) -> any MatmulKernel<Element> { self }
}

extension MatmulFamily {
  /// Computes a product.
  ///
  /// - Parameters:
  ///   - device: The device, which holds all three buffers.
  ///   - a: A, [m, k].
  ///   - b: B, [n, k].
  ///   - c: C, [m, n].
  ///   - shape: The extents.
  /// - Returns: The time it took, and the counters.
  /// - Throws: The errors of `prepare`, and `fault` if the kernel faults.
  @discardableResult
  public func launch(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> LaunchResult {
    try prepare(on: device, a: a, b: b, c: c, shape: shape).launch()
  }
}

extension MatmulKernel {
  /// Checks that the buffers hold the matrices.
  func check(
    _ a: GlobalBuffer<Element>, _ b: GlobalBuffer<Element>, _ c: GlobalBuffer<Element>,
    _ shape: MatmulShape
  ) throws(DeviceError) {
    for (name, extent) in [("m", shape.m), ("n", shape.n), ("k", shape.k)]
    where !(0...Int(Int32.max)).contains(extent) {
      throw .invalidLaunch(entry: entry, reason: "\(name) must be 0 to 2147483647, not \(extent).")
    }
    let matrices = [
      ("A", a.count, shape.m, shape.k), ("B", b.count, shape.n, shape.k),
      ("C", c.count, shape.m, shape.n),
    ]
    for (name, count, rows, columns) in matrices where count < rows * columns {
      throw .invalidLaunch(
        entry: entry,
        reason: "\(name) has \(rows) x \(columns) elements; its buffer has \(count).")
    }
    guard c.address % 4 == 0 else {
      throw .invalidLaunch(entry: entry, reason: "C must begin at a multiple of 4 bytes.")
    }
  }
}

/// A prepared product, which can be launched any number of times.
public struct PreparedMatmul: Sendable {
  /// Computes the product.
  private let action: @Sendable () throws(DeviceError) -> LaunchResult

  /// Creates a prepared product.
  init(_ action: @escaping @Sendable () throws(DeviceError) -> LaunchResult) {
    self.action = action
  }

  /// Computes the product from what A and B hold now.
  @discardableResult
  public func launch() throws(DeviceError) -> LaunchResult { try action() }
}
