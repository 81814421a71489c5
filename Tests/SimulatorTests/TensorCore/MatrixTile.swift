// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Simulator
import TensorCoreArithmetic
import TestSupport

/// Operands of several consecutive matrix instructions, for multiplication by several
/// implementations.
struct MatrixTile {
  /// The kind of operands.
  enum Kind: CaseIterable {
    /// Numbers near one, as after a normalization.
    case ordinary
    /// Numbers whose products span more than a sum keeps.
    case wide
    /// Pairs of products that add up to zero, and an old D of any size.
    case cancelling
    /// Many zeros of both signs, whole rows among them.
    case sparse
    /// Subnormal numbers together with large ones.
    case subnormal
    /// Occasionally an infinity or a NaN, also with zeros.
    case special
    /// Results near the largest number.
    case nearOverflow
    /// Results near the smallest number.
    case nearUnderflow
    /// Significands of all ones and equal signs, which give the largest sums.
    case greatestSums
    /// Arbitrary bits.
    case anyBits
  }

  /// The product to compute.
  var product: tc_product
  /// A: [m, k * steps], row-major; a code of the low bits in each.
  var a: [UInt32] = []
  /// B: [n, k * steps], row-major.
  var b: [UInt32] = []
  /// D: [m, n], row-major.
  var d: [UInt32] = []

  /// Creates an empty tile.
  init(_ types: MatrixTypes, m: Int, n: Int, k: Int? = nil, steps: Int = 1) {
    product = tc_product(
      a: types.a, b: types.b, accumulator: types.accumulator,
      fraction_bits: Int32(types.fractionBits), m: Int32(m), n: Int32(n),
      k: Int32(k ?? types.depth), steps: Int32(steps), accumulates: true, d_shift: 0,
      negates_a: false, negates_b: false, saturates: false)
  }

  /// Creates a tile of random extents, modifiers and operands.
  init(_ kind: Kind, _ types: MatrixTypes, seed: UInt64) {
    var random = SplitMix64(seed: seed)
    self.init(
      types, m: Int.random(in: 1...9, using: &random), n: Int.random(in: 1...80, using: &random),
      k: Bool.random(using: &random) || types.a == TC_B1
        ? types.depth : Int.random(in: 1...types.depth, using: &random),
      steps: Int.random(in: 1...6, using: &random))
    product.accumulates = Int.random(in: 0..<4, using: &random) > 0
    if types.isIntegral {
      product.saturates = Bool.random(using: &random)
    } else {
      product.negates_a = Bool.random(using: &random)
      product.negates_b = Bool.random(using: &random)
      product.d_shift = [0, 0, 1, 15].randomElement(using: &random) ?? 0
    }
    fill(kind, using: &random)
  }
}

/// The types of a matrix instruction.
struct MatrixTypes: CustomStringConvertible {
  /// The type of A's elements.
  var a: tc_element
  /// The type of B's elements.
  var b: tc_element
  /// The type of D's elements.
  var accumulator: tc_accumulator
  /// The number of fraction bits that sums keep.
  var fractionBits = Int(TC_FRACTION_BITS)

  /// The number of products of one instruction.
  var depth: Int { 256 / a.codeBits }

  /// Whether elements are integers or bits.
  var isIntegral: Bool { accumulator == TC_D_S32 }

  /// The types in short.
  var description: String {
    "\(a.rawValue) x \(b.rawValue) -> \(accumulator.rawValue), \(fractionBits) bits"
  }

  /// The float types of both architectures; mixed ones at least once on either side.
  static let floats: [MatrixTypes] =
    [
      MatrixTypes(a: TC_BF16, b: TC_BF16, accumulator: TC_D_F32),
      MatrixTypes(a: TC_F16, b: TC_F16, accumulator: TC_D_F32),
      MatrixTypes(a: TC_F16, b: TC_F16, accumulator: TC_D_F16),
      MatrixTypes(a: TC_TF32, b: TC_TF32, accumulator: TC_D_F32),
    ]
    + [TC_D_F32, TC_D_F16].flatMap { accumulator in
      [(TC_E4M3, TC_E4M3), (TC_E4M3, TC_E5M2), (TC_E5M2, TC_E4M3), (TC_E5M2, TC_E5M2)].map { a, b in
        MatrixTypes(
          a: a, b: b, accumulator: accumulator, fractionBits: Int(TC_NARROW_FRACTION_BITS))
      }
        + [
          (TC_E4M3, TC_E4M3), (TC_E5M2, TC_E2M3), (TC_E2M3, TC_E3M2), (TC_E3M2, TC_E2M1),
          (TC_E2M1, TC_E5M2),
        ].map { a, b in MatrixTypes(a: a, b: b, accumulator: accumulator) }
    }

  /// The integer types, and bits.
  static let integers: [MatrixTypes] = [
    (TC_S8, TC_S8), (TC_S8, TC_U8), (TC_U8, TC_S8), (TC_U8, TC_U8), (TC_B1, TC_B1),
  ].map { a, b in MatrixTypes(a: a, b: b, accumulator: TC_D_S32) }
}

extension tc_element {
  /// The number of bits of a code in memory.
  var codeBits: Int {
    switch self {
    case TC_BF16, TC_F16: 16
    case TC_TF32: 32
    case TC_B1: 1
    default: 8
    }
  }

  /// The format of the elements, if they are floats.
  var format: FusedFormat? {
    switch self {
    case TC_BF16: .bfloat16
    case TC_F16: .float16
    case TC_TF32: .tensorFloat32
    case TC_E4M3: .float8E4M3
    case TC_E5M2: .float8E5M2
    case TC_E2M3: .float6E2M3
    case TC_E3M2: .float6E3M2
    case TC_E2M1: .float4E2M1
    default: nil
    }
  }

  /// The type of the elements, if they are integers or bits.
  var integer: IntegerProduct.Element {
    switch self {
    case TC_S8: .s8
    case TC_U8: .u8
    default: .b1
    }
  }
}

extension MatrixTile {
  /// The number of columns of A and B.
  var depth: Int { Int(product.k * product.steps) }

  /// The format of the elements of D, if they are floats.
  var accumulator: FusedFormat { product.accumulator == TC_D_F16 ? .float16 : .float32 }

  /// Fills A, B and D with random numbers of a kind.
  mutating func fill(_ kind: Kind, using random: inout SplitMix64) {
    let (m, n) = (Int(product.m), Int(product.n))
    a = codes(m * depth, kind, product.a, isLeft: true, using: &random)
    b = codes(n * depth, kind, product.b, isLeft: false, using: &random)
    d = (0..<m * n).map { _ in oldElement(kind, using: &random) }
    switch kind {
    case .cancelling: cancel()
    case .sparse, .special: for i in 0..<depth { a[i] = 0 }
    default: break
    }
  }

  /// Makes the products of odd columns the negations of the preceding ones, if B is signed.
  private mutating func cancel() {
    guard let format = product.b.format else { return }
    for i in stride(from: 1, to: a.count, by: 2) { a[i] = a[i - 1] }
    let sign = format.signBit << UInt32(format.ignoredBits)
    for i in stride(from: 1, to: b.count, by: 2) { b[i] = b[i - 1] ^ sign }
  }

  /// Returns random operands.
  private func codes(
    _ count: Int, _ kind: Kind, _ element: tc_element, isLeft: Bool,
    using random: inout SplitMix64
  ) -> [UInt32] {
    guard let format = element.format else {
      return (0..<count).map { _ in integer(kind, element, using: &random) }
    }
    return (0..<count).map { _ in
      let code = operand(kind, format, isLeft: isLeft, using: &random)
      // Ignored bits are random.
      let rest = UInt32.random(in: 0...UInt32.max, using: &random)
      return code << UInt32(format.ignoredBits) | rest & (1 << UInt32(format.ignoredBits) - 1)
    }
  }

  /// Returns a random integer or bit.
  private func integer(
    _ kind: Kind, _ element: tc_element, using random: inout SplitMix64
  ) -> UInt32 {
    if element == TC_B1 { return UInt32.random(in: 0...1, using: &random) }
    switch kind {
    case .greatestSums: return element == TC_U8 ? 0xFF : 0x80
    case .sparse: return UInt32.random(in: 0..<4, using: &random) == 0 ? 1 : 0
    default: return UInt32.random(in: 0...0xFF, using: &random)
    }
  }

  /// Returns a random operand.
  private func operand(
    _ kind: Kind, _ format: FusedFormat, isLeft: Bool, using random: inout SplitMix64
  ) -> UInt32 {
    let isRare = Int.random(in: 0..<200, using: &random) == 0
    switch kind {
    case .ordinary: return format.random(exponents: -6...1, using: &random)
    case .wide: return format.random(exponents: -14...14, using: &random)
    case .cancelling: return format.random(exponents: -3...3, using: &random)
    case .sparse:
      let isZero = Int.random(in: 0..<4, using: &random) > 0
      return isZero
        ? (Bool.random(using: &random) ? 0 : format.signBit)
        : format.random(exponents: -40...14, using: &random)
    case .subnormal:
      let least = format.leastExponent - 1
      return format.random(exponents: isLeft ? least...least + 1 : 10...120, using: &random)
    case .special:
      let special = Bool.random(using: &random) ? format.infinity : format.nan
      return isRare
        ? special | (Bool.random(using: &random) ? format.signBit : 0)
        : format.random(exponents: -6...1, using: &random)
    case .nearOverflow: return format.random(exponents: 58...64, using: &random)
    case .nearUnderflow: return format.random(exponents: -77 ... -58, using: &random)
    case .greatestSums:
      // Just below two, so that sixteen products and an old D exceed 64 times the largest power.
      return (UInt32(format.bias + 1) << UInt32(format.fractionBits)) - 1 - (isRare ? 1 : 0)
    case .anyBits:
      let width = UInt32(1 + format.exponentBits + format.fractionBits)
      return UInt32.random(in: 0..<1 << width, using: &random)
    }
  }

  /// Returns a random element of the old D.
  private func oldElement(_ kind: Kind, using random: inout SplitMix64) -> UInt32 {
    let format = accumulator
    let isRare = Int.random(in: 0..<50, using: &random) == 0
    if product.accumulator == TC_D_S32 {
      let distance = UInt32.random(in: 0..<200_000, using: &random)
      switch kind {
      case .nearOverflow, .greatestSums: return 0x7FFF_FFFF - distance
      case .nearUnderflow: return 0x8000_0000 + distance
      default: return UInt32.random(in: 0...UInt32.max, using: &random)
      }
    }
    switch kind {
    case .ordinary: return format.random(exponents: -8...6, using: &random)
    case .wide: return format.random(exponents: -40...40, using: &random)
    case .cancelling: return isRare ? 0 : format.random(exponents: -40...10, using: &random)
    case .sparse: return isRare ? 0x1 : [0, format.signBit].randomElement(using: &random) ?? 0
    case .subnormal: return format.random(exponents: -127 ... -40, using: &random)
    case .special:
      let isZero = Bool.random(using: &random)
      return isRare
        ? format.infinity : isZero ? 0 : format.random(exponents: -6...1, using: &random)
    case .nearOverflow: return format.random(exponents: 118...127, using: &random)
    case .nearUnderflow: return format.random(exponents: -127 ... -116, using: &random)
    case .greatestSums: return format.random(exponents: -2...0, using: &random)
    case .anyBits:
      return UInt32.random(in: 0...UInt32.max, using: &random) & (format.signBit | format.nan)
    }
  }
}

extension FusedFormat {
  /// Returns a random number with an exponent in a range, clamped to the format.
  ///
  /// The exponent below the smallest is that of subnormal numbers and zero.
  fileprivate func random(
    exponents: ClosedRange<Int>, using random: inout SplitMix64
  ) -> UInt32 {
    let exponent = Int.random(
      in: exponents.clamped(to: leastExponent - 1...bias), using: &random)
    let fraction = UInt32.random(in: 0..<1 << UInt32(fractionBits), using: &random)
    let sign = Bool.random(using: &random) ? signBit : 0
    return sign | UInt32(exponent + bias) << UInt32(fractionBits) | fraction
  }
}

extension MatrixTile {
  /// Returns D, computed by the Swift arithmetic.
  func simpleProduct(fractionBits: Int? = nil) -> [UInt32] {
    var result = d
    let shape = (Int(product.m), Int(product.n), Int(product.k))
    guard let elementA = product.a.format, let elementB = product.b.format else {
      IntegerProduct(product.a.integer, product.b.integer, saturates: product.saturates)
        .multiplyAccumulate(
          shape, steps: Int(product.steps), a: a, b: b, d: &result,
          accumulates: product.accumulates)
      return result
    }
    var arithmetic = MatrixProduct(elementA, elementB, accumulator: accumulator)
    arithmetic.fractionBits = fractionBits ?? Int(product.fraction_bits)
    arithmetic.isNegated = product.negates_a != product.negates_b
    arithmetic.multiplyAccumulate(
      shape, steps: Int(product.steps), a: a, b: b, d: &result, accumulates: product.accumulates,
      shift: Int(product.d_shift))
    return result
  }

  /// Returns D, computed by an implementation in C.
  ///
  /// - Parameters:
  ///   - path: The implementation, or `nil` for the fastest one.
  ///   - gap: The number of elements between rows of D, which are included in the result.
  /// - Returns: The codes of the new D, with the gaps.
  func vectorProduct(_ path: tc_path?, gap: Int = 0) -> [UInt32] {
    let stride = Int(product.n) + gap
    var wide = [UInt32](repeating: 0x5A5A, count: Int(product.m) * stride)
    for row in 0..<Int(product.m) {
      for column in 0..<Int(product.n) {
        wide[row * stride + column] = d[row * Int(product.n) + column]
      }
    }
    if product.accumulator == TC_D_F16 {
      var narrow = wide.map { UInt16($0) }
      narrow.withUnsafeMutableBytes { multiply(path, into: $0.baseAddress, stride: stride) }
      return narrow.map { UInt32($0) }
    }
    wide.withUnsafeMutableBytes { multiply(path, into: $0.baseAddress, stride: stride) }
    return wide
  }

  /// Calls an implementation in C.
  private func multiply(_ path: tc_path?, into d: UnsafeMutableRawPointer?, stride: Int) {
    var product = product
    let (packedA, packedB) = (packed(a, product.a), packed(b, product.b))
    let (strideA, strideB) = (
      depth * product.a.codeBits / 8, depth * product.b.codeBits / 8
    )
    if let path {
      tc_multiply_accumulate_on(path, &product, packedA, strideA, packedB, strideB, d, stride)
    } else {
      tc_multiply_accumulate(&product, packedA, strideA, packedB, strideB, d, stride)
    }
  }

  /// Returns codes in their memory layout.
  private func packed(_ codes: [UInt32], _ element: tc_element) -> [UInt8] {
    guard element != TC_B1 else {
      return Swift.stride(from: 0, to: codes.count, by: 8).map { first in
        (0..<8).reduce(0) { $0 | UInt8(codes[first + $1]) << UInt8($1) }
      }
    }
    return codes.flatMap { code in
      (0..<element.codeBits / 8).map { UInt8(truncatingIfNeeded: code >> UInt32(8 * $0)) }
    }
  }
}
