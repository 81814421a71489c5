// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// Copies the rows of a matrix to rows with another pitch: to padded rows, or back.
struct RowCopy<Element: DeviceElement>: Sendable {
  /// The kernel, with the source, its pitch, the target, its pitch, the rows and the columns.
  ///
  /// One thread copies one element; padding is not written.
  let kernel = Kernel<
    AnyArchitecture, GlobalBuffer<Element>, UInt32, GlobalBuffer<Element>, UInt32, UInt32, UInt32
  >(
    "copy_rows_\(Element.elementType.rawValue)",
    parameters: ["source", "source_pitch", "target", "target_pitch", "rows", "columns"], block: 256
  ) { k, source, sourcePitch, target, targetPitch, rows, columns in
    let sourceRows = TileTensor(source, rows: rows, columns: columns, pitch: sourcePitch)
    let targetRows = TileTensor(target, rows: rows, columns: columns, pitch: targetPitch)
    let column = k.blockIndex.x * 256 + k.threadIndex.x
    k.return(if: column >= columns)
    k.loop(from: k.blockIndex.y, to: rows, by: k.gridDimension.y) { row in
      targetRows[row, column] = sourceRows[row, column]
    }
  }

  /// Copies a matrix of `rows` by `columns` elements, neither of them zero.
  ///
  /// A pitch is the number of elements from one row to the next.
  func launch(
    on device: any Device, from source: GlobalBuffer<Element>, pitch sourcePitch: Int,
    to target: GlobalBuffer<Element>, pitch targetPitch: Int, rows: Int, columns: Int
  ) throws(DeviceError) -> LaunchResult {
    try device.launch(
      kernel, grid: Dimensions((columns + 255) / 256, min(rows, 65_535)), source,
      UInt32(sourcePitch), target, UInt32(targetPitch), UInt32(rows), UInt32(columns))
  }
}
