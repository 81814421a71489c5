// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `mov`, `selp`, `slct` and logic on predicates.
//
// SeeAlso: PTX ISA, "mov", "selp", "slct".

extension LaneOperands {
  /// Executes `mov` between containers of up to 32 bits.
  @inline(never)
  func move32() { unary { (a: UInt32) in a } }

  /// Executes `mov` between containers of 64 bits.
  @inline(never)
  func move64() { unary { (a: UInt64) in a } }

  /// Executes `mov` between containers of 128 bits.
  @inline(never)
  func move128() {
    let halfByteCount = 32 * MemoryLayout<UInt64>.size
    let sources = first.assumingMemoryBound(to: UInt64.self)
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 32) { highHalves in
      // The destination may overlap the source, so both halves are read first.
      for lane in 0..<32 { highHalves[lane] = sources[32 + lane] }
      move64()
      LaneOperands.write(to: destination + halfByteCount, mask: mask) { highHalves[$0] }
    }
  }

  /// Executes `selp` between containers of up to 32 bits.
  @inline(never)
  func select32(_ predicate: UInt32) {
    write { lane in
      predicate & 1 &<< UInt32(lane) != 0 ? first(lane, as: UInt32.self) : second(lane)
    }
  }

  /// Executes `selp` between containers of 64 bits.
  @inline(never)
  func select64(_ predicate: UInt32) {
    write { lane in
      predicate >> UInt32(lane) & 1 != 0 ? first(lane, as: UInt64.self) : second(lane)
    }
  }

  /// Executes `slct`, which returns the first source if the third is at least zero.
  @inline(never)
  func selectBySign(isWide: Bool, isFloat: Bool, _ modifiers: LaneModifiers) {
    let flushes = modifiers.contains(.flushesSubnormals)
    let predicate =
      isFloat
      ? lanes { third($0, as: Float.self).flushed(if: flushes) >= 0 }
      : lanes { third($0, as: Int32.self) >= 0 }
    isWide ? select64(predicate) : select32(predicate)
  }
}

extension VectorShape {
  /// The number of elements.
  var count: Int {
    switch self {
    case .twoBytes, .twoHalves, .twoWords, .twoDoubleWords: 2
    case .fourBytes, .fourHalves, .fourWords: 4
    }
  }

  /// The number of bits of an element.
  var elementWidth: Int {
    switch self {
    case .twoBytes, .fourBytes: 8
    case .twoHalves, .fourHalves: 16
    case .twoWords, .fourWords: 32
    case .twoDoubleWords: 64
    }
  }
}

extension LaneInstruction {
  /// Executes `mov.v2` and `mov.v4`; every element is read before the first is written.
  @inline(never)
  func moveElements(_ count: Int, isWide: Bool, mask: UInt32, in memory: LaneMemory) {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 128) { values in
      for element in 0..<count {
        let lanes = memory.address(source(element))
        for lane in 0..<32 {
          values[32 * element + lane] = readElement(lanes, lane, isWide ? 64 : 32)
        }
      }
      for element in 0..<count where destination(element) >= 0 {
        let lanes = memory.address(destination(element))
        if isWide {
          LaneOperands.write(to: lanes, mask: mask) { values[32 * element + $0] }
        } else {
          LaneOperands.write(to: lanes, mask: mask) {
            UInt32(truncatingIfNeeded: values[32 * element + $0])
          }
        }
      }
    }
  }

  /// Executes `mov` of a vector into one container.
  @inline(never)
  func pack(_ shape: VectorShape, mask: UInt32, in memory: LaneMemory) {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { halves in
      for index in 0..<64 { halves[index] = 0 }
      for element in 0..<shape.count {
        let lanes = memory.address(source(element))
        let bit = element * shape.elementWidth
        let half = 32 * (bit / 64)
        for lane in 0..<32 {
          let value = readElement(lanes, lane, shape.elementWidth)
          halves[half + lane] |= value << UInt64(bit % 64)
        }
      }
      let width = shape.count * shape.elementWidth
      let destination = memory.address(destinations.0)
      if width <= 32 {
        LaneOperands.write(to: destination, mask: mask) {
          UInt32(truncatingIfNeeded: halves[$0])
        }
      } else {
        LaneOperands.write(to: destination, mask: mask) { halves[$0] }
      }
      if width == 128 {
        LaneOperands.write(to: destination + 256, mask: mask) { halves[32 + $0] }
      }
    }
  }

  /// Executes `mov` of one container into a vector, except for unused elements.
  @inline(never)
  func unpack(_ shape: VectorShape, mask: UInt32, in memory: LaneMemory) {
    let width = shape.count * shape.elementWidth
    let lanes = memory.address(sources.0)
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { halves in
      for lane in 0..<32 { halves[lane] = readElement(lanes, lane, width) }
      if width == 128 {
        for lane in 0..<32 { halves[32 + lane] = readElement(lanes + 256, lane, 64) }
      }
      for element in 0..<shape.count where destination(element) >= 0 {
        let destination = memory.address(destination(element))
        let bit = element * shape.elementWidth
        let half = 32 * (bit / 64)
        let elementMask = UInt64.max >> UInt64(64 - shape.elementWidth)
        if shape.elementWidth == 64 {
          LaneOperands.write(to: destination, mask: mask) { halves[half + $0] }
        } else {
          LaneOperands.write(to: destination, mask: mask) {
            UInt32(truncatingIfNeeded: halves[half + $0] >> UInt64(bit % 64) & elementMask)
          }
        }
      }
    }
  }

  /// Executes an operation on predicates in all lanes at once.
  @inline(never)
  func execute(_ operation: PredicateLogic, mask: UInt32, in memory: LaneMemory) {
    let first = memory.predicate(sources.0)
    let second = memory.predicate(sources.1)
    let result =
      switch operation {
      case .and: first & second
      case .or: first | second
      case .xor: first ^ second
      case .not: ~first
      case .move: first
      }
    memory.setPredicate(destinations.0, result, mask: mask)
  }
}

/// Returns a lane of a container of the given width: at most 64, or the low half of 128.
@inline(__always)
private func readElement(_ lanes: UnsafeMutableRawPointer, _ lane: Int, _ width: Int) -> UInt64 {
  if width > 32 { return lanes.assumingMemoryBound(to: UInt64.self)[lane] }
  let word = lanes.assumingMemoryBound(to: UInt32.self)[lane]
  return UInt64(word & UInt32.max >> UInt32(32 - width))
}
