import DeviceRuntime
import KernelLanguage

/// Copies the rows of a matrix to rows that begin at a multiple of 16 bytes, as tensor copies need.
struct RowPadding<Element: DeviceElement>: Sendable {
  /// The kernel: source, target, rows, columns, and the elements from one target row to the next.
  ///
  /// One thread copies one element; what lies between the rows is not written.
  let kernel = Kernel<
    AnyArchitecture, GlobalBuffer<Element>, GlobalBuffer<Element>, UInt32, UInt32, UInt32
  >(
    "pad_rows_\(Element.elementType.rawValue)",
    parameters: ["source", "target", "rows", "columns", "pitch"], block: 256
  ) { k, source, target, rows, columns, pitch in
    let column = k.blockIndex.x * 256 + k.threadIndex.x
    k.return(if: column >= columns)
    k.loop(from: k.blockIndex.y, to: rows, by: k.gridDimension.y) { row in
      let value = source.advanced(row: row, column: column, pitch: columns).load()
      target.advanced(row: row, column: column, pitch: pitch).store(value)
    }
  }

  /// The elements from one row to the next, for rows of `columns` elements.
  static func pitch(columns: Int) -> Int {
    let step = 16 / Element.elementType.byteCount
    return max((columns + step - 1) / step * step, step)
  }

  /// Copies a matrix of `rows` by `columns` elements, neither of them zero.
  func launch(
    on device: any Device, from source: GlobalBuffer<Element>, to target: GlobalBuffer<Element>,
    rows: Int, columns: Int
  ) throws(DeviceError) -> LaunchResult {
    try device.launch(
      kernel, grid: Dimensions((columns + 255) / 256, min(rows, 65_535)), source, target,
      UInt32(rows), UInt32(columns), UInt32(RowPadding.pitch(columns: columns)))
  }
}
