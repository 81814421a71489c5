// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension KernelReport {
  /// The report for people.
  var text: String {
    [overview, memoryText, rolesText, barriersText, instructionsText, occupancyText]
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The name of the kernel and its launch configuration.
  private var overview: String {
    var lines = Table()
    lines.add("kernel", "\(name): \(summary)")
    if let configuration = configuration.value {
      lines.add("configuration", configuration + choice(for: chosenFor.value))
    }
    lines.add("entry", entry)
    lines.add("target", "\(machine): .target \(target), .version \(version)")
    lines.add("block", extents(block.value))
    if let cluster = cluster.value { lines.add("cluster", extents(cluster)) }
    let names = parameters.map { parameter in
      let fills = parameter.fills.value.map { ", fills tile '\($0)'" } ?? ""
      return "\(parameter.name) (\(parameter.bytes) bytes\(fills))"
    }
    for (index, name) in names.enumerated() { lines.add(index == 0 ? "parameters" : "", name) }
    for region in tensorMemory {
      lines.add("Tensor Memory", "\(region.name): \(region.columns) columns of \(region.element)")
    }
    return lines.text
  }

  /// Returns the extents of a block or a cluster.
  private func extents(_ extents: [Int]?) -> String {
    extents?.map(String.init).joined(separator: "x") ?? "given by each launch"
  }

  /// The layout of shared memory.
  private var memoryText: String {
    let total = staticSharedBytes + dynamicSharedBytes
    let title =
      "Shared memory: \(grouped(total)) bytes, \(grouped(dynamicSharedBytes)) of them dynamic\n"
    guard !memory.isEmpty else { return title }
    var columns = Columns("  OFFSET", "BYTES", "STAGES", "NAME", "", "")
    for entry in memory {
      columns.add(
        "  \(entry.symbol)+0x\(String(entry.offset, radix: 16))", grouped(entry.bytes),
        "\(entry.stages)", entry.name, entry.kind, entry.summary)
    }
    return title + columns.text
  }

  /// The warps of each role.
  private var rolesText: String {
    guard !roles.isEmpty else { return "" }
    var columns = Columns("  ROLE", "WARPS")
    for role in roles {
      let last = role.firstWarp + role.warps - 1
      columns.add("  " + role.name, role.warps == 1 ? "\(last)" : "\(role.firstWarp)–\(last)")
    }
    return "Roles\n" + columns.text
  }

  /// The barriers.
  private var barriersText: String {
    guard !barriers.isEmpty else { return "" }
    var columns = Columns("  NAME", "KIND", "STAGES", "ARRIVALS")
    for barrier in barriers {
      columns.add("  " + barrier.name, barrier.kind, "\(barrier.stages)", "\(barrier.arrivals)")
    }
    return "Barriers\n" + columns.text
  }

  /// The number of occurrences of each opcode in the text.
  private var instructionsText: String {
    var columns = Columns("  COUNT", "OPCODE")
    let most = instructions.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    for (opcode, count) in most { columns.add("  \(count)", opcode) }
    return "Instructions: \(instructionCount) in the text\n" + columns.text
  }

  /// The occupancy, and the assembler's report.
  private var occupancyText: String {
    var lines = Table()
    if let occupancy = occupancy.value {
      let limits = occupancy.limits.map { (name: $0.key.rawValue, count: $0.value) }
        .sorted { ($0.count, $0.name) < ($1.count, $1.name) }.map { "\($0.name) \($0.count)" }
        .joined(separator: ", ")
      lines.add(
        "occupancy",
        "\(occupancy.blocksPerMultiprocessor) blocks per SM (limits: \(limits))")
    } else {
      lines.add("occupancy", "unknown: each launch chooses the threads of a block")
    }
    if let assembler = assembler.value {
      lines.add("registers", "\(assembler.registers) per thread, by ptxas")
      lines.add(
        "spills",
        """
        \(assembler.spillStores) bytes stored, \(assembler.spillLoads) loaded; stack \
        \(assembler.stackFrame)
        """)
      for warning in assembler.warnings { lines.add("ptxas", warning) }
    }
    return lines.text
  }
}

/// Returns for which product a configuration was chosen, as words after it.
///
/// - Parameter extents: m, n and k; nil where the configuration is the same for all products.
/// - Returns: The words, or none.
func choice(for extents: [Int]?) -> String {
  extents.map { ", chosen for m = \($0[0]), n = \($0[1]), k = \($0[2])" } ?? ""
}
