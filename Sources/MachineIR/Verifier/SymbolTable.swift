// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The symbols of a module by name.
struct SymbolTable {
  /// The variables, and parameters as variables.
  private(set) var variables: [String: MemoryVariable] = [:]

  /// The functions.
  private(set) var functions: [String: Function] = [:]

  /// Collects the names of a module.
  init(_ module: Module) {
    for variable in module.variables { variables[variable.name] = variable }
    for function in module.functions { functions[function.name] = function }
    for alias in module.aliases { functions[alias.name] = functions[alias.function] }
  }

  /// Returns the table extended by the names of a function.
  func entering(_ function: Function) -> SymbolTable {
    var table = self
    for parameter in function.results + function.parameters where !parameter.isRegister {
      table.variables[parameter.name] = MemoryVariable(
        space: .parameter, alignment: parameter.byteAlignment, type: parameter.type,
        name: parameter.name, extents: parameter.count.map { [$0] } ?? [])
    }
    for variable in function.variables { table.variables[variable.name] = variable }
    return table
  }

  /// Returns whether a name is declared.
  func isKnown(_ name: String) -> Bool { variables[name] != nil || functions[name] != nil }
}

/// The registers of a function that hold the address of a symbol on every path.
struct KnownAddresses {
  /// A symbol and an offset.
  struct Address: Equatable {
    /// The name of the variable.
    var symbol: String

    /// The offset from its start in bytes.
    var offset: Int64
  }

  /// The addresses by register.
  private var addresses: [RegisterID: Address] = [:]

  /// Finds the registers that are assigned once, by a move of a symbol or by adding a literal to
  /// such a register.
  init(_ function: Function, _ reading: FunctionReading) {
    var writes = [Int](repeating: 0, count: function.registers.count)
    for use in reading.uses where use.kind != .read { writes[use.register.index] += 1 }
    function.forEachInstruction { instruction in
      guard instruction.opcode == .move || instruction.opcode == .add, instruction.condition == nil,
        case .register(let result)? = instruction.operands.first, writes[result.index] == 1,
        let address = address(instruction)
      else { return }
      addresses[result] = address
    }
  }

  /// Returns the address that an instruction computes, if it computes one.
  private func address(_ instruction: Instruction) -> Address? {
    guard instruction.operands.count > 1 else { return nil }
    switch instruction.operands[1] {
    case .symbol(let name, let offset) where instruction.opcode == .move:
      return Address(symbol: name, offset: offset)
    case .register(let base) where instruction.opcode == .add:
      guard case .integer(let value)? = instruction.operands.last, let known = addresses[base]
      else { return nil }
      return Address(symbol: known.symbol, offset: known.offset &+ value)
    default: return nil
    }
  }

  /// Returns the symbol and offset of an address, if they are known.
  func resolve(_ address: Operand.Address) -> Address? {
    switch address.base {
    case .symbol(let name): return Address(symbol: name, offset: address.offset)
    case .register(let register):
      guard let known = addresses[register] else { return nil }
      return Address(symbol: known.symbol, offset: known.offset &+ address.offset)
    case .absolute: return nil
    }
  }
}
