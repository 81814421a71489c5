// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary

/// Some elements of C as the host computes them from what is in A and B on the device.
struct SampledReference<Element: TensorCoreElement>: Sendable {
  /// The host's elements.
  let reference: HostReference

  /// Reads the rows of A and B that are needed, and computes the elements.
  ///
  /// - Parameters:
  ///   - matrices: A and B.
  ///   - shape: The extents.
  ///   - inputs: The kind of elements of A and B.
  ///   - seeds: Their seeds.
  /// - Throws: The device's errors of reading, and a fault if the last row differs in any bit from
  ///   the one that the host generates from the seed.
  init(
    _ matrices: BufferSets<Element>.Matrices, _ shape: MatmulShape, made inputs: MatmulInputs,
    from seeds: OperandSeeds
  ) throws(DeviceError) {
    let sample = MatmulSample(of: shape)
    let aRows = try matrices.a.rows(sample.rows, columns: shape.k)
    let bRows = try matrices.b.rows(sample.columns, columns: shape.k)
    for (name, rows, row, seed) in [
      ("A", aRows, shape.m - 1, seeds.a), ("B", bRows, shape.n - 1, seeds.b),
    ] {
      let expected = inputs.row(row, of: Element.self, columns: shape.k, seed: seed)
      guard rows.suffix(shape.k) == expected[...] else {
        let entry = MatrixFill<Element>(inputs).kernel.entry
        throw .fault(
          KernelFault(
            kind: "wrong-inputs", entry: entry,
            report:
              "The kernel '\(entry)' filled row \(row) of \(name) with other values than the host does."
          ))
      }
    }
    reference = HostReference(
      aRows: aRows, bRows: bRows, shape: shape, rows: sample.rows, columns: sample.columns)
  }

  /// The number of elements.
  var elementCount: Int { reference.values.count }

  /// Compares a product on the device with the host's.
  ///
  /// - Parameters:
  ///   - product: C.
  ///   - owner: Returns the thread that stored an element.
  /// - Returns: The counts, and the first element that is wrong.
  /// - Throws: The device's errors of reading.
  func compare(
    _ product: GlobalBuffer<Element>, owner: (Int, Int) -> ElementOwner?
  ) throws(DeviceError) -> MatmulComparison {
    var elements: [Element] = []
    elements.reserveCapacity(elementCount)
    for row in reference.rows {
      let line = try product.rows([row], columns: reference.shape.n)
      for column in reference.columns { elements.append(line[column]) }
    }
    return reference.compare(sampled: elements, owner: owner)
  }
}

extension GlobalBuffer {
  /// Returns rows of a row-major matrix, one after another, copied to the host.
  fileprivate func rows(_ rows: [Int], columns: Int) throws(DeviceError) -> [Element] {
    var elements: [Element] = []
    elements.reserveCapacity(rows.count * columns)
    for row in rows {
      let offset = byteOffset + row * columns * MemoryLayout<Element>.stride
      let line = try GlobalBuffer(allocation: allocation, byteOffset: offset, count: columns)
      elements += try line.read()
    }
    return elements
  }
}
