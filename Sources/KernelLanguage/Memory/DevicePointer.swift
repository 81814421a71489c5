// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

/// A pointer to elements in some memory.
public struct DevicePointer<Element: DeviceElement, Space: MemorySpace>: Sendable {
  /// The address of element 0.
  public let address: Space.Address

  /// Creates the pointer to what lies at an address.
  public init(_ address: Space.Address) { self.address = address }

  /// The recorder of the kernel that the pointer belongs to.
  package var recorder: Recorder { address.owner.recorder }

  /// The bytes of an element.
  static var elementByteCount: Int { Element.elementType.byteCount }

  /// Returns the pointer to the element at an index.
  public func advanced(by index: DeviceValue<UInt32>) -> DevicePointer {
    recorder.check(index.recorder)
    return DevicePointer(
      address.advanced(by: index, elementByteCount: DevicePointer.elementByteCount))
  }

  /// Returns the pointer to the element at an index, which may be negative.
  public func advanced(by index: Int) -> DevicePointer {
    let byteCount = recorder.byteCount(
      of: index, elementByteCount: DevicePointer.elementByteCount)
    return DevicePointer(address.advanced(byByteCount: byteCount))
  }
}

extension DevicePointer where Space == Global {
  /// Returns the pointer to the element at an index of 64 bits.
  public func advanced(by index: DeviceValue<UInt64>) -> DevicePointer {
    recorder.check(index.recorder)
    return DevicePointer(
      address.advanced(byByteCount: index * DevicePointer.elementByteCount))
  }
}

// MARK: - Access

extension DevicePointer {
  /// The element at an index.
  public subscript(
    index: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    get { load(at: index, file: file, line: line) }
    nonmutating set { store(newValue, at: index, file: file, line: line) }
  }

  /// The element at an index that the host knows.
  public subscript(
    index: Int, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    get {
      recorder.setPlace(file, line)
      return advanced(by: index).load(file: file, line: line)
    }
    nonmutating set {
      recorder.setPlace(file, line)
      advanced(by: index).store(newValue, file: file, line: line)
    }
  }

  /// Loads the element at an index.
  ///
  /// - SeeAlso: PTX ISA, "ld".
  public func load(
    at index: DeviceValue<UInt32>, cache: LoadCache? = nil, file: String = #fileID,
    line: Int = #line
  ) -> DeviceValue<Element> {
    recorder.setPlace(file, line)
    return advanced(by: index).load(cache: cache, file: file, line: line)
  }

  /// Loads the element that the pointer points to.
  ///
  /// - SeeAlso: PTX ISA, "ld".
  public func load(
    cache: LoadCache? = nil, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    recorder.setPlace(file, line)
    let register = recorder.emitResult(
      Element.registerType, .load, words(cache?.word), [address.operand])
    return DeviceValue(recorder, register)
  }

  /// Loads neighbouring elements by one instruction.
  ///
  /// - `count`: 2 or 4 elements, of at most 16 bytes together.
  /// - `cache`: The cache operator.
  /// - Precondition: The address is a multiple of the bytes of all of them.
  /// - SeeAlso: PTX ISA, "ld".
  public func loadVector(
    count: Int, cache: LoadCache? = nil, file: String = #fileID, line: Int = #line
  ) -> [DeviceValue<Element>] {
    recorder.setPlace(file, line)
    checkVector(count)
    let registers = (0..<recorder.standInCount(count)).map { _ in
      recorder.makeRegister(Element.registerType)
    }
    recorder.emit(
      .load, words(cache?.word, vectorCount: count),
      [.vector(registers.map(Operand.register)), address.operand])
    return registers.map { DeviceValue(recorder, $0) }
  }

  /// Stores a value at an index.
  ///
  /// - SeeAlso: PTX ISA, "st".
  public func store(
    _ value: DeviceValue<Element>, at index: DeviceValue<UInt32>, cache: StoreCache? = nil,
    file: String = #fileID, line: Int = #line
  ) {
    recorder.setPlace(file, line)
    advanced(by: index).store(value, cache: cache, file: file, line: line)
  }

  /// Stores a value where the pointer points to.
  ///
  /// - SeeAlso: PTX ISA, "st".
  public func store(
    _ value: DeviceValue<Element>, cache: StoreCache? = nil, file: String = #fileID,
    line: Int = #line
  ) {
    recorder.setPlace(file, line)
    recorder.check(value.recorder)
    recorder.emit(.store, words(cache?.word), [address.operand, value.operand])
  }

  /// Stores a value where the pointer points to, in the threads in which a condition holds.
  ///
  /// The store itself is predicated; no branch is recorded.
  ///
  /// - SeeAlso: PTX ISA, "st".
  public func store(
    _ value: DeviceValue<Element>, if condition: Predicate, cache: StoreCache? = nil,
    file: String = #fileID, line: Int = #line
  ) {
    recorder.setPlace(file, line)
    recorder.check(value.recorder)
    recorder.check(condition.recorder)
    guard condition.constantValue != false else { return }
    recorder.emit(
      .store, words(cache?.word), [address.operand, value.operand], when: condition.condition)
  }

  /// Stores neighbouring values by one instruction.
  ///
  /// - `values`: 2 or 4 values, of at most 16 bytes together.
  /// - `cache`: The cache operator.
  /// - Precondition: The address is a multiple of the bytes of all of them.
  /// - SeeAlso: PTX ISA, "st".
  public func storeVector(
    _ values: [DeviceValue<Element>], cache: StoreCache? = nil, file: String = #fileID,
    line: Int = #line
  ) {
    recorder.setPlace(file, line)
    checkVector(values.count)
    for value in values { recorder.check(value.recorder) }
    recorder.emit(
      .store, words(cache?.word, vectorCount: values.count),
      [address.operand, .vector(values.map { .register($0.register) })])
  }

  /// Checks that there is an instruction for that many elements.
  private func checkVector(_ count: Int) {
    recorder.expect(
      (count == 2 || count == 4) && count * DevicePointer.elementByteCount <= 16,
      """
      a vector in memory must have 2 or 4 elements and at most 16 bytes, not \(count) elements of \
      \(DevicePointer.elementByteCount) bytes
      """)
  }

  /// Returns the words of a load or store.
  private func words(_ cache: Modifier?, vectorCount: Int? = nil) -> [Modifier] {
    var words = [Space.word]
    if let cache { words.append(cache) }
    if let vectorCount { words.append(Modifier(rawValue: "v\(vectorCount)")) }
    return words + [Modifier(Element.memoryType)]
  }
}

/// A cache operator for loads from global memory.
///
/// It affects only speed.
///
/// - SeeAlso: PTX ISA, "Cache Operators".
public enum LoadCache: String, Sendable {
  /// Kept at all levels: `.ca`.
  case allLevels = "ca"

  /// Cached only in L2: `.cg`.
  case global = "cg"

  /// Likely read once: `.cs`.
  case streaming = "cs"

  /// Fetched again: `.cv`.
  case refetched = "cv"

  /// Read through the cache that sees no writes: `.nc`. Nobody may write the bytes meanwhile.
  case nonCoherent = "nc"

  /// The word of the instruction.
  var word: Modifier { Modifier(rawValue: rawValue) }
}

/// A cache operator for stores to global memory.
///
/// It affects only speed.
///
/// - SeeAlso: PTX ISA, "Cache Operators".
public enum StoreCache: String, Sendable {
  /// Written back when evicted: `.wb`.
  case writeBack = "wb"

  /// Cached only in L2: `.cg`.
  case global = "cg"

  /// Likely written once: `.cs`.
  case streaming = "cs"

  /// Written through: `.wt`.
  case writeThrough = "wt"

  /// The word of the instruction.
  var word: Modifier { Modifier(rawValue: rawValue) }
}
