// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import TileLayout

/// The origin of a matrix in global memory, with rows `pitch` bytes apart, whose extents may be
/// known only to the running kernel.
public struct GlobalOrigin: TensorOrigin {
  /// The address of the first element.
  let address: GlobalAddress

  /// The bytes from one row to the next.
  let pitch: DeviceValue<UInt32>

  /// The bytes of an element.
  let elementByteCount: Int

  /// The rows and columns from here to the matrix's end; nil where the tensor ends within it.
  let limits: (rows: TensorLimit, columns: TensorLimit)?

  /// The recording.
  public var owner: KernelRecording { address.owner }

  /// Returns the address at a distance, of which rows are multiplied by the pitch to 64 bits.
  public func place(at distance: TensorDistance) -> GlobalAddress {
    var result = address.advanced(byByteCount: distance.columns.known * elementByteCount)
    if let columns = distance.columns.computed {
      result = result.advanced(by: columns, elementByteCount: elementByteCount)
    }
    guard distance.rows.computed != nil || distance.rows.known != 0 else { return result }
    return result.advanced(by: distance.rows.value(in: address.recorder), times: pitch)
  }

  /// Returns the beginning of a tensor at a distance.
  public func anchored(at distance: TensorDistance) -> GlobalOrigin {
    let nextLimits = limits.map { limits in
      (
        rows: limits.rows.advanced(by: distance.rows),
        columns: limits.columns.advanced(by: distance.columns)
      )
    }
    return GlobalOrigin(
      address: place(at: distance), pitch: pitch, elementByteCount: elementByteCount,
      limits: nextLimits)
  }
}

/// The remainder of an extent after an index: negative if the index is past the end.
struct TensorLimit: Sendable {
  /// The remainder after the computed part of the index.
  let rest: DeviceValue<Int32>

  /// The constant to subtract from it.
  let passed: Int

  /// Returns the remainder after another distance.
  func advanced(by offset: TensorOffset) -> TensorLimit {
    let rest = offset.computed.map { self.rest - $0.asSigned } ?? rest
    return TensorLimit(rest: rest, passed: passed + offset.known)
  }

  /// Whether the index is inside.
  var isInside: Predicate { rest > passed }
}

extension TileTensor where Space == Global, Element: DeviceElement {
  /// Creates the tensor of a matrix whose extents the running kernel knows.
  ///
  /// - Parameters:
  ///   - matrix: The first element.
  ///   - rows: The rows, below 2³¹.
  ///   - columns: The columns, below 2³¹.
  ///   - pitch: The elements from one row to the next, whose bytes are fewer than 2³²; by default
  ///     rows have no gaps between them.
  public init(
    _ matrix: DevicePointer<Element, Global>, rows: DeviceValue<UInt32>,
    columns: DeviceValue<UInt32>, pitch: DeviceValue<UInt32>? = nil
  ) {
    let origin = GlobalOrigin(
      address: matrix.address, pitch: (pitch ?? columns) * Element.elementType.byteCount,
      elementByteCount: Element.elementType.byteCount,
      limits: (
        rows: TensorLimit(rest: rows.asSigned, passed: 0),
        columns: TensorLimit(rest: columns.asSigned, passed: 0)
      ))
    self.init(origin, rows: TensorMode(nil), columns: TensorMode(nil))
  }

  /// Returns whether the row of the vector at a coordinate lies in the matrix.
  ///
  /// It holds always where the matrix was created with extents that the host knows.
  public func containsRow(
    _ row: some KernelIndex, file: String = #fileID, line: Int = #line
  ) -> Predicate {
    recorder.setPlace(file, line)
    let offset = distance.rows + rowMode.offset(at: value(row))
    return contains(origin.limits?.rows, offset)
  }

  /// Returns whether a column of the vector at a coordinate lies in the matrix.
  ///
  /// - Parameters:
  ///   - column: The coordinate.
  ///   - element: The number of the column in the vector.
  ///   - file: The caller's source location.
  ///   - line: The caller's source location.
  /// - Returns: The answer; it is yes where the host knows the matrix's extents.
  public func containsColumn(
    _ column: some KernelIndex, element: Int = 0, file: String = #fileID, line: Int = #line
  ) -> Predicate {
    recorder.setPlace(file, line)
    let count = columnMode.vector.size
    let isInside = recorder.expect(
      (0..<count).contains(element), "a vector of \(count) elements has no element \(element)")
    let inVector = TensorOffset(known: columnMode.vector(isInside ? element : 0))
    let offset = distance.columns + columnMode.offset(at: value(column)) + inVector
    return contains(origin.limits?.columns, offset)
  }

  /// Whether every row begins at a multiple of a vector's bytes, if the matrix does.
  public var hasAlignedVectors: Predicate {
    let byteCount = vectorCount * Element.elementType.byteCount
    return origin.pitch % byteCount == 0
  }

  /// Returns whether an index is inside the matrix.
  private func contains(_ limit: TensorLimit?, _ offset: TensorOffset) -> Predicate {
    limit?.advanced(by: offset).isInside ?? Predicate(recorder, constant: true)
  }
}
