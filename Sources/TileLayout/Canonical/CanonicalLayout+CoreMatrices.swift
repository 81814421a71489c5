// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile as the tensor cores read it: core matrices of 8 lines of 16 bytes. A line runs along the
// contiguous index: it is a row of a K-major tile, a column of an MN-major one.
extension CanonicalLayout {
  /// The bytes of a line of a core matrix.
  public static let chunkByteCount = 16

  /// The number of lines of a core matrix.
  public static let coreMatrixLineCount = 8

  /// The number of elements of a chunk: the extent of a core matrix along the contiguous index.
  public var chunkElementCount: Int { Self.chunkByteCount / elementByteCount }

  /// The number of lines: the tile's extent along the index that is not contiguous.
  public var lineCount: Int { boxOuterExtent }

  /// The number of chunks of a line.
  public var chunksPerLine: Int { (majorness == .k ? columns : rows) / chunkElementCount }

  /// Returns the first element of a chunk.
  public func firstElement(line: Int, chunk: Int) -> MatrixPosition {
    let contiguous = chunk * chunkElementCount
    return majorness == .k
      ? MatrixPosition(row: line, column: contiguous)
      : MatrixPosition(row: contiguous, column: line)
  }

  /// Returns the offset of a chunk from the start of the tile.
  ///
  /// - Parameters:
  ///   - line: The line.
  ///   - chunk: The index of the chunk in its line.
  ///   - isSwizzled: Whether to permute the chunks as in shared memory.
  /// - Returns: The offset in bytes.
  public func chunkByteOffset(line: Int, chunk: Int, isSwizzled: Bool = true) -> Int {
    let element = firstElement(line: line, chunk: chunk)
    return isSwizzled
      ? byteOffset(row: element.row, column: element.column)
      : layout(element.row, element.column)
  }

  /// Returns the bytes of each line of a core matrix, from the start of the tile.
  ///
  /// - Parameters:
  ///   - line: The first of the eight lines.
  ///   - chunk: The index of the chunk in these lines.
  ///   - isSwizzled: Whether to permute the chunks as in shared memory.
  /// - Returns: Eight ranges of offsets.
  public func coreMatrix(line: Int, chunk: Int, isSwizzled: Bool = true) -> [Range<Int>] {
    (line..<line + Self.coreMatrixLineCount).map { line in
      let start = chunkByteOffset(line: line, chunk: chunk, isSwizzled: isSwizzled)
      return start..<start + Self.chunkByteCount
    }
  }

  /// The layout of each of the tile's TMA boxes in shared memory.
  public var boxLayout: BoxLayout {
    do {
      return try BoxLayout(
        extents: [boxInnerExtent, boxOuterExtent], elementByteCount: elementByteCount,
        swizzleMode: swizzleMode)
    } catch {
      fatalError("A tile is cut into boxes as wide as the span: \(error)")
    }
  }
}
