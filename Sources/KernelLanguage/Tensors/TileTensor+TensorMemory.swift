// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TileLayout

/// Tensor Memory: 128 lanes of 512 columns, of which an address names both.
public enum TensorMemory: TensorSpace {
  /// An address.
  public typealias Origin = TensorMemoryAddress
}

extension TensorMemoryAddress: TensorOrigin {
  /// The recording.
  public var owner: KernelRecording { KernelRecording(recorder: base.recorder) }

  /// Returns the address at a distance, in whose numbers a lane is 65,536 columns.
  public func place(at distance: TensorDistance) -> TensorMemoryAddress {
    let total = distance.total
    let known = advanced(columns: total.known)
    return total.computed.map(known.advanced(by:)) ?? known
  }

  /// Returns the address at a distance.
  public func anchored(at distance: TensorDistance) -> TensorMemoryAddress {
    place(at: distance)
  }
}

extension TileTensor where Space == TensorMemory {
  /// Creates the tensor of an accumulator of single-CTA `tcgen05.mma`.
  ///
  /// - Parameters:
  ///   - address: The first cell.
  ///   - rows: The number of rows: 64 or 128.
  ///   - columns: The number of columns.
  public init(_ address: TensorMemoryAddress, rows: Int, columns: Int) {
    let accumulator = TensorMemoryAccumulator(m: rows, group: .one)
    let recorder = address.base.recorder
    recorder.expect(
      accumulator != nil, "an accumulator of one block must have 64 or 128 rows, not \(rows)")
    let isRoom = recorder.expect(
      (2...512).contains(columns) && columns % 2 == 0,
      "an accumulator must have an even number of columns from 2 to 512, not \(columns)")
    self.init(
      address, accumulator?.layout(n: isRoom ? columns : 8) ?? .columnMajor(max(rows, 1), 8))
  }

  /// The address of the first cell.
  public var address: TensorMemoryAddress { place }
}
