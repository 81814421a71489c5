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
          pc: pc, warp: warpIndex), by: 1 << UInt32(index))
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
        queue: (1 << 17) + warpIndex, pc: pc, warp: warpIndex), by: mask)
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
        .tensorStore(store), queue: (1 << 17) + warpIndex, pc: pc, warp: warpIndex), by: mask)
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

  /// Returns the Tensor Memory of a warp's block, after checking the cells that the registers of a
  /// load or store name.
  private func heldCells(
    _ decoded: DecodedInstruction, _ address: UInt32, _ access: Access, _ warpIndex: Int
  ) throws(Trap) -> TensorMemory {
    let warp = warps[warpIndex]
    let quarter = warp.index % 4
    let named = Int(address >> 16)
    // An address names a lane of the warp's own quarter, or lane 0.
    guard named / 32 == 0 || named / 32 == quarter else {
      throw Trap(
        .tensorMemory,
        "Warp \(warp.index) can only access lanes \(32 * quarter) to \(32 * quarter + 31), not lane \(named)."
      )
    }
    let start = named % 32
    guard start == 0 || (decoded.tensorAccess.shape != .lanes32Bits32 && start == 16) else {
      throw Trap(.tensorMemory, "The lane \(named) does not fit the shape of the instruction.")
    }
    let cells = TensorCells(decoded)
    var columns = 0
    for thread in 0..<32 {
      for register in 0..<Int(decoded.extraCount) {
        columns = max(columns, cells.cell(thread, register).column + cells.cellCount)
      }
    }
    let first = 32 * quarter + start
    return try tensorCells(
      blocks[warp.block], lanes: [first..<first + cells.laneCount], column: Int(address & 0xFFFF),
      columnCount: columns, access, "The instruction accesses")
  }

  /// Calls `body` with the cell of each thread's register, or the first of two for packed halves.
  private func forEachCell(
    _ decoded: DecodedInstruction, _ address: UInt32, _ warpIndex: Int,
    _ body: (_ lane: Int, _ register: Int, _ cell: Int) -> Void
  ) {
    let cells = TensorCells(decoded)
    let first = 32 * (warps[warpIndex].index % 4) + Int(address >> 16) % 32
    let column = Int(address & 0xFFFF)
    for register in 0..<Int(decoded.extraCount) {
      for thread in 0..<32 {
        let cell = cells.cell(thread, register)
        body(
          thread, register,
          (first + cell.lane) * TensorMemory.columnCount + column + cell.column)
      }
    }
  }

  /// Executes a load: copies the cells to the registers.
  func loadTensor(
    warp: Int, instruction: Int, address: UInt32, _ operation: PendingOperation
  ) throws(Trap) {
    let decoded = instructions[instruction]
    let memory = warps[warp].memory
    let tensorMemory = try heldCells(decoded, address, Access(operation, .load), warp)
    noteRegisters(of: operation, warps: warp..<warp + 1, pc: operation.pc)
    let isPacked = decoded.tensorAccess.isPacked
    var missing = -1
    let checks = checksInitialization
    forEachCell(decoded, address, warp) { lane, register, cell in
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
      forEachCell(decoded, address, warp) { lane, register, cell in
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
  func storeTensor(_ store: TensorStore, _ operation: PendingOperation) throws(Trap) {
    let decoded = instructions[store.instruction]
    let access = Access(operation, .write)
    let tensorMemory = try heldCells(decoded, store.address, access, store.warp)
    let isPacked = decoded.tensorAccess.isPacked
    forEachCell(decoded, store.address, store.warp) { lane, register, cell in
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

/// The cells of the registers of `tcgen05.ld` and `tcgen05.st`, from the address on.
private struct TensorCells {
  /// The shape.
  private let shape: TensorMemoryShape

  /// The columns of a register: two for packed halves.
  let cellCount: Int

  /// The distance of the two parts of shape 16x32bx2, in unpacked columns.
  private let split: Int

  /// Creates the cells of an instruction.
  init(_ decoded: DecodedInstruction) {
    let access = decoded.tensorAccess
    shape = access.shape
    cellCount = access.isPacked ? 2 : 1
    split = access.splitOffset
  }

  /// The number of lanes.
  var laneCount: Int { shape == .lanes32Bits32 ? 32 : 16 }

  /// Returns the lane and the first column of a thread's register.
  @inline(__always)
  func cell(_ t: Int, _ r: Int) -> (lane: Int, column: Int) {
    switch shape {
    case .lanes32Bits32: (t, r * cellCount)
    case .lanes16Bits64: ((t >> 2) + 8 * (t & 1), ((t >> 1 & 1) + 2 * r) * cellCount)
    case .lanes16Bits128: ((t >> 2) + 8 * (r & 1), ((t & 3) + 4 * (r >> 1)) * cellCount)
    case .lanes16Bits256:
      ((t >> 2) + 8 * (r >> 1 & 1), (2 * (t & 3) + (r & 1) + 8 * (r >> 2)) * cellCount)
    case .lanes16Bits32Twice: (t & 15, r * cellCount + (t >> 4) * split)
    }
  }
}
