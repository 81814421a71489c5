// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TileLayout

// Blackwell's tensor cores and Tensor Memory.
extension ClusterRunner {
  /// Returns the Tensor Memory of a block's SM.
  func tensorMemory(_ block: BlockState) throws(Trap) -> TensorMemory {
    guard block.multiprocessor < launch.tensorMemories.count else {
      throw Trap(.tensorMemory, "\(launch.machine.name) has no Tensor Memory.")
    }
    return launch.tensorMemories[block.multiprocessor]
  }

  // MARK: - Completion

  /// Returns the queue of a block's multiplications, copies, shifts and commits.
  func tensorQueue(_ block: Int) -> Int { (1 << 16) + block }

  /// `tcgen05.commit`: arrives when the operations issued before are complete.
  func issueTensorCommit(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let memory = warps[warpIndex].memory
    try forEachLane(mask) { (index) throws(Trap) in
      let address = self.address(instruction, memory, index)
      let space: StateSpace = instruction.pointee.hasWideAddress ? .generic : .sharedCluster
      let (block, offset) = try self.barrierPlace(address, space, warpIndex)
      var targets = [(block: block.rank, offset: offset)]
      if instruction.pointee.isMulticastCommit {
        let ranks = memory.lanes(instruction.pointee.lane.sources.0, as: UInt32.self)[index]
        guard ranks & 0xFFFF != 0, (ranks & 0xFFFF) >> UInt32(self.blocks.count) == 0 else {
          throw Trap(
            .illegalOperand,
            "The multicast mask \(hexadecimal(ranks)) does not name blocks of a cluster of \(self.blocks.count)."
          )
        }
        targets = self.blocks.indices.filter { ranks >> UInt32($0) & 1 == 1 }
          .map { ($0, offset) }
      }
      try self.issue(
        PendingOperation(
          .tensorCommit(barriers: targets), queue: self.tensorQueue(self.warps[warpIndex].block),
          pc: pc, warp: warpIndex))
    }
  }

  // MARK: - Loads and stores

  /// `tcgen05.ld`.
  func issueTensorLoad(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let address = try tensorAddress(instruction, mask, warpIndex)
    warps[warpIndex].pendingTensorLoads += 1
    try issue(
      PendingOperation(
        .tensorLoad(warp: warpIndex, instruction: Int(pc), address: address),
        queue: (1 << 17) + warpIndex, pc: pc, warp: warpIndex))
  }

  /// `tcgen05.st`: the registers are read immediately.
  func issueTensorStore(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let address = try tensorAddress(instruction, mask, warpIndex)
    let memory = warps[warpIndex].memory
    var store = TensorStore(
      warp: warpIndex, instruction: Int(pc), address: address, values: [], undefined: [])
    for index in 0..<Int(instruction.pointee.extraCount) {
      let offset = kernel.extraOffsets[Int(instruction.pointee.extra) + index]
      store.values += UnsafeBufferPointer(
        start: memory.lanes(offset, as: UInt32.self), count: 32)
      guard warps[warpIndex].carriesUndefined, let undefined = undefinedRegisters else { continue }
      store.undefined +=
        offset < 0
        ? [UInt32](repeating: 0, count: 32)
        : Array(
          UnsafeBufferPointer(
            start: undefined.lanes(offset, of: warpIndex, as: UInt32.self), count: 32))
    }
    warps[warpIndex].pendingTensorStores += 1
    try issue(
      PendingOperation(
        .tensorStore(store), queue: (1 << 17) + warpIndex, pc: pc, warp: warpIndex))
  }

  /// Returns the Tensor Memory address, which must be the same in all lanes.
  private func tensorAddress(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) -> UInt32 {
    let memory = warps[warpIndex].memory
    let first = address(instruction, memory, mask.trailingZeroBitCount)
    var isUniform = true
    forLanes(mask) { if address(instruction, memory, $0) != first { isUniform = false } }
    guard isUniform else {
      throw Trap(
        .tensorMemory, "The lanes of one instruction have different Tensor Memory addresses.")
    }
    return UInt32(truncatingIfNeeded: first)
  }

  /// Calls `body` with the cell of each thread's register, or the first of two for packed halves.
  private func forEachCell(
    _ decoded: DecodedInstruction, _ address: UInt32, _ warpIndex: Int,
    _ body: (_ lane: Int, _ register: Int, _ cell: Int) -> Void
  ) throws(Trap) {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    let tensorMemory = try tensorMemory(block)
    let registers = Int(decoded.extraCount)
    let (shape, isPacked, split) = decoded.tensorAccess
    let quarter = warp.index % 4
    let named = Int(address >> 16)
    let column = Int(address & 0xFFFF)
    // An address names a lane of the warp's own quarter, or lane 0.
    guard named / 32 == 0 || named / 32 == quarter else {
      throw Trap(
        .tensorMemory,
        "Warp \(warp.index) can only access lanes \(32 * quarter) to \(32 * quarter + 31), not lane \(named)."
      )
    }
    let start = named % 32
    guard start == 0 || (shape != .lanes32Bits32 && start == 16) else {
      throw Trap(.tensorMemory, "The lane \(named) does not fit the shape of the instruction.")
    }
    // The cells of a register; the split offset counts unpacked columns, so it is not multiplied.
    let cellCount = isPacked ? 2 : 1
    var highest = 0
    for thread in 0..<32 {
      for register in 0..<registers {
        let cell = tensorCell(shape, thread, register, cellCount: cellCount, split: split)
        highest = max(highest, cell.column)
      }
    }
    let columns = highest + cellCount
    guard
      tensorMemory.holds(identity(of: block), column: column, columnCount: columns)
    else {
      throw Trap(
        .tensorMemory,
        "Columns \(column) to \(column + columns - 1) are accessed, which the block does not hold.")
    }
    for register in 0..<registers {
      for thread in 0..<32 {
        let cell = tensorCell(shape, thread, register, cellCount: cellCount, split: split)
        let lane = 32 * quarter + start + cell.lane
        body(thread, register, lane * TensorMemory.columnCount + column + cell.column)
      }
    }
  }

  /// Returns the lane and the first column of the cells of a thread's register for a shape.
  @inline(__always)
  private func tensorCell(
    _ shape: TensorMemoryShape, _ t: Int, _ r: Int, cellCount: Int, split: Int
  ) -> (lane: Int, column: Int) {
    switch shape {
    case .lanes32Bits32: (t, r * cellCount)
    case .lanes16Bits64: ((t >> 2) + 8 * (t & 1), ((t >> 1 & 1) + 2 * r) * cellCount)
    case .lanes16Bits128: ((t >> 2) + 8 * (r & 1), ((t & 3) + 4 * (r >> 1)) * cellCount)
    case .lanes16Bits256:
      ((t >> 2) + 8 * (r >> 1 & 1), (2 * (t & 3) + (r & 1) + 8 * (r >> 2)) * cellCount)
    case .lanes16Bits32Twice: (t & 15, r * cellCount + (t >> 4) * split)
    }
  }

  /// Executes a load: copies the cells to the registers.
  func loadTensor(warp: Int, instruction: Int, address: UInt32) throws(Trap) {
    let decoded = instructions[instruction]
    let memory = warps[warp].memory
    let tensorMemory = try tensorMemory(blocks[warps[warp].block])
    let isPacked = decoded.tensorAccess.isPacked
    var missing = -1
    let checks = checksInitialization
    try forEachCell(decoded, address, warp) { lane, register, cell in
      let offset = kernel.extraOffsets[Int(decoded.extra) + register]
      if checks, tensorMemory.shadow[cell] != 1 || (isPacked && tensorMemory.shadow[cell + 1] != 1)
      {
        missing = cell
      }
      guard offset >= 0 else { return }
      let low = tensorMemory.cells[cell]
      memory.lanes(offset, as: UInt32.self)[lane] =
        isPacked ? low & 0xFFFF | tensorMemory.cells[cell + 1] << 16 : low
    }
    if missing >= 0 || warps[warp].carriesUndefined {
      var marks = [UInt32](repeating: 0, count: 32 * Int(decoded.extraCount))
      try forEachCell(decoded, address, warp) { lane, register, cell in
        let low: UInt32 = checks && tensorMemory.shadow[cell] != 1 ? .max : 0
        let high: UInt32 = isPacked && checks && tensorMemory.shadow[cell + 1] != 1 ? .max : 0
        marks[32 * register + lane] = isPacked ? low & 0xFFFF | high << 16 : low
      }
      markTensorLoad(warp, Int32(instruction), marks, cell: max(missing, 0))
    }
    totals.pointee.tensorMemoryRead &+= UInt64(Int(decoded.extraCount) * 128)
  }

  /// Executes a store: copies the registers to the cells.
  ///
  /// A cell counts as never written where all bits of its value are undefined.
  func storeTensor(_ store: TensorStore) throws(Trap) {
    let decoded = instructions[store.instruction]
    let tensorMemory = try tensorMemory(blocks[warps[store.warp].block])
    let isPacked = decoded.tensorAccess.isPacked
    try forEachCell(decoded, store.address, store.warp) { lane, register, cell in
      let value = store.values[register * 32 + lane]
      let undefined = store.undefined.isEmpty ? 0 : store.undefined[register * 32 + lane]
      tensorMemory.cells[cell] = isPacked ? value & 0xFFFF : value
      let low: UInt32 = isPacked ? 0xFFFF : .max
      tensorMemory.shadow[cell] = undefined & low == low ? 0 : 1
      if isPacked {
        tensorMemory.cells[cell + 1] = value >> 16
        tensorMemory.shadow[cell + 1] = undefined >> 16 == 0xFFFF ? 0 : 1
      }
    }
    totals.pointee.tensorMemoryWritten &+= UInt64(Int(decoded.extraCount) * 128)
  }
}
