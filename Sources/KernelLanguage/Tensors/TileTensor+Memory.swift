// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TileLayout

// Tensors in memory, whose elements instructions load and store.
extension TileTensor where Space: AddressedTensorSpace, Element: DeviceElement {
  /// The element at the coordinates.
  ///
  /// - Precondition: The elements have not been taken together as vectors.
  public subscript(
    row: some KernelIndex, column: some KernelIndex, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Element> {
    get {
      checkVector(isSingle: true, file, line)
      return pointer(to: row, column, file: file, line: line).load(file: file, line: line)
    }
    nonmutating set {
      checkVector(isSingle: true, file, line)
      pointer(to: row, column, file: file, line: line).store(newValue, file: file, line: line)
    }
  }

  /// Loads the vector at the coordinates by one instruction.
  ///
  /// - Precondition: It has 2 or 4 elements that are neighbours in memory, of at most 16 bytes
  ///   together, and begins at a multiple of their bytes.
  /// - SeeAlso: PTX ISA, "ld".
  public func load(
    _ row: some KernelIndex, _ column: some KernelIndex, file: String = #fileID,
    line: Int = #line
  ) -> [DeviceValue<Element>] {
    checkVector(isSingle: false, file, line)
    return pointer(to: row, column, file: file, line: line)
      .loadVector(count: vectorCount, file: file, line: line)
  }

  /// Stores a vector at the coordinates by one instruction.
  ///
  /// - Precondition: It has 2 or 4 elements that are neighbours in memory, of at most 16 bytes
  ///   together, and begins at a multiple of their bytes.
  /// - SeeAlso: PTX ISA, "st".
  public func store(
    _ values: [DeviceValue<Element>], _ row: some KernelIndex, _ column: some KernelIndex,
    file: String = #fileID, line: Int = #line
  ) {
    checkVector(isSingle: false, file, line)
    recorder.expect(
      values.count == vectorCount,
      "a vector of \(vectorCount) elements must be stored as a whole, not \(values.count) of them")
    pointer(to: row, column, file: file, line: line).storeVector(values, file: file, line: line)
  }

  /// Returns the pointer to the first element of the vector at the coordinates.
  public func pointer(
    to row: some KernelIndex, _ column: some KernelIndex, file: String = #fileID,
    line: Int = #line
  ) -> DevicePointer<Element, Space> {
    recorder.setPlace(file, line)
    return DevicePointer(origin.place(at: distance(to: row, column)))
  }

  /// Checks that the elements are single, or are neighbours in memory.
  private func checkVector(isSingle: Bool, _ file: String, _ line: Int) {
    recorder.setPlace(file, line)
    recorder.expect(
      isSingle == (vectorCount == 1),
      "use load and store for vectors, and subscripts for single elements")
    let distance = Space.elementDistance(byteCount: Element.elementType.byteCount)
    let neighbours = Layout(.leaf(vectorCount), stride: .leaf(distance))
    recorder.expect(
      isSingle || columnMode.vector.coalesced() == neighbours,
      "the elements of a vector must be contiguous in memory")
  }
}
