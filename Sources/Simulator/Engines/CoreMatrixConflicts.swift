// A model of how the copy engine and the tensor cores reach shared memory. Nobody documents it: they
// are taken to move a core matrix at a time, 16 bytes of each of eight rows, which the 32 banks serve at
// once only where the eight lie in different groups of four banks.

/// What decides how the core matrices of an access lie in the banks.
struct CoreMatrixPattern: Hashable {
  /// The address of the first row, as far as the pattern depends on it.
  var start: Int
  /// The rows: of a box, or along m or n of an operand.
  var rows: Int
  /// The 16-byte chunks of each row.
  var chunks: Int
  /// The bytes from one row to the next, in a box.
  var pitch = 0
  /// What lies where, in an operand of a matrix instruction.
  var operand: MatrixOperand?
  /// The bits that a box's swizzle flips.
  var mask = 0

  /// The wavefronts that the access needs beyond one for each core matrix.
  var excess: UInt64 {
    var sum = 0
    for chunk in 0..<chunks {
      for first in stride(from: 0, to: rows, by: 8) {
        // Four banks hold 16 bytes; no two of the chunks are the same one.
        var loads = SIMD8<UInt8>(repeating: 0)
        for row in first..<min(first + 8, rows) {
          loads[place(row, chunk) >> 4 & 7] &+= 1
        }
        sum += Int(loads.max()) - 1
      }
    }
    return UInt64(sum)
  }

  /// Returns where a chunk of a row lies.
  private func place(_ row: Int, _ chunk: Int) -> Int {
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
      pitch: map.innerByteCount, mask: map.swizzleMask)
    count(pattern, at: operation.pc)
  }

  /// Counts the conflicts of an operand that a matrix instruction reads: 16 of k, and some rows.
  func countConflicts(of operand: MatrixOperand, rows: Int, at pc: Int32) {
    var operand = operand
    operand.start &= 1023
    // Where m or n is contiguous, a core matrix has eight of k and 16 bytes of m or n.
    let pattern = CoreMatrixPattern(
      start: operand.start, rows: operand.isTransposed ? 16 : rows,
      chunks: operand.isTransposed ? rows / 8 : 2, operand: operand)
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
