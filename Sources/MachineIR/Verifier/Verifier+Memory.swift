// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MARK: - Alignment

extension Verifier {
  /// Checks the alignment of an access whose place in a variable is known.
  mutating func verifyMemory(of instruction: Instruction, _ shape: InstructionShape) {
    for (index, operand) in instruction.operands.enumerated() {
      guard let byteCount = shape.alignment(ofOperand: index) else { continue }
      verifyAlignment(of: operand, byteCount, instruction)
    }
  }

  /// Checks that an address whose place in a variable is known is a multiple of a number of bytes.
  mutating func verifyAlignment(
    of operand: Operand, _ byteCount: Int, _ instruction: Instruction
  ) {
    guard case .memory(let address) = operand, let known = addresses.resolve(address),
      let variable = symbols.variables[known.symbol]
    else { return }
    let alignment = min(byteCount, variable.byteAlignment)
    if known.offset % Int64(alignment) != 0 {
      report(
        "'\(instruction.mnemonic)' accesses \(byteCount) bytes at '\(known.symbol)+"
          + "\(known.offset)', which is not a multiple of \(byteCount)", instruction)
    } else if alignment < byteCount {
      warn(
        "'\(instruction.mnemonic)' accesses \(byteCount) bytes in '\(known.symbol)', which is "
          + "aligned to \(variable.byteAlignment)", instruction)
    }
  }
}

extension Verifier {
  /// Checks that no tensor map is addressed by a generic address, which a parameter does not have.
  mutating func verifyTensorMaps(of instruction: Instruction) {
    for operand in instruction.operands {
      guard case .tensor(let address, _) = operand, let known = addresses.resolve(address),
        symbols.variables[known.symbol]?.space == .parameter
      else { continue }
      report(
        "'\(instruction.mnemonic)' needs the generic address of the tensor map "
          + "'\(known.symbol)', as cvta.param returns it", instruction)
    }
  }
}

extension InstructionShape {
  /// Returns the alignment of the address in an operand: usually the size of an access.
  fileprivate func alignment(ofOperand index: Int) -> Int? {
    switch opcode {
    case .storeAsync, .reduceAsync:
      index == 0 ? types.last.map { $0.byteCount * vectorCount } : 8
    case .discard, .applyPriority: 128
    case .clusterTryCancel: index == 0 ? 16 : 8
    default: accessByteCount
    }
  }

  /// The size of one access in bytes, to which its address must be aligned.
  private var accessByteCount: Int? {
    switch opcode {
    case .load, .store, .loadUniform, .atomic, .reduction:
      types.last.map { $0.byteCount * vectorCount }
    default: nil
    }
  }
}

// MARK: - Budgets and directives

extension Verifier {
  /// The maximum size of the static shared memory of a block in bytes.
  private static let staticSharedLimit = 48 << 10

  /// Checks the directives, and the limits that they set.
  mutating func verifyDirectives() {
    verifyThreadCounts()
    if function.directive("maxclusterrank") != nil,
      function.directive("reqnctapercluster") != nil
    {
      report(".maxclusterrank and .reqnctapercluster cannot be combined", nil)
    }
    guard function.isEntry else { return }
    verifySharedMemory()
    verifyRegisterAdjustments()
  }

  /// Checks the number of threads of a block.
  private mutating func verifyThreadCounts() {
    if function.directive("reqntid") != nil, function.directive("maxntid") != nil {
      report(".maxntid and .reqntid cannot be combined", nil)
    }
    for name in ["reqntid", "maxntid"] {
      guard let values = function.directive(name) else { continue }
      let count = values.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
      if count < 1 || count > 1024 {
        report(".\(name) has \(count) threads, but must have from 1 to 1024", nil)
      }
      if name == "reqntid", !function.map.roles.isEmpty, count % 32 != 0 {
        report(".reqntid has \(count) threads, which is not a multiple of 32", nil)
      }
    }
    for barrier in function.map.namedBarriers where barrier.threadCount % 32 != 0 {
      report(
        "the named barrier '\(barrier.name)' has \(barrier.threadCount) threads, which is not a "
          + "multiple of 32", nil)
    }
    for barrier in function.map.namedBarriers where !(0...15).contains(barrier.index) {
      report(
        "the named barrier '\(barrier.name)' has the number \(barrier.index), not 0 to 15", nil)
    }
  }

  /// Checks that the shared memory of a kernel is within the limits.
  private mutating func verifySharedMemory() {
    let used = mentionedSymbols()
    let shared = (module.variables.filter { used.contains($0.name) } + function.variables)
      .filter { $0.space == .shared }
    var staticByteCount = 0
    for variable in shared.filter({ $0.linkage != .extern }) {
      let alignment = max(variable.byteAlignment, 1)
      staticByteCount = (staticByteCount + alignment - 1) / alignment * alignment
      staticByteCount += variable.byteCount
    }
    let dynamicNames = Set(shared.filter { $0.linkage == .extern }.map(\.name))
    let dynamicByteCount = function.map.byteCount(of: dynamicNames)
    if staticByteCount > Verifier.staticSharedLimit {
      report(
        "the kernel declares \(staticByteCount) bytes of shared memory statically, but may "
          + "declare \(Verifier.staticSharedLimit); the rest must be dynamic", nil)
    }
    let total = staticByteCount + dynamicByteCount
    if total > MachineLimits.sharedByteCount {
      report(
        "the kernel needs \(total) bytes of shared memory, but a block may have "
          + "\(MachineLimits.sharedByteCount)", nil)
    }
  }

  /// Returns the names of the symbols that the function's instructions mention.
  private func mentionedSymbols() -> Set<String> {
    var names: Set<String> = []
    function.forEachInstruction { instruction in
      for operand in instruction.operands {
        switch operand {
        case .symbol(let name, _): names.insert(name)
        case .memory(let address), .tensor(let address, _):
          if case .symbol(let name) = address.base { names.insert(name) }
        default: break
        }
      }
    }
    return names
  }
}

extension KernelMap {
  /// Returns the bytes that the entries in some variables occupy, from the start of each.
  fileprivate func byteCount(of symbols: Set<String>) -> Int {
    var ends: [String: Int] = [:]
    /// Adds an entry.
    func extend(_ symbol: String, to end: Int) {
      guard symbols.contains(symbol) else { return }
      ends[symbol] = max(ends[symbol] ?? 0, end)
    }
    for tile in tiles {
      extend(tile.symbol, to: tile.offset &+ tile.byteCount &* tile.stageCount)
    }
    for barrier in barriers {
      extend(barrier.symbol, to: barrier.offset &+ 8 &* barrier.stageCount)
    }
    for field in fields { extend(field.symbol, to: field.offset &+ field.byteCount) }
    // All dynamic variables start at the same address.
    return ends.values.max() ?? 0
  }
}
