// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

// Arithmetic on 16-bit floats, single and in pairs.
//
// Results are computed in double precision and rounded once. A NaN result is 0x7FFF, also for `neg`
// and `abs`.
//
// SeeAlso: PTX ISA, "Half Precision Floating Point Instructions".

/// A 16-bit float on which lanes do arithmetic.
protocol LaneHalf: NumberFormat, LaneValue where BitPattern == UInt16, Container == UInt32 {
  /// The smallest normal magnitude.
  static var leastNormalCode: UInt16 { get }

  /// The smallest magnitude that is normal when rounded to the precision of normal numbers: midway
  /// between the smallest normal number and its predecessor.
  static var leastRoundedToNormal: Double { get }

  /// The bits of 1.
  static var oneCode: UInt16 { get }

  /// Returns whether a number may be midway between two values.
  static func isMiddle(_ single: Float) -> Bool

  /// Creates the nearest value, and 0x7FFF for NaN, as `cvt.rn` does.
  init(machine value: Float)
}

extension HalfFloat: LaneHalf {
  /// The smallest normal magnitude.
  @inline(__always)
  static var leastNormalCode: UInt16 { 0x0400 }

  /// The smallest magnitude that is normal when rounded to 11 digits.
  @inline(__always)
  static var leastRoundedToNormal: Double { 0x1p-14 - 0x1p-26 }

  /// The bits of 1.
  @inline(__always)
  static var oneCode: UInt16 { 0x3C00 }

  /// Returns whether a number may be midway between two values, which is always possible below the
  /// normal ones.
  @inline(__always)
  static func isMiddle(_ single: Float) -> Bool {
    let magnitude = single.bitPattern & 0x7FFF_FFFF
    return magnitude & 0x1FFF == 0x1000 || magnitude < 0x3880_0000
  }

  /// Creates the nearest value, and 0x7FFF for NaN, as `cvt.rn.f16.f32` does.
  @inline(__always)
  init(machine value: Float) {
    self.init(bitPattern: value != value ? 0x7FFF : HalfFloat(value).bitPattern)
  }
}

extension BFloat16: LaneHalf {
  /// The smallest normal magnitude.
  @inline(__always)
  static var leastNormalCode: UInt16 { 0x0080 }

  /// The smallest magnitude that is normal when rounded to 8 digits.
  @inline(__always)
  static var leastRoundedToNormal: Double { 0x1p-126 - 0x1p-135 }

  /// The bits of 1.
  @inline(__always)
  static var oneCode: UInt16 { 0x3F80 }

  /// Returns whether a number is midway between two values.
  @inline(__always)
  static func isMiddle(_ single: Float) -> Bool { single.bitPattern & 0xFFFF == 0x8000 }

  /// Creates the nearest value, and 0x7FFF for NaN, as `cvt.rn.bf16.f32` does.
  @inline(__always)
  init(machine value: Float) {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
    self.init(container: value != value ? 0x7FFF : rounded)
  }
}

extension LaneHalf {
  /// Returns this value, or a zero of its sign if it is subnormal and subnormals are flushed.
  @inline(__always)
  func flushed(if flushes: Bool) -> Self {
    flushes && bitPattern & 0x7FFF < Self.leastNormalCode
      ? Self(bitPattern: bitPattern & 0x8000) : self
  }

  /// Returns the value nearest to a number rounded to odd, with the NaN that arithmetic returns.
  @inline(__always)
  init(nearestTo value: Double) {
    self.init(machine: Float(roundingToOdd: value))
  }
}

extension Float {
  /// Creates the nearest value toward zero, with its last bit set if it is inexact.
  ///
  /// Rounding the result to a narrower format, in any direction, gives the same as rounding the
  /// value.
  @inline(__always)
  init(roundingToOdd value: Double) {
    let nearest = Float(value)
    let isBeyond = Double(nearest).magnitude > value.magnitude
    let isInexact = Double(nearest) != value && value == value
    self.init(bitPattern: (nearest.bitPattern &- (isBeyond ? 1 : 0)) | (isInexact ? 1 : 0))
  }
}

/// Returns the sum and its exact rounding error.
@inline(__always)
private func sumAndLoss(_ a: Double, _ b: Double) -> (sum: Double, lost: Double) {
  let sum = a + b
  let partOfB = sum - a
  return (sum, (a - (sum - partOfB)) + (b - partOfB))
}

/// Returns the sum rounded to odd.
@inline(__always)
private func sumRoundedToOdd(_ a: Double, _ b: Double) -> Double {
  let (sum, lost) = sumAndLoss(a, b)
  let isInexact = lost != 0 && lost == lost
  let isTowardZero = (lost.bitPattern ^ sum.bitPattern) >> 63 == 1
  let isEven = sum.bitPattern & 1 == 0
  // An even neighbour is replaced by the odd one on the other side of the number.
  let step: UInt64 = isInexact && isEven ? (isTowardZero ? .max : 1) : 0
  return Double(bitPattern: sum.bitPattern &+ step)
}

extension LaneOperands {
  /// Executes an operation on 16-bit floats.
  @inline(never)
  func execute(_ operation: HalfOperation, _ type: HalfType, _ modifiers: LaneModifiers) {
    switch type {
    case .f16: execute(operation, modifiers, HalfFloat.self)
    case .bf16: execute(operation, modifiers, BFloat16.self)
    case .f16x2: executePairs(operation, modifiers, HalfFloat.self)
    case .bf16x2: executePairs(operation, modifiers, BFloat16.self)
    }
  }

  /// Executes an operation on single 16-bit floats.
  @inline(__always)
  private func execute<T: LaneHalf>(
    _ operation: HalfOperation, _ modifiers: LaneModifiers, _ type: T.Type
  ) {
    write { apply(operation, first($0, as: T.self), second($0), third($0), modifiers) }
  }

  /// Executes an operation on pairs of 16-bit floats.
  @inline(__always)
  private func executePairs<T: LaneHalf>(
    _ operation: HalfOperation, _ modifiers: LaneModifiers, _ type: T.Type
  ) {
    if modifiers.isPlain && executeWithoutTies(operation, type) { return }
    write { lane in
      pairs(lane, T.self) { apply(operation, $0, $1, $2, modifiers) }
    }
  }

  /// Returns the pair of results of an operation on the low and on the high halves of a lane's
  /// sources.
  @inline(__always)
  private func pairs<T: LaneHalf>(
    _ lane: Int, _ type: T.Type, _ operation: (T, T, T) -> T
  ) -> UInt32 {
    let a: UInt32 = first(lane)
    let b: UInt32 = second(lane)
    let c: UInt32 = third(lane)
    let low = operation(T(container: a), T(container: b), T(container: c))
    let high = operation(T(container: a >> 16), T(container: b >> 16), T(container: c >> 16))
    return low.container | high.container << 16
  }

  /// Executes arithmetic on pairs in all lanes through single precision, if that is exact.
  ///
  /// The result is rounded to double and then to single precision. Rounding it once more is correct
  /// unless it is inexact and midway between two values.
  ///
  /// - Returns: Whether it was exact; if not, or for other operations, nothing was written.
  @inline(__always)
  private func executeWithoutTies<T: LaneHalf>(
    _ operation: HalfOperation, _ type: T.Type
  ) -> Bool {
    switch operation {
    case .add:
      pairsWithoutTies(T.self) { a, b, _ in sumAndLoss(Double(a.float), Double(b.float)) }
    case .subtract:
      pairsWithoutTies(T.self) { a, b, _ in sumAndLoss(Double(a.float), -Double(b.float)) }
    case .multiply:
      pairsWithoutTies(T.self) { a, b, _ in (Double(a.float) * Double(b.float), 0) }
    case .fusedMultiplyAdd:
      pairsWithoutTies(T.self) { a, b, c in
        sumAndLoss(Double(a.float) * Double(b.float), Double(c.float))
      }
    case .minimum, .maximum, .absolute, .negate, .exp2, .hyperbolicTangent: false
    }
  }

  /// Writes the results of an operation on pairs, unless one is inexact and midway between two
  /// values.
  @inline(__always)
  private func pairsWithoutTies<T: LaneHalf>(
    _ type: T.Type, _ operation: (T, T, T) -> (Double, lost: Double)
  ) -> Bool {
    writeUnlessDoubtful { lane, doubts in
      pairs(lane, T.self) { a, b, c in
        let (result, lost) = operation(a, b, c)
        let single = Float(result)
        let isInexact = lost != 0 || Double(single) != result
        doubts |= isInexact && T.isMiddle(single) ? 1 : 0
        return T(machine: single)
      }
    }
  }
}

/// Returns the result of an operation on 16-bit floats, before saturation.
@inline(__always)
private func apply<T: LaneHalf>(
  _ operation: HalfOperation, _ first: T, _ second: T, _ third: T, _ modifiers: LaneModifiers
) -> T {
  let flushes = modifiers.contains(.flushesSubnormals)
  let a = first.flushed(if: flushes)
  let b = second.flushed(if: flushes)
  let c = third.flushed(if: flushes)
  let exact: Double
  switch operation {
  case .add: exact = sumRoundedToOdd(Double(a.float), Double(b.float))
  case .subtract: exact = sumRoundedToOdd(Double(a.float), -Double(b.float))
  case .multiply: exact = Double(a.float) * Double(b.float)
  case .fusedMultiplyAdd:
    let product = Double(a.float) * Double(b.float)
    exact = sumRoundedToOdd(product, Double(c.float))
  case .minimum:
    return T(nearestTo: Double(Float.extremum(a.float, b.float, isMinimum: true, modifiers)))
  case .maximum:
    return T(nearestTo: Double(Float.extremum(a.float, b.float, isMinimum: false, modifiers)))
  case .absolute: return T(bitPattern: a.isNaN ? 0x7FFF : a.bitPattern & 0x7FFF)
  case .negate: return T(bitPattern: a.isNaN ? 0x7FFF : a.bitPattern ^ 0x8000)
  case .exp2: exact = powerOfTwo(Double(a.float))
  case .hyperbolicTangent: exact = hyperbolicTangent(Double(a.float))
  }
  // A number that is only normal due to rounding to the precision of subnormal ones is flushed too.
  if flushes, exact.magnitude < T.leastRoundedToNormal {
    return finish(T(bitPattern: exact.sign == .minus ? 0x8000 : 0), modifiers)
  }
  return finish(T(nearestTo: exact), modifiers)
}

/// Returns a result after saturation and rectification.
@inline(__always)
private func finish<T: LaneHalf>(_ result: T, _ modifiers: LaneModifiers) -> T {
  let bits = result.bitPattern
  let isNaN = result.bitPattern == 0x7FFF
  if modifiers.contains(.saturates) {
    if isNaN || bits >= 0x8000 { return T(bitPattern: 0) }
    return bits > T.oneCode ? T(bitPattern: T.oneCode) : result
  }
  if modifiers.contains(.rectifies) && bits >= 0x8000 { return T(bitPattern: 0) }
  return result
}
