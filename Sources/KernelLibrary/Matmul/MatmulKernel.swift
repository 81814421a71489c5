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

  /// The multiplications and additions, counted apart.
  public var operationCount: Double { 2 * Double(m) * Double(n) * Double(k) }
}

/// What a kernel is for, as the tool and the documentation say it.
public struct MatmulDescription: Hashable, Sendable {
  /// What a kernel needs of the machine.
  public enum Target: String, CaseIterable, Hashable, Sendable {
    /// Nothing beyond what every GPU since Ampere has.
    case any

    /// A Hopper.
    case hopper

    /// A data-center Blackwell.
    case blackwell
  }

  /// The name by which the tool knows the kernel.
  public var name: String

  /// What the kernel needs of the machine.
  public var target: Target

  /// The step of the ladder.
  public var step: Int

  /// What the kernel does, in a line.
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

/// Who computes an element of C: what a report names beside a wrong one.
public struct ElementOwner: Hashable, Sendable {
  /// The block's place in the grid, down the rows of C.
  public var blockRow: Int

  /// The block's place in the grid, along the columns of C.
  public var blockColumn: Int

  /// The warp that stores the element.
  public var warp: Int

  /// The lane that stores the element.
  public var lane: Int

  /// Creates an owner.
  public init(blockRow: Int, blockColumn: Int, warp: Int, lane: Int) {
    self.blockRow = blockRow
    self.blockColumn = blockColumn
    self.warp = warp
    self.lane = lane
  }
}

/// A kernel that computes C[m, n] = A[m, k] · B[n, k]ᵀ.
///
/// A, B and C are row-major without gaps: k is contiguous in A and B, n in C. Sums are f32; they are
/// rounded to the element type once. Extents are values of a launch, and none of them needs to be a
/// multiple of anything.
public protocol MatmulKernel<Element>: Sendable {
  /// The type of the elements of A, B and C.
  associatedtype Element: TensorCoreElement

  /// What the kernel is for.
  var description: MatmulDescription { get }

  /// The entry's name, which states the configuration.
  var entry: String { get }

  /// Returns the kernel that computes a product: this one, where it has but one configuration.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - multiprocessorCount: The multiprocessors of the device.
  /// - Returns: The kernel.
  func resolved(for shape: MatmulShape, multiprocessorCount: Int) -> any MatmulKernel<Element>

  /// Returns the module that the kernel's text was printed from.
  func module() throws(KernelError) -> Module

  /// Returns the text, and what a launch must know.
  func program() throws(KernelError) -> Program

  /// Makes ready to compute a product, so that launching it repeats nothing that can be done once.
  ///
  /// - Parameters:
  ///   - device: The device, which holds all three buffers.
  ///   - a: A, [m, k].
  ///   - b: B, [n, k].
  ///   - c: C, [m, n], at a multiple of 4 bytes.
  ///   - shape: The extents.
  /// - Returns: The product, ready to be computed.
  /// - Throws: `invalidLaunch` where a buffer is too small, and what the device throws.
  func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul

  /// Returns who computes an element of C.
  func owner(row: Int, column: Int) -> ElementOwner
}

extension MatmulKernel {
  /// Computes a product.
  ///
  /// - Parameters:
  ///   - device: The device, which holds all three buffers.
  ///   - a: A, [m, k].
  ///   - b: B, [n, k].
  ///   - c: C, [m, n].
  ///   - shape: The extents.
  /// - Returns: How long it took, and what was counted.
  /// - Throws: What `prepare` throws, and `fault` where the kernel goes wrong.
  @discardableResult
  public func launch(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> LaunchResult {
    try prepare(on: device, a: a, b: b, c: c, shape: shape).launch()
  }

  /// Checks that the buffers hold the matrices.
  func check(
    _ a: GlobalBuffer<Element>, _ b: GlobalBuffer<Element>, _ c: GlobalBuffer<Element>,
    _ shape: MatmulShape
  ) throws(DeviceError) {
    for (name, extent) in [("m", shape.m), ("n", shape.n), ("k", shape.k)]
    where !(0...Int(Int32.max)).contains(extent) {
      throw .invalidLaunch(entry: entry, reason: "\(name) is 0 to 2147483647, not \(extent).")
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
      throw .invalidLaunch(entry: entry, reason: "C begins at a multiple of 4 bytes.")
    }
  }
}

/// A product that is ready to be computed, as often as one likes.
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
