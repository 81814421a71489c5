// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model of the shared-memory accesses of TMA and the tensor cores, which are not documented: they
// move one core matrix at a time, 16 bytes of each of eight rows. The 32 banks deliver it in one
// wavefront only if the eight rows are in different groups of four banks.

/// The parameters that determine the banks of the core matrices of an access.
struct CoreMatrixPattern: Hashable {
  /// The address of the first row, as far as the pattern depends on it.
  var start: Int
  /// The number of rows: of a box, or along m or n of an operand.
  var rows: Int
  /// The number of 16-byte chunks of each row.
  var chunks: Int
  /// The bytes from one row to the next, in a box.
  var pitch = 0
  /// The layout of an operand of a matrix instruction.
  var operand: MatrixOperand?
  /// The bits that a box's swizzle flips.
  var mask = 0

  /// The additional wavefronts of the access, beyond one for each core matrix.
  var excess: UInt64 {
    var sum = 0
    for chunk in 0..<chunks {
      for first in stride(from: 0, to: rows, by: 8) {
        // Four banks hold 16 bytes; all chunks are different.
        var loads = SIMD8<UInt8>(repeating: 0)
        for row in first..<min(first + 8, rows) {
          loads[offset(row, chunk) >> 4 & 7] &+= 1
        }
        sum += Int(loads.max()) - 1
      }
    }
    return UInt64(sum)
  }

  /// Returns the address of a chunk of a row.
  private func offset(_ row: Int, _ chunk: Int) -> Int {
    guard let operand else {
      let linear = start + row * pitch + chunk * 16
      return linear ^ (linear >> 3 & mask)
    }
    return operand.physical(
      operand.isTransposed ? operand.columnChunk(chunk, row) : operand.rowChunk(row, chunk))
  }
}

extension ClusterRunner {
  /// Counts the conflicts of a box that is written to, or read from, shared memory.
  func countConflicts(of transfer: BoxTransfer, _ operation: PendingOperation) {
    let map = transfer.map
    // Swizzles repeat after 1024 bytes.
    let pattern = CoreMatrixPattern(
      start: transfer.sharedOffset & 1023, rows: map.rowCount, chunks: map.innerByteCount / 16,
      pitch: map.sharedPitch, mask: map.swizzleMask)
    count(pattern, at: operation.pc)
  }

  /// Counts the conflicts of an operand that a matrix instruction reads: rows of 32 bytes along k.
  func countConflicts(of operand: MatrixOperand, rows: Int, at pc: Int32) {
    var operand = operand
    operand.start &= 1023
    // In MN-major operands, a core matrix is eight k by 16 bytes of m or n.
    let byteCount = operand.elementByteCount
    let pattern = CoreMatrixPattern(
      start: operand.start,
      rows: operand.isTransposed ? MatrixOperand.rowByteCount / byteCount : rows,
      chunks: operand.isTransposed ? rows * byteCount / 16 : 2, operand: operand)
    count(pattern, at: pc)
  }

  /// Adds the conflicts of a pattern, which are computed once.
  private func count(_ pattern: CoreMatrixPattern, at pc: Int32) {
    let excess: UInt64
    if let known = coreMatrixConflicts[pattern] {
      excess = known
    } else {
      excess = pattern.excess
      coreMatrixConflicts[pattern] = excess
    }
    if excess > 0 { hot.pointee.modelledConflicts[Int(pc)] &+= excess }
  }
}
