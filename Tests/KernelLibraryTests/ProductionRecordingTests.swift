// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats
import Simulator
import StructuredKernels
import Synchronization
import Testing

/// A machine whose kernels do nothing, and that counts the recordings.
private enum CountingMachine: StructuredMachine {
  /// The number of recordings by the number of columns of a tile.
  static let recordings = Mutex<[Int: Int]>([:])

  static var name: String { "counting" }
  static var baseNumber: Int { 90 }
  static var defaultConfiguration: StructuredConfiguration { Hopper.defaultConfiguration }

  /// Returns narrow tiles for narrow products.
  static func configuration(
    for shape: MatmulShape, multiprocessorCount: Int
  ) -> StructuredConfiguration {
    StructuredConfiguration(tileN: shape.n <= 64 ? 64 : 128)
  }

  static func structuredRules(
    for configuration: StructuredConfiguration, readingMatrix: Bool
  ) -> StructuredRules {
    Hopper.structuredRules(for: configuration, readingMatrix: readingMatrix)
  }

  static func accumulatorWarpCount(_ configuration: StructuredConfiguration) -> Int {
    Hopper.accumulatorWarpCount(configuration)
  }

  static func owner(
    row: Int, column: Int, in configuration: StructuredConfiguration
  ) -> ElementOwner {
    Hopper.owner(row: row, column: column, in: configuration)
  }

  static func record<Element: TensorCoreElement, Output, Post>(
    _ parts: MatmulComponents<CountingMachine, TileIO<CountingMachine, Element>, Output, Post>
  ) {
    recordings.withLock { $0[parts.configuration.tileN, default: 0] += 1 }
  }
}

@Suite struct ProductionRecordingTests {
  @Test func `a thousand products in a configuration record one kernel`() throws {
    let device = SimulatedDevice(.hopper)
    let buffer = try device.makeBuffer([BFloat16](repeating: BFloat16(0), count: 128 * 128))
    let output = try device.makeBuffer([BFloat16](repeating: BFloat16(0), count: 128 * 128))
    for repetition in 0..<1000 {
      // A new family, or other extents with the same configuration, gets the same kernel.
      let matmul = ProductionMatmul<CountingMachine, BFloat16>()
      let shape = MatmulShape(m: 8 + repetition % 5, n: repetition % 2 == 0 ? 64 : 128, k: 64)
      _ = try matmul.prepare(on: device, a: buffer, b: buffer, c: output, shape: shape)
    }
    #expect(CountingMachine.recordings.withLock { $0 } == [64: 1, 128: 1])
  }
}
