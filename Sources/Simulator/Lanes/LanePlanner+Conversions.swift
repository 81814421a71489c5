// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension LanePlanner {
  /// Plans `cvt`.
  func conversion() throws(UnsupportedInstruction) -> LanePlan {
    let destination = try type(0)
    let source = try type(1)
    if has("rs") { return try stochasticConversion() }
    if let kind = FloatKind(pair: destination) {
      return try pairConversion(to: kind, destination, from: source)
    }
    guard let read = NumberKind(source), let written = NumberKind(destination) else {
      throw unsupported("the types.")
    }
    let conversion = Conversion(
      source: read, destination: written, integralRounding: integralRounding,
      sourceWidth: width(of: 1, atLeast: source),
      destinationWidth: width(of: 0, atLeast: destination))
    let operation =
      commonConversion(conversion).map(LaneOperation.convertCommon) ?? .convert(conversion)
    return try plan(operation, destination, [source], modifiers)
  }

  /// The rounding of a float to an integer that the instruction specifies.
  private var integralRounding: IntegralRounding {
    if has("rni") { return .nearest }
    if has("rzi") { return .towardZero }
    if has("rmi") { return .down }
    return has("rpi") ? .up : .none
  }

  /// Returns the number of bits of an operand's container; immediates have that of the type.
  private func width(of position: Int, atLeast type: ScalarType) -> UInt8 {
    guard position < instruction.operands.count, position < widths.count else {
      return UInt8(type.bitWidth)
    }
    switch instruction.operands[position] {
    case .register, .special: return UInt8(clamping: max(widths[position], type.bitWidth))
    default: return UInt8(type.bitWidth)
    }
  }

  /// Returns the frequent conversion with the usual container widths, if there is one.
  private func commonConversion(_ conversion: Conversion) -> CommonConversion? {
    let sourceIsUsual = (conversion.sourceWidth == 64) == (conversion.source == .float(.f64))
    let isUsual =
      (conversion.destinationWidth == 64) == (conversion.destination == .float(.f64))
    guard sourceIsUsual, isUsual, modifiers.isPlain else { return nil }
    switch (conversion.source, conversion.destination, conversion.integralRounding) {
    case (.float(.f32), .float(.bf16), .none): return .f32ToBF16
    case (.float(.f32), .float(.f16), .none): return .f32ToF16
    case (.float(.bf16), .float(.f32), .none): return .bf16ToF32
    case (.float(.f16), .float(.f32), .none): return .f16ToF32
    case (.integer(.s32), .float(.f32), .none): return .s32ToF32
    case (.integer(.u32), .float(.f32), .none): return .u32ToF32
    case (.float(.f32), .integer(.s32), .towardZero): return .f32ToS32TowardZero
    case (.float(.f32), .integer(.u32), .towardZero): return .f32ToU32TowardZero
    case (.float(.f32), .float(.f64), .none): return .f32ToF64
    case (.float(.f64), .float(.f32), .none): return .f64ToF32
    default: return nil
    }
  }

  /// Plans a conversion of two values or of a pair to a pair.
  private func pairConversion(
    to kind: FloatKind, _ destination: ScalarType, from source: ScalarType
  ) throws(UnsupportedInstruction) -> LanePlan {
    if let sourceKind = FloatKind(pair: source) {
      let operation = LaneOperation.convertPair(sourceKind, to: kind)
      return try plan(operation, destination, [source], modifiers)
    }
    guard source == .f32 else { throw unsupported("the types.") }
    return try plan(
      pairOperation(kind), destination, [.f32, .f32], modifiers)
  }

  /// Returns the operation that converts two values in single precision to a pair.
  private func pairOperation(_ kind: FloatKind) -> LaneOperation {
    if modifiers.isPlain && kind == .bf16 { return .convertCommon(.f32ToBF16x2) }
    if modifiers.isPlain && kind == .f16 { return .convertCommon(.f32ToF16x2) }
    return .convertIntoPair(kind)
  }

  /// Plans `cvt.rs` of two operands, or of the four elements of a vector.
  private func stochasticConversion() throws(UnsupportedInstruction) -> LanePlan {
    let destination = try type()
    if let kind = FloatKind(pair: destination) {
      return try plan(
        .convertStochastically(kind, count: 2), destination, [.f32, .f32, .b32], modifiers)
    }
    guard let kind = FloatKind(quadruple: destination), instruction.operands.count == 3,
      case .vector(let elements) = instruction.operands[1], elements.count == 4
    else { throw unsupported("the types or operands.") }
    let values = elements.map { LanePlan.TypedOperand(operand: $0, type: .f32) }
    return LanePlan(
      operation: .convertStochastically(kind, count: 4), modifiers: modifiers,
      destinations: [try operand(0, destination)], sources: values + [try operand(2, .b32)])
  }

  /// Plans `cvt.pack`.
  func packedConversion() throws(UnsupportedInstruction) -> LanePlan {
    guard case .integer(let kind)? = NumberKind(try type()), kind.width <= 16 else {
      throw unsupported("the type.")
    }
    let hasThird = instruction.operands.count > 3
    let sources: [ScalarType] = hasThird ? [.s32, .s32, .b32] : [.s32, .s32]
    guard hasThird == (kind.width == 8) else { throw unsupported("the number of operands.") }
    return try plan(.convertPack(kind), .b32, sources)
  }
}
