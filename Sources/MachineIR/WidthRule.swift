// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A rule for the width of a register and the type of an operand.
///
/// - SeeAlso: PTX ISA, "Type Information for Instructions and Operands", "Operand Size Exceeding
///   Instruction-Type Size".
enum WidthRule {
  /// The register has the width of the type.
  case exact

  /// The register may be wider: in loads, stores and conversions.
  case wider

  /// Returns whether a register declared with one type fits the other.
  func accepts(_ declared: ScalarType, for type: ScalarType) -> Bool {
    if type == .pred || declared == .pred { return type == declared }
    let hasWidth =
      self == .exact ? declared.bitWidth == type.bitWidth : declared.bitWidth >= type.bitWidth
    guard hasWidth else { return false }
    switch type.kind {
    case .bits: return true
    case .unsigned, .signed: return !declared.isFloat || declared == .f16x2
    case .float: return declared.kind == .bits || declared == type
    case .predicate: return false
    }
  }
}
