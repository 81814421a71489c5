// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import StructuredKernels
import TileLayout

/// The output of step 2 twice: with tensors, and with the index arithmetic written out.
///
/// A block of 128 threads stores a 64 × 64 tile of made-up numbers in place of accumulators.
enum OutputKernel {
  /// C, m and n.
  typealias Parameters = Kernel<AnyArchitecture, GlobalBuffer<BFloat16>, UInt32, UInt32>

  /// Returns the registers of a thread, with values that the assembler cannot know.
  private static func sums(_ k: KernelContext<AnyArchitecture>) -> [Variable<Float>] {
    (0..<32).map { register in
      k.variable((k.threadIndex.x + (k.blockIndex.x + register)).converted(to: Float.self))
    }
  }

  /// The output as in step 2.
  static let byTensors = Parameters("by_tensors", block: 128) { k, c, m, n in
    let sums = TileTensor(sums(k), layout: WarpgroupAccumulator.threadLayout(n: 64))
    let fragment = TileTensor(c, rows: m, columns: n)
      .tile(64, 64, at: k.blockIndex.y, k.blockIndex.x)
      .tile(16, 64, at: k.warpIndex, 0)
      .vectorized(1, 2)
      .distributed(over: .rowMajor(8, 4), at: k.laneIndex)
    fragment.store(k, rounding: sums.vectorized(1, 2))
  }

  /// The output by hand: one address, one product for the row below, one comparison for each edge.
  static let byHand = Parameters("by_hand", block: 128) { k, c, m, n in
    let sums = sums(k)
    let rowByteCount = n * 2
    let lane = k.laneIndex
    let row = k.blockIndex.y * 64 + k.warpIndex * 16 + lane / 4
    let column = k.blockIndex.x * 64 + lane % 4 * 2
    let rowsLeft = DeviceValue<Int32>.difference(m, row)
    let columnsLeft = DeviceValue<Int32>.difference(n, column)
    let firstRow = column.multipliedWide(
      by: k.constant(2), adding: c.address.value)
    let rowStart = row.multipliedWide(by: rowByteCount, adding: firstRow)

    /// Records `body` with the pointer to each of the thread's rows that lies in the matrix.
    @Sendable func forEachRow(_ body: @Sendable (Int, DevicePointer<BFloat16, Global>) -> Void) {
      k.if(rowsLeft > 0) { body(0, .at(rowStart)) }
      k.if(rowsLeft > 8) {
        body(1, .at(k.constant(UInt32(8)).multipliedWide(by: rowByteCount, adding: rowStart)))
      }
    }
    k.if(rowByteCount % 4 == 0) {
      let isInside = (0..<8).map { pair in columnsLeft > 8 * pair }
      forEachRow { half, start in
        for pair in 0..<8 {
          let register = 4 * pair + 2 * half
          let words = DevicePointer<UInt32, Global>(start.advanced(by: 8 * pair).address)
          let value = k.packed(
            sums[register].current, sums[register + 1].current, as: BFloat16.self)
          words.store(value, if: isInside[pair])
        }
      }
    } else: {
      let isInside = (0..<16).map { element in
        let distance = element / 2 * 8 + element % 2
        return columnsLeft > distance
      }
      forEachRow { half, start in
        for element in 0..<16 {
          let register = element / 2 * 4 + 2 * half + element % 2
          let pointer = start.advanced(by: element / 2 * 8 + element % 2)
          pointer.store(
            sums[register].current.converted(to: BFloat16.self), if: isInside[element])
        }
      }
    }
  }
}

extension DeviceValue where Element == Int32 {
  /// Returns the signed difference of two unsigned values.
  fileprivate static func difference(
    _ first: DeviceValue<UInt32>, _ second: DeviceValue<UInt32>
  ) -> DeviceValue<Int32> {
    first.asSigned - second.asSigned
  }
}

extension DevicePointer where Element == BFloat16, Space == Global {
  /// Returns the pointer to a 64-bit address.
  fileprivate static func at(_ address: DeviceValue<UInt64>) -> DevicePointer {
    DevicePointer(GlobalAddress(address))
  }
}
