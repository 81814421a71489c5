// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Foundation
import NumberFormats
import TestSupport

@testable import Simulator

/// Returns the text of a kernel in the directory of the tests.
func kernelText(_ name: String) throws -> String {
  try String(
    contentsOfFile: ToolEnvironment.packageRoot + "/Tests/SimulatorTests/Kernels/\(name).ptx",
    encoding: .utf8)
}

/// A matrix of small integers, whose products are exact.
struct IntegerMatrix {
  var rows: Int
  var columns: Int
  var values: [Int]

  /// Creates a matrix of integers from -8 to 8.
  init(rows: Int, columns: Int, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    self.rows = rows
    self.columns = columns
    values = (0..<rows * columns).map { _ in Int.random(in: -8...8, using: &generator) }
  }

  /// The elements as bf16 codes.
  var codes: [UInt16] { values.map { BFloat16(Float($0)).bitPattern } }

  /// Returns the product with the transpose of another matrix.
  func product(withTransposeOf other: IntegerMatrix) -> [Float] {
    var result: [Float] = []
    for row in 0..<rows {
      for column in 0..<other.rows {
        var sum = 0
        for k in 0..<columns {
          sum += values[row * columns + k] * other.values[column * columns + k]
        }
        result.append(Float(sum))
      }
    }
    return result
  }
}

/// Runs one of the kernels that multiply 64 rows by 64 rows, and returns the product.
func multiply64(
  _ name: String, entry: String, on device: SimulatedDevice, a: IntegerMatrix, b: IntegerMatrix
) throws -> [Float] {
  let k = a.columns
  let isBlackwell = name.hasPrefix("tcgen05")
  let (bufferA, bufferB) = (try device.makeBuffer(a.codes), try device.makeBuffer(b.codes))
  let c = try device.makeBuffer(of: Float.self, count: a.rows * b.rows)
  /// Returns the argument that is the map of a matrix.
  func map(_ buffer: GlobalBuffer<UInt16>, rows: Int) throws -> KernelArgument {
    let description = TensorMapDescription(
      elementType: .bf16, address: buffer.address, extents: [k, rows], byteStrides: [k * 2],
      box: isBlackwell ? [8, 64] : [64, 64], swizzle: isBlackwell ? .none : .bytes128)
    return KernelArgument(bytes: try device.makeTensorMapImage(description), alignment: 64)
  }
  var arguments = [
    try map(bufferA, rows: a.rows), try map(bufferB, rows: b.rows), KernelArgument(c.address),
  ]
  if isBlackwell { arguments.append(KernelArgument(UInt32(b.rows))) }
  arguments.append(KernelArgument(UInt32(k / 64)))
  let program = Program(text: try kernelText(name), entry: entry, parameters: [])
  let grid = isBlackwell ? Dimensions(b.rows / 64, a.rows / 64) : Dimensions(1)
  try device.launch(
    program,
    LaunchConfiguration(
      grid: grid, block: 128, dynamicSharedByteCount: isBlackwell ? 16448 : 0), arguments)
  return try c.read()
}
