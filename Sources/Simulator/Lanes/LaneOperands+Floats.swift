// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

// Arithmetic in single and double precision.
//
// A NaN result in single precision is 0x7FFFFFFF, also for `neg` and `abs`. In double precision it
// is the quieted NaN of an operand with its sign, even if the operation changes signs. If several
// operands are NaN, it is the second operand of the machine instruction; for `fma` the second, the
// third, then the first; for `div` the first. (ptxas may swap the factors of a product and the
// terms of a sum; here they are in the order of the text.) Operations on numbers return
// 0xFFF8000000000000. Only `copysign` keeps all bits. An H100 shows this behaviour.
//
// PTX does not specify the bits of `.approx` and `.full` results. Here they are computed in double
// precision and rounded once more, which is nearly always the value nearest to the exact one.
// Division and the double-precision functions follow PTX for their ranges and the bits that they
// omit.
//
// SeeAlso: PTX ISA, "Floating Point Instructions".

extension LaneOperands {
  /// Executes an operation on two floats.
  @inline(never)
  func execute(_ operation: FloatBinary, _ type: FloatType, _ modifiers: LaneModifiers) {
    switch type {
    case .f32: execute(operation, Float.self, modifiers)
    case .f64: execute(operation, Double.self, modifiers)
    }
  }

  /// Executes an operation on two floats of a type.
  @inline(__always)
  private func execute<T: LaneFloat>(
    _ operation: FloatBinary, _ type: T.Type, _ modifiers: LaneModifiers
  ) {
    guard modifiers.isPlain else {
      return binary { (a: T, b: T) in apply(operation, a, b, modifiers) }
    }
    switch operation {
    case .add: binary { (a: T, b: T) in (a + b).propagatingNaN(b, a) }
    case .subtract: binary { (a: T, b: T) in (a - b).propagatingNaN(b, a) }
    case .multiply: binary { (a: T, b: T) in (a * b).propagatingNaN(b, a) }
    case .divide, .divideFull: binary { (a: T, b: T) in (a / b).propagatingNaN(a, b) }
    case .divideApproximate: binary { (a: T, b: T) in divideApproximate(a, b).propagatingNaN(a, b) }
    case .minimum: binary(T.minimumNumber)
    case .maximum: binary(T.maximumNumber)
    case .copySign: binary { (a: T, b: T) in T(signOf: a, magnitudeOf: b) }
    }
  }

  /// Executes an operation on one float.
  @inline(never)
  func execute(_ operation: FloatUnary, _ type: FloatType, _ modifiers: LaneModifiers) {
    switch type {
    case .f32: unary { (a: Float) in apply(operation, a, modifiers) }
    case .f64: unary { (a: Double) in apply(operation, a, modifiers) }
    }
  }

  /// Executes `fma`.
  @inline(never)
  func fusedMultiplyAdd(_ type: FloatType, _ modifiers: LaneModifiers) {
    switch type {
    case .f32 where modifiers.isPlain:
      if !fusedMultiplyAddWithoutTies() { fusedMultiplyAdd(Float.self, modifiers) }
    case .f32: fusedMultiplyAdd(Float.self, modifiers)
    case .f64: fusedMultiplyAdd(Double.self, modifiers)
    }
  }

  /// Executes `fma` on floats of a type.
  @inline(never)
  private func fusedMultiplyAdd<T: LaneFloat>(_ type: T.Type, _ modifiers: LaneModifiers) {
    if modifiers.isPlain {
      return ternary { (a: T, b: T, c: T) in c.addingProduct(a, b).propagatingNaN(b, c, a) }
    }
    ternary { (a: T, b: T, c: T) in fused(a, b, c, modifiers) }
  }

  /// Executes `fma` in single precision on all lanes through double precision, if that is exact.
  ///
  /// The product is exact in double precision. Rounding its rounded sum to single precision is
  /// correct unless the sum is midway between two values. Below the normal numbers midpoints are
  /// elsewhere, so every such sum counts as one.
  ///
  /// - Returns: Whether it was exact; if not, nothing was written.
  @inline(__always)
  private func fusedMultiplyAddWithoutTies() -> Bool {
    writeUnlessDoubtful { lane, doubts in
      let product = Double(first(lane, as: Float.self)) * Double(second(lane, as: Float.self))
      let sum = product + Double(third(lane, as: Float.self))
      let lowWord = UInt32(truncatingIfNeeded: sum.bitPattern)
      let highWord = UInt32(truncatingIfNeeded: sum.bitPattern >> 32) & 0x7FFF_FFFF
      doubts |= lowWord & 0x1FFF_FFFF == 0x1000_0000 ? 1 : 0
      // Up to the smallest normal number, except for zero.
      doubts |= highWord &- 1 < 0x3810_0000 ? 1 : 0
      return Float(sum).propagatingNaN(.canonicalNaN)
    }
  }

  /// Executes `add` or `sub` whose first operand is a 16-bit float, which is widened exactly.
  @inline(never)
  func mixedSum(_ operation: FloatBinary, _ type: HalfType, _ modifiers: LaneModifiers) {
    switch type {
    case .f16: mixedSum(operation, HalfFloat.self, modifiers)
    case .bf16: mixedSum(operation, BFloat16.self, modifiers)
    case .f16x2, .bf16x2: fatalError("A pair of floats is not an operand of mixed precision.")
    }
  }

  /// Executes `add` or `sub` whose first operand is of a 16-bit type.
  @inline(__always)
  private func mixedSum<T: LaneHalf>(
    _ operation: FloatBinary, _ type: T.Type, _ modifiers: LaneModifiers
  ) {
    binary { (a: T, b: Float) in apply(operation, a.float, b, modifiers) }
  }

  /// Executes `fma` of two 16-bit floats, which are widened exactly, and a value in single precision.
  @inline(never)
  func mixedMultiplyAdd(_ type: HalfType, _ modifiers: LaneModifiers) {
    switch type {
    case .f16: mixedMultiplyAdd(HalfFloat.self, modifiers)
    case .bf16: mixedMultiplyAdd(BFloat16.self, modifiers)
    case .f16x2, .bf16x2: fatalError("A pair of floats is not an operand of mixed precision.")
    }
  }

  /// Executes `fma` whose factors are of a 16-bit type.
  @inline(__always)
  private func mixedMultiplyAdd<T: LaneHalf>(_ type: T.Type, _ modifiers: LaneModifiers) {
    write { lane in
      let (a, b) = (first(lane, as: T.self).float, second(lane, as: T.self).float)
      return fused(a, b, third(lane, as: Float.self), modifiers)
    }
  }

  /// Executes `min` or `max` of three values.
  @inline(never)
  func extremum3(isMinimum: Bool, _ modifiers: LaneModifiers) {
    let flushes = modifiers.contains(.flushesSubnormals)
    let takesMagnitudes = modifiers.contains(.takesMagnitudes)
    ternary { (a: Float, b: Float, c: Float) in
      let prepared = { (value: Float) in
        takesMagnitudes ? value.flushed(if: flushes).magnitude : value.flushed(if: flushes)
      }
      let first = Float.extremum(prepared(a), prepared(b), isMinimum: isMinimum, modifiers)
      return Float.extremum(first, prepared(c), isMinimum: isMinimum, modifiers)
    }
  }

  /// Executes an operation on pairs of values in single precision.
  @inline(never)
  func executePairs(_ operation: FloatBinary, _ modifiers: LaneModifiers) {
    binary { (a: UInt64, b: UInt64) in
      let low = apply(operation, Float(lowOf: a), Float(lowOf: b), modifiers)
      let high = apply(operation, Float(lowOf: a >> 32), Float(lowOf: b >> 32), modifiers)
      return UInt64(high.bitPattern) << 32 | UInt64(low.bitPattern)
    }
  }

  /// Executes `fma` on pairs of values in single precision.
  @inline(never)
  func fusedMultiplyAddPairs(_ modifiers: LaneModifiers) {
    ternary { (a: UInt64, b: UInt64, c: UInt64) in
      let low = fused(Float(lowOf: a), Float(lowOf: b), Float(lowOf: c), modifiers)
      let high = fused(
        Float(lowOf: a >> 32), Float(lowOf: b >> 32), Float(lowOf: c >> 32), modifiers)
      return UInt64(high.bitPattern) << 32 | UInt64(low.bitPattern)
    }
  }

  /// Executes `testp`.
  @inline(never)
  func lanes(with property: FloatProperty, _ type: FloatType) -> UInt32 {
    switch type {
    case .f32: lanes { first($0, as: Float.self).has(property) }
    case .f64: lanes { first($0, as: Double.self).has(property) }
    }
  }
}

/// Returns a result after flushing and saturation.
///
/// - Parameters:
///   - result: The result.
///   - modifiers: The modifiers of the instruction.
///   - scaled: Computes the result times 2^64, if it may have to be flushed because of its value
///     before rounding.
/// - Returns: The result of the instruction.
@inline(__always)
private func finish<T: LaneFloat>(
  _ result: T, _ modifiers: LaneModifiers, scaled: () -> T = { .infinity }
) -> T {
  let flushes = modifiers.contains(.flushesSubnormals)
  var flushed = result.flushed(if: flushes)
  if flushed.isRoundedToNormal(flushes, scaled) { flushed = T(signOf: flushed, magnitudeOf: 0) }
  return modifiers.contains(.saturates) ? flushed.saturated : flushed
}

/// Returns two factors, with the smaller one multiplied by 2^64.
@inline(__always)
private func scaled<T: LaneFloat>(_ a: T, _ b: T) -> (T, T) {
  a.magnitude < b.magnitude ? (a * T.scale, b) : (a, b * T.scale)
}

/// Returns the result of an operation on two floats, before flushing and saturation.
@inline(__always)
private func apply<T: LaneFloat>(
  _ operation: FloatBinary, _ first: T, _ second: T, _ modifiers: LaneModifiers
) -> T {
  let flushes = modifiers.contains(.flushesSubnormals)
  let a = first.flushed(if: flushes)
  let b = second.flushed(if: flushes)
  let rounding = modifiers.rounding
  let isNearest = rounding == .toNearestEven
  let result: T
  switch operation {
  case .add: result = (isNearest ? a + b : a.adding(b, rounding)).propagatingNaN(b, a)
  case .subtract: result = (isNearest ? a - b : a.adding(-b, rounding)).propagatingNaN(b, a)
  case .multiply: result = (isNearest ? a * b : a.multiplied(by: b, rounding)).propagatingNaN(b, a)
  case .divide: result = (isNearest ? a / b : a.divided(by: b, rounding)).propagatingNaN(a, b)
  case .divideFull: result = (a / b).propagatingNaN(a, b)
  case .divideApproximate: result = divideApproximate(a, b).propagatingNaN(a, b)
  case .minimum: return T.extremum(a, b, isMinimum: true, modifiers)
  case .maximum: return T.extremum(a, b, isMinimum: false, modifiers)
  case .copySign: return T(signOf: a, magnitudeOf: b)
  }
  return finish(result, modifiers) {
    switch operation {
    case .multiply:
      let (a, b) = scaled(a, b)
      return a.multiplied(by: b, rounding)
    case .divide: return (a * T.scale).divided(by: b, rounding)
    default: return .infinity
    }
  }
}

/// Returns the result of `fma`, before flushing and saturation.
@inline(__always)
private func fused<T: LaneFloat>(
  _ first: T, _ second: T, _ third: T, _ modifiers: LaneModifiers
) -> T {
  let flushes = modifiers.contains(.flushesSubnormals)
  let a = first.flushed(if: flushes)
  let b = second.flushed(if: flushes)
  let c = third.flushed(if: flushes)
  let rounding = modifiers.rounding
  let result =
    rounding == .toNearestEven
    ? c.addingProduct(a, b) : a.multiplied(by: b, adding: c, rounding)
  return finish(result.propagatingNaN(b, c, a), modifiers) {
    let (a, b) = scaled(a, b)
    return a.multiplied(by: b, adding: c * T.scale, rounding)
  }
}

/// Returns a quotient as `div.approx` computes it: zero or NaN for divisors from 2^126 on.
@inline(__always)
private func divideApproximate<T: LaneFloat>(_ a: T, _ b: T) -> T {
  if b.isFinite && b.magnitude > 0x1p126 { return a * 0 * b }
  return a / b
}

/// Returns the result of an operation on one float.
@inline(__always)
private func apply<T: LaneFloat>(
  _ operation: FloatUnary, _ value: T, _ modifiers: LaneModifiers
) -> T {
  let a = value.flushed(if: modifiers.contains(.flushesSubnormals))
  let rounding = modifiers.rounding
  let isNearest = rounding == .toNearestEven
  let result: T
  switch operation {
  case .absolute: return a != a ? a.propagatedNaN : a.magnitude
  case .negate: return a != a ? a.propagatedNaN : -a
  case .reciprocal: result = isNearest ? 1 / a : T(1).divided(by: a, rounding)
  case .squareRoot: result = isNearest ? a.squareRoot() : a.squareRoot(rounding)
  case .squareRootApproximate: result = a.squareRoot()
  case .reciprocalApproximate:
    if let result = a.byHighWord(modifiers, { 1 / $0 }) { return result }
    result = 1 / a
  case .reciprocalSquareRootApproximate:
    if let result = a.byHighWord(modifiers, reciprocalSquareRoot) { return result }
    result = reciprocalSquareRoot(a)
  case .sine: result = T(sine(Double(a)))
  case .cosine: result = T(cosine(Double(a)))
  case .log2: result = T(binaryLogarithm(Double(a)))
  case .exp2: result = T(powerOfTwo(Double(a)))
  case .hyperbolicTangent: result = T(hyperbolicTangent(Double(a)))
  }
  return finish(result.propagatingNaN(a), modifiers) {
    operation == .reciprocal ? T.scale.divided(by: a, rounding) : .infinity
  }
}

/// Returns 1 / √x; infinity with the sign of the zero for zeros.
@inline(__always)
private func reciprocalSquareRoot<T: LaneFloat>(_ value: T) -> T {
  T(1 / Double(value).squareRoot())
}

extension LaneFloat {
  /// Returns a function of this value that only uses high words, in double precision with `.ftz`,
  /// or `nil` otherwise.
  ///
  /// PTX describes `rcp.approx.ftz.f64` and `rsqrt.approx.ftz.f64` and their NaN in this way.
  @inline(__always)
  fileprivate func byHighWord(
    _ modifiers: LaneModifiers, _ function: (Double) -> Double
  ) -> Self? {
    guard modifiers.contains(.flushesSubnormals), let double = self as? Double else { return nil }
    let high = Double(bitPattern: double.bitPattern & 0xFFFF_FFFF_0000_0000)
    let result = function(high.flushed(if: true)).flushed(if: true)
    var bits = result.bitPattern
    if result.isFinite { bits = (bits &+ 0x8000_0000) & 0xFFFF_FFFF_0000_0000 }
    if result != result { bits = 0x7FFF_FFFF_0000_0000 }
    return Self(container: Container(truncatingIfNeeded: bits))
  }

  /// Returns whether the value has a property for `testp`; zeros count as normal.
  @inline(__always)
  fileprivate func has(_ property: FloatProperty) -> Bool {
    switch property {
    case .finite: isFinite
    case .infinite: isInfinite
    case .number: !isNaN
    case .notANumber: isNaN
    case .normal: isNormal || isZero
    case .subnormal: isSubnormal
    }
  }
}

extension Float {
  /// Creates the value with the low bits of a word.
  @inline(__always)
  fileprivate init(lowOf word: UInt64) {
    self.init(bitPattern: UInt32(truncatingIfNeeded: word))
  }
}
