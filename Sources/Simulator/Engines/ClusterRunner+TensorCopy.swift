// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TileLayout

/// One copy from shared memory to Tensor Memory.
struct TensorCopyTransfer {
  /// The block that issued it.
  var block: Int
  /// Whether each block of the CTA pair copies from its own shared memory to its own Tensor Memory.
  var isForPair: Bool
  /// The mapping of rows to lanes.
  var shape: TensorMemoryCopyShape
  /// The packing of elements, if there is one.
  var packing: PackedElements?
  /// The address in Tensor Memory.
  var address: UInt32
  /// The descriptor of the rows.
  var source: UInt64
}

// Copies from shared memory to Tensor Memory.
extension ClusterRunner {
  /// `tcgen05.cp`, issued by one thread.
  func issueTensorCopy(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let warp = warps[warpIndex]
    let (shape, packing) = instruction.pointee.tensorCopy
    try forEachLane(mask) { (lane) throws(Trap) in
      let transfer = TensorCopyTransfer(
        block: warp.block, isForPair: instruction.pointee.isForPair,
        shape: shape, packing: packing,
        address: UInt32(truncatingIfNeeded: self.address(instruction, warp.memory, lane)),
        source: warp.memory.lanes(instruction.pointee.lane.sources.0, as: UInt64.self)[lane])
      try self.issue(
        PendingOperation(
          .tensorCopy(transfer), queue: self.tensorQueue(warp.block), pc: pc, warp: warpIndex),
        by: 1 << UInt32(lane))
    }
  }

  /// Executes a copy.
  func copyToTensorMemory(
    _ transfer: TensorCopyTransfer, _ operation: PendingOperation
  ) throws(Trap) {
    let descriptor = BlackwellMatrixDescriptor(rawValue: transfer.source)
    try check(descriptor.findings, "the copy's source", transfer.source)
    guard let operand = MatrixOperand(descriptor, isTransposed: false),
      descriptor.layout != .bytes128Atoms32
    else {
      throw Trap(
        .illegalDescriptor,
        "The descriptor \(hexadecimal(transfer.source)) has a layout that tcgen05.cp does not support."
      )
    }
    let block = blocks[transfer.block]
    try copy(transfer, operand, block, operation)
    if transfer.isForPair { try copy(transfer, operand, try peer(of: block), operation) }
  }

  /// Copies the part of one block.
  private func copy(
    _ transfer: TensorCopyTransfer, _ operand: MatrixOperand, _ block: BlockState,
    _ operation: PendingOperation
  ) throws(Trap) {
    let shape = transfer.shape
    let (first, column) = (Int(transfer.address >> 16), Int(transfer.address & 0xFFFF))
    guard first == 0 || (shape == .rows4Bytes32 && first < 32) else {
      throw Trap(
        .tensorMemory, "A copy of shape \(shape.rawValue) must start at lane 0, not \(first).")
    }
    let memory = try tensorCells(
      block,
      lanes: (0..<shape.rowCount).flatMap { row in
        shape.lanes(row: row).map { first + $0..<first + $0 + 1 }
      }, column: column, columnCount: shape.columnCount, Access(operation, .replace),
      "A copy writes")
    let access = Access(operation, .copy)
    for row in 0..<shape.rowCount {
      for chunk in 0..<shape.rowByteCount / 16 {
        let offset = operand.physical(operand.rowChunk(row, chunk))
        let (cells, shadow) = try chunkCells(block, offset, transfer.packing, access)
        for lane in shape.lanes(row: row) {
          let start = (first + lane) * TensorMemory.columnCount + column + 4 * chunk
          for index in 0..<4 {
            memory.cells[start + index] = cells[index]
            memory.shadow[start + index] = shadow[index]
          }
        }
      }
    }
    let byteCount = UInt64(shape.rowCount * shape.rowByteCount)
    totals.pointee.sharedRead &+= byteCount
    totals.pointee.tensorMemoryWritten &+= byteCount * UInt64(shape.lanes(row: 0).count)
  }

  /// Returns the four cells for 16 bytes of shared memory, and whether each was ever written.
  private func chunkCells(
    _ block: BlockState, _ offset: Int, _ packing: PackedElements?, _ access: Access
  ) throws(Trap) -> (cells: SIMD4<UInt32>, shadow: SIMD4<UInt8>) {
    let byteCount =
      switch packing {
      case nil: 16
      case .sixBits: 12
      case .fourBits: 8
      }
    let source = try sharedBytes(block, offset, byteCount, access)
    var cells = SIMD4<UInt32>()
    withUnsafeMutableBytes(of: &cells) { bytes in
      guard let target = bytes.baseAddress else { return }
      switch packing {
      case nil: copyBytes(target, source, 16)
      case .fourBits: expandFourBits(source, target, shift: 2)
      case .sixBits: expandSixBits(source, target, shift: 0)
      }
    }
    // A quarter of the source's bytes becomes a cell.
    var shadow = SIMD4<UInt8>()
    let quarter = byteCount / 4
    for index in 0..<4 {
      let states = block.shadow + offset + index * quarter
      shadow[index] = (0..<quarter).allSatisfy { states[$0] == 1 } ? 1 : 0
    }
    return (cells, shadow)
  }
}
