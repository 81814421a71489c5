import DeviceRuntime
import KernelLanguage
import StructuredKernels

/// A matrix in a form that tensor copies can use: as it is, or as a copy with padded rows.
///
/// Their rows begin at multiples of 16 bytes. Where those of a matrix do not, since its columns are no multiple
/// of 8 or its buffer begins elsewhere, a copy stands for it. Its padding belongs to the copy alone, so
/// that a tensor copy may write there. Rows of the copy begin at multiples of 128 bytes: 128 bytes of k then lie in one
/// line of the second-level cache, not in two.
struct AlignedMatrix<Element: TensorCoreElement>: Sendable {
  /// The matrix as it was given, without gaps between its rows.
  private let matrix: GlobalBuffer<Element>

  /// The copy with padded rows, where the matrix itself will not do.
  private let copy: GlobalBuffer<Element>?

  /// What stands for the matrix where it has no elements; nobody reads it.
  private let standIn: GlobalBuffer<Element>

  /// The rows.
  private let rows: Int

  /// The columns, perhaps none.
  private let columns: Int

  /// The elements from one row to the next, in the copy where there is one.
  private let pitch: Int

  /// Creates the matrix, with memory for a copy where there is need of one.
  ///
  /// - Parameters:
  ///   - matrix: The matrix as it was given.
  ///   - standIn: What stands for it where it has no elements.
  ///   - rows: The rows.
  ///   - columns: The columns.
  ///   - device: The device.
  /// - Throws: What the device throws where there is no memory.
  init(
    _ matrix: GlobalBuffer<Element>, orEmpty standIn: GlobalBuffer<Element>, rows: Int,
    columns: Int, on device: any Device
  ) throws(DeviceError) {
    self.matrix = matrix
    self.standIn = standIn
    self.rows = rows
    self.columns = columns
    let byteCount = Element.elementType.byteCount
    let isAligned = columns * byteCount % 16 == 0 && matrix.address % 16 == 0
    let needsCopy = !isAligned && columns > 0
    let step = 128 / byteCount
    let pitch = (columns + step - 1) / step * step
    copy = needsCopy ? try device.makeBuffer(of: Element.self, count: rows * pitch) : nil
    self.pitch = needsCopy ? pitch : max(columns, 16 / byteCount)
  }

  /// Fills the copy, where there is one, and returns how long it took, in seconds.
  func fillCopy(on device: any Device) throws(DeviceError) -> Double {
    guard let copy else { return 0 }
    return try RowCopy<Element>().launch(
      on: device, from: matrix, pitch: columns, to: copy, pitch: pitch,
      rows: rows, columns: columns
    ).seconds
  }

  /// Takes over what was written to the copy, where there is one, and returns how long it took, in seconds.
  func copyBack(on device: any Device) throws(DeviceError) -> Double {
    guard let copy else { return 0 }
    return try RowCopy<Element>().launch(
      on: device, from: copy, pitch: pitch, to: matrix, pitch: columns,
      rows: rows, columns: columns
    ).seconds
  }

  /// Makes the tensor map by which boxes of the matrix are copied.
  ///
  /// A tensor has no empty dimension; with k = 0 the map is one that the kernel never uses.
  func tensorMap(
    of tile: SharedTile<Element>, on device: any Device
  ) throws(DeviceError) -> TensorMap<Element> {
    let isEmpty = columns == 0
    return try device.makeTensorMap(
      tile.tensorMapDescription(
        of: isEmpty ? standIn : copy ?? matrix, rows: isEmpty ? 1 : rows,
        columns: isEmpty ? 1 : columns, pitch: pitch),
      of: Element.self)
  }
}
