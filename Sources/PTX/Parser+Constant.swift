// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

// MARK: - Constant expressions

extension Parser {
  /// Enters an expression, a list or a scope, unless the nesting is too deep.
  mutating func enter() throws(SyntaxError) {
    guard depth < Parser.depthLimit else {
      throw error("nesting is deeper than \(Parser.depthLimit) levels here", at: token)
    }
    depth += 1
  }

  /// Whether a constant expression other than a symbol starts here.
  var isAtConstant: Bool {
    switch token.kind {
    case .number: true
    case .identifier: isAtWarpSize
    case .punctuation:
      isAt(Byte.minus) || isAt(Byte.openParenthesis) || isAt(Byte.plus) || isAt(Byte.bang)
        || isAt(UInt8(ascii: "~"))
    case .word, .string, .end: false
    }
  }

  /// Whether the predefined constant is next.
  private var isAtWarpSize: Bool {
    token.end - token.start == 7 && text(of: token) == "WARP_SZ"
  }

  /// Parses a constant expression whose value must be an integer.
  mutating func parseInteger() throws(SyntaxError) -> Int64 {
    let start = token
    guard let value = try parseConstant().integer else {
      throw error("expected an integer, found a float", at: start)
    }
    return value
  }

  /// Parses the offset after a symbol or register, if there is one.
  mutating func parseOffset() throws(SyntaxError) -> Int64 {
    var offset: Int64 = 0
    while isAt(Byte.plus) || isAt(Byte.minus) {
      let isNegative = isAt(Byte.minus)
      advance()
      let start = token
      guard let value = try parseUnary().integer else {
        throw error("expected an integer, found a float", at: start)
      }
      offset = isNegative ? offset &- value : offset &+ value
    }
    return offset
  }

  /// Parses a constant expression.
  ///
  /// - SeeAlso: PTX ISA, "Constant Expressions".
  mutating func parseConstant() throws(SyntaxError) -> Constant {
    // A single literal is by far the most frequent case.
    if token.kind == .number {
      switch following.mark {
      case Byte.comma, Byte.semicolon, Byte.closeBrace, Byte.closeBracket:
        return try parseNumber()
      default: break
      }
    }
    try enter()
    defer { depth -= 1 }
    let condition = try parseBinary(above: 0)
    guard accept(UInt8(ascii: "?")) else { return condition }
    let first = try parseConstant()
    try expect(Byte.colon)
    let second = try parseConstant()
    return condition.isTrue ? first : second
  }

  /// Parses operands and operators above a precedence.
  private mutating func parseBinary(above precedence: Int) throws(SyntaxError) -> Constant {
    var left = try parseUnary()
    while let symbol = operatorHere(), symbol.precedence > precedence {
      let start = token
      for _ in symbol.rawValue.utf8 { advance() }
      try enter()
      let right = try parseBinary(above: symbol.precedence)
      depth -= 1
      guard let value = symbol.apply(left, right) else {
        throw error("the constant expression has no value", at: start)
      }
      left = value
    }
    return left
  }

  /// Returns the operator at the current position; the characters of a two-character operator must
  /// be adjacent.
  private func operatorHere() -> ConstantOperator? {
    guard token.kind == .punctuation else { return nil }
    let next = following
    if next.kind == .punctuation, next.start == token.end {
      let two = String(decoding: [token.mark, next.mark], as: UTF8.self)
      if let symbol = ConstantOperator(rawValue: two) { return symbol }
    }
    return ConstantOperator(rawValue: String(decoding: [token.mark], as: UTF8.self))
  }

  /// Parses an operand with its prefix operators and casts.
  private mutating func parseUnary() throws(SyntaxError) -> Constant {
    try enter()
    defer { depth -= 1 }
    let start = token
    switch (token.kind, token.mark) {
    case (.number, _): return try parseNumber()
    case (.identifier, _) where isAtWarpSize:
      advance()
      return .integer(32, isUnsigned: false)
    case (_, Byte.openParenthesis): return try parseParenthesized()
    case (_, Byte.plus):
      advance()
      return try parseUnary()
    case (_, Byte.minus), (_, UInt8(ascii: "~")), (_, Byte.bang):
      advance()
      guard let value = Parser.apply(start.mark, to: try parseUnary()) else {
        throw error("the constant expression has no value", at: start)
      }
      return value
    default: throw unexpected("a constant")
    }
  }

  /// Returns the result of a unary operator.
  private static func apply(_ mark: UInt8, to value: Constant) -> Constant? {
    switch (mark, value) {
    case (Byte.minus, .integer(let integer, let isUnsigned)):
      .integer(0 &- integer, isUnsigned: isUnsigned)
    case (Byte.minus, .double(let double)): .double(-double)
    case (Byte.minus, .single(let bits)): .single(bits ^ 0x8000_0000)
    case (Byte.bang, _): Constant(!value.isTrue)
    case (_, .integer(let integer, let isUnsigned)): .integer(~integer, isUnsigned: isUnsigned)
    default: nil
    }
  }

  /// Parses an expression in parentheses, or a cast and its operand.
  private mutating func parseParenthesized() throws(SyntaxError) -> Constant {
    try expect(Byte.openParenthesis)
    let start = token
    guard token.kind == .word else {
      let value = try parseConstant()
      try expect(Byte.closeParenthesis)
      return value
    }
    let type = ScalarType(rawValue: word(of: token))
    guard type == .s64 || type == .u64 else { throw unexpected("the cast .s64 or .u64") }
    advance()
    try expect(Byte.closeParenthesis)
    switch try parseUnary() {
    case .integer(let value, _): return .integer(value, isUnsigned: type == .u64)
    case let value:
      guard let real = value.real, real.magnitude < 0x1p63 else {
        throw error("the constant expression has no value", at: start)
      }
      return .integer(Int64(real), isUnsigned: type == .u64)
    }
  }
}

// MARK: - Literals

extension Parser {
  /// Parses a literal.
  ///
  /// - SeeAlso: PTX ISA, "Integer Constants", "Floating-Point Constants".
  mutating func parseNumber() throws(SyntaxError) -> Constant {
    guard token.kind == .number else { throw unexpected("a number") }
    guard let value = number(of: token) else {
      throw error("'\(text(of: token))' is not a number", at: token)
    }
    advance()
    return value
  }

  /// Returns the value of a literal, if it is one.
  private func number(of token: Token) -> Constant? {
    var end = token.end
    let first = bytes[token.start]
    let second = end > token.start + 1 ? bytes[token.start + 1] | 0x20 : 0
    if first == Byte.zero, second == UInt8(ascii: "f") || second == UInt8(ascii: "d") {
      return float(token, isDouble: second == UInt8(ascii: "d"))
    }
    var isUnsigned = false
    if bytes[end - 1] | 0x20 == UInt8(ascii: "u") {
      isUnsigned = true
      end -= 1
    }
    switch (first, second) {
    case (Byte.zero, UInt8(ascii: "x")):
      return integer(token.start + 2..<end, radix: 16, isUnsigned)
    case (Byte.zero, UInt8(ascii: "b")):
      return integer(token.start + 2..<end, radix: 2, isUnsigned)
    case (Byte.zero, _)
    where end > token.start + 1 && bytes[token.start..<end].allSatisfy(Byte.isDigit):
      return integer(token.start + 1..<end, radix: 8, isUnsigned)
    default: break
    }
    if let value = integer(token.start..<end, radix: 10, isUnsigned) { return value }
    let isDecimal = bytes[token.start..<token.end].allSatisfy { byte in
      Byte.isDigit(byte) || byte == Byte.dot || byte | 0x20 == UInt8(ascii: "e")
        || byte == Byte.plus || byte == Byte.minus
    }
    // An integer with more digits than 64 bits hold is an error, not a float.
    let isWhole = bytes[token.start..<token.end].allSatisfy(Byte.isDigit)
    guard isDecimal, !isWhole else { return nil }
    return Double(text(of: token)).map(Constant.double)
  }

  /// Returns the value of digits, or `nil` if there are none or they exceed 64 bits.
  private func integer(_ digits: Range<Int>, radix: UInt64, _ isUnsigned: Bool) -> Constant? {
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for byte in bytes[digits] {
      let digit: UInt8
      if Byte.isDigit(byte) {
        digit = byte - Byte.zero
      } else if Byte.isLetter(byte) {
        digit = (byte | 0x20) - UInt8(ascii: "a") + 10
      } else {
        return nil
      }
      let (product, isTooBig) = value.multipliedReportingOverflow(by: radix)
      let (sum, isStillTooBig) = product.addingReportingOverflow(UInt64(digit))
      guard UInt64(digit) < radix, !isTooBig, !isStillTooBig else { return nil }
      value = sum
    }
    // A literal that does not fit in a signed integer is unsigned.
    return .integer(Int64(bitPattern: value), isUnsigned: isUnsigned || value >> 63 == 1)
  }

  /// Returns the float that is written as its bits.
  private func float(_ token: Token, isDouble: Bool) -> Constant? {
    let digits = token.start + 2..<token.end
    guard digits.count == (isDouble ? 16 : 8),
      let value = integer(digits, radix: 16, true)?.integer
    else { return nil }
    let bits = UInt64(bitPattern: value)
    return isDouble ? .double(Double(bitPattern: bits)) : .single(UInt32(truncatingIfNeeded: bits))
  }
}
