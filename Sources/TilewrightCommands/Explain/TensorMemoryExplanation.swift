// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// The layout of D in Tensor Memory with `tcgen05.mma`.
struct TensorMemoryExplanation: Explanation {
  /// The topic, for programs.
  let topic = "tensor-memory"
  /// The rows and columns of D, of all blocks of the group, and the blocks.
  let m: Int, n: Int, group: Int
  /// The layout's letter in the manual.
  let layout: String
  /// The columns that D takes in each block, and the columns that are allocated for them.
  let columns: Int, allocatedColumns: Int
  /// The elements, in runs of neighbouring columns.
  let runs: [Run]

  /// Neighbouring cells of a lane that hold neighbouring elements of a row.
  struct Run: Encodable {
    /// The rank of the block in its group, the lane, and the first column.
    let rank: Int, lane: Int, column: Int
    /// The element's row in D, the first one's column, and how many there are.
    let row: Int, firstColumn: Int, count: Int
  }

  /// Looks at the accumulator of an instruction.
  ///
  /// - Throws: `ExplanationError` where there is no such instruction.
  init(m: Int, n: Int, group: CTAGroup) throws(ExplanationError) {
    do {
      _ = try TensorCoreInstructionDescriptor(.bf16, m: m, n: n, use: .group(group))
    } catch {
      throw Self.rule(error, group: group)
    }
    guard let accumulator = TensorMemoryAccumulator(m: m, group: group) else {
      fatalError("Every shape of a dense instruction has a layout.")
    }
    self.m = m
    self.n = n
    self.group = group.rawValue
    layout = accumulator.rawValue
    columns = accumulator.columnCount(n: n)
    let needed = columns
    allocatedColumns = [32, 64, 128, 256, 512].first { $0 >= needed } ?? needed
    var runs: [Run] = []
    for row in 0..<m {
      for column in 0..<n {
        let cell = accumulator.cell(row: row, column: column, n: n)
        let rank = accumulator.rank(row: row)
        if let last = runs.last, last.row == row, last.rank == rank, last.lane == cell.lane,
          last.column + last.count == cell.column
        {
          runs[runs.count - 1] = last.extended()
        } else {
          runs.append(
            Run(
              rank: rank, lane: cell.lane, column: cell.column, row: row, firstColumn: column,
              count: 1))
        }
      }
    }
    self.runs = runs
  }

  /// Returns the rule that a shape breaks; what the descriptor's fields cannot even hold, by the
  /// instruction's own rule.
  private static func rule(_ finding: DescriptorFinding, group: CTAGroup) -> ExplanationError {
    switch finding.field {
    case .m:
      return .notAllowed(
        what: "M with .cta_group::\(group.rawValue)", value: finding.value,
        allowed: group == .one ? [64, 128] : [128, 256])
    case .n:
      let step = 8 * group.rawValue
      return .notAllowed(
        what: "N with .cta_group::\(group.rawValue)", value: finding.value,
        allowed: Array(stride(from: step, through: 256, by: step)))
    default: return .descriptor(finding)
    }
  }
}

extension TensorMemoryExplanation.Run {
  /// Returns the run with one more element.
  fileprivate func extended() -> Self {
    Self(
      rank: rank, lane: lane, column: column, row: row, firstColumn: firstColumn, count: count + 1)
  }
}

extension TensorMemoryExplanation {
  /// The picture for people.
  var picture: Picture {
    Picture(
      [.facts(facts), .table("Lanes", laneTable)]
        + (0..<group).map { .grid(grid(rank: $0)) }
        + [.note("· is a cell that D does not use; a cell has 32 bits.")])
  }

  /// The properties of the accumulator.
  private var facts: Table {
    var table = Table()
    let blocks = group == 1 ? "one block" : "a CTA pair"
    table.add("D", "\(m) x \(n) of tcgen05.mma in \(blocks), layout \(layout)")
    table.add(
      "Tensor Memory",
      """
      128 lanes of 512 columns of 32 bits; D takes \(columns) columns\(group == 1 ? "" : " in each block"), \
      \(allocatedColumns) are allocated
      """)
    return table
  }

  /// The lanes that hold neighbouring rows, alike ones together.
  private var laneTable: Columns {
    var table =
      group == 1
      ? Columns("  LANES", "WARP", "ROWS OF D", "COLUMNS OF D", "IN COLUMNS")
      : Columns("  LANES", "WARP", "ROWS OF D", "COLUMNS OF D", "IN COLUMNS", "BLOCK")
    let sorted = runs.sorted { ($0.rank, $0.lane, $0.column) < ($1.rank, $1.lane, $1.column) }
    var index = 0
    while index < sorted.count {
      let first = sorted[index]
      let alike = sorted[index...].enumerated().prefix { offset, run in
        run.rank == first.rank && run.lane == first.lane + offset && run.row == first.row + offset
          && run.firstColumn == first.firstColumn && run.lane / 32 == first.lane / 32
      }.count
      let lastColumn = first.firstColumn + first.count - 1
      let cells = [
        "  \(first.lane)–\(first.lane + alike - 1)", "\(first.lane / 32)",
        "\(first.row)–\(first.row + alike - 1)", "\(first.firstColumn)–\(lastColumn)",
        "\(first.column)–\(first.column + first.count - 1)",
      ]
      table.add(cells: group == 1 ? cells : cells + ["\(first.rank)"])
      index += alike
    }
    return table
  }

  /// Returns the cells of a block, as rows and columns of D.
  private func grid(rank: Int) -> Grid {
    var holders = HolderGrid(rows: 128, columns: columns)
    for run in runs where run.rank == rank {
      for offset in 0..<run.count {
        holders.put(
          "\(run.row),\(run.firstColumn + offset)", .shade(run.row / 16), row: run.lane,
          column: run.column + offset)
      }
    }
    let block = group == 1 ? "" : " of block \(rank)"
    return holders.grid(
      "Tensor Memory\(block), as the row and column of D in each cell", corner: "columns",
      rowLabels: (0..<128).map { "lane \($0)" }, columnGroup: 8, rowGroup: 16)
  }
}
