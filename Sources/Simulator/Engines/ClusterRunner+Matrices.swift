// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// `ldmatrix`, `stmatrix` and `movmatrix`: 8 × 8 matrices of 16-bit elements, distributed over a
// warp.
extension ClusterRunner {
  /// Returns the bytes of the matrix row whose address a lane holds.
  private func matrixRow(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ matrix: Int, _ row: Int,
    _ warpIndex: Int, _ effect: Access.Effect
  ) throws(Trap) -> UnsafeMutableRawPointer {
    let memory = warps[warpIndex].memory
    let lane = 8 * matrix + row
    let address = self.address(instruction, memory, lane)
    try checkAlignment(address, 16)
    let access = Access(
      warp: warpIndex, lane: lane, pc: currentPC(instruction), proxy: .generic, effect: effect)
    return try bytes(
      try location(address, instruction.pointee.space, warpIndex), 16, access, address: address)
  }

  /// Counts the additional wavefronts of one matrix.
  private func countMatrixConflicts(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ matrix: Int, _ memory: LaneMemory
  ) {
    var words = BankWords()
    for row in 0..<8 {
      let start = UInt32(truncatingIfNeeded: address(instruction, memory, 8 * matrix + row)) >> 2
      for word in 0..<UInt32(4) { words.add(start + word) }
    }
    hot.pointee.conflicts[Int(currentPC(instruction))] &+= UInt64(words.excess)
  }

  /// `ldmatrix`.
  func loadMatrix(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) {
    guard mask == .max else { throw missingLanes(mask, of: .max) }
    let memory = warps[warpIndex].memory
    let isTransposed = instruction.pointee.isTransposed
    // A destination may be an address register, so all rows are read before any register is
    // written.
    var matrices: [[UInt16]] = []
    for matrix in 0..<Int(instruction.pointee.extraCount) {
      countMatrixConflicts(instruction, matrix, memory)
      var halves: [UInt16] = []
      for row in 0..<8 {
        let bytes = try matrixRow(instruction, matrix, row, warpIndex, .load)
        for column in 0..<8 {
          halves.append(bytes.load(fromByteOffset: 2 * column, as: UInt16.self))
        }
      }
      matrices.append(halves)
    }
    for (matrix, halves) in matrices.enumerated() {
      let offset = kernel.extraOffsets[Int(instruction.pointee.extra) + matrix]
      guard offset >= 0 else { continue }
      let lanes = memory.lanes(offset, as: UInt32.self)
      for lane in 0..<32 {
        /// Returns the element for one half of the lane's register.
        func element(_ half: Int) -> UInt32 {
          let (first, second) = (lane / 4, 2 * (lane % 4) + half)
          return UInt32(isTransposed ? halves[second * 8 + first] : halves[first * 8 + second])
        }
        lanes[lane] = element(0) | element(1) << 16
      }
    }
    if hot.pointee.hasUndefinedLoads {
      markMatrixLoads(instruction, warpIndex) { row, column in
        let (first, second) = isTransposed ? (column, row) : (row, column)
        return (4 * first + second / 2, second % 2)
      }
    }
    totals.pointee.sharedRead &+= UInt64(matrices.count * 128)
  }

  /// `stmatrix`.
  func storeMatrix(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) throws(Trap) {
    guard mask == .max else { throw missingLanes(mask, of: .max) }
    let memory = warps[warpIndex].memory
    let isTransposed = instruction.pointee.isTransposed
    for matrix in 0..<Int(instruction.pointee.extraCount) {
      countMatrixConflicts(instruction, matrix, memory)
      let offset = kernel.extraOffsets[Int(instruction.pointee.extra) + matrix]
      let lanes = memory.lanes(offset, as: UInt32.self)
      for row in 0..<8 {
        let bytes = try matrixRow(instruction, matrix, row, warpIndex, .write)
        for column in 0..<8 {
          let (first, second) = isTransposed ? (column, row) : (row, column)
          let word = lanes[4 * first + second / 2]
          bytes.storeBytes(
            of: UInt16(truncatingIfNeeded: word >> UInt32(16 * (second % 2))),
            toByteOffset: 2 * column, as: UInt16.self)
        }
        if warps[warpIndex].carriesUndefined {
          try carryRow(instruction, matrix, row, warpIndex, isTransposed: isTransposed)
        }
      }
    }
    totals.pointee.sharedWritten &+= UInt64(Int(instruction.pointee.extraCount) * 128)
  }

  /// Makes bytes of a stored row count as never written where all their bits are undefined.
  private func carryRow(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ matrix: Int, _ row: Int,
    _ warpIndex: Int, isTransposed: Bool
  ) throws(Trap) {
    let address = self.address(instruction, warps[warpIndex].memory, 8 * matrix + row)
    let location = try location(address, instruction.pointee.space, warpIndex)
    guard let shadow = shadow(of: location, byteCount: 16) else { return }
    for column in 0..<8 {
      let (first, second) = isTransposed ? (column, row) : (row, column)
      let bytes = undefinedBytes(
        instruction, matrix, 4 * first + second / 2, warpIndex, width: 4)
      for byte in 0..<2 where bytes >> UInt32(2 * (second % 2) + byte) & 1 == 1 {
        shadow[2 * column + byte] = 0
      }
    }
  }

  /// `movmatrix`: transposes a matrix in registers.
  func moveMatrix(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int
  ) {
    let memory = warps[warpIndex].memory
    let source = memory.lanes(instruction.pointee.lane.sources.0, as: UInt32.self)
    var result = SIMD32<UInt32>(repeating: 0)
    for lane in 0..<32 { result[lane] = transposedWord(lane) { source[$0] } }
    let destination = memory.lanes(instruction.pointee.lane.destinations.0, as: UInt32.self)
    forLanes(mask) { destination[$0] = result[$0] }
    if warps[warpIndex].carriesUndefined {
      exchangeUndefined(Members(instruction, mask), warpIndex) {
        self.transposedWord($0, of: $1)
      }
    }
  }

  /// Returns a lane's register of a matrix that is transposed, from the registers of its lanes.
  private func transposedWord(_ lane: Int, of source: (Int) -> UInt32) -> UInt32 {
    var result: UInt32 = 0
    for half in 0..<2 {
      let (row, column) = (2 * (lane % 4) + half, lane / 4)
      let word = source(4 * row + column / 2) >> UInt32(16 * (column % 2)) & 0xFFFF
      result |= word << UInt32(16 * half)
    }
    return result
  }
}
