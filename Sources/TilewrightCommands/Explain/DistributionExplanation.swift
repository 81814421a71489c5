// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// A tile cut into vectors and dealt out to threads: which register of which thread has what.
struct DistributionExplanation: Explanation {
  /// The topic, for programs.
  let topic = "distribute"
  /// The extents of the tile and of a vector, rows first.
  let tile: [Int], vector: [Int]
  /// The thread layout, as CuTe writes it, and the number of threads.
  let threads: String, threadCount: Int
  /// The elements that each thread has.
  let registerCount: Int
  /// The registers, thread by thread.
  let registers: [Register]

  /// The map.
  private let distribution: ThreadDistribution
  /// The thread that is listed.
  private let choice: ThreadChoice

  /// A register of a thread.
  struct Register: Encodable {
    /// The thread, the register's number, and the number of its vector.
    let thread: Int, register: Int, vector: Int
    /// The element.
    let row: Int, column: Int
  }

  /// The keys of the map.
  private enum CodingKeys: String, CodingKey {
    case topic, tile, vector, threads, threadCount, registerCount, registers
  }

  /// Looks at a distribution.
  init(_ distribution: ThreadDistribution, choice: ThreadChoice = ThreadChoice()) {
    self.distribution = distribution
    self.choice = choice
    tile = [distribution.rows, distribution.columns]
    vector = [distribution.vectorRows, distribution.vectorColumns]
    threads = "\(distribution.threads)"
    threadCount = distribution.threadCount
    registerCount = distribution.registerCount
    registers = (0..<distribution.threadCount).flatMap { thread in
      (0..<distribution.registerCount).map { register in
        let place = distribution.position(thread: thread, register: register)
        return Register(
          thread: thread, register: register, vector: register / distribution.vectorSize,
          row: place.row, column: place.column)
      }
    }
  }
}

extension DistributionExplanation {
  /// The picture for people.
  var picture: Picture {
    var parts: [Picture.Part] = [.facts(facts), .grid(grid)]
    if let thread = choice.thread {
      parts.append(.table("Registers of thread \(thread)", table(of: thread)))
    }
    return Picture(parts)
  }

  /// The extents of a block of threads, in vectors.
  private var block: (rows: Int, columns: Int) {
    (distribution.threads[0].size, distribution.threads[1].size)
  }

  /// The properties of the distribution.
  private var facts: Table {
    var table = Table()
    let vectorRows = tile[0] / vector[0]
    let vectorColumns = tile[1] / vector[1]
    table.add("tile", "\(tile[0]) x \(tile[1]) elements")
    table.add(
      "vectors", "\(vectorRows) x \(vectorColumns) of \(vector[0]) x \(vector[1]) elements")
    table.add(
      "threads",
      "\(threadCount), \(threads) over blocks of \(block.rows) x \(block.columns) vectors")
    table.add(
      "blocks",
      """
      \(vectorRows / block.rows) x \(vectorColumns / block.columns); each thread has one vector in \
      each, \(registerCount) elements in total
      """)
    return table
  }

  /// The thread of each vector, and the register of its first element.
  private var grid: Grid {
    var holders = HolderGrid(rows: tile[0] / vector[0], columns: tile[1] / vector[1])
    let size = distribution.vectorSize
    for register in registers where register.register % size == 0 {
      let last = register.register + size - 1
      let range = size == 1 ? "\(last)" : "\(register.register)–\(last)"
      holders.put(
        "\(register.thread):\(range)", choice.ink(of: register.thread, shade: register.thread),
        row: register.row / vector[0], column: register.column / vector[1])
    }
    return holders.grid(
      "The owner of each vector, as thread:registers", corner: "columns",
      rowLabels: labels("row", tile[0], vector[0]),
      columnLabels: labels("", tile[1], vector[1]), columnGroup: block.columns,
      rowGroup: block.rows)
  }

  /// Returns the labels of vectors along a direction.
  private func labels(_ name: String, _ extent: Int, _ step: Int) -> [String] {
    stride(from: 0, to: extent, by: step).map { first in
      let range = step == 1 ? "\(first)" : "\(first)–\(first + step - 1)"
      if name.isEmpty { return range }
      return step == 1 ? "\(name) \(range)" : "\(name)s \(range)"
    }
  }

  /// The registers of a thread.
  private func table(of thread: Int) -> Columns {
    var columns = Columns("  REGISTER", "VECTOR", "ROW", "COLUMN")
    for register in registers where register.thread == thread {
      columns.add(
        "  \(register.register)", "\(register.vector)", "\(register.row)", "\(register.column)")
    }
    return columns
  }
}
