// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats
import Testing

/// A product to compute on a device, and the kind of its elements.
struct MatmulCase: Sendable, CustomTestStringConvertible {
  var shape: MatmulShape
  var inputs = MatmulInputs.integers
  var seed = UInt64(1)

  /// Creates a case.
  init(_ m: Int, _ n: Int, _ k: Int, _ inputs: MatmulInputs = .integers, seed: UInt64 = 1) {
    shape = MatmulShape(m: m, n: n, k: k)
    self.inputs = inputs
    self.seed = seed
  }

  var testDescription: String {
    "\(shape.m)x\(shape.n)x\(shape.k) \(inputs.rawValue) seed \(seed)"
  }

  /// Shapes at and around the edges of 64 × 64 × 64 tiles.
  static let ragged = [
    MatmulCase(64, 64, 64, .positions), MatmulCase(128, 192, 128, .positions),
    MatmulCase(64, 64, 0), MatmulCase(64, 64, 8), MatmulCase(64, 64, 72),
    MatmulCase(1, 1, 1), MatmulCase(65, 66, 64), MatmulCase(63, 61, 56), MatmulCase(100, 7, 200),
    MatmulCase(17, 130, 65), MatmulCase(130, 33, 3, .positions), MatmulCase(0, 64, 64),
    MatmulCase(96, 80, 320, .normal), MatmulCase(33, 35, 37, .normal, seed: 2),
  ]

  /// Shapes at and around the edges of 128 × 256 × 64 tiles.
  static let aroundLargeTiles = [
    MatmulCase(128, 256, 64, .positions), MatmulCase(256, 512, 192, .normal),
    MatmulCase(129, 264, 256), MatmulCase(127, 255, 130, .normal), MatmulCase(130, 257, 448),
    MatmulCase(256, 300, 16, .positions),
  ]
}

/// The number of elements before and after C that no kernel may write.
private let guardCount = 64

/// Computes a product on a device and expects every element to be right.
///
/// C lies between guards in one buffer, and is NaN before the launch.
///
/// - Parameters:
///   - device: The device.
///   - kernel: The kernel.
///   - test: The product.
///   - shift: The offset of C from a multiple of 16 bytes, an even number of elements.
///   - sourceLocation: The location of the expectation.
/// - Throws: The errors of the device.
func checkMatmul<Element: TensorCoreElement>(
  on device: any Device, _ kernel: any MatmulKernel<Element>, _ test: MatmulCase,
  shiftingC shift: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let shape = test.shape
  let a = test.inputs.matrix(of: Element.self, rows: shape.m, columns: shape.k, seed: test.seed)
  let b = test.inputs.matrix(
    of: Element.self, rows: shape.n, columns: shape.k, seed: test.seed &+ 1000)
  let count = shape.m * shape.n
  let guardCount = guardCount + shift
  let poison = [Element](repeating: Element(Float.nan), count: count + 2 * guardCount)
  let whole = try device.makeBuffer(poison)
  let c = try GlobalBuffer<Element>(
    allocation: whole.allocation, byteOffset: 2 * guardCount, count: count)
  try kernel.launch(
    on: device, a: device.makeBuffer(a), b: device.makeBuffer(b), c: c, shape: shape)
  let found = try whole.read()
  let result = Array(found[guardCount..<guardCount + count])
  let guards = found[..<guardCount] + found[(guardCount + count)...]
  #expect(
    guards.allSatisfy { $0.bitPattern == poison[0].bitPattern }, "C was written outside of C.",
    sourceLocation: sourceLocation)
  let comparison = HostReference(a: a, b: b, shape: shape).compare(
    result, isExact: test.inputs.isExact,
    owner: { row, column in kernel.owner(row: row, column: column) })
  #expect(
    comparison.isMatch,
    """
    \(kernel.entry) on \(device.summary), \(test.testDescription): \(comparison.mismatchCount) of \
    \(comparison.elementCount) elements are wrong; \(comparison.firstMismatch.debugDescription)
    """, sourceLocation: sourceLocation)
}
