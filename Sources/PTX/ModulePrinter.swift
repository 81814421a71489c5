// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The amount of information in the text of a module.
public enum TextForm: Hashable, Sendable {
  /// Everything, including source places and kernel maps.
  case full

  /// Only the parts that affect execution: the form of snapshots and cache keys.
  case plain
}

extension Module {
  /// Returns the text of this module, with one line for each instruction.
  ///
  /// - Parameter form: Whether source places and kernel maps are included.
  /// - Returns: A text that `parse(_:fileName:)` parses to an equal module.
  public func ptx(form: TextForm = .full) -> String {
    var printer = ModulePrinter(self, form: form)
    return printer.print()
  }
}

/// Prints a module.
///
/// The text is collected as bytes, because kernels are long and are printed whenever they are
/// built.
struct ModulePrinter {
  /// The module.
  private let module: Module

  /// Whether source places and kernel maps are included.
  private let form: TextForm

  /// The text so far.
  private var text = TextBuffer()

  /// The numbers of the source files, in order of their first use.
  private var places = PlaceTable()

  /// Creates a printer of a module.
  init(_ module: Module, form: TextForm) {
    self.module = module
    self.form = form
  }

  /// Returns the text.
  mutating func print() -> String {
    if form == .full { places.collect(module) }
    printHeader()
    // Initial values may name functions, so they come after the declarations of functions.
    let declarationCount = module.functions.prefix { $0.blocks == nil }.count
    for function in module.functions.prefix(declarationCount) { print(function) }
    for variable in module.variables {
      text.append(variable)
      text.append("\n")
    }
    for function in module.functions.dropFirst(declarationCount) { print(function) }
    for alias in module.aliases { text.append(".alias \(alias.name), \(alias.function);\n") }
    if places.hasCallers { text.append(PlaceTable.nameSection) }
    return text.string
  }

  /// Prints the directives before the first declaration.
  private mutating func printHeader() {
    text.append(".version \(module.version)\n")
    let target = [module.target.description] + module.targetOptions
    text.append(".target \(target.joined(separator: ", "))\n")
    text.append(".address_size \(module.addressSize)\n")
    for (index, file) in places.files.enumerated() {
      text.append(".file \(index + 1) ")
      text.append(quoted: file)
      text.append("\n")
    }
    for directive in module.directives {
      text.append(directive)
      text.append("\n")
    }
  }
}

// MARK: - Functions

extension ModulePrinter {
  /// Prints a function or its declaration.
  private mutating func print(_ function: Function) {
    text.append("\n")
    if let linkage = function.linkage { text.append(".\(linkage.rawValue) ") }
    text.append(function.isEntry ? ".entry " : ".func ")
    for directive in function.directives where directive.name == "attribute" {
      text.append(".attribute(.\(directive.text ?? "")) ")
    }
    if !function.results.isEmpty {
      print(function.results)
      text.append(" ")
    }
    text.append(function.name)
    print(function.parameters)
    for directive in function.directives where directive.name != "attribute" {
      text.append("\n")
      text.append(directive)
    }
    guard let blocks = function.blocks else {
      text.append(";\n")
      return
    }
    text.append("\n{\n")
    printDeclarations(of: function)
    places.beginFunction()
    for block in blocks { print(block, function) }
    text.append("}\n")
  }

  /// Prints parameters in parentheses, one on each line unless there is only one.
  private mutating func print(_ parameters: [Parameter]) {
    text.append("(")
    for (index, parameter) in parameters.enumerated() {
      if index > 0 { text.append(",") }
      if parameters.count > 1 { text.append("\n    ") }
      text.append(parameter)
    }
    text.append(")")
  }

  /// Prints the map, the registers, the variables and the label lists of a body.
  private mutating func printDeclarations(of function: Function) {
    if form == .full {
      for line in function.map.lines { text.append("    //@ \(line.text)\n") }
    }
    printRegisters(of: function)
    for variable in function.variables {
      text.append("    ")
      text.append(variable)
      text.append("\n")
    }
    for list in function.labelLists {
      text.append("    \(list.label): .\(list.directive) ")
      text.append(list.targets.joined(separator: ", "))
      text.append(";\n")
    }
  }

  /// Prints the registers: those numbered from 0 as groups, the others by name.
  private mutating func printRegisters(of function: Function) {
    let parameterCount = (function.results + function.parameters).count { $0.isRegister }
    let registers = function.registers
    var index = min(parameterCount, registers.count)
    while index < registers.count {
      let type = registers[index].type
      text.append("    .reg .\(type.rawValue) ")
      let run = ModulePrinter.runLength(registers, from: index)
      if run > 0, let prefix = registers[index].numberedName?.prefix {
        text.append("\(prefix)<\(run)>;\n")
        index += run
        continue
      }
      text.append(registers[index].name)
      index += 1
      while index < registers.count, registers[index].type == type,
        ModulePrinter.runLength(registers, from: index) == 0
      {
        text.append(", ")
        text.append(registers[index].name)
        index += 1
      }
      text.append(";\n")
    }
  }

  /// Returns the number of registers from an index on that have one prefix and type and are
  /// numbered from 0.
  private static func runLength(_ registers: [RegisterDeclaration], from start: Int) -> Int {
    guard let first = registers[start].numberedName, first.number == 0 else { return 0 }
    var count = 1
    while start + count < registers.count {
      let next = registers[start + count]
      guard next.type == registers[start].type, next.name == first.prefix + String(count) else {
        break
      }
      count += 1
    }
    return count
  }

  /// Prints a block.
  private mutating func print(_ block: Block, _ function: Function) {
    if let label = block.label {
      text.append(label)
      text.append(":\n")
    }
    for pragma in block.pragmas {
      text.append("    ")
      text.append(FunctionDirective("pragma", text: pragma))
      text.append("\n")
    }
    for instruction in block.instructions {
      if form == .full { places.print(instruction.place, to: &text) }
      text.append("    ")
      text.append(instruction, names: function.registers)
      text.append("\n")
    }
  }
}
