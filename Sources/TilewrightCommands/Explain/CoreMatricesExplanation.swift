// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// The core matrices of a tile, and the descriptors by which matrix instructions find them.
struct CoreMatricesExplanation: Explanation {
  /// The topic, for programs.
  let topic = "core-matrices"
  /// The type of the elements, the swizzle, and which index is contiguous.
  let type: String, mode: String, majorness: String
  /// The extents of the tile, its bytes, and what its address is a multiple of.
  let rows: Int, columns: Int, bytes: Int, alignment: Int
  /// The function from (row, column) to bytes before the swizzle, as CuTe writes it.
  let layout: String
  /// The distances between core matrices, in bytes.
  let leadingByteOffset: Int, strideByteOffset: Int
  /// Whether instructions look at the leading byte offset.
  let usesLeadingByteOffset: Bool
  /// The core matrices, line by line.
  let coreMatrices: [CoreMatrix]
  /// The boxes of tensor copies that fill the tile.
  let boxes: [Box]
  /// The tile's address, and the instructions along k that read it.
  let address: Int, steps: [Step]
  /// The descriptors of the first step.
  let descriptors: [Descriptor]

  /// The tile.
  private let tile: TileRequest
  /// The reason why an architecture that was not requested has no descriptor.
  private let obstacle: String?

  /// Eight lines of 16 bytes.
  struct CoreMatrix: Encodable {
    /// The first element, and the offset of its chunk from the tile's beginning.
    let row: Int, column: Int, offset: Int
  }

  /// A box of a tensor copy.
  struct Box: Encodable {
    /// The first element, the extents innermost first, and the offset from the tile's beginning.
    let row: Int, column: Int, extents: [Int], offset: Int, bytes: Int
  }

  /// One instruction along k.
  struct Step: Encodable {
    /// The number, the first column, and the distance from the tile's beginning.
    let step: Int, column: Int, byteOffset: Int
    /// The descriptors of A or B, none where an architecture has no such instruction.
    let hopper: Reported<String>, blackwell: Reported<String>
  }

  /// A descriptor's bits.
  struct Descriptor: Encodable {
    /// The architecture, the instruction, and the 64 bits.
    let target: String, instruction: String, value: String
    /// The fields, from the low bits up.
    let fields: [Field]

    /// A field.
    struct Field: Encodable {
      /// The name of the field, and its lowest and highest bit.
      let name: String, low: Int, high: Int
      /// The number in the bits, and what it says.
      let code: Int, meaning: String
    }
  }

  /// The keys of the map.
  private enum CodingKeys: String, CodingKey {
    case topic, type, mode, majorness, rows, columns, bytes, alignment, layout, leadingByteOffset
    case strideByteOffset, usesLeadingByteOffset, coreMatrices, boxes, address, steps, descriptors
  }

  /// Creates the explanation of a tile.
  ///
  /// - Parameters:
  ///   - tile: The tile.
  ///   - address: The address of the tile in shared memory.
  ///   - target: The architecture; nil for all that have instructions for the tile.
  /// - Throws: `ExplanationError` if the architecture's instructions cannot read the tile, or not
  ///   at that address.
  init(_ tile: TileRequest, address: Int, target: Target? = nil) throws(ExplanationError) {
    self.tile = tile
    self.address = address
    let layout = tile.layout
    type = tile.type.name
    mode = layout.swizzleMode.rawValue
    majorness = layout.majorness.rawValue
    rows = layout.rows
    columns = layout.columns
    bytes = layout.byteCount
    alignment = layout.alignment
    self.layout = "\(layout.layout)"
    leadingByteOffset = layout.leadingByteOffset
    strideByteOffset = layout.strideByteOffset
    usesLeadingByteOffset = layout.majorness == .mn || layout.swizzleMode == .none
    let firstLines = stride(
      from: 0, to: layout.lineCount, by: CanonicalLayout.coreMatrixLineCount)
    coreMatrices = firstLines.flatMap { line in
      (0..<layout.chunksPerLine).map { chunk in
        let element = layout.firstElement(line: line, chunk: chunk)
        return CoreMatrix(
          row: element.row, column: element.column,
          offset: layout.chunkByteOffset(line: line, chunk: chunk))
      }
    }
    boxes = layout.boxes.map { box in
      Box(
        row: box.row, column: box.column, extents: [box.innerExtent, box.outerExtent],
        offset: box.byteOffset, bytes: box.byteCount)
    }
    // Only elements of 2 bytes can be MN-major on Hopper.
    let isHoppers = layout.majorness == .k || layout.elementByteCount == 2
    let reason =
      "its MN-major operands must have 2-byte elements, not \(layout.elementByteCount)-byte ones"
    if target == .hopper, !isHoppers {
      throw .unreadable(target: "Hopper", layout: "\(layout)", reason: reason)
    }
    obstacle = isHoppers ? nil : "Hopper has no instruction for the tile: \(reason)."
    let hopper: HopperMatrixDescriptor?
    let blackwell: BlackwellMatrixDescriptor?
    do {
      hopper = target != .blackwell && isHoppers ? try layout.hopperDescriptor(at: address) : nil
      blackwell = target != .hopper ? try layout.blackwellDescriptor(at: address) : nil
    } catch {
      throw .descriptor(error)
    }
    steps = (0..<layout.stepCount).map { step in
      let offset = layout.descriptorByteOffset(step: step)
      let advanced = hopper?.advanced(byByteCount: offset).rawValue
      let blackwellAdvanced = blackwell?.advanced(byByteCount: offset).rawValue
      return Step(
        step: step, column: step * layout.stepElementCount, byteOffset: offset,
        hopper: Reported(advanced.map(bitText)), blackwell: Reported(blackwellAdvanced.map(bitText))
      )
    }
    descriptors =
      [
        hopper.map { Descriptor(.hopper, "wgmma", $0.rawValue, $0.fields) },
        blackwell.map { Descriptor(.blackwell, "tcgen05.mma", $0.rawValue, $0.fields) },
      ].compactMap { $0 }
  }
}

/// Returns 64 bits as a hexadecimal literal.
private func bitText(_ bits: UInt64) -> String {
  let digits = String(bits, radix: 16, uppercase: true)
  return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
}

extension CoreMatricesExplanation.Descriptor {
  /// Creates the report on a descriptor.
  fileprivate init(
    _ target: Target, _ instruction: String, _ bits: UInt64, _ fields: [DescriptorBits]
  ) {
    self.target = target.rawValue
    self.instruction = instruction
    value = bitText(bits)
    self.fields = fields.map {
      Field(
        name: $0.name, low: $0.bits.lowerBound, high: $0.bits.upperBound, code: $0.code,
        meaning: $0.meaning)
    }
  }
}

extension CoreMatricesExplanation {
  /// The picture for people.
  var picture: Picture {
    var parts: [Picture.Part] = [
      .facts(facts), .grid(grid), .table("Instructions along k", stepTable),
    ]
    for descriptor in descriptors {
      parts.append(
        .table(
          "Descriptor of \(descriptor.instruction) (\(descriptor.target)), step 0: \(descriptor.value)",
          fieldTable(descriptor)))
    }
    if let obstacle { parts.append(.note(obstacle)) }
    return Picture(parts)
  }

  /// The properties of the tile, and the distances between core matrices.
  var facts: Table {
    var table = Table()
    let elements = tile.layout.chunkElementCount
    let isK = tile.layout.majorness == .k
    table.add("tile", tile.summary)
    table.add("memory", "\(grouped(bytes)) bytes at a multiple of \(max(128, alignment))")
    table.add(
      "core matrix", isK ? "8 rows of \(elements) columns" : "8 columns of \(elements) rows")
    table.add("layout", "\(layout) from (row, column) to bytes\(swizzleText)")
    table.add("LBO", "\(leadingByteOffset) bytes: \(leadingText)")
    table.add("SBO", "\(strideByteOffset) bytes: \(strideText)")
    let box = tile.layout.boxLayout.extents.map(String.init).joined(separator: " x ")
    table.add(
      "boxes",
      "\(boxes.count) of \(box) elements, innermost first, \(grouped(tile.layout.boxByteCount)) bytes each"
    )
    return table
  }

  /// The swizzle as the end of a sentence.
  private var swizzleText: String {
    tile.layout.swizzleMode == .none ? "" : ", then \(tile.layout.swizzleMode.swizzle)"
  }

  /// The meaning of the leading byte offset.
  private var leadingText: String {
    switch (tile.layout.majorness, tile.layout.swizzleMode) {
    case (.k, .none): "from a core matrix to the next along k"
    case (.k, _): "ignored; the field is set to 1"
    case (.mn, .none): "from 8 columns to the next 8"
    case (.mn, _): "from a box to the next along m or n"
    }
  }

  /// The meaning of the stride byte offset.
  private var strideText: String {
    switch (tile.layout.majorness, tile.layout.swizzleMode) {
    case (.k, _): "from 8 rows to the next 8"
    case (.mn, .none): "from a core matrix to the next along m or n"
    case (.mn, _): "from 8 columns to the next 8"
    }
  }

  /// The offset of each core matrix.
  private var grid: Grid {
    let layout = tile.layout
    let isK = layout.majorness == .k
    let elements = layout.chunkElementCount
    let count = layout.chunksPerLine
    let lines = stride(from: 0, to: coreMatrices.count, by: count).map { first in
      let line = first / count * CanonicalLayout.coreMatrixLineCount
      let cells = coreMatrices[first..<first + count].enumerated().map { chunk, matrix in
        Grid.Cell(hexadecimal(matrix.offset), .shade(chunk + first / count))
      }
      return Grid.Line("\(isK ? "rows" : "columns") \(line)–\(line + 7)", cells)
    }
    let labels = (0..<count).map { "\($0 * elements)–\($0 * elements + elements - 1)" }
    let isSwizzled = layout.swizzleMode != .none
    return Grid(
      isSwizzled
        ? "The address of the first line of each core matrix; its other lines are permuted ('explain swizzle')"
        : "The address of each core matrix: 128 bytes, eight lines of 16 bytes",
      corner: isK ? "columns" : "rows", columns: labels, lines: lines,
      columnGroup: isSwizzled ? layout.swizzleMode.spanByteCount / 16 : count)
  }

  /// The instructions along k.
  private var stepTable: Columns {
    let hasHopper = descriptors.contains { $0.target == Target.hopper.rawValue }
    let hasBlackwell = descriptors.contains { $0.target == Target.blackwell.rawValue }
    var columns = Columns(
      cells: ["  STEP", "COLUMNS", "BYTES ON"] + (hasHopper ? ["WGMMA"] : [])
        + (hasBlackwell ? ["TCGEN05.MMA"] : []))
    for step in steps {
      let last = step.column + tile.layout.stepElementCount - 1
      columns.add(
        cells: ["  \(step.step)", "\(step.column)–\(last)", "\(step.byteOffset)"]
          + [step.hopper.value, step.blackwell.value].compactMap { $0 })
    }
    return columns
  }

  /// The fields of a descriptor.
  private func fieldTable(_ descriptor: Descriptor) -> Columns {
    var columns = Columns("  BITS", "FIELD", "CODE", "MEANING")
    for field in descriptor.fields {
      let bits = field.low == field.high ? "\(field.low)" : "\(field.low)–\(field.high)"
      columns.add("  \(bits)", field.name, "\(field.code)", field.meaning)
    }
    return columns
  }
}
