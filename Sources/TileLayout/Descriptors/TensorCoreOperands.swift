// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The element types of A, B and D of a `tcgen05.mma` without block scales.
public enum TensorCoreOperands: Hashable, Sendable {
  /// A and B are f16: kind `f16`.
  case f16(accumulator: FloatAccumulator)

  /// A and B are bf16, and D is f32: kind `f16`.
  case bf16

  /// A and B are tf32, and D is f32.
  case tf32

  /// A and B are narrow floats, of any two types.
  case f8f6f4(a: NarrowFloat, b: NarrowFloat, accumulator: FloatAccumulator)

  /// A and B are 8-bit integers, and D is s32.
  case i8(a: ByteInteger, b: ByteInteger)

  /// The kind of instruction that has these types.
  public var kind: TensorCoreKind {
    switch self {
    case .f16, .bf16: .f16
    case .tf32: .tf32
    case .f8f6f4: .f8f6f4
    case .i8: .i8
    }
  }

  /// The codes of A, B and D in the instruction descriptor.
  var codes: (a: Int, b: Int, accumulator: Int) {
    switch self {
    case .f16(let accumulator): (0, 0, accumulator.rawValue)
    case .bf16: (1, 1, 1)
    case .tf32: (2, 2, 1)
    case .f8f6f4(let a, let b, let accumulator): (a.rawValue, b.rawValue, accumulator.rawValue)
    case .i8(let a, let b): (a.rawValue, b.rawValue, 2)
    }
  }

  /// Creates the types with the given codes, or `nil` if the kind has no such types.
  init?(kind: TensorCoreKind, a: Int, b: Int, accumulator: Int) {
    switch kind {
    case .f16 where (a, b) == (0, 0):
      guard let accumulator = FloatAccumulator(rawValue: accumulator) else { return nil }
      self = .f16(accumulator: accumulator)
    case .f16 where (a, b, accumulator) == (1, 1, 1):
      self = .bf16
    case .tf32 where (a, b, accumulator) == (2, 2, 1):
      self = .tf32
    case .f8f6f4:
      guard let a = NarrowFloat(rawValue: a), let b = NarrowFloat(rawValue: b),
        let accumulator = FloatAccumulator(rawValue: accumulator)
      else { return nil }
      self = .f8f6f4(a: a, b: b, accumulator: accumulator)
    case .i8 where accumulator == 2:
      guard let a = ByteInteger(rawValue: a), let b = ByteInteger(rawValue: b) else { return nil }
      self = .i8(a: a, b: b)
    case .f16, .tf32, .i8:
      return nil
    }
  }
}

extension TensorCoreOperands: CustomStringConvertible {
  /// The types in words: "bf16 x bf16 -> f32".
  public var description: String {
    switch self {
    case .f16(let accumulator): "f16 x f16 -> \(accumulator)"
    case .bf16: "bf16 x bf16 -> f32"
    case .tf32: "tf32 x tf32 -> f32"
    case .f8f6f4(let a, let b, let accumulator): "\(a) x \(b) -> \(accumulator)"
    case .i8(let a, let b): "\(a) x \(b) -> s32"
    }
  }
}

/// A kind of `tcgen05.mma` without block scales, as PTX spells it.
public enum TensorCoreKind: String, Hashable, Sendable, CaseIterable {
  /// f16 and bf16.
  case f16

  /// tf32.
  case tf32

  /// Floats of 8, 6 and 4 bits.
  case f8f6f4

  /// 8-bit integers.
  case i8

  /// The codes of the types of A and B.
  var operandCodes: [Int] {
    switch self {
    case .f16, .i8: [0, 1]
    case .tf32: [2]
    case .f8f6f4: NarrowFloat.allCases.map(\.rawValue)
    }
  }

  /// The codes of the type of D for a given code of A.
  func accumulatorCodes(aCode: Int) -> [Int] {
    switch self {
    case .f16: aCode == 1 ? [1] : [0, 1]
    case .tf32: [1]
    case .f8f6f4: [0, 1]
    case .i8: [2]
    }
  }
}
