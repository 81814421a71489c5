// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

extension ScaleFactorLayout {
  /// Returns the scales of a matrix packed into blocks, as kernels read them.
  ///
  /// The last blocks are padded with zeros. The padding must hold numbers: scales past the end of a
  /// row multiply elements that TMA filled with zeros, and a NaN there would turn the accumulators
  /// into NaN.
  ///
  /// - Parameter scales: The scales, [rows, scaleCount], row-major without gaps.
  /// - Returns: `byteCount` scales of a byte each.
  /// - SeeAlso: PTX ISA, "Scale factor layout" of `tcgen05.mma`; cuBLAS, "1D Block Scaling Factors
  ///   Layout".
  public func packed<Scale: NumberFormat>(_ scales: [Scale]) -> [Scale] {
    require(
      scales.count == rows * scaleCount,
      "A matrix of \(rows) rows of \(scaleCount) scales must have \(rows * scaleCount) scales.")
    require(MemoryLayout<Scale>.size == 1, "Scales must have one byte each.")
    var result = [Scale](repeating: Scale(bitPattern: 0), count: byteCount)
    for row in 0..<rows {
      for index in 0..<scaleCount {
        result[byteOffset(row: row, index: index)] = scales[row * scaleCount + index]
      }
    }
    return result
  }
}
