import NumberFormats

extension ScaleFactorLayout {
  /// Returns the scales of a matrix in their blocks, as kernels take them.
  ///
  /// The bytes that fill up the last blocks are zeros. They are numbers in every format of scales, and must be:
  /// those behind the last scale of a row multiply elements that a load made zero, and a NaN would spoil the sums.
  ///
  /// - Parameter scales: The scales, [rows, scaleCount], row-major without gaps.
  /// - Returns: `byteCount` scales of a byte each.
  /// - SeeAlso: PTX ISA, "Scale factor layout" of `tcgen05.mma`; cuBLAS, "1D Block Scaling Factors
  ///   Layout".
  public func packed<Scale: NumberFormat>(_ scales: [Scale]) -> [Scale] {
    require(
      scales.count == rows * scaleCount,
      "A matrix of \(rows) rows with \(scaleCount) scales each has \(rows * scaleCount) scales.")
    require(MemoryLayout<Scale>.size == 1, "Scales have a byte each.")
    var result = [Scale](repeating: Scale(bitPattern: 0), count: byteCount)
    for row in 0..<rows {
      for index in 0..<scaleCount {
        result[byteOffset(row: row, index: index)] = scales[row * scaleCount + index]
      }
    }
    return result
  }
}
