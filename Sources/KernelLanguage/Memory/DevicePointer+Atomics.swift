// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import NumberFormats

/// An operation of a reduction on the old value and the operand.
///
/// Not every element type has every operation: floats have `add`, 16-bit floats also `min` and
/// `max` in bulk and vector forms, and only `UInt32` has `increment` and `decrement`. The verifier
/// rejects other combinations.
///
/// - SeeAlso: PTX ISA, "red".
public enum ReductionOperation: String, CaseIterable, Sendable {
  /// The sum.
  case add

  /// The lesser.
  case min

  /// The greater.
  case max

  /// The old value and 1, or 0 where the old value is not below the given one.
  case increment = "inc"

  /// The old value less 1, or the given one where the old value is 0 or greater than that.
  case decrement = "dec"

  /// The bits that both have.
  case and

  /// The bits that one of them has.
  case or

  /// The bits that exactly one of them has.
  case xor

  /// The operation as an instruction names it.
  var update: AtomicUpdate {
    switch self {
    case .add: .add
    case .min: .minimum
    case .max: .maximum
    case .increment: .increment
    case .decrement: .decrement
    case .and: .and
    case .or: .or
    case .xor: .xor
    }
  }

  /// Returns the operation on elements of a type as an instruction names it.
  func reduction<Element: DeviceElement>(of type: Element.Type) -> BulkCopy.Reduction {
    switch self {
    case .and, .or, .xor: BulkCopy.Reduction(update, Element.registerType)
    case .min, .max, .increment, .decrement: BulkCopy.Reduction(update, Element.arithmeticType)
    case .add:
      // PTX has only the unsigned form of 64-bit addition, which gives the same bits.
      BulkCopy.Reduction(
        .add, Element.arithmeticType == .s64 ? .u64 : Element.arithmeticType)
    }
  }

  /// Returns the words of an instruction that does this to elements of a type.
  func words<Element: DeviceElement>(for type: Element.Type) -> [Modifier] {
    reduction(of: type).words
  }
}

/// An atomic operation on the old value and the operand.
///
/// - SeeAlso: PTX ISA, "atom".
public enum AtomicOperation: String, Sendable {
  /// The sum.
  case add

  /// The lesser.
  case min

  /// The greater.
  case max

  /// The old value and 1, or 0 where the old value is not below the given one: for `UInt32`.
  case increment = "inc"

  /// The old value less 1, or the given one where the old value is 0 or greater than that: for
  /// `UInt32`.
  case decrement = "dec"

  /// The bits that both have.
  case and

  /// The bits that one of them has.
  case or

  /// The bits that exactly one of them has.
  case xor

  /// The given value.
  case exchange = "exch"

  /// Returns the words of an instruction that does this to elements of a type.
  fileprivate func words<Element: DeviceElement>(for type: Element.Type) -> [Modifier] {
    ReductionOperation(rawValue: rawValue)?.words(for: type)
      ?? [Modifier(rawValue: rawValue), Modifier(rawValue: "b\(Element.registerType.bitWidth)")]
  }
}

/// The memory order of an atomic operation.
public enum AtomicOrder: String, Sendable {
  /// Nothing: what is meant where nothing is said.
  case relaxed

  /// Accesses after it come after those before the release that it reads from.
  case acquire

  /// Accesses before it come before those after an acquire that reads from it.
  case release

  /// Both.
  case acquireRelease = "acq_rel"
}

/// A type of floats that atomic operations add.
///
/// In global memory `Float` is added without subnormals: they are taken for zeros.
public protocol AtomicFloat: DeviceElement {}

extension Float: AtomicFloat {}
extension Double: AtomicFloat {}
extension HalfFloat: AtomicFloat {}
extension BFloat16: AtomicFloat {}

extension DevicePointer {
  /// Records an atomic operation that returns what it finds.
  private func emitAtomic<Value: DeviceElement>(
    _ words: [Modifier], _ operands: [DeviceValue<Value>], _ order: AtomicOrder?,
    _ scope: FenceScope?, _ file: String, _ line: Int
  ) -> DeviceValue<Value> {
    recorder.setPlace(file, line)
    for value in operands { recorder.check(value.recorder) }
    return operands[0].emit(
      .atomic, prefix(order, scope) + words, [address.operand] + operands.map(\.operand),
      as: Value.self)
  }

  /// Records an atomic operation that returns nothing.
  private func emitReduction<Value: DeviceElement>(
    _ words: [Modifier], _ value: DeviceValue<Value>, _ order: AtomicOrder?, _ scope: FenceScope?,
    _ file: String, _ line: Int
  ) {
    recorder.setPlace(file, line)
    recorder.check(value.recorder)
    recorder.expect(
      order != .acquire && order != .acquireRelease,
      "a reduction returns no value, so it cannot acquire")
    recorder.emit(.reduction, prefix(order, scope) + words, [address.operand, value.operand])
  }

  /// Returns the words of an atomic operation before that of what it does.
  private func prefix(_ order: AtomicOrder?, _ scope: FenceScope?) -> [Modifier] {
    [order?.rawValue, scope?.rawValue].compactMap { $0.map(Modifier.init(rawValue:)) }
      + [Space.word]
  }
}

// MARK: - Integers

extension DevicePointer where Element: DeviceInteger {
  /// Replaces the element by the result of an operation, and returns what it was before.
  ///
  /// Nobody else's atomic operation comes between.
  ///
  /// - `operation`: The operation.
  /// - `value`: The operand.
  /// - `order`: The memory order; nil for relaxed.
  /// - `scope`: Among whose atomic operations; those of the device where it is nil.
  /// - Precondition: The element has 32 or 64 bits.
  /// - SeeAlso: PTX ISA, "atom".
  public func atomic(
    _ operation: AtomicOperation, _ value: DeviceValue<Element>, order: AtomicOrder? = nil,
    scope: FenceScope? = nil, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    emitAtomic(operation.words(for: Element.self), [value], order, scope, file, line)
  }

  /// Replaces the element by the result of an operation, and does not ask what it was.
  ///
  /// - SeeAlso: PTX ISA, "red".
  public func reduce(
    _ operation: ReductionOperation, _ value: DeviceValue<Element>, order: AtomicOrder? = nil,
    scope: FenceScope? = nil, file: String = #fileID, line: Int = #line
  ) {
    emitReduction(operation.words(for: Element.self), value, order, scope, file, line)
  }

  /// Replaces the element by a new value where it is as expected, and returns what it was before.
  ///
  /// - `expected`: The expected value.
  /// - `new`: The new value.
  /// - `order`: The memory order.
  /// - `scope`: The threads whose atomic operations it is atomic with.
  /// - SeeAlso: PTX ISA, "atom", `.cas`.
  public func atomicCompareAndSwap(
    expected: DeviceValue<Element>, new: DeviceValue<Element>, order: AtomicOrder? = nil,
    scope: FenceScope? = nil, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    emitAtomic(["cas", Modifier(Element.bitsType)], [expected, new], order, scope, file, line)
  }
}

extension DevicePointer where Element == UInt64 {
  /// Sixteen bytes, as two values.
  public typealias Pair = (low: DeviceValue<UInt64>, high: DeviceValue<UInt64>)

  /// Replaces this element and the next by others, and returns what they were before.
  ///
  /// - Precondition: The address is a multiple of 16.
  /// - SeeAlso: PTX ISA, "atom", `.exch.b128`.
  public func atomicExchangePair(
    _ new: Pair, order: AtomicOrder? = nil, scope: FenceScope? = nil, file: String = #fileID,
    line: Int = #line
  ) -> Pair {
    swapPair("exch", [new], order, scope, file, line)
  }

  /// Replaces this element and the next where both are as expected, and returns what they were
  /// before.
  ///
  /// - Precondition: The address is a multiple of 16.
  /// - SeeAlso: PTX ISA, "atom", `.cas.b128`.
  public func atomicCompareAndSwapPair(
    expected: Pair, new: Pair, order: AtomicOrder? = nil, scope: FenceScope? = nil,
    file: String = #fileID, line: Int = #line
  ) -> Pair {
    swapPair("cas", [expected, new], order, scope, file, line)
  }

  /// Records an exchange or swap of 16 bytes.
  private func swapPair(
    _ word: Modifier, _ pairs: [Pair], _ order: AtomicOrder?, _ scope: FenceScope?,
    _ file: String, _ line: Int
  ) -> Pair {
    recorder.setPlace(file, line)
    let packed = pairs.map { pair in
      recorder.check(pair.low.recorder)
      recorder.check(pair.high.recorder)
      let halves: [Operand] = [.register(pair.low.register), .register(pair.high.register)]
      return recorder.emitResult(.b128, .move, ["b128"], [.vector(halves)])
    }
    let old = recorder.emitResult(
      .b128, .atomic, prefix(order, scope) + [word, "b128"],
      [address.operand] + packed.map(Operand.register))
    let (low, high) = (recorder.makeRegister(.b64), recorder.makeRegister(.b64))
    recorder.emit(
      .move, ["b128"], [.vector([.register(low), .register(high)]), .register(old)])
    return (DeviceValue(recorder, low), DeviceValue(recorder, high))
  }
}

// MARK: - Floats

extension DevicePointer where Element: AtomicFloat {
  /// Adds to the element, and returns what it was before.
  ///
  /// Nobody else's atomic operation comes between; the order among several is not fixed, and
  /// neither is their rounding.
  ///
  /// - SeeAlso: PTX ISA, "atom".
  public func atomicAdd(
    _ value: DeviceValue<Element>, order: AtomicOrder? = nil, scope: FenceScope? = nil,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    emitAtomic(
      ReductionOperation.add.words(for: Element.self), [value], order, scope, file, line)
  }

  /// Adds to the element, and does not ask what it was.
  ///
  /// - SeeAlso: PTX ISA, "red".
  public func reduceAdd(
    _ value: DeviceValue<Element>, order: AtomicOrder? = nil, scope: FenceScope? = nil,
    file: String = #fileID, line: Int = #line
  ) {
    emitReduction(ReductionOperation.add.words(for: Element.self), value, order, scope, file, line)
  }
}

extension DevicePointer where Element: DeviceFloat {
  /// Replaces the element, and returns what it was before.
  ///
  /// - SeeAlso: PTX ISA, "atom", `.exch`.
  public func atomicExchange(
    _ value: DeviceValue<Element>, order: AtomicOrder? = nil, scope: FenceScope? = nil,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    emitAtomic(AtomicOperation.exchange.words(for: Element.self), [value], order, scope, file, line)
  }
}

extension DevicePointer where Element: PairedElement {
  /// Adds to this element and the next, each by itself, and returns what they were before.
  ///
  /// In the shared memory of another block of the cluster an H100 does not add floats.
  ///
  /// - `pair`: The operands, the first in the low half.
  /// - `order`: The memory order.
  /// - `scope`: The threads whose atomic operations it is atomic with.
  /// - Precondition: The address is a multiple of 4.
  /// - SeeAlso: PTX ISA, "atom".
  public func atomicAddPair(
    _ pair: DeviceValue<UInt32>, order: AtomicOrder? = nil, scope: FenceScope? = nil,
    file: String = #fileID, line: Int = #line
  ) -> DeviceValue<UInt32> {
    emitAtomic(
      ["add", "noftz", Modifier(Element.pairType)], [pair.inRegister], order, scope, file, line)
  }

  /// Adds to this element and the next, each by itself, and does not ask what they were.
  ///
  /// - SeeAlso: PTX ISA, "red".
  public func reduceAddPair(
    _ pair: DeviceValue<UInt32>, order: AtomicOrder? = nil, scope: FenceScope? = nil,
    file: String = #fileID, line: Int = #line
  ) {
    emitReduction(
      ["add", "noftz", Modifier(Element.pairType)], pair.inRegister, order, scope, file, line)
  }
}

extension DeviceValue {
  /// This value, a constant moved into a register: some instructions take no other.
  fileprivate var inRegister: DeviceValue { DeviceValue(recorder, register) }
}

// MARK: - Vectors

/// An atomic operation on each element of a vector.
public enum AtomicVectorOperation: String, CaseIterable, Sendable {
  /// The sum.
  case add

  /// The lesser, of 16-bit floats.
  case min

  /// The greater, of 16-bit floats.
  case max
}

extension DevicePointer where Element: AtomicFloat, Space == Global {
  /// Applies an operation to neighbouring elements, each atomically, and returns the old values.
  ///
  /// - `operation`: The operation; for `Float`, only the sum.
  /// - `values`: 2 or 4 `Float`, or 2, 4 or 8 of 16 bits.
  /// - `order`: The memory order.
  /// - `scope`: The threads whose atomic operations it is atomic with.
  /// - Precondition: The address is a multiple of the bytes of all of them.
  /// - SeeAlso: PTX ISA, "atom".
  public func atomicVector(
    _ operation: AtomicVectorOperation, _ values: [DeviceValue<Element>],
    order: AtomicOrder? = nil, scope: FenceScope? = nil, file: String = #fileID, line: Int = #line
  ) -> [DeviceValue<Element>] {
    recorder.setPlace(file, line)
    let words = vectorWords(operation, values, order, scope)
    let old = values.map { _ in recorder.makeRegister(Element.registerType) }
    recorder.emit(
      .atomic, words,
      [
        .vector(old.map(Operand.register)), address.operand,
        .vector(values.map { .register($0.register) }),
      ])
    return old.map { DeviceValue(recorder, $0) }
  }

  /// Does an operation to neighbouring elements, each by itself, and does not ask what they were.
  ///
  /// - SeeAlso: PTX ISA, "red".
  public func reduceVector(
    _ operation: AtomicVectorOperation, _ values: [DeviceValue<Element>],
    order: AtomicOrder? = nil, scope: FenceScope? = nil, file: String = #fileID, line: Int = #line
  ) {
    recorder.setPlace(file, line)
    let words = vectorWords(operation, values, order, scope)
    recorder.emit(
      .reduction, words, [address.operand, .vector(values.map { .register($0.register) })])
  }

  /// Returns the words of an operation on a vector that there is.
  private func vectorWords(
    _ operation: AtomicVectorOperation, _ values: [DeviceValue<Element>], _ order: AtomicOrder?,
    _ scope: FenceScope?
  ) -> [Modifier] {
    for value in values { recorder.check(value.recorder) }
    let counts = Element.arithmeticType.bitWidth == 16 ? [2, 4, 8] : [2, 4]
    recorder.expect(
      Element.arithmeticType.bitWidth < 64 && counts.contains(values.count),
      """
      a vector atomic needs 2 or 4 floats of 32 bits, or 2, 4 or 8 of 16 bits, not \(values.count) \
      of \(Element.arithmeticType.bitWidth)
      """)
    recorder.expect(
      operation == .add || Element.arithmeticType.bitWidth == 16,
      "only 16-bit floats have vector atomics with min and max")
    let isHalf = Element.arithmeticType.bitWidth == 16
    return prefix(order, scope) + [Modifier(rawValue: operation.rawValue)]
      + (isHalf ? ["noftz"] : [])
      + [Modifier(rawValue: "v\(values.count)"), Modifier(Element.arithmeticType)]
  }
}
