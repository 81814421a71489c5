// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import TileLayout

/// A box of a tensor in global memory, and where a tensor copy puts it in shared memory.
struct BoxExplanation: Explanation {
  /// The topic, for programs.
  let topic = "box"
  /// The type of the elements, the swizzle, and what fills the outside.
  let type: String, mode: String, fill: String
  /// The extents of the tensor and its strides in bytes from dimension 1 on, innermost first.
  let tensor: [Int], byteStrides: [Int]
  /// The extents of the box, and the coordinates of its first element, innermost first.
  let box: [Int], start: [Int]
  /// The bytes of the box, which the mbarrier counts, inside of the tensor or not, and the bytes
  /// that it takes in shared memory, those between its rows included.
  let bytes: Int, sharedBytes: Int
  /// The function from indices to bytes before the swizzle, as CuTe writes it.
  let layout: String
  /// The chunks of 16 bytes, in the order of the indices.
  let chunks: [Chunk]

  /// The description of the tensor map.
  private let map: TensorMapDescription
  /// The layout of boxes.
  private let boxLayout: BoxLayout
  /// Whether single elements are drawn.
  private let drawsElements: Bool

  /// A chunk of 16 bytes.
  struct Chunk: Encodable {
    /// The indices of the first element in the box, and its coordinates in the tensor.
    let index: [Int], coordinate: [Int]
    /// The offset from the beginning of the box, in bytes.
    let offset: Int
    /// The elements that are in the tensor, counted from the chunk's first.
    let inside: [Int]
  }

  /// The keys of the map.
  private enum CodingKeys: String, CodingKey {
    case topic, type, mode, fill, tensor, byteStrides, box, start, bytes, sharedBytes, layout
    case chunks
  }

  /// Looks at a box.
  ///
  /// - Throws: `ExplanationError` where no box starts there, `BoxLayoutError` where boxes of this
  ///   shape have no layout.
  init(
    of map: TensorMapDescription, at start: [Int], type: ExplainedType, drawsElements: Bool = false
  ) throws {
    guard start[0] * map.elementType.byteCount % 16 == 0 else {
      throw ExplanationError.boxStart(
        element: start[0], step: 16 / map.elementType.byteCount)
    }
    self.map = map
    self.drawsElements = drawsElements
    let boxLayout = try map.boxLayout()
    self.boxLayout = boxLayout
    self.type = type.name
    mode = boxLayout.swizzleMode.rawValue
    fill = map.fill == .zeros ? "zeros" : "nan"
    tensor = map.extents
    byteStrides = map.byteStrides
    box = map.box
    self.start = start
    bytes = boxLayout.byteCount
    sharedBytes = boxLayout.sharedByteCount
    layout = "\(boxLayout.layout)"
    let elements = CanonicalLayout.chunkByteCount / boxLayout.elementByteCount
    // Indices run like the linear index of the layout: the innermost fastest.
    chunks = (0..<boxLayout.rowCount * (box[0] / elements)).map { number in
      let index = boxLayout.layout.coordinate(of: number * elements).flattened
      let coordinate = zip(start, index).map { $0 + $1 }
      let inside = (0..<elements).filter { element in
        map.contains([coordinate[0] + element] + coordinate.dropFirst())
      }
      return Chunk(
        index: index, coordinate: coordinate, offset: boxLayout.byteOffset(of: index),
        inside: inside)
    }
  }
}

extension BoxExplanation {
  /// The picture for people.
  var picture: Picture {
    Picture(
      [
        .facts(facts), .grid(drawsElements ? elementGrid : chunkGrid), .grid(memoryGrid),
        .note(legend),
      ] + notes.map { .note($0) })
  }

  /// The elements of a chunk.
  private var chunkElements: Int { CanonicalLayout.chunkByteCount / boxLayout.elementByteCount }

  /// The chunks of a row of the box.
  private var chunksPerRow: Int { box[0] / chunkElements }

  /// The elements of the box in the tensor, and all of them.
  private var elementCounts: (inside: Int, all: Int) {
    (chunks.reduce(0) { $0 + $1.inside.count }, boxLayout.byteCount / boxLayout.elementByteCount)
  }

  /// The properties of the box.
  private var facts: Table {
    var table = Table()
    let strides = byteStrides.map { grouped($0) }.joined(separator: ", ")
    let pitch =
      byteStrides.isEmpty ? "" : ", outer strides in bytes: \(strides)"
    table.add("tensor", "\(text(tensor)) \(type), innermost first\(pitch)")
    table.add("box", "\(text(box)) from (\(text(start, separator: ", "))), \(swizzleText)")
    let counts = elementCounts
    let outside = counts.all - counts.inside
    table.add(
      "elements",
      outside == 0
        ? "\(grouped(counts.all)), all in the tensor"
        : """
        \(grouped(counts.all)), \(grouped(outside)) of them outside the tensor: a load fills them \
        with \(fill == "nan" ? "NaN" : "zeros"), a store omits them
        """)
    table.add(
      "bytes", "\(grouped(bytes)), all of which the mbarrier tracks, including out-of-bounds ones")
    if sharedBytes != bytes {
      table.add(
        "shared memory",
        """
        \(grouped(sharedBytes)) bytes: each row of \(boxLayout.rowByteCount) takes the swizzle's \
        span of \(boxLayout.rowPitch); the bytes in between are not written
        """)
    }
    table.add("layout", "\(layout) from indices to bytes\(swizzleEnd)")
    return table
  }

  /// Returns numbers as the picture has them.
  private func text(_ numbers: [Int], separator: String = " x ") -> String {
    numbers.map(String.init).joined(separator: separator)
  }

  /// The swizzle in words.
  private var swizzleText: String { "\(boxLayout.swizzleMode)" }

  /// The swizzle as the end of a sentence.
  private var swizzleEnd: String {
    boxLayout.swizzleMode == .none ? "" : ", then \(boxLayout.swizzleMode.swizzle)"
  }

  /// The meaning of the marks.
  private var legend: String {
    "· is outside the tensor, ~ partly outside; ↓ and → name the coordinates that label lines and columns."
  }

  /// Notes on copies of the box that are easy to miss.
  private var notes: [String] {
    let rowEnd = tensor[0] * boxLayout.elementByteCount
    let reachesEnd = start[0] + box[0] > tensor[0] && start[0] < tensor[0]
    guard rowEnd % 16 != 0, reachesEnd else { return [] }
    return [
      """
      Note: rows of the tensor end after \(rowEnd) bytes, which is not a multiple of 16. A store \
      writes up to the next multiple and overwrites these bytes with data of the box.
      """
    ]
  }

  /// Returns the label of a row of the box.
  private func rowLabel(_ chunk: Chunk) -> String {
    chunk.coordinate.count == 1 ? "row" : text(Array(chunk.coordinate.dropFirst()), separator: ",")
  }

  /// The text above the labels of rows.
  private var corner: String {
    let rank = box.count
    return rank <= 2 ? "dim 1 ↓ 0 →" : "dims 1–\(rank - 1) ↓ 0 →"
  }

  /// The destination of each chunk, by its coordinates in the tensor.
  private var chunkGrid: Grid {
    let lines = stride(from: 0, to: chunks.count, by: chunksPerRow).map { first in
      let cells = chunks[first..<first + chunksPerRow].map { chunk in
        cell(of: chunk, hexadecimal(chunk.offset), shade: chunk.offset / 16)
      }
      return Grid.Line(rowLabel(chunks[first]), cells)
    }
    let labels = chunks.prefix(chunksPerRow).map { chunk in
      "\(chunk.coordinate[0])–\(chunk.coordinate[0] + chunkElements - 1)"
    }
    return Grid(
      "Where each chunk of 16 bytes goes in shared memory", corner: corner,
      columns: Array(labels), lines: lines, lineGroup: box.count > 1 ? box[1] : 1)
  }

  /// The destination of each element, by its coordinates in the tensor.
  private var elementGrid: Grid {
    let lines = stride(from: 0, to: chunks.count, by: chunksPerRow).map { first in
      let cells = chunks[first..<first + chunksPerRow].flatMap { chunk in
        (0..<chunkElements).map { element in
          let offset = hexadecimal(chunk.offset + element * boxLayout.elementByteCount)
          return chunk.inside.contains(element)
            ? Grid.Cell(offset, .shade(chunk.offset / 16)) : .nothing
        }
      }
      return Grid.Line(rowLabel(chunks[first]), cells)
    }
    return Grid(
      "Where each element goes in shared memory", corner: corner,
      columns: (0..<box[0]).map { String(start[0] + $0) }, lines: lines,
      columnGroup: chunkElements, lineGroup: box.count > 1 ? box[1] : 1)
  }

  /// The contents of each line of shared memory.
  private var memoryGrid: Grid {
    let lineBytes = SharedMemoryBanks.lineByteCount
    let perLine = lineBytes / CanonicalLayout.chunkByteCount
    let lineCount = (sharedBytes + lineBytes - 1) / lineBytes
    var cells = Array(
      repeating: Array(repeating: Grid.Cell(""), count: perLine), count: lineCount)
    for chunk in chunks {
      // Coordinates are written as tensors are indexed: the innermost last.
      let place = text(chunk.coordinate.reversed(), separator: ",")
      cells[chunk.offset / lineBytes][chunk.offset % lineBytes / CanonicalLayout.chunkByteCount] =
        cell(of: chunk, place, shade: chunk.index[0] / chunkElements)
    }
    return Grid(
      "Shared memory: the coordinates at which each chunk begins, innermost last", corner: "banks",
      columns: (0..<perLine).map { "\(4 * $0)–\(4 * $0 + 3)" },
      lines: cells.enumerated().map { Grid.Line(hexadecimal($0 * lineBytes), $1) })
  }

  /// Returns the cell of a chunk, marked where it is outside of the tensor.
  private func cell(of chunk: Chunk, _ text: String, shade: Int) -> Grid.Cell {
    if chunk.inside.isEmpty { return Grid.Cell("·" + text, .faint) }
    return Grid.Cell(
      chunk.inside.count < chunkElements ? "~" + text : text, .shade(shade))
  }
}
