// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations on 32-bit words that have no other type.
//
// SeeAlso: PTX ISA, "lop3", "shf", "prmt", "bmsk", "szext", "mul24", "mad24", "dp4a", "dp2a".

extension LaneOperands {
  /// Executes an operation on words.
  @inline(never)
  func execute(_ operation: WordOperation, _ modifiers: LaneModifiers, table: UInt32) {
    switch operation {
    case .addPair: pairs(UInt16.self) { $0 &+ $1 }
    case .subtractPair: pairs(UInt16.self) { $0 &- $1 }
    case .minimumUnsignedPair: pairs(UInt16.self) { min($0, $1) }
    case .maximumUnsignedPair: pairs(UInt16.self) { max($0, $1) }
    case .minimumSignedPair: pairs(Int16.self) { min($0, $1) }
    case .maximumSignedPair: pairs(Int16.self) { max($0, $1) }
    case .minimumSignedPairRectified: pairs(Int16.self) { max(min($0, $1), 0) }
    case .maximumSignedPairRectified: pairs(Int16.self) { max(max($0, $1), 0) }
    case .bitMaskClamp: binary { (a: UInt32, b: UInt32) in bitMask(from: min(a, 32), min(b, 32)) }
    case .bitMaskWrap: binary { (a: UInt32, b: UInt32) in bitMask(from: a & 31, b & 31) }
    case .zeroExtendClamp: binary { (a: UInt32, b: UInt32) in lowBits(a, min(b, 32)) }
    case .zeroExtendWrap: binary { (a: UInt32, b: UInt32) in lowBits(a, b & 31) }
    case .signExtendClamp: binary { (a: Int32, b: UInt32) in lowBits(a, min(b, 32)) }
    case .signExtendWrap: binary { (a: Int32, b: UInt32) in lowBits(a, b & 31) }
    case .multiply24, .multiplyAdd24, .multiplyAdd24Saturating: multiply24(operation, modifiers)
    case .dotProduct4: dotProduct4(modifiers)
    case .dotProduct2: dotProduct2(modifiers)
    case .logic3: logic3(table)
    case .funnelLeftClamp: funnel { ($0 << UInt64(min($1, 32))) >> 32 }
    case .funnelLeftWrap: funnel { ($0 << UInt64($1 & 31)) >> 32 }
    case .funnelRightClamp: funnel { $0 >> UInt64(min($1, 32)) }
    case .funnelRightWrap: funnel { $0 >> UInt64($1 & 31) }
    case .permute: permute()
    case .permuteForward4: permute(0x6543_5432_4321_3210)
    case .permuteBackward4: permute(0x0123_7012_6701_5670)
    case .permuteReplicate8: permute(0x3333_2222_1111_0000)
    case .permuteEdgeLeft: permute(0x3333_3222_3211_3210)
    case .permuteEdgeRight: permute(0x3210_2210_1110_0000)
    case .permuteReplicate16: permute(0x3232_1010_3232_1010)
    }
  }

  /// Writes the results of an operation on the low halves and on the high halves.
  @inline(__always)
  private func pairs<T: LaneInteger>(_ type: T.Type, _ operation: (T, T) -> T)
  where T.Container == UInt32 {
    binary { (a: UInt32, b: UInt32) in
      let low = operation(T(container: a), T(container: b))
      let high = operation(T(container: a >> 16), T(container: b >> 16))
      return low.container | high.container << 16
    }
  }

  /// Writes the low word of the result of an operation on two words, the second on top, and a
  /// count.
  @inline(__always)
  private func funnel(_ operation: (UInt64, UInt32) -> UInt64) {
    ternary { (low: UInt32, high: UInt32, count: UInt32) in
      UInt32(truncatingIfNeeded: operation(UInt64(high) << 32 | UInt64(low), count))
    }
  }

  /// Writes permuted bytes.
  @inline(__always)
  private func permute() {
    let selector: UInt32 = third(0)
    let isUniform = mask == .max && selector & 0x8888 == 0
    if isUniform && lanes(where: { third($0, as: UInt32.self) == selector }) == .max {
      permute(uniformly: selector)
    } else {
      ternary(permuteBytes)
    }
  }

  /// Writes permuted bytes for a uniform selector without sign bits.
  @inline(__always)
  private func permute(uniformly selector: UInt32) {
    binary { (a: UInt32, b: UInt32) in
      var result: UInt32 = 0
      for index: UInt32 in 0..<4 {
        let nibble = selector &>> (4 * index)
        let takesSecond = 0 &- (nibble >> 2 & 1)
        let word = a & ~takesSecond | b & takesSecond
        result |= (word &>> (8 * (nibble & 3)) & 0xFF) &<< (8 * index)
      }
      return result
    }
  }

  /// Writes permuted bytes for a mode with four selectors.
  @inline(__always)
  private func permute(_ selectors: UInt64) {
    ternary { (a: UInt32, b: UInt32, mode: UInt32) in
      permuteBytes(a, b, UInt32(truncatingIfNeeded: selectors >> UInt64(16 * (mode & 3))))
    }
  }

  /// Executes `mul24` and `mad24`.
  @inline(__always)
  private func multiply24(_ operation: WordOperation, _ modifiers: LaneModifiers) {
    let isSigned = modifiers.contains(.firstIsSigned)
    let shift: Int64 = modifiers.contains(.takesHigh) ? 16 : 0
    write { lane in
      let a = low24(first(lane), isSigned: isSigned)
      let b = low24(second(lane), isSigned: isSigned)
      let product = Int32(truncatingIfNeeded: (a &* b) &>> shift)
      switch operation {
      case .multiplyAdd24: return product &+ third(lane)
      case .multiplyAdd24Saturating: return addSaturating(product, third(lane))
      default: return product
      }
    }
  }

  /// Executes `dp4a`: the sum of four products of bytes and a word.
  @inline(__always)
  private func dotProduct4(_ modifiers: LaneModifiers) {
    let isSignedA = modifiers.contains(.firstIsSigned)
    let isSignedB = modifiers.contains(.secondIsSigned)
    ternary { (a: UInt32, b: UInt32, c: UInt32) in
      var sum = Int32(bitPattern: c)
      for index: UInt32 in 0..<4 {
        sum &+= byte(index, of: a, isSigned: isSignedA) &* byte(index, of: b, isSigned: isSignedB)
      }
      return sum
    }
  }

  /// Executes `dp2a`: the sum of two products of halves and bytes, and a word.
  @inline(__always)
  private func dotProduct2(_ modifiers: LaneModifiers) {
    let isSignedA = modifiers.contains(.firstIsSigned)
    let isSignedB = modifiers.contains(.secondIsSigned)
    let firstByte: UInt32 = modifiers.contains(.takesHigh) ? 2 : 0
    ternary { (a: UInt32, b: UInt32, c: UInt32) in
      let low = half(0, of: a, isSigned: isSignedA) &* byte(firstByte, of: b, isSigned: isSignedB)
      let high =
        half(1, of: a, isSigned: isSignedA) &* byte(firstByte + 1, of: b, isSigned: isSignedB)
      return Int32(bitPattern: c) &+ low &+ high
    }
  }

  /// Executes `lop3`.
  @inline(__always)
  private func logic3(_ table: UInt32) {
    ternary { (a: UInt32, b: UInt32, c: UInt32) in lookUp(a, b, c, table) }
  }

  /// Executes `lop3`, writing the result if requested, and returns the lanes whose result is not
  /// zero.
  @inline(never)
  func lanesOfLogic3(_ table: UInt32, writes: Bool) -> UInt32 {
    let outcome = lanes { lookUp(first($0), second($0), third($0), table) != 0 }
    if writes { logic3(table) }
    return outcome
  }
}

/// Returns, bit by bit, bit a<<2|b<<1|c of a truth table.
@inline(__always)
private func lookUp(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ table: UInt32) -> UInt32 {
  // Each source selects one half of the remaining table.
  let neither = choose(c, entry(1, table), entry(0, table))
  let second = choose(c, entry(3, table), entry(2, table))
  let first = choose(c, entry(5, table), entry(4, table))
  let both = choose(c, entry(7, table), entry(6, table))
  return choose(a, choose(b, both, first), choose(b, second, neither))
}

/// Returns a word whose bits all equal a bit of a table.
@inline(__always)
private func entry(_ index: UInt32, _ table: UInt32) -> UInt32 {
  0 &- (table &>> index & 1)
}

/// Returns the bits of `yes` where the selector is 1, and those of `no` elsewhere.
@inline(__always)
private func choose(_ selector: UInt32, _ yes: UInt32, _ no: UInt32) -> UInt32 {
  no ^ selector & (yes ^ no)
}

/// Returns a mask of `length` ones from a position on, truncated to the word.
@inline(__always)
private func bitMask(from position: UInt32, _ length: UInt32) -> UInt32 {
  let end = UInt64(1) << UInt64(position + length)
  return UInt32(truncatingIfNeeded: end &- UInt64(1) << UInt64(position))
}

/// Returns the low bits of a word, sign-extended if the type is signed.
@inline(__always)
private func lowBits<T: FixedWidthInteger>(_ value: T, _ count: UInt32) -> T {
  (value << (32 - count)) >> (32 - count) & (count == 0 ? 0 : ~0)
}

/// Returns the bytes of two words that the nibbles of a selector select, or their signs for nibbles
/// above 7.
@inline(__always)
private func permuteBytes(_ a: UInt32, _ b: UInt32, _ selector: UInt32) -> UInt32 {
  let bytes = UInt64(b) << 32 | UInt64(a)
  var result: UInt32 = 0
  for index: UInt32 in 0..<4 {
    let nibble = selector &>> (4 * index)
    let byte = UInt8(truncatingIfNeeded: bytes &>> UInt64(8 * (nibble & 7)))
    let sign = UInt8(bitPattern: Int8(bitPattern: byte) >> 7)
    result |= UInt32(nibble & 8 == 0 ? byte : sign) &<< (8 * index)
  }
  return result
}

/// Returns the low 24 bits of a word as a number.
@inline(__always)
private func low24(_ word: UInt32, isSigned: Bool) -> Int64 {
  isSigned ? Int64(Int32(bitPattern: word << 8) >> 8) : Int64(word & 0xFF_FFFF)
}

/// Returns a byte of a word as a number.
@inline(__always)
private func byte(_ index: UInt32, of word: UInt32, isSigned: Bool) -> Int32 {
  let byte = UInt8(truncatingIfNeeded: word &>> (8 * index))
  return isSigned ? Int32(Int8(bitPattern: byte)) : Int32(byte)
}

/// Returns a half of a word as a number.
@inline(__always)
private func half(_ index: UInt32, of word: UInt32, isSigned: Bool) -> Int32 {
  let half = UInt16(truncatingIfNeeded: word &>> (16 * index))
  return isSigned ? Int32(Int16(bitPattern: half)) : Int32(half)
}
