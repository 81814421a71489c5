/// A virtual register of one function, by its place in the function's register table.
public struct RegisterID: Hashable, Sendable, Comparable {
  /// The position in `Function.registers`.
  public var index: Int

  /// Creates the identity of the register at the given position of the table.
  public init(_ index: Int) { self.index = index }

  /// Returns whether `lhs` stands before `rhs` in the register table.
  public static func < (lhs: RegisterID, rhs: RegisterID) -> Bool { lhs.index < rhs.index }
}

/// What is declared of a virtual register: a container of bits with a name.
///
/// The type says how wide the container is; each instruction says how it reads the bits.
public struct RegisterDeclaration: Hashable, Sendable {
  /// The name as it stands in the text, with its percent sign.
  public var name: String

  /// The type that the register was declared with.
  public var type: ScalarType

  /// Creates a declaration.
  public init(name: String, type: ScalarType) {
    self.name = name
    self.type = type
  }
}
