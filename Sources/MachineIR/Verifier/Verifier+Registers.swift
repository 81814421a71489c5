// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MARK: - Registers that move between warps

/// The `setmaxnreg` that the warps of a warpgroup reach first.
private struct GroupAdjustment {
  /// The `setmaxnreg` instructions that the group may reach first.
  var instructions: [Instruction]

  /// Whether the group may keep its initial registers.
  var mayKeep: Bool

  /// The warps that reach none.
  var leftOut: [Int]
}

extension Verifier {
  /// Checks that `setmaxnreg` has its intended effect.
  mutating func verifyRegisterAdjustments() {
    var all: [Instruction] = []
    for (block, entries) in zip(function.blocks ?? [], reading.blocks) {
      for (index, entry) in entries.enumerated() where entry.shape.opcode == .setMaximumRegisters {
        all.append(block.instructions[index])
      }
    }
    guard let first = all.first else { return }
    guard let launch = function.launchRegisterCount else {
      warn(
        "setmaxnreg has no effect unless .maxnreg, or .minnctapersm with .reqntid or .maxntid, "
          + "fixes the registers that a thread starts with", first)
      return
    }
    let most = all.filter { $0.has("inc") }.compactMap(\.registerCount).max() ?? 0
    for instruction in all where instruction.has("dec") {
      guard let count = instruction.registerCount, count > max(launch, most) else { continue }
      report(
        "'\(instruction.mnemonic)' releases down to \(count) registers, but no thread has more than "
          + "\(max(launch, most))", instruction)
    }
    guard let extents = function.directive("reqntid") else { return }
    let threads = extents.reduce(1, &*)
    guard threads % 128 == 0 else {
      report(
        "setmaxnreg needs whole warpgroups, but .reqntid has \(threads) threads, which is not a "
          + "multiple of 128", first)
      return
    }
    guard (128...1024).contains(threads) else { return }
    verifyRegisterSum(extents, launch: RegisterUnit.roundedUp(launch))
  }

  /// Checks that the registers that the warpgroups request together are available.
  private mutating func verifyRegisterSum(_ extents: [Int], launch: Int) {
    let groups = groupAdjustments(extents)
    for (index, group) in groups.enumerated() {
      guard !group.leftOut.isEmpty, let instruction = group.instructions.first else { continue }
      let warps = group.leftOut.map { String($0) }.joined(separator: ", ")
      warn(
        "only some warps of warpgroup \(index) reach '\(instruction.mnemonic)': not warp "
          + "\(warps)", instruction)
    }
    var seen: Set<Instruction> = []
    for group in groups {
      for instruction in group.instructions where seen.insert(instruction).inserted {
        guard let count = instruction.registerCount else { continue }
        let isWrong = instruction.has("inc") ? count < launch : count > launch
        guard isWrong else { continue }
        let verb = instruction.has("inc") ? "increase" : "decrease"
        warn(
          "'\(instruction.mnemonic)' does not \(verb) the \(launch) registers that a thread "
            + "starts with", instruction)
      }
    }
    let counts = groups.map { group in
      let least = group.instructions.compactMap(\.registerCount).min() ?? launch
      return group.mayKeep ? min(least, launch) : least
    }
    let sum = counts.reduce(0, +)
    guard sum > launch * groups.count,
      let increase = groups.lazy.flatMap(\.instructions).first(where: { $0.has("inc") })
    else { return }
    warn(
      "the warpgroups request \(counts.map(String.init).joined(separator: " + ")) registers "
        + "per thread, but start with \(groups.count) x \(launch); setmaxnreg.inc waits forever",
      increase)
  }

  /// Returns the first register adjustments of each warpgroup.
  private func groupAdjustments(_ values: [Int]) -> [GroupAdjustment] {
    guard let graph = try? ControlFlowGraph(function) else { return [] }
    let extents = (
      values.first ?? 1, values.count > 1 ? values[1] : 1, values.count > 2 ? values[2] : 1
    )
    let warpCount = values.reduce(1, &*) / 32
    let flows = (0..<warpCount).map { warp in
      WarpFlow(function, graph, warp: warp, extents: extents) { $0.opcode == .setMaximumRegisters }
    }
    return (0..<warpCount / 4).map { group in
      let warps = (4 * group)..<(4 * group + 4)
      let stops = warps.reduce(into: Set<WarpFlow.Position>()) {
        $0.formUnion(flows[$1].firstStops)
      }
      let places = stops.sorted { ($0.block, $0.index) < ($1.block, $1.index) }
      return GroupAdjustment(
        instructions: places.compactMap { function.blocks?[$0.block].instructions[$0.index] },
        mayKeep: warps.contains { flows[$0].mayEndWithout || flows[$0].firstStops.isEmpty },
        leftOut: warps.filter { flows[$0].firstStops.isEmpty && !stops.isEmpty })
    }
  }
}

extension Instruction {
  /// The number of registers in a `setmaxnreg`, if it is valid.
  fileprivate var registerCount: Int? {
    guard case .integer(let count)? = operands.first, (24...256).contains(count), count % 8 == 0
    else { return nil }
    return Int(count)
  }
}
