import MachineIR

/// What an atomic operation does with the old value and the given one.
///
/// - SeeAlso: PTX ISA, "atom".
public enum AtomicOperation: String, Sendable {
  /// Their sum.
  case add

  /// The lesser.
  case min

  /// The greater.
  case max

  /// The bits that both have.
  case and

  /// The bits that one of them has.
  case or

  /// The bits that exactly one of them has.
  case xor

  /// The given value.
  case exchange = "exch"
}

extension DevicePointer where Element: DeviceInteger {
  /// Replaces the element by the result of an operation, and returns what it was before.
  ///
  /// Nobody else's atomic operation comes between. It orders nothing else.
  ///
  /// - SeeAlso: PTX ISA, "atom".
  public func atomic(
    _ operation: AtomicOperation, _ value: DeviceValue<Element>, file: String = #fileID,
    line: Int = #line
  ) -> DeviceValue<Element> {
    recorder.setPlace(file, line)
    recorder.check(value.recorder)
    let isBitwise = [.and, .or, .xor, .exchange].contains(operation)
    return value.emit(
      .atomic,
      [
        Space.word, Modifier(rawValue: operation.rawValue),
        Modifier(isBitwise ? Element.bitsType : Element.arithmeticType),
      ], [address.operand, value.operand], as: Element.self)
  }
}

extension DevicePointer where Element == Float {
  /// Adds to the element, and returns what it was before.
  ///
  /// Nobody else's atomic operation comes between; the order among several is not fixed, and
  /// neither is their rounding.
  ///
  /// - SeeAlso: PTX ISA, "atom".
  public func atomicAdd(
    _ value: DeviceValue<Float>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Float> {
    recorder.setPlace(file, line)
    recorder.check(value.recorder)
    return value.emit(
      .atomic, [Space.word, "add", "f32"], [address.operand, value.operand], as: Float.self)
  }
}
