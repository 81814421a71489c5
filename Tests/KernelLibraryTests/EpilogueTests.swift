// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Foundation
import KernelLanguage
import KernelLibrary
import NumberFormats
import Simulator
import StructuredKernels
import Testing

/// An output type that the tests can read.
private protocol Readable: StoredElement {
  /// The value of D before the launch.
  static var poison: Self { get }

  /// The value.
  var double: Double { get }
}

extension Float: Readable {
  static var poison: Float { .nan }
  var double: Double { Double(self) }
}

extension BFloat16: Readable {
  static var poison: BFloat16 { BFloat16(.nan) }
  var double: Double { Double(Float(self)) }
}

extension HalfFloat: Readable {
  static var poison: HalfFloat { HalfFloat(Float.nan) }
  var double: Double { Double(Float(self)) }
}

/// The extents of the products under test: more than one tile, ragged.
private let shape = MatmulShape(m: 200, n: 136, k: 72)

/// Computes a product of small integers with an epilogue on both architectures, and compares each
/// element with the result of `expected` for the exact sum.
private func check<Output: Readable, Post: Epilogue>(
  _ type: Output.Type, tolerance: Double,
  _ epilogue: (any Device) throws -> Post,
  _ expected: (_ sum: Double, _ row: Int, _ column: Int) -> Double,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let split = StructuredConfiguration(tileN: 64, scheduler: .splitK)
  for configuration in [
    StructuredConfiguration(tileN: 64), split, .init(tileN: 64, defersStores: true),
  ] {
    try check(
      SimulatedDevice(.hopper, multiprocessors: 2),
      StructuredMatmul<Hopper, BFloat16, Output, Post>(configuration), tolerance, epilogue,
      expected, sourceLocation)
  }
  for configuration in [StructuredConfiguration(tileN: 64), split] {
    try check(
      SimulatedDevice(.blackwell, multiprocessors: 2),
      StructuredMatmul<Blackwell, BFloat16, Output, Post>(configuration), tolerance, epilogue,
      expected, sourceLocation)
  }
}

/// Computes the product on one device.
private func check<Machine, Output: Readable, Post: Epilogue>(
  _ device: SimulatedDevice, _ kernel: StructuredMatmul<Machine, BFloat16, Output, Post>,
  _ tolerance: Double, _ epilogue: (any Device) throws -> Post,
  _ expected: (_ sum: Double, _ row: Int, _ column: Int) -> Double,
  _ sourceLocation: SourceLocation
) throws {
  let inputs = MatmulInputs.integers
  let a = inputs.matrix(of: BFloat16.self, rows: shape.m, columns: shape.k, seed: 1)
  let b = inputs.matrix(of: BFloat16.self, rows: shape.n, columns: shape.k, seed: 2)
  let d = try device.makeBuffer(
    [Output](repeating: .poison, count: shape.m * shape.n))
  try kernel.prepare(
    on: device, a: device.makeBuffer(a), b: device.makeBuffer(b), d: d, shape: shape,
    epilogue: epilogue(device)
  ).launch()
  let found = try d.read()
  var wrong = 0
  for row in 0..<shape.m {
    for column in 0..<shape.n {
      var sum = 0.0
      for index in 0..<shape.k {
        sum += Double(Float(a[row * shape.k + index])) * Double(Float(b[column * shape.k + index]))
      }
      let wanted = expected(sum, row, column)
      let value = found[row * shape.n + column].double
      if !(Swift.abs(value - wanted) <= tolerance * max(1, Swift.abs(wanted))) { wrong += 1 }
    }
  }
  #expect(wrong == 0, "\(kernel.entry) on \(device.summary)", sourceLocation: sourceLocation)
}

/// Half a unit in the last place of bf16 and of f16, relative.
private let (bf16Step, f16Step) = (0x1p-8, 0x1p-11)

@Suite struct EpilogueTests {
  @Test func `accumulators are stored as f32, f16 and bf16`() throws {
    try check(Float.self, tolerance: 0, { _ in Identity() }) { sum, _, _ in sum }
    try check(HalfFloat.self, tolerance: f16Step, { _ in Identity() }) { sum, _, _ in sum }
    try check(BFloat16.self, tolerance: bf16Step, { _ in Identity() }) { sum, _, _ in sum }
  }

  @Test func `accumulators are scaled`() throws {
    try check(Float.self, tolerance: 0, { _ in Identity().scaled(by: -0.25) }) { sum, _, _ in
      -0.25 * sum
    }
  }

  @Test func `a bias is added by row or by column`() throws {
    let rows = (0..<shape.m).map { Float($0) - 50 }
    let columns = (0..<shape.n).map { 3 * Float($0) }
    try check(
      Float.self, tolerance: 0,
      {
        try Identity().adding(rowBias: $0.makeBuffer(rows)).adding(
          columnBias: $0.makeBuffer(columns))
      }
    ) { sum, row, column in sum + Double(row) - 50 + 3 * Double(column) }
  }

  @Test func `a matrix is added, alone or times beta`() throws {
    let matrix = MatmulInputs.integers.matrix(
      of: HalfFloat.self, rows: shape.m, columns: shape.n, seed: 3)
    /// Returns an element of the matrix.
    func element(_ row: Int, _ column: Int) -> Double {
      Double(Float(matrix[row * shape.n + column]))
    }
    try check(
      Float.self, tolerance: 0,
      { try Identity().scaled(by: 2).adding(0.5, times: $0.makeBuffer(matrix)) }
    ) { sum, row, column in 2 * sum + 0.5 * element(row, column) }
    try check(
      BFloat16.self, tolerance: bf16Step,
      { try Identity().adding(residual: $0.makeBuffer(matrix)) }
    ) { sum, row, column in sum + element(row, column) }
  }

  @Test func `activations are applied`() throws {
    try check(Float.self, tolerance: 0, { _ in Identity().activated(by: ReLU.self) }) {
      sum, _, _ in max(sum, 0)
    }
    // The factor keeps the arguments where the functions are curved.
    try check(
      Float.self, tolerance: 0x1p-10,
      { _ in Identity().scaled(by: 0.0625).activated(by: GELU.self) }
    ) { sum, _, _ in
      let x = 0.0625 * sum
      return 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
    try check(
      Float.self, tolerance: 0x1p-10,
      { _ in Identity().scaled(by: 0.0625).activated(by: SiLU.self) }
    ) { sum, _, _ in
      let x = 0.0625 * sum
      return x / (1 + exp(-x))
    }
  }
}
