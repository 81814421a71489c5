// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import TileLayout

extension TileTensor where Space == Global, Element: PairedElement {
  /// Rounds accumulators to 16 bits and stores those that lie in the matrix.
  ///
  /// The tensor holds the thread's pairs of neighbouring elements. A pair is one 32-bit store; in a
  /// matrix with an odd number of columns, where every other row begins in the middle of a pair,
  /// each element is one store.
  ///
  /// - `sums`: The same number of pairs of accumulators, in the same order.
  public func store<Machine: Architecture>(
    _ k: KernelContext<Machine>, rounding sums: TileTensor<Float, Registers>,
    file: String = #fileID, line: Int = #line
  ) {
    guard vectorCount == 2 && sums.vectorCount == 2 && sums.rows == rows && sums.columns == columns
    else {
      return k.findings(at: file, line).reject(
        "the tensor must have the same number of pairs of elements as there are pairs of accumulators"
      )
    }
    k.inlined(at: file, line) {
      k.if(hasAlignedVectors) {
        storePairs(k, sums)
      } else: {
        storeElements(k, sums)
      }
    }
  }

  /// Stores two neighbours at a time.
  private func storePairs<Machine: Architecture>(
    _ k: KernelContext<Machine>, _ sums: TileTensor<Float, Registers>
  ) {
    let isInside = (0..<columns).map { containsColumn($0) }
    forEachRow(k) { row, part in
      for column in 0..<columns {
        let pair = DevicePointer<UInt32, Global>(part.pointer(to: 0, column).address)
        pair.store(sums.rounded(k, row, column, to: Element.self), if: isInside[column])
      }
    }
  }

  /// Stores each element separately.
  private func storeElements<Machine: Architecture>(
    _ k: KernelContext<Machine>, _ sums: TileTensor<Float, Registers>
  ) {
    let isInside = (0..<columns).map { column in
      (0..<2).map { containsColumn(column, element: $0) }
    }
    forEachRow(k) { row, part in
      for column in 0..<columns {
        let left = part.pointer(to: 0, column)
        for (element, sum) in sums[row, column].enumerated() {
          left.advanced(by: element).store(
            sum.current.converted(to: Element.self), if: isInside[column][element])
        }
      }
    }
  }

  /// Calls `body` with the index of each row and the row, if it lies in the matrix.
  private func forEachRow<Machine: Architecture>(
    _ k: KernelContext<Machine>, _ body: @Sendable (Int, TileTensor) -> Void
  ) {
    for row in 0..<rows {
      k.if(containsRow(row)) { body(row, self.row(row)) }
    }
  }
}

extension TileTensor where Space == Shared, Element: PairedElement {
  /// Rounds a warp's accumulators to 16 bits and stores them by `stmatrix`, four 8 × 8 matrices at
  /// a time.
  ///
  /// The tensor is the warp's subtile of an output tile, with a multiple of 16 columns; all lanes
  /// of the warp call it together.
  ///
  /// - `sums`: The accumulators of the subtile, as a `TileOp` returns them.
  public func storeMatrices<Machine: HasTMA>(
    _ k: KernelContext<Machine>, rounding sums: TileTensor<Float, Registers>,
    file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      // Each lane supplies the address of one 16-byte row: lanes 0 to 15 those of the left half.
      let chunks = vectorized(1, 8).distributed(over: .columnMajor(16, 2), at: k.laneIndex)
      let pairs = sums.vectorized(1, 2)
      for block in 0..<chunks.rows {
        for step in 0..<chunks.columns {
          let matrices = [(0, 0), (1, 0), (0, 1), (1, 1)].map { row, column in
            pairs.rounded(k, 2 * block + row, 2 * step + column, to: Element.self)
          }
          k.stmatrix(matrices, to: chunks.address(of: block, step))
        }
      }
    }
  }
}

extension TileTensor where Element == Float, Space == Registers {
  /// Returns a pair of accumulators, rounded to 16 bits, in one 32-bit value.
  fileprivate func rounded<Machine: Architecture, Target: PairedElement>(
    _ k: KernelContext<Machine>, _ row: Int, _ column: Int, to type: Target.Type
  ) -> DeviceValue<UInt32> {
    let pair = self[row, column]
    // A finding has been reported where there are no pairs.
    guard pair.count == 2 else { return k.constant(0) }
    return k.packed(pair[0].current, pair[1].current, as: type)
  }
}
