// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants that are stored and combined with elements: `y.store(0, at: i)`.
//
// A second subscript, of literals, would allow `y[i] = 0`. It makes the compiler try both for each
// element that an expression reads: a sum of eight took it 12 seconds instead of 0.05.

extension DevicePointer {
  /// Returns a constant of the pointer's kernel.
  private func constant(_ value: Element) -> DeviceValue<Element> {
    DeviceValue(recorder, constant: value)
  }

  /// Stores a constant at an index.
  public func store(
    _ value: Element, at index: DeviceValue<UInt32>, cache: StoreCache? = nil,
    file: String = #fileID, line: Int = #line
  ) {
    store(constant(value), at: index, cache: cache, file: file, line: line)
  }

  /// Stores a constant where the pointer points to.
  public func store(
    _ value: Element, cache: StoreCache? = nil, file: String = #fileID, line: Int = #line
  ) {
    store(constant(value), cache: cache, file: file, line: line)
  }

  /// Stores a constant where the pointer points to, in the threads in which a condition holds.
  public func store(
    _ value: Element, if condition: Predicate, cache: StoreCache? = nil, file: String = #fileID,
    line: Int = #line
  ) {
    store(constant(value), if: condition, cache: cache, file: file, line: line)
  }
}

extension DevicePointer where Element: DeviceInteger {
  /// Replaces the element by the result of an operation with a constant, and returns what it was.
  public func atomic(
    _ operation: AtomicOperation, _ value: Element, order: AtomicOrder? = nil,
    scope: FenceScope? = nil, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    atomic(
      operation, DeviceValue(recorder, constant: value), order: order, scope: scope, file: file,
      line: line)
  }

  /// Replaces the element by the result of an operation with a constant.
  public func reduce(
    _ operation: ReductionOperation, _ value: Element, order: AtomicOrder? = nil,
    scope: FenceScope? = nil, file: String = #fileID, line: Int = #line
  ) {
    reduce(
      operation, DeviceValue(recorder, constant: value), order: order, scope: scope, file: file,
      line: line)
  }
}
