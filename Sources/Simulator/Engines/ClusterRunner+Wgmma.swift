// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TensorCoreArithmetic
import TileLayout

// Hopper's tensor cores: operations of four warps together.
extension ClusterRunner {
  /// `wgmma.mma_async`: the operation is issued when the last of the four warps reaches it.
  func issueWgmma(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    let group = warp.index / 4
    guard (group + 1) * 4 <= launch.warpCount, mask == .max else {
      throw Trap(
        .missingLanes, "Warp \(warp.index) is not in a whole warpgroup of four full warps.")
    }
    let flags = instruction.pointee.wgmma.flags
    let lane = instruction.pointee.lane
    let predicate = warp.memory.predicate(lane.sources.2)
    guard predicate == 0 || predicate == .max else {
      throw Trap(.illegalOperand, "The lanes of one wgmma disagree on whether D is read.")
    }
    let accumulates = (predicate != 0) != flags.contains(.scaleDIsNegated)
    let a = flags.contains(.hasRegisterA) ? 0 : try uniform64(lane.sources.0, warp.memory, "A")
    let b = try uniform64(lane.sources.1, warp.memory, "B")
    let state = block.warpgroups[group]
    let position = Int(warp.wgmmaIssued - state.completed)
    if position == state.operations.count {
      state.operations.append(
        WgmmaOperation(pc: pc, issued: 0, a: a, b: b, accumulates: accumulates))
    }
    let operation = state.operations[position]
    guard operation.pc == pc, operation.a == a, operation.b == b,
      operation.accumulates == accumulates
    else {
      throw Trap(
        .illegalOperand,
        "The warps of warpgroup \(group) issue different wgmma instructions, or with different descriptors."
      )
    }
    state.operations[position].issued |= 1 << UInt8(warp.index % 4)
    warps[warpIndex].wgmmaIssued += 1
    guard state.operations[position].issued == 0xF else { return }
    try issue(
      PendingOperation(
        .wgmma(state, block: warp.block, warpgroup: group), queue: warp.block * 64 + group, pc: pc,
        warp: warpIndex), by: mask)
  }

  /// Returns the value of a 64-bit register, which must be the same in all lanes.
  func uniform64(
    _ offset: LaneOffset, _ memory: LaneMemory, _ name: String
  ) throws(Trap) -> UInt64 {
    let lanes = memory.lanes(offset, as: UInt64.self)
    let value = lanes[0]
    for lane in 1..<32 where lanes[lane] != value {
      throw Trap(
        .illegalDescriptor, "The lanes of one instruction have different descriptors of \(name).")
    }
    return value
  }

  /// `wgmma.commit_group`.
  func commitWgmma(_ warpIndex: Int, _ pc: Int32) {
    let warp = warps[warpIndex]
    tell(.commit(.wgmma), lanes: warp.alive, of: warpIndex, at: pc)
    blocks[warp.block].warpgroups[warp.index / 4].commits[warp.index % 4].append(warp.wgmmaIssued)
  }

  /// `wgmma.wait_group`.
  func waitForWgmma(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ warpIndex: Int,
    _ group: UnsafeMutablePointer<LaneGroup>
  ) -> Step {
    let warp = warps[warpIndex]
    let state = blocks[warp.block].warpgroups[warp.index / 4]
    let commits = state.commits[warp.index % 4]
    let position = commits.count - 1 - Int(instruction.pointee.literal)
    let passed = OrderEvent.groupWaitPassed(
      .wgmma, pending: instruction.pointee.literal, readsOnly: false)
    guard position >= 0 else {
      tell(passed, lanes: warp.alive, of: warpIndex, at: group.pointee.pc)
      return .next
    }
    let needed = commits[position]
    if position > 64 {
      state.commits[warp.index % 4].removeFirst(position - 1)
    }
    guard state.completed < needed else {
      tell(passed, lanes: warp.alive, of: warpIndex, at: group.pointee.pc)
      return .next
    }
    return .wait(Wait(kind: .wgmma, index: Int32(warp.index / 4), value: needed))
  }

  /// Executes the oldest operation of a warpgroup.
  func multiplyWarpgroup(
    block rank: Int, warpgroup: Int, _ pending: PendingOperation
  ) throws(Trap) {
    let block = blocks[rank]
    let state = block.warpgroups[warpgroup]
    let operation = state.operations.removeFirst()
    state.completed += 1
    let instruction = instructions + Int(operation.pc)
    let form = instruction.pointee.wgmma
    let n = form.n
    let access = Access(pending, .read)
    let first = rank * launch.warpCount + warpgroup * 4
    noteRegisters(of: pending, warps: first..<first + 4, pc: operation.pc)
    let extra = kernel.extraOffsets + Int(instruction.pointee.extra)
    if form.flags.contains(.hasRegisterA) {
      gatherFragmentA(extra, firstWarp: first)
    } else {
      let descriptor = HopperMatrixDescriptor(rawValue: operation.a)
      try check(descriptor.findings, "A", operation.a)
      let operand = MatrixOperand(
        descriptor, isTransposed: form.flags.contains(.transposesA), element: form.a)
      try gather(operand, rows: 64, into: matrices.a, block: block, access: access)
    }
    let descriptor = HopperMatrixDescriptor(rawValue: operation.b)
    try check(descriptor.findings, "B", operation.b)
    let operand = MatrixOperand(
      descriptor, isTransposed: form.flags.contains(.transposesB), element: form.b)
    try gather(operand, rows: n, into: matrices.b, block: block, access: access)

    let accumulators = extra + Int(instruction.pointee.count)
    let isHalf = form.accumulator == TC_D_F16
    var product = form.product(accumulates: operation.accumulates)
    if operation.accumulates {
      moveFragmentD(accumulators, n: n, firstWarp: first, isHalf: isHalf, toRegisters: false)
    }
    let pitch = MatrixOperand.rowByteCount
    tc_multiply_accumulate(&product, matrices.a, pitch, matrices.b, pitch, matrices.d, n)
    moveFragmentD(accumulators, n: n, firstWarp: first, isHalf: isHalf, toRegisters: true)
    totals.pointee.multiplyAdds &+= UInt64(64 * n * Int(product.k))
  }

  /// Throws if a descriptor breaks a rule.
  func check(_ findings: [DescriptorFinding], _ name: String, _ value: UInt64) throws(Trap) {
    guard let finding = findings.first else { return }
    throw Trap(
      .illegalDescriptor,
      "The descriptor \(hexadecimal(value)) of \(name) is invalid: \(finding).")
  }

  /// Gathers A from the registers of four warps: four registers in each thread.
  ///
  /// For every type, register j of lane 4g+q of warp w holds word q + 4·(j/2) of the eight words of
  /// row 16w + g + 8·(j%2).
  private func gatherFragmentA(_ registers: UnsafeMutablePointer<LaneOffset>, firstWarp: Int) {
    let words = matrices.a.assumingMemoryBound(to: UInt32.self)
    for quarter in 0..<4 {
      let memory = warps[firstWarp + quarter].memory
      for register in 0..<4 {
        let lanes = memory.lanes(registers[register], as: UInt32.self)
        for lane in 0..<32 {
          let row = 16 * quarter + lane / 4 + 8 * (register & 1)
          words[row * 8 + lane % 4 + 4 * (register >> 1)] = lanes[lane]
        }
      }
    }
  }

  /// Moves D between the registers of four warps and dense rows.
  ///
  /// Register i of lane 4g+q of warp w holds row 16w + g + 8·(i/2%2), column 8·(i/4) + 2q + i%2;
  /// 16-bit elements are two in a register.
  private func moveFragmentD(
    _ registers: UnsafeMutablePointer<LaneOffset>, n: Int, firstWarp: Int, isHalf: Bool,
    toRegisters: Bool
  ) {
    for quarter in 0..<4 {
      let memory = warps[firstWarp + quarter].memory
      for columns in 0..<n / 8 {
        for half in 0..<2 {
          let firstRow = 16 * quarter + 8 * half
          if isHalf {
            let lanes = memory.lanes(registers[columns * 2 + half], as: UInt32.self)
            for lane in 0..<32 {
              // A row of n 16-bit elements has n/2 words.
              let word = (firstRow + lane / 4) * n / 2 + columns * 4 + lane % 4
              if toRegisters {
                lanes[lane] = matrices.d[word]
              } else {
                matrices.d[word] = lanes[lane]
              }
            }
            continue
          }
          let even = memory.lanes(registers[columns * 4 + half * 2], as: SIMD4<UInt32>.self)
          let odd = memory.lanes(registers[columns * 4 + half * 2 + 1], as: SIMD4<UInt32>.self)
          for g in 0..<8 {
            let row = UnsafeMutableRawPointer(matrices.d + (firstRow + g) * n + columns * 8)
            if toRegisters {
              let values = row.loadUnaligned(as: SIMD8<UInt32>.self)
              even[g] = values.evenHalf
              odd[g] = values.oddHalf
            } else {
              var values = SIMD8<UInt32>()
              values.evenHalf = even[g]
              values.oddHalf = odd[g]
              row.storeBytes(of: values, as: SIMD8<UInt32>.self)
            }
          }
        }
      }
    }
  }
}
