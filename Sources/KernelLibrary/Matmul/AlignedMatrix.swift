// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import StructuredKernels

/// A matrix in a form that TMA can address: unchanged, or as a copy with padded rows.
///
/// TMA needs rows that begin at multiples of 16 bytes. A matrix whose number of columns is not a
/// multiple of 8, or whose buffer is not aligned, is replaced by a copy. The padding belongs to the
/// copy, so TMA stores may write to it. Rows of the copy begin at multiples of 128 bytes, so that
/// 128 bytes along k are one line of L2, not two.
struct AlignedMatrix<Element: TensorCoreElement>: Sendable {
  /// The given matrix, without gaps between its rows.
  private let matrix: GlobalBuffer<Element>

  /// The copy with padded rows; nil if the matrix can be used itself.
  private let copy: GlobalBuffer<Element>?

  /// A buffer used in place of a matrix without elements; it is not read.
  private let standIn: GlobalBuffer<Element>

  /// The number of rows.
  private let rows: Int

  /// The number of columns, possibly 0.
  private let columns: Int

  /// The number of elements from one row to the next, of the copy if there is one.
  private let pitch: Int

  /// Creates the matrix, and allocates a copy if one is needed.
  ///
  /// - Parameters:
  ///   - matrix: The given matrix.
  ///   - standIn: A buffer to use if the matrix has no elements.
  ///   - rows: The number of rows.
  ///   - columns: The number of columns.
  ///   - device: The device.
  /// - Throws: The device's error if it is out of memory.
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

  /// The kernel that copies rows, which a process makes once.
  private var copier: RowCopy<Element> { KernelCache.shared.kernel { RowCopy() } }

  /// Fills the copy, if there is one, and returns the time it took, in seconds.
  func fillCopy(on device: any Device) throws(DeviceError) -> Double {
    guard let copy else { return 0 }
    return try copier.launch(
      on: device, from: matrix, pitch: columns, to: copy, pitch: pitch,
      rows: rows, columns: columns
    ).seconds
  }

  /// Copies the elements of the copy, if there is one, back to the matrix, and returns the time it
  /// took, in seconds.
  func copyBack(on device: any Device) throws(DeviceError) -> Double {
    guard let copy else { return 0 }
    return try copier.launch(
      on: device, from: copy, pitch: pitch, to: matrix, pitch: columns,
      rows: rows, columns: columns
    ).seconds
  }

  /// Makes the tensor map of the matrix.
  ///
  /// No dimension of a tensor may be empty; with k = 0 the kernel never uses the map.
  func tensorMap(
    of tile: SharedTile<Element>, on device: any Device
  ) throws(DeviceError) -> TensorMap<Element> {
    let isEmpty = columns == 0
    let buffer = isEmpty ? standIn : copy ?? matrix
    return try device.makeTensorMap(
      tile.tensorMapDescription(
        of: buffer, rows: isEmpty ? 1 : rows, columns: isEmpty ? 1 : columns, pitch: pitch),
      of: Element.self, over: buffer)
  }
}
