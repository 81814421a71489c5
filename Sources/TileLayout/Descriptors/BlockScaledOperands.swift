// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The element and scale types of a block-scaled `tcgen05.mma`; D is f32.
public enum BlockScaledOperands: Hashable, Sendable {
  /// A and B are narrow floats with a ue8m0 scale for every 32 elements along k.
  case mxf8f6f4(a: NarrowFloat, b: NarrowFloat)

  /// A and B are e2m1 with a ue8m0 scale for every 32 elements along k.
  case mxf4

  /// A and B are e2m1 with a scale of the given type for every 16 or 32 elements along k.
  case mxf4nvf4(scale: BlockScaleType)

  /// The kind of instruction that has these types.
  public var kind: BlockScaledKind {
    switch self {
    case .mxf8f6f4: .mxf8f6f4
    case .mxf4: .mxf4
    case .mxf4nvf4: .mxf4nvf4
    }
  }

  /// The codes of A, B and the scales in the instruction descriptor.
  var codes: (a: Int, b: Int, scale: Int) {
    switch self {
    case .mxf8f6f4(let a, let b): (a.rawValue, b.rawValue, 1)
    case .mxf4: (1, 1, 1)
    case .mxf4nvf4(let scale): (1, 1, scale.rawValue)
    }
  }

  /// Creates the types with the given codes, or `nil` if the kind has no such types.
  init?(kind: BlockScaledKind, a: Int, b: Int, scale: Int) {
    guard let scale = BlockScaleType(rawValue: scale) else { return nil }
    switch kind {
    case .mxf8f6f4:
      guard let a = NarrowFloat(rawValue: a), let b = NarrowFloat(rawValue: b), scale == .ue8m0
      else { return nil }
      self = .mxf8f6f4(a: a, b: b)
    case .mxf4 where (a, b) == (1, 1) && scale == .ue8m0:
      self = .mxf4
    case .mxf4nvf4 where (a, b) == (1, 1):
      self = .mxf4nvf4(scale: scale)
    case .mxf4, .mxf4nvf4:
      return nil
    }
  }
}

extension BlockScaledOperands: CustomStringConvertible {
  /// The types in words: "e4m3 x e5m2 with ue8m0 scales -> f32".
  public var description: String {
    switch self {
    case .mxf8f6f4(let a, let b): "\(a) x \(b) with ue8m0 scales -> f32"
    case .mxf4: "e2m1 x e2m1 with ue8m0 scales -> f32"
    case .mxf4nvf4(let scale): "e2m1 x e2m1 with \(scale) scales -> f32"
    }
  }
}

/// The type of a block's scale factor, with its code in instruction descriptors.
public enum BlockScaleType: Int, Hashable, Sendable, CaseIterable {
  /// 4 exponent and 3 mantissa bits, without a sign.
  case ue4m3 = 0

  /// A power of two.
  case ue8m0 = 1
}

/// A kind of block-scaled `tcgen05.mma`, as PTX spells it.
public enum BlockScaledKind: String, Hashable, Sendable, CaseIterable {
  /// Floats of 8, 6 and 4 bits.
  case mxf8f6f4

  /// e2m1 with a scale for every 32 elements.
  case mxf4

  /// e2m1 with a scale for every 16 or 32 elements.
  case mxf4nvf4

  /// The codes of the types of A and B.
  var operandCodes: [Int] {
    switch self {
    case .mxf8f6f4: NarrowFloat.allCases.map(\.rawValue)
    case .mxf4, .mxf4nvf4: [1]
    }
  }

  /// The codes of the scales' type.
  var scaleCodes: [Int] {
    switch self {
    case .mxf8f6f4, .mxf4: [1]
    case .mxf4nvf4: [0, 1]
    }
  }

  /// The valid scale factor IDs in a cell.
  var scaleFactorIDs: [Int] {
    switch self {
    case .mxf8f6f4: [0, 1, 2, 3]
    case .mxf4, .mxf4nvf4: [0, 2]
    }
  }
}
