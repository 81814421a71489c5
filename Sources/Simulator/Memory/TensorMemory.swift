// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The Tensor Memory of an SM: 128 lanes of 512 columns of 32 bits.
///
/// - SeeAlso: PTX ISA, "Tensor Memory".
final class TensorMemory {
  /// The number of lanes.
  static let laneCount = 128
  /// The number of columns.
  static let columnCount = 512
  /// The number of columns of a unit of allocation.
  static let sliceColumnCount = 32

  /// The cells, lane by lane.
  let cells: UnsafeMutablePointer<UInt32>

  /// For each cell, 1 if it was written since its columns were allocated.
  let shadow: UnsafeMutablePointer<UInt8>

  /// For each slice, the identity of the block that owns it, or -1 if it is free.
  private(set) var owners = [Int](repeating: -1, count: columnCount / sliceColumnCount)

  /// Creates memory without owners.
  init() {
    let count = TensorMemory.laneCount * TensorMemory.columnCount
    cells = allocateZeroed(count * 4).assumingMemoryBound(to: UInt32.self)
    shadow = allocateZeroed(count).assumingMemoryBound(to: UInt8.self)
  }

  deinit {
    freeMemory(cells)
    freeMemory(shadow)
  }

  /// Allocates columns for a block, aligned to their number.
  ///
  /// - Returns: The first column, or `nil` if there is no space at present.
  func allocate(columnCount: Int, owner: Int) -> Int? {
    guard let column = TensorMemory.firstFree(columnCount: columnCount, of: [self]) else {
      return nil
    }
    take(column: column, columnCount: columnCount, owner: owner)
    return column
  }

  /// Returns the first of `columnCount` columns, aligned to their number, that are free in all of
  /// the memories, or `nil` if there are none.
  static func firstFree(columnCount: Int, of memories: [TensorMemory]) -> Int? {
    let slices = columnCount / sliceColumnCount
    let first = stride(from: 0, through: self.columnCount / sliceColumnCount - slices, by: slices)
      .first { first in
        memories.allSatisfy { $0.owners[first..<first + slices].allSatisfy { $0 == -1 } }
      }
    return first.map { $0 * sliceColumnCount }
  }

  /// Assigns columns to a block; they count as never written.
  func take(column: Int, columnCount: Int, owner: Int) {
    let first = column / TensorMemory.sliceColumnCount
    let slices = columnCount / TensorMemory.sliceColumnCount
    for slice in first..<first + slices { owners[slice] = owner }
    for lane in 0..<TensorMemory.laneCount {
      let start = lane * TensorMemory.columnCount + column
      (shadow + start).update(repeating: 0, count: columnCount)
    }
  }

  /// Frees columns.
  func deallocate(column: Int, columnCount: Int) {
    let first = column / TensorMemory.sliceColumnCount
    for slice in first..<first + columnCount / TensorMemory.sliceColumnCount { owners[slice] = -1 }
  }

  /// Returns whether a block owns all of the columns.
  func holds(_ owner: Int, column: Int, columnCount: Int) -> Bool {
    guard column >= 0, columnCount > 0, column + columnCount <= TensorMemory.columnCount else {
      return false
    }
    let first = column / TensorMemory.sliceColumnCount
    let last = (column + columnCount - 1) / TensorMemory.sliceColumnCount
    return owners[first...last].allSatisfy { $0 == owner }
  }
}
