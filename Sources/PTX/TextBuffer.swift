// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// A text under construction, as bytes.
struct TextBuffer {
  /// The bytes.
  private var bytes: [UInt8] = []

  /// Creates an empty text.
  init() { bytes.reserveCapacity(1 << 14) }

  /// The whole text.
  var string: String { String(decoding: bytes, as: UTF8.self) }

  /// Appends a text.
  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Appends a quoted string; inner quotation marks become apostrophes, because PTX
  /// cannot escape them.
  mutating func append(quoted text: String) {
    bytes.append(Byte.quote)
    for byte in text.utf8 {
      bytes.append(byte == Byte.quote || byte == Byte.lineFeed ? UInt8(ascii: "'") : byte)
    }
    bytes.append(Byte.quote)
  }

  /// Appends a number that is not negative.
  mutating func append(decimal value: Int) {
    guard value > 9 else {
      bytes.append(Byte.zero + UInt8(truncatingIfNeeded: value))
      return
    }
    var scale = 10
    while value / scale > 9 { scale *= 10 }
    while scale > 0 {
      bytes.append(Byte.zero + UInt8(truncatingIfNeeded: value / scale % 10))
      scale /= 10
    }
  }

  /// Appends a number in hexadecimal digits with leading zeros.
  mutating func append(hexadecimal value: UInt64, digitCount: Int) {
    for index in (0..<digitCount).reversed() {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(4 * index) & 15)
      bytes.append(digit < 10 ? Byte.zero + digit : UInt8(ascii: "A") + digit - 10)
    }
  }

  /// Appends an integer: small ones in decimal, masks and descriptors in hexadecimal.
  mutating func append(integer value: Int64) {
    let magnitude = value.magnitude
    if magnitude < 0x2_0000 {
      if value < 0 { bytes.append(Byte.minus) }
      append(decimal: Int(magnitude))
      return
    }
    // Narrower types accept `-0x80000000`; the smallest integer equals its own negation.
    if value < 0, value != .min { bytes.append(Byte.minus) }
    append("0x")
    append(hexadecimal: magnitude, digitCount: (67 - magnitude.leadingZeroBitCount) / 4)
  }
}

// MARK: - Instructions and operands

extension TextBuffer {
  /// Appends an instruction with its semicolon.
  mutating func append(_ instruction: Instruction, names: [RegisterDeclaration]) {
    if let condition = instruction.condition {
      append(condition.isNegated ? "@!" : "@")
      append(names[condition.register.index].name)
      append(" ")
    }
    append(instruction.opcode.spelling)
    for modifier in instruction.modifiers {
      bytes.append(Byte.dot)
      append(modifier.rawValue)
    }
    if instruction.opcode == .call {
      append(list: TextBuffer.callOperands(instruction), open: " ", close: ";", names)
    } else {
      append(list: instruction.operands, open: " ", close: ";", names)
    }
  }

  /// Returns the operands of a call without empty lists.
  private static func callOperands(_ call: Instruction) -> [Operand] {
    call.operands.filter { $0 != .list([]) }
  }

  /// Appends operands separated by commas.
  private mutating func append(
    list operands: some Collection<Operand>, open: String, close: String,
    _ names: [RegisterDeclaration]
  ) {
    var isFirst = true
    for operand in operands {
      append(isFirst ? open : ", ")
      isFirst = false
      append(operand, names)
    }
    if isFirst, open != " " { append(open) }
    append(close)
  }

  /// Appends an operand.
  mutating func append(_ operand: Operand, _ names: [RegisterDeclaration]) {
    switch operand {
    case .register(let register): append(names[register.index].name)
    case .negated(let register):
      bytes.append(Byte.bang)
      append(names[register.index].name)
    case .special(let special):
      bytes.append(Byte.percent)
      append(special.rawValue)
    case .integer(let value): append(integer: value)
    case .float32(let bits):
      append("0f")
      append(hexadecimal: UInt64(bits), digitCount: 8)
    case .float64(let bits):
      append("0d")
      append(hexadecimal: bits, digitCount: 16)
    case .symbol(let name, let offset):
      append(name)
      append(offset: offset)
    case .memory(let address):
      bytes.append(Byte.openBracket)
      append(address, names)
      bytes.append(Byte.closeBracket)
    case .vector(let elements): append(list: elements, open: "{", close: "}", names)
    case .pair(let first, let second):
      append(first, names)
      bytes.append(Byte.bar)
      append(second, names)
    case .tensor(let address, let coordinates):
      bytes.append(Byte.openBracket)
      append(address, names)
      append(", ")
      append(list: coordinates, open: "{", close: "}", names)
      bytes.append(Byte.closeBracket)
    case .label(let label): append(label)
    case .list(let elements): append(list: elements, open: "(", close: ")", names)
    case .sink: append("_")
    }
  }

  /// Appends the offset of an address.
  private mutating func append(offset: Int64) {
    guard offset != 0 else { return }
    bytes.append(Byte.plus)
    append(integer: offset)
  }

  /// Appends an address without its brackets.
  private mutating func append(_ address: Operand.Address, _ names: [RegisterDeclaration]) {
    switch address.base {
    case .register(let register):
      append(names[register.index].name)
      append(offset: address.offset)
    case .symbol(let name):
      append(name)
      append(offset: address.offset)
    case .absolute:
      append(integer: address.offset)
    }
  }
}

// MARK: - Declarations

extension TextBuffer {
  /// Appends a directive of a function or module.
  mutating func append(_ directive: FunctionDirective) {
    bytes.append(Byte.dot)
    append(directive.name)
    for (index, value) in directive.values.enumerated() {
      append(index == 0 ? " " : ", ")
      append(decimal: value)
    }
    guard let text = directive.text else { return }
    append(" ")
    append(quoted: text)
    bytes.append(Byte.semicolon)
  }

  /// Appends a parameter.
  mutating func append(_ parameter: Parameter) {
    append(parameter.isRegister ? ".reg " : ".param ")
    if let alignment = parameter.alignment { append(".align \(alignment) ") }
    append(".\(parameter.type.rawValue) ")
    if let pointer = parameter.pointer {
      append(".ptr ")
      if let space = pointer.space { append(".\(space.rawValue) ") }
      if let alignment = pointer.alignment { append(".align \(alignment) ") }
    }
    append(parameter.name)
    if let count = parameter.count { append(count == 0 ? "[]" : "[\(count)]") }
  }

  /// Appends a variable with its semicolon.
  mutating func append(_ variable: MemoryVariable) {
    if let linkage = variable.linkage { append(".\(linkage.rawValue) ") }
    append(".\(variable.space.rawValue) ")
    for attribute in variable.attributes { append(".attribute(.\(attribute)) ") }
    if let alignment = variable.alignment { append(".align \(alignment) ") }
    if variable.vectorCount > 1 { append(".v\(variable.vectorCount) ") }
    append(".\(variable.type.rawValue) ")
    append(variable.name)
    for extent in variable.extents { append(extent.map { "[\($0)]" } ?? "[]") }
    if !variable.initializer.isEmpty {
      append(" = ")
      appendInitializer(of: variable)
    }
    bytes.append(Byte.semicolon)
  }

  /// Appends the initial value, with one level of braces for each extent of the variable.
  private mutating func appendInitializer(of variable: MemoryVariable) {
    var extents = variable.extents.map { $0 ?? variable.initializer.count }
    if variable.vectorCount > 1 { extents.append(variable.vectorCount) }
    guard !extents.isEmpty else {
      append(variable, element: 0)
      return
    }
    append(variable, elements: variable.initializer.indices, extents: extents[...])
  }

  /// Appends some elements of an initial value in braces.
  private mutating func append(
    _ variable: MemoryVariable, elements: Range<Int>, extents: ArraySlice<Int>
  ) {
    bytes.append(Byte.openBrace)
    let inner = extents.dropFirst().reduce(1, *)
    var start = elements.lowerBound
    while start < elements.upperBound {
      if start > elements.lowerBound { append(", ") }
      if extents.count > 1, inner > 0 {
        let end = Swift.min(start + inner, elements.upperBound)
        append(variable, elements: start..<end, extents: extents.dropFirst())
        start = end
      } else {
        append(variable, element: start)
        start += 1
      }
    }
    bytes.append(Byte.closeBrace)
  }

  /// Appends one element of an initial value.
  private mutating func append(_ variable: MemoryVariable, element index: Int) {
    let operand = variable.initializer[index]
    guard let form = variable.addressForms[index], case .symbol(let name, let offset) = operand
    else {
      append(operand, [])
      return
    }
    switch form {
    case .generic:
      append("generic(\(name))")
      append(offset: offset)
    case .byte(let byte):
      append("0xFF\(String(repeating: "00", count: byte))(")
      append(operand, [])
      append(")")
    case .genericByte(let byte):
      append("0xFF\(String(repeating: "00", count: byte))(generic(\(name))")
      append(offset: offset)
      append(")")
    }
  }
}
