// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The shape of `tcgen05.cp`, which maps rows of shared memory to lanes of Tensor Memory.
///
/// - SeeAlso: PTX ISA, "tcgen05.cp".
public enum TensorMemoryCopyShape: String, Hashable, Sendable, CaseIterable {
  /// 128 rows of 32 bytes, one for each lane.
  case rows128Bytes32 = "128x256b"

  /// 4 rows of 32 bytes, one for the first lane of each quarter.
  case rows4Bytes32 = "4x256b"

  /// 128 rows of 16 bytes, one for each lane.
  case rows128Bytes16 = "128x128b"

  /// 64 rows of 16 bytes, copied to both halves of the lanes.
  case rows64Bytes16Halves = "64x128b.warpx2::02_13"

  /// 64 rows of 16 bytes: 32 for the first two quarters of the lanes, 32 for the last two.
  case rows64Bytes16Neighbours = "64x128b.warpx2::01_23"

  /// 32 rows of 16 bytes, copied to each quarter of the lanes, as scale factors need.
  case rows32Bytes16 = "32x128b.warpx4"

  /// The number of rows.
  public var rowCount: Int {
    switch self {
    case .rows128Bytes32, .rows128Bytes16: 128
    case .rows64Bytes16Halves, .rows64Bytes16Neighbours: 64
    case .rows32Bytes16: 32
    case .rows4Bytes32: 4
    }
  }

  /// The bytes of a row.
  public var rowByteCount: Int {
    switch self {
    case .rows128Bytes32, .rows4Bytes32: 32
    default: 16
    }
  }

  /// The number of Tensor Memory columns of a row.
  public var columnCount: Int { rowByteCount / 4 }

  /// Returns the lanes, relative to the address, that receive a row.
  public func lanes(row: Int) -> [Int] {
    switch self {
    case .rows128Bytes32, .rows128Bytes16: [row]
    case .rows4Bytes32: [32 * row]
    case .rows64Bytes16Halves: [row, row + 64]
    case .rows64Bytes16Neighbours: row < 32 ? [row, row + 32] : [row + 32, row + 64]
    case .rows32Bytes16: [row, row + 32, row + 64, row + 96]
    }
  }
}

/// The packing of 16 sub-byte elements in 16 bytes, which `tcgen05.cp` expands to a byte each.
public enum PackedElements: String, Hashable, Sendable, CaseIterable {
  /// 4 bits each in the first 8 bytes.
  case fourBits = "b4x16_p64"

  /// 6 bits each in the first 12 bytes.
  case sixBits = "b6x16_p32"
}
