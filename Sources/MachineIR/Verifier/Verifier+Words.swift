// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MARK: - Modifiers that conflict

extension Verifier {
  /// Checks that the modifiers of an instruction are valid for its types.
  mutating func verifyWords(of instruction: Instruction, _ shape: InstructionShape) {
    guard let complaint = shape.wordsComplaint else { return }
    report(.rule(complaint), instruction)
  }
}

extension InstructionShape {
  /// Returns the conflict between the modifiers, if it depends on nothing else.
  func findWordsComplaint() -> String? {
    switch opcode {
    case .convert: conversionComplaint
    case .setPredicate, .set: comparisonComplaint
    case .fma, .mad: roundingComplaint
    case .move: vectorComplaint
    default: nil
    }
  }

  /// The error in the rounding of a conversion between two scalars.
  ///
  /// - SeeAlso: PTX ISA, "cvt", "Integer Notes", "Floating Point Notes".
  private var conversionComplaint: String? {
    guard types.count == 2, operandCount == 2 else { return nil }
    let (result, source) = (types[0], types[1])
    let scalars: Set<ScalarType> = [.f16, .bf16, .f32, .f64]
    let hasInteger = hasOne(of: ["rni", "rzi", "rmi", "rpi"])
    let hasFloat = hasOne(of: ["rn", "rz", "rm", "rp", "rna"])
    let isFromFloat = scalars.contains(source)
    let isToFloat = scalars.contains(result)
    guard isFromFloat || source.isInteger, isToFloat || result.isInteger else { return nil }
    switch (isToFloat, isFromFloat) {
    case (false, true):
      return hasInteger ? nil : "needs one of .rni, .rzi, .rmi, .rpi"
    case (true, false):
      return hasFloat ? nil : "needs one of .rn, .rz, .rm, .rp"
    case (false, false):
      return hasInteger || hasFloat ? "converts between integers, so it has no rounding" : nil
    case (true, true):
      if result.bitWidth < source.bitWidth {
        return hasFloat ? nil : "needs one of .rn, .rz, .rm, .rp"
      }
      // Between different half-precision types both are possible; ptxas checks them.
      guard result == source || result.bitWidth > source.bitWidth else { return nil }
      return hasFloat ? "is exact, so it has no rounding" : nil
    }
  }

  /// The error in a comparison for its type.
  ///
  /// - SeeAlso: PTX ISA, "Comparison and Selection Instructions".
  private var comparisonComplaint: String? {
    guard let type = types.last else { return nil }
    let unsignedWords: [Modifier] = ["lo", "ls", "hi", "hs"]
    let floatWords: [Modifier] = ["equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"]
    let orderWords: [Modifier] = ["lt", "le", "gt", "ge"]
    switch type.kind {
    case .float:
      return hasOne(of: unsignedWords) ? "compares floats with an operator for integers" : nil
    case _ where hasOne(of: floatWords): return "compares integers with an operator for floats"
    case .signed:
      return hasOne(of: unsignedWords)
        ? "compares signed integers with an operator for unsigned ones" : nil
    case .bits:
      return hasOne(of: unsignedWords + orderWords)
        ? "orders untyped bits, which have no order" : nil
    default: return nil
    }
  }

  /// The error in the extent of a vector that is moved.
  private var vectorComplaint: String? {
    guard let type = types.first, vectorCount * type.bitWidth > 128 else { return nil }
    return "moves more than 128 bits"
  }

  /// The error in an operation that must specify its rounding.
  private var roundingComplaint: String? {
    guard let type = types.first, type.isFloat, !hasOne(of: ["rn", "rz", "rm", "rp"]) else {
      return nil
    }
    return "needs one of .rn, .rz, .rm, .rp"
  }
}
