// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// A tile in shared memory before and after the swizzle, and the banks in which its chunks lie.
struct SwizzleExplanation: Explanation {
  /// The topic, for programs.
  let topic = "swizzle"
  /// The type of the elements, the swizzle, its function, and which index is contiguous.
  let type: String, mode: String, swizzle: String, majorness: String
  /// The extents of the tile, its bytes, and what its address is a multiple of.
  let rows: Int, columns: Int, bytes: Int, alignment: Int
  /// The chunks of 16 bytes, line by line.
  let chunks: [Chunk]
  /// The core matrices, by the eight lines and the chunk that they take.
  let coreMatrices: [CoreMatrix]

  /// The tile.
  private let tile: TileRequest
  /// Whether banks are drawn element by element.
  private let drawsElements: Bool

  /// A chunk of 16 bytes of a line.
  struct Chunk: Encodable {
    /// The line, and the number of the chunk in it.
    let line: Int, chunk: Int
    /// The chunk's first element.
    let row: Int, column: Int
    /// The offsets of the chunk without the swizzle and with it, in bytes.
    let offset: Int, swizzledOffset: Int
    /// The first and the last of the four banks, without the swizzle and with it.
    let banks: [Int], swizzledBanks: [Int]
  }

  /// Eight lines of 16 bytes.
  struct CoreMatrix: Encodable {
    /// The first line, and the number of the chunk in the lines.
    let line: Int, chunk: Int
    /// The degree of the bank conflict of the eight lines, without the swizzle and with it.
    let ways: Int, swizzledWays: Int
    /// The lines that lie in the same banks, without the swizzle and with it.
    let conflicts: [[Int]], swizzledConflicts: [[Int]]
  }

  /// The keys of the map.
  private enum CodingKeys: String, CodingKey {
    case topic, type, mode, swizzle, majorness, rows, columns, bytes, alignment, chunks
    case coreMatrices
  }

  /// Creates the explanation of a tile.
  init(_ tile: TileRequest, drawsElements: Bool = false) {
    self.tile = tile
    self.drawsElements = drawsElements
    let layout = tile.layout
    type = tile.type.name
    mode = layout.swizzleMode.rawValue
    swizzle = "\(layout.swizzleMode.swizzle)"
    majorness = layout.majorness.rawValue
    rows = layout.rows
    columns = layout.columns
    bytes = layout.byteCount
    alignment = layout.alignment
    chunks = (0..<layout.lineCount).flatMap { line in
      (0..<layout.chunksPerLine).map { Chunk(layout, line: line, chunk: $0) }
    }
    let firstLines = stride(
      from: 0, to: layout.lineCount, by: CanonicalLayout.coreMatrixLineCount)
    coreMatrices = firstLines.flatMap { line in
      (0..<layout.chunksPerLine).map { CoreMatrix(layout, line: line, chunk: $0) }
    }
  }
}

extension SwizzleExplanation.Chunk {
  /// Looks at a chunk of a tile.
  fileprivate init(_ layout: CanonicalLayout, line: Int, chunk: Int) {
    self.line = line
    self.chunk = chunk
    let element = layout.firstElement(line: line, chunk: chunk)
    row = element.row
    column = element.column
    offset = layout.chunkByteOffset(line: line, chunk: chunk, isSwizzled: false)
    swizzledOffset = layout.chunkByteOffset(line: line, chunk: chunk)
    let before = SharedMemoryBanks.banks(ofChunkAt: offset)
    let after = SharedMemoryBanks.banks(ofChunkAt: swizzledOffset)
    banks = [before.lowerBound, before.upperBound]
    swizzledBanks = [after.lowerBound, after.upperBound]
  }
}

extension SwizzleExplanation.CoreMatrix {
  /// Looks at a core matrix of a tile.
  fileprivate init(_ layout: CanonicalLayout, line: Int, chunk: Int) {
    self.line = line
    self.chunk = chunk
    let before = layout.coreMatrix(line: line, chunk: chunk, isSwizzled: false)
    let after = layout.coreMatrix(line: line, chunk: chunk)
    ways = SharedMemoryBanks.ways(moving: before)
    swizzledWays = SharedMemoryBanks.ways(moving: after)
    conflicts = Self.conflicts(of: before, from: line)
    swizzledConflicts = Self.conflicts(of: after, from: line)
  }

  /// A kind of bank conflict of a core matrix, with lines counted from its first one.
  struct Kind: Hashable {
    /// The degree of the bank conflict, without the swizzle and with it.
    let ways: Int, swizzledWays: Int
    /// The lines that lie in the same banks, without the swizzle and with it.
    let conflicts: [[Int]], swizzledConflicts: [[Int]]
  }

  /// The kind of bank conflict of the core matrix.
  fileprivate var kind: Kind {
    Kind(
      ways: ways, swizzledWays: swizzledWays, conflicts: conflicts.map { $0.map { $0 - line } },
      swizzledConflicts: swizzledConflicts.map { $0.map { $0 - line } })
  }

  /// Returns the lines that lie in the same banks as another.
  private static func conflicts(of ranges: [Range<Int>], from line: Int) -> [[Int]] {
    let banks = ranges.map { SharedMemoryBanks.bank(ofByteAt: $0.lowerBound) }
    return Set(banks).sorted().map { bank in
      banks.indices.filter { banks[$0] == bank }.map { line + $0 }
    }.filter { $0.count > 1 }
  }
}

extension SwizzleExplanation {
  /// The picture for people.
  var picture: Picture {
    var parts: [Picture.Part] = [.facts(facts)]
    for isSwizzled in tile.layout.swizzleMode == .none ? [false] : [false, true] {
      parts += [
        .grid(drawsElements ? elementGrid(isSwizzled) : chunkGrid(isSwizzled)),
        .grid(memoryGrid(isSwizzled)),
      ]
    }
    return Picture(parts + [.table(conflictTitle, conflictTable)])
  }

  /// The title of the table of conflicts.
  var conflictTitle: String {
    "Bank conflicts among the 8 lines of a core matrix, which are accessed together"
  }

  /// The words for unswizzled or swizzled banks.
  private func time(_ isSwizzled: Bool) -> String {
    guard tile.layout.swizzleMode != .none else { return "" }
    return isSwizzled ? ", after the swizzle" : ", before the swizzle"
  }

  /// The name of a line of the tile.
  private var lineName: String { tile.layout.majorness == .k ? "row" : "column" }

  /// The properties of the tile.
  private var facts: Table {
    var table = Table()
    let elements = tile.layout.chunkElementCount
    table.add("tile", tile.summary)
    table.add(
      "memory",
      "\(grouped(bytes)) bytes at a multiple of \(max(128, alignment)); chunks of 16 bytes are \(elements) elements"
    )
    table.add("banks", "32 of 4 bytes; 128 bytes are a line of shared memory")
    return table
  }

  /// The labels of chunks: the elements that they hold.
  private var chunkLabels: [String] {
    let elements = tile.layout.chunkElementCount
    return (0..<tile.layout.chunksPerLine).map { chunk in
      range(chunk * elements, chunk * elements + elements - 1)
    }
  }

  /// Returns a range as a label.
  private func range(_ first: Int, _ last: Int) -> String {
    first == last ? "\(first)" : "\(first)–\(last)"
  }

  /// The chunks of a box, which belong together.
  private var chunkGroup: Int {
    tile.layout.swizzleMode == .none
      ? tile.layout.chunksPerLine : tile.layout.swizzleMode.spanByteCount / 16
  }

  /// Returns the banks of each chunk of each line, with the ways of each core matrix below it.
  private func chunkGrid(_ isSwizzled: Bool) -> Grid {
    let count = tile.layout.chunksPerLine
    var lines: [Grid.Line] = []
    for line in 0..<tile.layout.lineCount {
      let cells = chunks[line * count..<(line + 1) * count].map { chunk in
        let banks = isSwizzled ? chunk.swizzledBanks : chunk.banks
        return Grid.Cell(range(banks[0], banks[1]), .shade(banks[0] / 4))
      }
      lines.append(Grid.Line("\(lineName) \(line)", cells))
      if (line + 1) % CanonicalLayout.coreMatrixLineCount == 0 {
        lines.append(waysLine(ofGroup: line / CanonicalLayout.coreMatrixLineCount, isSwizzled))
      }
    }
    let index = tile.layout.majorness == .k ? "columns" : "rows"
    return Grid(
      "Banks of each chunk" + time(isSwizzled), corner: index, columns: chunkLabels, lines: lines,
      columnGroup: chunkGroup, lineGroup: CanonicalLayout.coreMatrixLineCount + 1)
  }

  /// Returns the line below a group of core matrices: in how many ways each conflicts.
  private func waysLine(ofGroup group: Int, _ isSwizzled: Bool) -> Grid.Line {
    let count = tile.layout.chunksPerLine
    let cells = coreMatrices[group * count..<(group + 1) * count].map { matrix in
      let ways = isSwizzled ? matrix.swizzledWays : matrix.ways
      return Grid.Cell("\(ways)-way", ways > 1 ? .alarming : .plain)
    }
    return Grid.Line("conflict", cells)
  }

  /// Returns the bank of each element of each line.
  private func elementGrid(_ isSwizzled: Bool) -> Grid {
    let count = tile.layout.chunksPerLine
    let elements = tile.layout.chunkElementCount
    let lines = (0..<tile.layout.lineCount).map { line in
      let cells = chunks[line * count..<(line + 1) * count].flatMap { chunk in
        (0..<elements).map { element in
          let start = isSwizzled ? chunk.swizzledOffset : chunk.offset
          let byte = start + element * tile.type.byteCount
          let bank = SharedMemoryBanks.bank(ofByteAt: byte)
          return Grid.Cell("\(bank)", .shade(bank / 4))
        }
      }
      return Grid.Line("\(lineName) \(line)", cells)
    }
    let index = tile.layout.majorness == .k ? "columns" : "rows"
    return Grid(
      "Bank of each element" + time(isSwizzled), corner: index,
      columns: (0..<count * elements).map(String.init), lines: lines, columnGroup: elements,
      lineGroup: CanonicalLayout.coreMatrixLineCount)
  }

  /// The contents of each line of shared memory, with the swizzle.
  var finalMemoryGrid: Grid { memoryGrid(tile.layout.swizzleMode != .none) }

  /// Returns what lies in each line of shared memory, by the first element of each chunk.
  private func memoryGrid(_ isSwizzled: Bool) -> Grid {
    let lineBytes = SharedMemoryBanks.lineByteCount
    let perLine = lineBytes / CanonicalLayout.chunkByteCount
    let ordered = chunks.sorted {
      isSwizzled ? $0.swizzledOffset < $1.swizzledOffset : $0.offset < $1.offset
    }
    let lines = stride(from: 0, to: ordered.count, by: perLine).map { first in
      let cells = ordered[first..<min(first + perLine, ordered.count)].map { chunk in
        Grid.Cell("\(chunk.row),\(chunk.column)", .shade(chunk.chunk))
      }
      let blanks = Array(repeating: Grid.Cell.nothing, count: perLine - cells.count)
      return Grid.Line(hexadecimal(first * CanonicalLayout.chunkByteCount), cells + blanks)
    }
    let banks = (0..<perLine).map { range(4 * $0, 4 * $0 + 3) }
    return Grid(
      "Shared memory\(time(isSwizzled)): the row and column at which each chunk begins",
      corner: "banks", columns: banks, lines: lines,
      lineGroup: max(1, tile.layout.boxByteCount / lineBytes))
  }

  /// The core matrices by their conflicts, alike ones together.
  var conflictTable: Columns {
    let isSwizzled = tile.layout.swizzleMode != .none
    var columns = Columns(
      cells: ["  CORE MATRICES", isSwizzled ? "BEFORE" : "CONFLICT", "IN THE SAME BANKS"]
        + (isSwizzled ? ["AFTER", "IN THE SAME BANKS"] : []))
    var kinds: [(conflict: CoreMatrix.Kind, count: Int)] = []
    for matrix in coreMatrices {
      if let index = kinds.firstIndex(where: { $0.conflict == matrix.kind }) {
        kinds[index].count += 1
      } else {
        kinds.append((matrix.kind, 1))
      }
    }
    for (kind, count) in kinds {
      let number = "  \(count) of \(coreMatrices.count)"
      let before = [number, "\(kind.ways)-way", text(kind.conflicts)]
      let after = ["\(kind.swizzledWays)-way", text(kind.swizzledConflicts)]
      columns.add(cells: isSwizzled ? before + after : before)
    }
    return columns
  }

  /// Returns sets of lines as a table has them.
  private func text(_ conflicts: [[Int]]) -> String {
    conflicts.isEmpty ? "no two lines" : conflicts.map(text).joined(separator: "; ")
  }

  /// Returns lines as a table has them.
  private func text(_ lines: [Int]) -> String {
    let isRun = zip(lines, lines.dropFirst()).allSatisfy { $1 == $0 + 1 }
    if isRun, let first = lines.first, let last = lines.last { return range(first, last) }
    return lines.map(String.init).joined(separator: ", ")
  }
}

/// Returns a number of bytes as an offset.
func hexadecimal(_ value: Int) -> String {
  let digits = String(value, radix: 16)
  return "0x" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
