// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An integer or a list of such tuples: CuTe's `IntTuple`, the form of shapes, strides and
/// coordinates.
///
/// `[8, [2, 4]]` is CuTe's `(8,(2,4))`. The entries of the list are its *modes*; a leaf is its own
/// only mode.
public enum IntTuple: Hashable, Sendable {
  /// A single integer.
  case leaf(Int)

  /// A list of tuples, one for each mode.
  case nested([IntTuple])
}

extension IntTuple {
  /// The entries of the list, or the leaf itself.
  public var modes: [IntTuple] {
    switch self {
    case .leaf: [self]
    case .nested(let modes): modes
    }
  }

  /// The number of modes.
  public var rank: Int { modes.count }

  /// The number of lists around the deepest integer: 0 for a leaf.
  public var depth: Int {
    switch self {
    case .leaf: 0
    case .nested(let modes): 1 + (modes.map(\.depth).max() ?? 0)
    }
  }

  /// The integers from left to right, without their nesting.
  public var flattened: [Int] {
    switch self {
    case .leaf(let value): [value]
    case .nested(let modes): modes.flatMap(\.flattened)
    }
  }

  /// The product of all the integers: the size of a shape.
  public var product: Int { flattened.reduce(1, *) }

  /// Returns whether the other tuple has the same nesting.
  public func isCongruent(with other: IntTuple) -> Bool {
    switch (self, other) {
    case (.leaf, .leaf):
      true
    case (.nested(let modes), .nested(let others)):
      modes.count == others.count && zip(modes, others).allSatisfy { $0.isCongruent(with: $1) }
    case (.leaf, .nested), (.nested, .leaf):
      false
    }
  }
}

extension IntTuple: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  /// Creates a leaf.
  public init(integerLiteral value: Int) {
    self = .leaf(value)
  }

  /// Creates a list of the given modes.
  public init(arrayLiteral modes: IntTuple...) {
    self = .nested(modes)
  }
}

extension IntTuple: CustomStringConvertible {
  /// The tuple as CuTe prints it: `(8,(2,4))`.
  public var description: String {
    switch self {
    case .leaf(let value): "\(value)"
    case .nested(let modes): "(" + modes.map(\.description).joined(separator: ",") + ")"
    }
  }
}
