// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The addresses of the operands of a per-lane instruction in one warp, and the lanes that execute
/// it.
struct LaneOperands {
  /// The address of the result's lanes.
  let destination: UnsafeMutableRawPointer

  /// The address of the first source's lanes.
  let first: UnsafeMutableRawPointer

  /// The address of the second source's lanes.
  let second: UnsafeMutableRawPointer

  /// The address of the third source's lanes.
  let third: UnsafeMutableRawPointer

  /// The lanes that execute the instruction.
  let mask: UInt32

  /// Finds the operands of an instruction; missing ones have an arbitrary address in memory.
  @inline(__always)
  init(_ instruction: LaneInstruction, mask: UInt32, in memory: LaneMemory) {
    destination = memory.address(instruction.destinations.0)
    first = memory.address(instruction.sources.0)
    second = memory.address(instruction.sources.1)
    third = memory.address(instruction.sources.2)
    self.mask = mask
  }
}

extension LaneOperands {
  /// Writes a value to each lane that executes the instruction.
  ///
  /// All values are computed before the first is written, so the destination may overlap a source,
  /// even one of another width.
  @inline(__always)
  func write<Value: LaneValue>(_ value: (Int) -> Value) {
    LaneOperands.write(to: destination, mask: mask, value)
  }

  /// Writes a value to each lane of a mask in a destination.
  @inline(__always)
  static func write<Value: LaneValue>(
    to destination: UnsafeMutableRawPointer, mask: UInt32, _ value: (Int) -> Value
  ) {
    let lanes = destination.assumingMemoryBound(to: Value.Container.self)
    // A local buffer has no aliases, so the compiler vectorizes the loops.
    withUnsafeTemporaryAllocation(of: Value.Container.self, capacity: 32) { results in
      if mask == .max {
        for lane in 0..<32 { results[lane] = value(lane).container }
        for lane in 0..<32 { lanes[lane] = results[lane] }
      } else {
        forEachLane(of: mask) { results[$0] = value($0).container }
        forEachLane(of: mask) { lanes[$0] = results[$0] }
      }
    }
  }

  /// Writes a value to all 32 lanes unless one of them is doubtful.
  ///
  /// - Parameter value: Computes the value of a lane, and sets bits if it is doubtful.
  /// - Returns: Whether the values were written: all lanes execute the instruction, and none is
  ///   doubtful.
  @inline(__always)
  func writeUnlessDoubtful<Value: LaneValue>(_ value: (Int, inout UInt32) -> Value) -> Bool {
    if mask != .max { return false }
    let lanes = destination.assumingMemoryBound(to: Value.Container.self)
    return withUnsafeTemporaryAllocation(of: Value.Container.self, capacity: 32) { results in
      var doubts: UInt32 = 0
      for lane in 0..<32 { results[lane] = value(lane, &doubts).container }
      if doubts != 0 { return false }
      for lane in 0..<32 { lanes[lane] = results[lane] }
      return true
    }
  }

  /// Returns the mask of the executing lanes for which the predicate is true.
  @inline(__always)
  func lanes(where predicate: (Int) -> Bool) -> UInt32 {
    var result: UInt32 = 0
    if mask == .max {
      for lane in 0..<32 { result |= (predicate(lane) ? 1 : 0) &<< UInt32(lane) }
    } else {
      forEachLane(of: mask) { result |= (predicate($0) ? 1 : 0) &<< UInt32($0) }
    }
    return result
  }

  /// Returns a lane's value of the first source.
  @inline(__always)
  func first<Value: LaneValue>(_ lane: Int, as type: Value.Type = Value.self) -> Value {
    Value(container: first.assumingMemoryBound(to: Value.Container.self)[lane])
  }

  /// Returns a lane's value of the second source.
  @inline(__always)
  func second<Value: LaneValue>(_ lane: Int, as type: Value.Type = Value.self) -> Value {
    Value(container: second.assumingMemoryBound(to: Value.Container.self)[lane])
  }

  /// Returns a lane's value of the third source.
  @inline(__always)
  func third<Value: LaneValue>(_ lane: Int, as type: Value.Type = Value.self) -> Value {
    Value(container: third.assumingMemoryBound(to: Value.Container.self)[lane])
  }
}

extension LaneOperands {
  /// Writes the result of an operation on the first source.
  @inline(__always)
  func unary<A: LaneValue, Result: LaneValue>(_ operation: (A) -> Result) {
    write { operation(first($0)) }
  }

  /// Writes the result of an operation on the first and the second source.
  @inline(__always)
  func binary<A: LaneValue, B: LaneValue, Result: LaneValue>(_ operation: (A, B) -> Result) {
    write { operation(first($0), second($0)) }
  }

  /// Writes the result of an operation on three sources.
  @inline(__always)
  func ternary<A: LaneValue, B: LaneValue, C: LaneValue, Result: LaneValue>(
    _ operation: (A, B, C) -> Result
  ) {
    write { operation(first($0), second($0), third($0)) }
  }
}

/// Calls `body` with each lane of a mask, in ascending order.
@inline(__always)
func forEachLane(of mask: UInt32, _ body: (Int) -> Void) {
  var rest = mask
  while rest != 0 {
    body(rest.trailingZeroBitCount)
    rest &= rest &- 1
  }
}
