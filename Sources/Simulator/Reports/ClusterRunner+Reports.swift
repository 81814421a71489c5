// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

/// Returns the lanes of a mask as ranges: `0-3, 8`.
func lanesText(_ mask: UInt32) -> String {
  if mask == 0 { return "none" }
  var ranges: [String] = []
  var lane = 0
  while lane < 32 {
    guard mask >> UInt32(lane) & 1 == 1 else {
      lane += 1
      continue
    }
    var last = lane
    while last < 31, mask >> UInt32(last + 1) & 1 == 1 { last += 1 }
    ranges.append(lane == last ? "\(lane)" : "\(lane)-\(last)")
    lane = last + 1
  }
  return ranges.joined(separator: ", ")
}

// Texts of reports: warps, instructions, and waits.
extension ClusterRunner {
  /// Returns a trap with its thread and instruction added, unless it already has them.
  func located(_ trap: Trap, _ warpIndex: Int, _ pc: Int32, lanes: UInt32?) -> Trap {
    guard trap.context.isEmpty else { return trap }
    var trap = trap
    let who = lanes.map { ", lanes \(lanesText($0))" } ?? ", in an asynchronous operation"
    trap.context = ["\(warpText(warpIndex))\(who)", instructionText(pc)]
    return trap
  }

  /// Returns the name of a warp: its block, index and role.
  func warpText(_ warpIndex: Int) -> String {
    let warp = warps[warpIndex]
    return "\(blockText(blocks[warp.block])), warp \(warp.index)\(roleText(warp.index))"
  }

  /// Returns the name of an instruction: its mnemonic and source line.
  func instructionText(_ pc: Int32) -> String {
    let source = kernel.sources[Int(pc)]
    let place = source.place.map { "\($0)" } ?? "instruction \(pc)"
    return "'\(source.mnemonic)' at \(place)"
  }

  /// Describes the state of every group of lanes that has not exited; warps of a block in the same
  /// state share a line.
  func waitReport() -> [String] {
    var lines: [String] = []
    var alike: [(block: Int, doing: String, warps: [Int])] = []
    for index in 0..<warpCount {
      let warp = warps + index
      for group in 0..<warp.pointee.groupCount {
        let doing = groupText(index, warp.pointee.groups[group])
        let block = warp.pointee.block
        if let known = alike.firstIndex(where: { $0.block == block && $0.doing == doing }) {
          alike[known].warps.append(warp.pointee.index)
        } else {
          alike.append((block, doing, [warp.pointee.index]))
        }
      }
    }
    for (block, doing, warps) in alike {
      lines.append("\(blockText(blocks[block])), \(warpsText(warps)), \(doing)")
    }
    for index in 0..<warpCount {
      let warp = warps + index
      for point in 0..<WarpState.reconvergencePointLimit where warp.pointee.points[point].isUsed {
        let arrived = warp.pointee.points[point].arrived
        guard arrived != 0 else { continue }
        let missing = warp.pointee.points[point].expected & ~arrived
        lines.append(
          "\(warpText(index)), lanes \(lanesText(arrived)): wait to reconverge with lanes \(lanesText(missing)) before \(instructionText(warp.pointee.points[point].pc))"
        )
      }
    }
    for operation in pending {
      lines.append(
        "in flight: \(instructionText(operation.pc)), issued by \(warpText(operation.warp))")
    }
    return lines
  }

  /// Describes the state of one group.
  private func groupText(_ warpIndex: Int, _ group: LaneGroup) -> String {
    let lanes = lanesText(group.mask)
    return "lanes \(lanes): \(waitText(warpIndex, group.wait)), \(instructionText(group.pc))"
  }

  /// Returns the indices of warps of a block, with their role if all have the same.
  private func warpsText(_ indices: [Int]) -> String {
    let roles = Set(indices.map { roleText($0) })
    let role = roles.count == 1 ? roles.first ?? "" : ""
    guard indices.count > 1 else { return "warp \(indices[0])\(role)" }
    guard indices.count <= 32 else { return "\(indices.count) warps\(role)" }
    return "warps \(lanesText(indices.reduce(0) { $0 | 1 << UInt32($1 & 31) }))\(role)"
  }

  /// Returns the role of a warp in parentheses, if it has one.
  private func roleText(_ index: Int) -> String {
    let role = kernel.function.map.roles.first {
      ($0.firstWarp..<$0.firstWarp + $0.warpCount).contains(index)
    }
    return role.map { " (\($0.name))" } ?? ""
  }

  /// Returns the name of a block: its index in the grid, and its rank in a cluster.
  func blockText(_ block: BlockState) -> String {
    let index = block.index
    let rank = launch.clusterSize > 1 ? ", rank \(block.rank) of its cluster" : ""
    return "block (\(index.x), \(index.y), \(index.z))\(rank)"
  }

  /// Describes a wait, and the events that it still needs.
  private func waitText(_ warpIndex: Int, _ wait: Wait) -> String {
    let warp = warps[warpIndex]
    let block = blocks[warp.block]
    switch wait.kind {
    case .nothing: return "runs"
    case .mbarrier:
      let barrier = block.mbarriers[Int(wait.index)]
      let name = kernel.barrier(at: barrier.offset) ?? kernel.nameOfShared(barrier.offset)
      let bytes = barrier.transactionBytes
      let missing = "\(barrier.pending) of \(barrier.expected) arrivals"
      let lack =
        bytes < 0
        ? "\(missing) are missing, and \(-bytes) bytes arrived that were never announced"
        : "\(missing) and \(bytes) bytes are missing"
      return """
        waits for \(name) at shared offset \(hexadecimal(barrier.offset)), phase \(wait.value) \
        (parity \(wait.value & 1)): \(lack)
        """
    case .blockBarrier:
      let barrier = block.barriers[Int(wait.index)]
      let needed = barrier.expected > 0 ? barrier.expected : block.liveWarpCount * 32
      let name = kernel.function.map.namedBarriers.first { $0.index == Int(wait.index) }?.name
      let text =
        name.map { "barrier \(wait.index) '\($0)'" } ?? "barrier \(wait.index) of the block"
      return "waits for \(text): \(barrier.arrived) of \(needed) threads have arrived"
    case .clusterBarrier:
      return "waits for the cluster's barrier: \(clusterArrived) threads have arrived"
    case .bulkRead: return "waits until copies to global memory have read their source"
    case .bulkComplete: return "waits until copies to global memory are complete"
    case .wgmma:
      let state = block.warpgroups[warp.index / 4]
      let issued = state.operations.first.map { UInt32($0.issued) } ?? 0
      let missing = lanesText(~issued & 0xF)
      return
        "waits for a wgmma of warpgroup \(warp.index / 4) that its warps \(missing) have not issued"
    case .tensorLoad: return "waits for tcgen05.ld"
    case .tensorStore: return "waits for tcgen05.st"
    case .tensorAllocation:
      return
        "waits for \(wait.value) columns of Tensor Memory on SM \(block.multiprocessor)"
    case .tensorPair:
      return
        "waits for the other block of its pair, to allocate or free \(wait.value) columns of Tensor Memory together"
    case .registers:
      return
        "has \(warp.registerCount) registers per thread and waits for \(wait.value) more in all; its block has \(block.freeRegisterCount) free"
    case .order: return "waits for its turn among clusters"
    case .lanes:
      let missing = lanesText(missingLanes(for: wait, warpIndex))
      return "waits for lanes \(missing), which the instruction also needs"
    }
  }
}

extension Trap {
  /// Returns the fault that the device reports.
  func fault(in launch: LaunchContext) -> KernelFault {
    let entry = launch.kernel.function.name
    var lines = [
      "\(kind.rawValue) in kernel '\(entry)' on the simulated \(launch.machine.name): \(message)"
    ]
    let shown = 64
    lines += context.prefix(shown).map { "  " + $0 }
    if context.count > shown { lines.append("  and \(context.count - shown) more") }
    lines.append(
      "  schedule \(launch.options.schedule), grid \(launch.configuration.grid), block \(launch.configuration.block)"
    )
    return KernelFault(kind: kind.rawValue, entry: entry, report: lines.joined(separator: "\n"))
  }
}
