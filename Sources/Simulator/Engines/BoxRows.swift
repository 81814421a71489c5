// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The inner rows of a box, in their order in shared memory.
struct BoxRows {
  /// The copy.
  private let transfer: BoxTransfer
  /// The bytes of a row in shared memory.
  let innerByteCount: Int
  /// The bytes at the start of each row that are before the tensor.
  let skippedByteCount: Int
  /// The bytes of each row inside the tensor that are copied.
  let insideByteCount: Int
  /// The number of these that belong to the tensor's elements.
  let ownByteCount: Int

  /// Determines the part of the rows that is copied.
  ///
  /// - Parameters:
  ///   - transfer: The copy.
  ///   - roundsUp: Whether rows of the tensor are rounded up to a multiple of 16 bytes, as in
  ///     stores.
  init(_ transfer: BoxTransfer, roundsUp: Bool) {
    self.transfer = transfer
    let map = transfer.map
    let elementByteCount = Int64(map.elementType.byteCount)
    let start = transfer.coordinates[0] &* elementByteCount
    let end = map.extents[0] &* elementByteCount
    let row = Int64(map.innerByteCount)
    let first = min(row, max(0, -start))
    let last = min(row, (roundsUp ? (end &+ 15) & ~15 : end) &- start)
    innerByteCount = map.innerByteCount
    skippedByteCount = Int(first)
    insideByteCount = Int(max(0, last &- first))
    ownByteCount = Int(max(0, min(last, end &- start) &- first))
  }

  /// Calls `body` with the address of the part of each row that is in the tensor, or with `nil` if
  /// there is none.
  @inline(__always)
  func forEach(_ body: (UInt64?) throws(Trap) -> Void) throws(Trap) {
    let map = transfer.map
    let coordinates = transfer.coordinates
    let base =
      map.address
      &+ UInt64(bitPattern: max(0, coordinates[0]) &* Int64(map.elementType.byteCount))
    let count1 = map.rank > 1 ? map.boxCount(1) : 1
    let outerCount = map.rowCount / count1
    let isEmpty = insideByteCount == 0
    var indices = SIMD8<Int64>(repeating: 0)
    for _ in 0..<outerCount {
      var outer = base
      var isInside = !isEmpty
      var dimension = 2
      while dimension < map.rank {
        let position = coordinates[dimension] &+ indices[dimension] &* map.steps[dimension]
        if position < 0 || position >= map.extents[dimension] { isInside = false }
        outer = outer &+ UInt64(bitPattern: position &* map.strides[dimension])
        dimension &+= 1
      }
      var row = coordinates[1]
      for _ in 0..<count1 {
        let isRowInside = isInside && row >= 0 && row < map.extents[1]
        try body(isRowInside ? outer &+ UInt64(bitPattern: row &* map.strides[1]) : nil)
        row &+= map.steps[1]
      }
      dimension = 2
      while dimension < map.rank {
        indices[dimension] += 1
        if indices[dimension] < Int64(map.boxCount(dimension)) { break }
        indices[dimension] = 0
        dimension += 1
      }
    }
  }
}
