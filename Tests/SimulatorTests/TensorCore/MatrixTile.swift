import Simulator
import TensorCoreArithmetic
import TestSupport

/// Operands of a few matrix instructions in a row, to be multiplied in several ways.
struct MatrixTile {
  /// What the operands are like.
  enum Kind: CaseIterable {
    /// Numbers near one, as after a normalization.
    case ordinary
    /// Numbers whose products span more than a sum keeps.
    case wide
    /// Pairs of products that add up to zero, and an old D of any size.
    case cancelling
    /// Many zeros of both signs, whole rows among them.
    case sparse
    /// Subnormal numbers, against great ones.
    case subnormal
    /// Now and then an infinity or a NaN, against zeros too.
    case special
    /// Results about the greatest number.
    case nearOverflow
    /// Results about the least number.
    case nearUnderflow
    /// Significands all ones, signs alike: the greatest sums there are.
    case greatestSums
    /// Any bits.
    case anyBits
  }

  /// What to multiply, and how.
  var product: tc_product
  /// A: [m, k * steps], row-major.
  var a: [UInt16] = []
  /// B: [n, k * steps], row-major.
  var b: [UInt16] = []
  /// D: [m, n], row-major.
  var d: [UInt32] = []

  /// Creates an empty tile.
  init(
    _ element: tc_element, _ accumulator: tc_accumulator = TC_D_F32, m: Int, n: Int, k: Int = 16,
    steps: Int = 1
  ) {
    product = tc_product(
      element: element, accumulator: accumulator, m: Int32(m), n: Int32(n), k: Int32(k),
      steps: Int32(steps), accumulates: true, negates_a: false, negates_b: false)
  }

  /// Creates a tile of random extents, modifiers and operands.
  init(_ kind: Kind, _ element: tc_element, _ accumulator: tc_accumulator, seed: UInt64) {
    var random = SplitMix64(seed: seed)
    self.init(
      element, accumulator, m: Int.random(in: 1...9, using: &random),
      n: Int.random(in: 1...80, using: &random),
      k: Bool.random(using: &random) ? 16 : Int.random(in: 1...16, using: &random),
      steps: Int.random(in: 1...6, using: &random))
    product.accumulates = Int.random(in: 0..<4, using: &random) > 0
    product.negates_a = Bool.random(using: &random)
    product.negates_b = Bool.random(using: &random)
    fill(kind, using: &random)
  }
}

extension MatrixTile {
  /// The number of columns of A and B.
  var depth: Int { Int(product.k * product.steps) }

  /// The format of the elements of A and B.
  var element: FusedFormat { product.element == TC_F16 ? .float16 : .bfloat16 }

  /// The format of the elements of D.
  var accumulator: FusedFormat { product.accumulator == TC_D_F16 ? .float16 : .float32 }

  /// Fills A, B and D with random numbers of a kind.
  mutating func fill(_ kind: Kind, using random: inout SplitMix64) {
    let (m, n) = (Int(product.m), Int(product.n))
    a = codes(m * depth, kind, isLeft: true, using: &random)
    b = codes(n * depth, kind, isLeft: false, using: &random)
    d = (0..<m * n).map { _ in oldElement(kind, using: &random) }
    switch kind {
    case .cancelling: cancel()
    case .sparse, .special: for i in 0..<depth { a[i] = 0 }
    default: break
    }
  }

  /// Makes the products of odd columns the opposites of those before them.
  private mutating func cancel() {
    for i in stride(from: 1, to: a.count, by: 2) { a[i] = a[i - 1] }
    let sign = UInt16(element.signBit)
    for i in stride(from: 1, to: b.count, by: 2) { b[i] = b[i - 1] ^ sign }
  }

  /// Returns random operands.
  private func codes(
    _ count: Int, _ kind: Kind, isLeft: Bool, using random: inout SplitMix64
  ) -> [UInt16] {
    (0..<count).map { _ in UInt16(operand(kind, isLeft: isLeft, using: &random)) }
  }

  /// Returns a random operand.
  private func operand(_ kind: Kind, isLeft: Bool, using random: inout SplitMix64) -> UInt32 {
    let format = element
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
      // Just below two, so that sixteen products and an old D exceed 64 times the greatest power.
      return (UInt32(format.bias + 1) << UInt32(format.fractionBits)) - 1 - (isRare ? 1 : 0)
    case .anyBits: return UInt32(UInt16.random(in: 0...UInt16.max, using: &random))
    }
  }

  /// Returns a random element of the old D.
  private func oldElement(_ kind: Kind, using random: inout SplitMix64) -> UInt32 {
    let format = accumulator
    let isRare = Int.random(in: 0..<50, using: &random) == 0
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
  /// Returns a random number whose exponent is of a range, as far as the format has it.
  ///
  /// The exponent below the least stands for subnormal numbers and zero.
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
  /// Returns D as the Swift arithmetic computes it.
  func simpleProduct(fractionBits: Int = Int(TC_FRACTION_BITS)) -> [UInt32] {
    var arithmetic = MatrixProduct(element: element, accumulator: accumulator)
    arithmetic.fractionBits = fractionBits
    arithmetic.isNegated = product.negates_a != product.negates_b
    var result = d
    arithmetic.multiplyAccumulate(
      (Int(product.m), Int(product.n), Int(product.k)), steps: Int(product.steps), a: a, b: b,
      d: &result, accumulates: product.accumulates)
    return result
  }

  /// Returns D as an implementation in C computes it.
  ///
  /// - Parameters:
  ///   - path: The implementation; `nil` for what the machine prefers.
  ///   - gap: The number of elements to leave between rows of D, which come back in the result.
  /// - Returns: The codes of the new D, with the gaps.
  func vectorProduct(_ path: tc_path?, gap: Int = 0) -> [UInt32] {
    let stride = Int(product.n) + gap
    var wide = [UInt32](repeating: 0x5A5A, count: Int(product.m) * stride)
    for row in 0..<Int(product.m) {
      for column in 0..<Int(product.n) {
        wide[row * stride + column] = d[row * Int(product.n) + column]
      }
    }
    if accumulator == .float16 {
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
    if let path {
      tc_multiply_accumulate_on(path, &product, a, depth, b, depth, d, stride)
    } else {
      tc_multiply_accumulate(&product, a, depth, b, depth, d, stride)
    }
  }
}
