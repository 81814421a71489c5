// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// MARK: - Variables and parameters

extension Parser {
  /// The attributes between a state space and a name.
  struct Attributes {
    /// The type of the elements.
    var type: ScalarType?

    /// The number of elements of a vector type.
    var vectorCount = 1

    /// The alignment in bytes.
    var alignment: Int?

    /// The contents of `.ptr`.
    var pointer: Parameter.PointerAttribute?

    /// The contents of `.attribute`.
    var attributes: [String] = []
  }

  /// Parses the attributes between a state space and a name.
  ///
  /// - SeeAlso: PTX ISA, "Variable Declarations", "Kernel Parameter Attributes".
  mutating func parseAttributes() throws(SyntaxError) -> Attributes {
    var result = Attributes()
    while token.kind == .word {
      let start = token
      let name = word(of: token)
      advance()
      switch name {
      case "align":
        let alignment = try expectInteger("the alignment", in: 1...1 << 20)
        guard alignment & (alignment - 1) == 0 else {
          throw error("the alignment \(alignment) is not a power of two", at: start)
        }
        if result.pointer == nil {
          result.alignment = alignment
        } else {
          result.pointer?.alignment = alignment
        }
      case "v2": result.vectorCount = 2
      case "v4": result.vectorCount = 4
      case "v8": result.vectorCount = 8
      case "ptr": result.pointer = parsePointer()
      case "attribute": result.attributes += try parseAttributeList()
      default:
        guard let type = ScalarType(rawValue: name) else {
          throw error("unknown type '.\(name)'", at: start)
        }
        result.type = type
      }
    }
    return result
  }

  /// Parses the space after `.ptr`.
  private mutating func parsePointer() -> Parameter.PointerAttribute {
    var pointer = Parameter.PointerAttribute()
    if token.kind == .word, let space = Parser.spaces[word(of: token)] {
      pointer.space = space
      advance()
    }
    return pointer
  }

  /// Parses the parentheses after `.attribute`.
  mutating func parseAttributeList() throws(SyntaxError) -> [String] {
    try expect(Byte.openParenthesis)
    var attributes: [String] = []
    repeat {
      guard token.kind == .word else { throw unexpected("an attribute") }
      var text = word(of: token)
      advance()
      if accept(Byte.openParenthesis) {
        var values: [String] = []
        repeat { values.append(String(try parseInteger())) } while accept(Byte.comma)
        try expect(Byte.closeParenthesis)
        text += "(" + values.joined(separator: ", ") + ")"
      }
      attributes.append(text)
    } while accept(Byte.comma)
    try expect(Byte.closeParenthesis)
    return attributes
  }

  /// Parses the variables of one declaration after the state space, up to the semicolon.
  mutating func parseVariables(
    _ linkage: Linkage?, _ space: StateSpace
  ) throws(SyntaxError) -> [MemoryVariable] {
    let start = token
    let attributes = try parseAttributes()
    guard let type = attributes.type else {
      throw error("the declaration of a variable has no type", at: start)
    }
    var variables: [MemoryVariable] = []
    repeat {
      let name = try expectName("the name of a variable")
      var variable = MemoryVariable(
        linkage: linkage, space: space, alignment: attributes.alignment,
        vectorCount: attributes.vectorCount, type: type, name: name,
        extents: try parseExtents(), attributes: attributes.attributes)
      if accept(Byte.equals) { try parseInitializer(of: &variable) }
      variables.append(variable)
    } while accept(Byte.comma)
    try expect(Byte.semicolon)
    return variables
  }

  /// Parses the extents of an array, if there are any.
  private mutating func parseExtents() throws(SyntaxError) -> [Int?] {
    var extents: [Int?] = []
    var product = 1
    while isAt(Byte.openBracket) {
      let start = token
      advance()
      if extents.isEmpty, accept(Byte.closeBracket) {
        extents.append(nil)
        continue
      }
      let extent = try expectInteger("the extent of an array", in: 0...1 << 40)
      let (count, isTooBig) = product.multipliedReportingOverflow(by: max(extent, 1))
      guard !isTooBig, count <= 1 << 40 else { throw error("the array is too large", at: start) }
      product = count
      extents.append(extent)
      try expect(Byte.closeBracket)
    }
    return extents
  }

  /// Parses a list of parameters in parentheses.
  mutating func parseParameters() throws(SyntaxError) -> [Parameter] {
    try expect(Byte.openParenthesis)
    var parameters: [Parameter] = []
    while !accept(Byte.closeParenthesis) {
      if !parameters.isEmpty { try expect(Byte.comma) }
      parameters.append(try parseParameter())
    }
    return parameters
  }

  /// Parses one parameter.
  private mutating func parseParameter() throws(SyntaxError) -> Parameter {
    let start = token
    let isRegister = isAtWord("reg")
    guard isRegister || isAtWord("param") else { throw unexpected(".param or .reg") }
    advance()
    let attributes = try parseAttributes()
    guard let type = attributes.type else {
      throw error("the parameter has no type", at: start)
    }
    let name = try expectName("the name of a parameter")
    var parameter = Parameter(
      name: name, type: type, alignment: attributes.alignment, pointer: attributes.pointer,
      isRegister: isRegister)
    if attributes.vectorCount > 1 { parameter.count = attributes.vectorCount }
    if accept(Byte.openBracket) {
      if isAt(Byte.closeBracket) {
        parameter.count = 0
      } else {
        parameter.count = try expectInteger("the extent of a parameter", in: 0...1 << 20)
      }
      try expect(Byte.closeBracket)
    }
    return parameter
  }
}

// MARK: - Initial values

extension Parser {
  /// Parses the initial value of a variable, flattened, with zeros where inner braces have fewer
  /// elements than their extent.
  ///
  /// - SeeAlso: PTX ISA, "Initializers".
  private mutating func parseInitializer(of variable: inout MemoryVariable) throws(SyntaxError) {
    var extents = variable.extents
    if variable.vectorCount > 1 { extents.append(variable.vectorCount) }
    let start = token
    if extents.isEmpty, !isAt(Byte.openBrace) {
      try parseInitialValue(into: &variable)
    } else {
      if extents.isEmpty { extents = [1] }
      try parseInitialValues(into: &variable, extents: extents[...])
    }
    let inner = extents.dropFirst().reduce(1) { $0 * ($1 ?? 1) }
    if variable.extents.first == .some(nil) {
      variable.extents[0] = (variable.initializer.count + inner - 1) / max(inner, 1)
    }
    let count = extents.reduce(1) { $0 * ($1 ?? variable.initializer.count) }
    guard variable.initializer.count <= count else {
      throw error("there are more initial values than the variable has elements", at: start)
    }
  }

  /// Parses values in braces for an array with the given extents.
  private mutating func parseInitialValues(
    into variable: inout MemoryVariable, extents: ArraySlice<Int?>
  ) throws(SyntaxError) {
    try enter()
    defer { depth -= 1 }
    try expect(Byte.openBrace)
    let rest = extents.dropFirst()
    let inner = rest.reduce(1) { $0 * ($1 ?? 1) }
    while !isAt(Byte.closeBrace) {
      if isAt(Byte.openBrace) {
        let start = variable.initializer.count
        try parseInitialValues(into: &variable, extents: rest)
        guard start + inner <= Parser.initializerLimit else {
          throw error("the initial value is too large", at: token)
        }
        while variable.initializer.count < start + inner {
          variable.initializer.append(variable.zero)
        }
      } else {
        try parseInitialValue(into: &variable)
      }
      guard accept(Byte.comma) else { break }
    }
    try expect(Byte.closeBrace)
  }

  /// Parses one value: a number, or the address of a symbol in one of its forms.
  private mutating func parseInitialValue(into variable: inout MemoryVariable) throws(SyntaxError) {
    let index = variable.initializer.count
    if isAtGeneric {
      variable.addressForms[index] = .generic
      variable.initializer.append(try parseGenericSymbol())
    } else if token.kind == .identifier, text(of: token) != "WARP_SZ" {
      variable.initializer.append(try parseInitialSymbol())
    } else if let byte = try acceptMask() {
      variable.addressForms[index] = .byte(byte)
      try parseMasked(into: &variable, index)
    } else {
      variable.initializer.append(try parseConstant().operand)
    }
  }

  /// Whether `generic(` stands here.
  private var isAtGeneric: Bool {
    token.kind == .identifier && text(of: token) == "generic"
      && following.mark == Byte.openParenthesis
  }

  /// Parses `generic(symbol)` and the offset after it.
  private mutating func parseGenericSymbol() throws(SyntaxError) -> Operand {
    advance()
    try expect(Byte.openParenthesis)
    var operand = try parseInitialSymbol()
    try expect(Byte.closeParenthesis)
    try parseOffset(into: &operand)
    return operand
  }

  /// Parses a symbol and its offset.
  private mutating func parseInitialSymbol() throws(SyntaxError) -> Operand {
    var operand = Operand.symbol(try expectName("a variable or a function"), offset: 0)
    try parseOffset(into: &operand)
    return operand
  }

  /// Parses an offset after a symbol, if there is one.
  private mutating func parseOffset(into operand: inout Operand) throws(SyntaxError) {
    guard case .symbol(let name, let offset) = operand else { return }
    operand = .symbol(name, offset: offset &+ (try parseOffset()))
  }

  /// Accepts a mask such as `0xFF00` before a parenthesis, and returns the index of the byte that
  /// it selects.
  private mutating func acceptMask() throws(SyntaxError) -> Int? {
    guard token.kind == .number, following.mark == Byte.openParenthesis else { return nil }
    let start = token
    let mask = UInt64(bitPattern: try parseNumber().integer ?? 0)
    let shift = mask.trailingZeroBitCount
    guard mask != 0, shift % 8 == 0, mask >> UInt64(shift) == 0xFF else {
      throw error("the mask does not select one byte of an address", at: start)
    }
    advance()
    return shift / 8
  }

  /// Parses the operand of a mask and its closing parenthesis.
  private mutating func parseMasked(
    into variable: inout MemoryVariable, _ index: Int
  ) throws(SyntaxError) {
    if isAtGeneric {
      guard case .byte(let byte)? = variable.addressForms[index] else { return }
      variable.addressForms[index] = .genericByte(byte)
      variable.initializer.append(try parseGenericSymbol())
    } else if token.kind == .identifier, text(of: token) != "WARP_SZ" {
      variable.initializer.append(try parseInitialSymbol())
    } else {
      let value = UInt64(bitPattern: try parseInteger())
      guard case .byte(let byte)? = variable.addressForms.removeValue(forKey: index) else { return }
      variable.initializer.append(.integer(Int64(value >> UInt64(8 * byte) & 0xFF)))
    }
    try expect(Byte.closeParenthesis)
  }
}

extension MemoryVariable {
  /// A zero of the elements' kind.
  fileprivate var zero: Operand {
    switch type {
    case .f32: .float32(0)
    case .f64: .float64(0)
    default: .integer(0)
    }
  }
}
