// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import Simulator
import Testing
import TileLayout

/// Comparisons of the drawings of `explain distribute` with a kernel that distributes a tensor.
@Suite struct DistributionProofs {
  /// A tile in global memory, and its distribution.
  struct Case: Sendable, CustomTestStringConvertible {
    let rows: Int
    let columns: Int
    /// The number of columns of a vector.
    let vector: Int
    let threads: Layout

    /// The arguments of `tilewright explain`.
    var testDescription: String {
      "distribute --tile \(rows),\(columns) --vector 1,\(vector) --threads \(threads)"
    }
  }

  static let cases = [
    Case(rows: 16, columns: 64, vector: 2, threads: .rowMajor(8, 4)),
    Case(rows: 32, columns: 16, vector: 1, threads: .columnMajor(8, 4)),
    Case(rows: 16, columns: 32, vector: 4, threads: .columnMajor(16, 2)),
    Case(rows: 8, columns: 8, vector: 2, threads: .rowMajor(1, 4)),
  ]

  @Test(arguments: cases)
  func `threads have the elements that are drawn`(test: Case) throws {
    let map: Drawn.Distribution = try explained(test.testDescription)
    let count = test.threads.size
    // Each thread writes its number and the register's to each element that it holds.
    let kernel = Kernel<AnyArchitecture, GlobalBuffer<UInt32>, UInt32, UInt32>(
      "deal", parameters: ["out", "rows", "columns"], block: Dimensions(count)
    ) { k, out, rows, columns in
      let fragment = TileTensor(out, rows: rows, columns: columns)
        .tile(test.rows, test.columns, at: 0, 0)
        .vectorized(1, test.vector)
        .distributed(over: test.threads, at: k.laneIndex)
      for column in 0..<fragment.columns {
        for row in 0..<fragment.rows {
          let first = (row + fragment.rows * column) * test.vector
          let codes = (0..<test.vector).map { k.laneIndex * 1000 + (first + $0) }
          if test.vector == 1 {
            fragment[row, column] = codes[0]
          } else {
            fragment.store(codes, row, column)
          }
        }
      }
    }
    let device = SimulatedDevice(.hopper)
    let out = try device.makeBuffer(of: UInt32.self, count: test.rows * test.columns)
    try device.launch(kernel, grid: 1, out, UInt32(test.rows), UInt32(test.columns))
    let codes = try out.read()
    #expect(map.registers.count == test.rows * test.columns)
    for register in map.registers {
      let code = codes[register.row * test.columns + register.column]
      #expect(code == UInt32(register.thread * 1000 + register.register))
    }
  }
}
