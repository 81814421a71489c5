// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An operand of an instruction.
///
/// The most frequent kinds fit in a word and are stored inline; the others are boxed.
public enum Operand: Hashable, Sendable {
  /// The value, or the container, of a virtual register.
  case register(RegisterID)

  /// The negation of a predicate register: `!%p`.
  case negated(RegisterID)

  /// The value of a special register.
  case special(SpecialRegister)

  /// An integer literal, as the 64 bits of its two's complement.
  case integer(Int64)

  /// The bits of a single-precision literal: `0f3F800000`.
  case float32(UInt32)

  /// The bits of a double-precision literal: `0d3FF0000000000000`.
  case float64(UInt64)

  /// The address of a variable or parameter, with a byte offset: `smem+1024`.
  indirect case symbol(String, offset: Int64)

  /// Memory at an address: `[%rd1+16]`.
  indirect case memory(Address)

  /// A vector of operands: `{%r1, %r2}`.
  case vector([Operand])

  /// Two destinations: `%r1|%p1`.
  indirect case pair(Operand, Operand)

  /// The address of a tensor map, and the coordinates of a box in its tensor: `[%rd1, {%r1, %r2}]`.
  indirect case tensor(Address, coordinates: [Operand])

  /// A label as a branch target, or the name of a function.
  indirect case label(String)

  /// A list in parentheses, such as the arguments of `call`: `(a, b)`.
  case list([Operand])

  /// A destination that is discarded: `_`.
  case sink

  /// An address in memory.
  public struct Address: Hashable, Sendable {
    /// The base of an address.
    public enum Base: Hashable, Sendable {
      /// The value of a register.
      case register(RegisterID)

      /// The address of a variable or parameter.
      case symbol(String)

      /// Address zero: the offset is the whole address.
      case absolute
    }

    /// The base.
    public var base: Base

    /// The bytes added to the base.
    public var offset: Int64

    /// Creates an address.
    public init(_ base: Base, offset: Int64 = 0) {
      self.base = base
      self.offset = offset
    }

    /// Creates the address in a register, with an offset in bytes.
    public init(_ register: RegisterID, offset: Int64 = 0) {
      self.init(.register(register), offset: offset)
    }
  }

  /// Memory at the address in a register.
  public static func memory(_ register: RegisterID, offset: Int64 = 0) -> Operand {
    .memory(Address(register, offset: offset))
  }

  /// Calls `body` with each register that this operand mentions, in the order of the text.
  public func forEachRegister(_ body: (RegisterID) -> Void) {
    switch self {
    case .register(let register), .negated(let register):
      body(register)
    case .memory(let address):
      address.forEachRegister(body)
    case .tensor(let address, let coordinates):
      address.forEachRegister(body)
      for coordinate in coordinates { coordinate.forEachRegister(body) }
    case .vector(let elements), .list(let elements):
      for element in elements { element.forEachRegister(body) }
    case .pair(let first, let second):
      first.forEachRegister(body)
      second.forEachRegister(body)
    case .special, .integer, .float32, .float64, .symbol, .label, .sink:
      break
    }
  }

  /// Returns this operand with each register replaced.
  public func mapRegisters(_ transform: (RegisterID) -> RegisterID) -> Operand {
    switch self {
    case .register(let register): .register(transform(register))
    case .negated(let register): .negated(transform(register))
    case .memory(let address): .memory(address.mapRegisters(transform))
    case .tensor(let address, let coordinates):
      .tensor(
        address.mapRegisters(transform),
        coordinates: coordinates.map { $0.mapRegisters(transform) })
    case .vector(let elements): .vector(elements.map { $0.mapRegisters(transform) })
    case .list(let elements): .list(elements.map { $0.mapRegisters(transform) })
    case .pair(let first, let second):
      .pair(first.mapRegisters(transform), second.mapRegisters(transform))
    case .special, .integer, .float32, .float64, .symbol, .label, .sink: self
    }
  }
}

extension Operand {
  /// Replaces each register of this operand.
  mutating func replaceRegisters(_ transform: (RegisterID) -> RegisterID) {
    switch self {
    case .register(let register): self = .register(transform(register))
    case .special, .integer, .float32, .float64, .symbol, .label, .sink: break
    case .negated, .memory, .vector, .pair, .tensor, .list: self = mapRegisters(transform)
    }
  }
}

extension Operand.Address {
  /// Calls `body` with the base register, if there is one.
  func forEachRegister(_ body: (RegisterID) -> Void) {
    if case .register(let register) = base { body(register) }
  }

  /// Returns this address with its base register replaced.
  func mapRegisters(_ transform: (RegisterID) -> RegisterID) -> Operand.Address {
    guard case .register(let register) = base else { return self }
    return Operand.Address(transform(register), offset: offset)
  }
}
