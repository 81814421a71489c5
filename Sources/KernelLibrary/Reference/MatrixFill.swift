// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// Generates the elements of a matrix on the device, identical to those that `MatmulInputs`
/// generates on the host.
///
/// Each element is a function of the seed and its index, computed by one thread, so that filling a
/// matrix takes no longer than writing it.
public struct MatrixFill<Element: TensorCoreElement>: Sendable {
  /// The kernel, with the matrix, its rows, its columns, the seed, and a factor for the numbers.
  public let kernel: Kernel<AnyArchitecture, GlobalBuffer<Element>, UInt32, UInt32, UInt64, Float>

  /// The kind of elements; nil for NaN, which marks elements that are not written later.
  private let inputs: MatmulInputs?

  /// The number of threads of a block.
  private static var blockExtent: Int { 256 }

  /// Creates the kernel that fills matrices with a kind of numbers, or with NaN.
  public init(_ inputs: MatmulInputs?) {
    self.inputs = inputs
    let extent = Self.blockExtent
    kernel = Kernel(
      "fill_\(Element.elementType.rawValue)_\(inputs?.rawValue ?? "nan")",
      parameters: ["matrix", "rows", "columns", "seed", "scale"], block: Dimensions(extent)
    ) { k, matrix, rows, columns, seed, scale in
      let column = k.blockIndex.x * extent + k.threadIndex.x
      k.return(if: column >= columns)
      k.loop(from: k.blockIndex.y, to: rows, by: k.gridDimension.y) { row in
        let index = row.multipliedWide(by: columns) + column.converted(to: UInt64.self)
        let numbers = DeviceNumbers(k, seed: seed)
        let number =
          switch inputs {
          case .integers: numbers.integer(at: index)
          case .normal: numbers.normal(at: index) * scale
          case .uniform: numbers.uniform(at: index)
          case .positions: numbers.position(row: row, column: column)
          case nil: k.constant(Float.nan)
          }
        matrix.advanced(by: index).store(number.converted(to: Element.self))
      }
    }
  }

  /// Fills a matrix.
  ///
  /// - Parameters:
  ///   - matrix: The elements, row-major.
  ///   - rows: The rows.
  ///   - columns: The columns.
  ///   - seed: The seed; a matrix of NaN needs none.
  /// - Returns: The time it took.
  /// - Throws: `invalidLaunch` if the matrix does not fit into the buffer, and the device's errors.
  @discardableResult
  public func fill(
    _ matrix: GlobalBuffer<Element>, rows: Int, columns: Int, seed: UInt64 = 0
  ) throws(DeviceError) -> LaunchResult {
    guard rows > 0, columns > 0 else { return LaunchResult(seconds: 0) }
    let (count, isTooLarge) = rows.multipliedReportingOverflow(by: columns)
    let limit = Int(Int32.max)
    guard !isTooLarge, count <= matrix.count, rows <= limit, columns <= limit else {
      throw .invalidLaunch(
        entry: kernel.entry,
        reason: "the matrix has \(rows) x \(columns) elements; its buffer has \(matrix.count).")
    }
    let extent = Self.blockExtent
    return try matrix.allocation.device.launch(
      kernel, grid: Dimensions((columns + extent - 1) / extent, min(rows, 1024)), matrix,
      UInt32(rows), UInt32(columns), seed, inputs?.scale(columns: columns) ?? 1)
  }
}

/// The numbers of `MatmulInputs` as instructions, each of which rounds as on the host.
private struct DeviceNumbers {
  /// The kernel.
  private let k: KernelContext<AnyArchitecture>

  /// The seed.
  private let seed: DeviceValue<UInt64>

  /// Creates the numbers of a seed.
  init(_ k: KernelContext<AnyArchitecture>, seed: DeviceValue<UInt64>) {
    self.k = k
    self.seed = seed
  }

  /// Returns the random bits for an index: the value of the seeded generator after that many
  /// others.
  private func word(at index: DeviceValue<UInt64>) -> DeviceValue<UInt64> {
    let steps = (index + 1) * k.constant(SeededGenerator.increment)
    let state = seed + steps
    let first = (state ^ (state >> 30)) * k.constant(SeededGenerator.factors.first)
    let second = (first ^ (first >> 27)) * k.constant(SeededGenerator.factors.second)
    return second ^ (second >> 31)
  }

  /// Returns an integer from -4 to 4.
  func integer(at index: DeviceValue<UInt64>) -> DeviceValue<Float> {
    (word(at: index) % 9).converted(to: Float.self) - 4
  }

  /// Returns a number from -1 to 1.
  func uniform(at index: DeviceValue<UInt64>) -> DeviceValue<Float> {
    let unit = (word(at: index) >> 11).converted(to: Double.self) * 0x1p-53
    let number = 2 * unit - 1
    return number.converted(to: Float.self)
  }

  /// Returns the integer for a position, from -6 to 6, shifted by a number that depends on the
  /// seed.
  func position(row: DeviceValue<UInt32>, column: DeviceValue<UInt32>) -> DeviceValue<Float> {
    let shift = word(at: k.constant(UInt64(0))) % 13
    let down = row.converted(to: UInt64.self) * 5
    let along = column.converted(to: UInt64.self) * 7
    let place = (down + along + shift) % 13
    return place.converted(to: Float.self) - 6
  }

  /// Returns a normally distributed number of mean 0 and variance 1.
  func normal(at index: DeviceValue<UInt64>) -> DeviceValue<Float> {
    let word = word(at: index)
    let place = (word >> 33).converted(to: UInt32.self).converted(to: Float.self)
    let tail = place * 0x1p-32 + 0x1p-33
    let centre = 1 - 2 * tail
    let depth = 0 - logarithm((4 * tail) * (1 - tail))
    let central = polynomial(StandardNormal.centralCoefficients, at: depth - 2.5)
    let outer = polynomial(StandardNormal.tailCoefficients, at: k.squareRoot(depth) - 3)
    let factor = k.select(depth < 5, central, outer)
    let magnitude = factor * centre * StandardNormal.squareRootOf2
    let isPositive = (word & (1 << 32)) == 0
    return k.select(isPositive, magnitude, 0 - magnitude)
  }

  /// Returns the natural logarithm of a number from 2⁻³² to 1.
  private func logarithm(_ value: DeviceValue<Float>) -> DeviceValue<Float> {
    let least = k.constant(StandardNormal.leastSignificand)
    let offset = k.constant(StandardNormal.exponentOffset << 23)
    let bits = value.bits + (offset - least)
    let exponent =
      (bits >> 23).converted(to: Float.self) - Float(StandardNormal.exponentOffset)
    let significand = ((bits & 0x7F_FFFF) + least).asFloat
    let ratio = (significand - 1) / (significand + 1)
    let square = ratio * ratio
    var series = k.constant(StandardNormal.logarithmCoefficients[0])
    for index in 1..<5 { series = series * square + StandardNormal.logarithmCoefficients[index] }
    return (2 * ratio) * series + exponent * StandardNormal.logarithmOf2
  }

  /// Returns the value of a polynomial, each step rounded twice.
  private func polynomial(
    _ coefficients: [9 of Float], at x: DeviceValue<Float>
  ) -> DeviceValue<Float> {
    var value = k.constant(coefficients[0])
    for index in 1..<9 { value = value * x + coefficients[index] }
    return value
  }
}
