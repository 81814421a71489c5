// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// The addresses in the boxes of a warp to which a lane writes.
public struct LaneAddressing: Sendable {
  /// The lane's first row among the 16.
  public let row: DeviceValue<UInt32>

  /// The lane's first column.
  public let column: DeviceValue<UInt32>

  /// The address of the row of the warp's first box that the lane passes to `stmatrix`, or that it
  /// writes itself.
  public let rowAddress: DeviceValue<UInt32>

  /// The offset of the lane's first 16-byte chunk in its row, swizzled, in bytes.
  public let chunk: DeviceValue<UInt32>

  /// Computes the addresses of a lane.
  init<Machine: HasTMA, Output: StoredElement>(
    _ k: KernelContext<Machine>, _ type: Output.Type, in firstBox: SharedAddress
  ) {
    let lane = k.laneIndex
    row = lane / 4
    column = lane % 4 * 2
    let start = firstBox.value
    if Output.elementType.byteCount == 2 {
      // Lane 8i + r supplies row r of matrix i: matrices 0 and 1 are the upper and lower left, 2
      // and 3 the right.
      rowAddress = start + lane % 16 * 128
      chunk = (lane / 16 ^ lane % 8) * 16
    } else {
      // Two columns are 8 bytes; two lanes fill a chunk.
      rowAddress = start + row * 128 + lane % 2 * 8
      chunk = (lane % 4 / 2 ^ row % 8) * 16
    }
  }
}
