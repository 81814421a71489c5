// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A virtual register of one function, given by its index in the function's register table.
public struct RegisterID: Hashable, Sendable, Comparable {
  /// The position in `Function.registers`.
  public var index: Int

  /// Creates the ID of the register at the given index of the table.
  public init(_ index: Int) { self.index = index }

  /// Returns whether `lhs` comes before `rhs` in the register table.
  public static func < (lhs: RegisterID, rhs: RegisterID) -> Bool { lhs.index < rhs.index }
}

/// The declaration of a virtual register: a named container of bits.
///
/// The type determines the width of the container; each instruction interprets the bits.
public struct RegisterDeclaration: Hashable, Sendable {
  /// The name in the text, including its percent sign.
  public var name: String

  /// The type that the register was declared with.
  public var type: ScalarType

  /// Creates a declaration.
  public init(name: String, type: ScalarType) {
    self.name = name
    self.type = type
  }
}
