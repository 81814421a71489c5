// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The slots that many forms have.
extension OperandSlot {
  /// A written value of the first type in the mnemonic.
  static let destination = OperandSlot(.value(.named(0)), .write)
  /// A read value of the first type in the mnemonic.
  static let source = OperandSlot(.value(.named(0)))
  /// Memory in brackets.
  static let memory = OperandSlot(.memory)
  /// A written predicate.
  static let predicateOut = OperandSlot(.predicate, .write)
  /// A read predicate.
  static let predicateIn = OperandSlot(.predicate)
  /// A read 32-bit value.
  static let word = OperandSlot(.value(.fixed(.b32)))
  /// A read 64-bit value.
  static let doubleWord = OperandSlot(.value(.fixed(.b64)))
  /// A literal.
  static let immediate = OperandSlot(.immediate)
}
