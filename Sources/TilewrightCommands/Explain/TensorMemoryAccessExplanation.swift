// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// The mapping of cells of Tensor Memory to the registers of `tcgen05.ld` and `tcgen05.st`.
struct TensorMemoryAccessExplanation: Explanation {
  /// The topic, for programs.
  let topic: String
  /// The shape, the factor of `.xN`, and whether registers have two halves of cells.
  let shape: String, repetitions: Int, isPacked: Bool
  /// The number of columns between the two halves of `16x32bx2`; none for other shapes.
  let splitOffset: Reported<Int>
  /// The registers of each thread, and the lanes and columns from the address on that they reach.
  let registerCount: Int, laneCount: Int, columnCount: Int
  /// The registers, thread by thread.
  let registers: [Register]

  /// The thread that is listed.
  private let choice: ThreadChoice

  /// A register of a thread.
  struct Register: Encodable {
    /// The lane of the warp, and the register's number.
    let thread: Int, register: Int
    /// The cells relative to the address: two, from the low half up, where registers are packed.
    let cells: [Cell]
  }

  /// A cell of Tensor Memory.
  struct Cell: Encodable {
    /// The lane and the column.
    let lane: Int, column: Int
  }

  /// The keys of the map.
  private enum CodingKeys: String, CodingKey {
    case topic, shape, repetitions, isPacked, splitOffset, registerCount, laneCount, columnCount
    case registers
  }

  /// Looks at an access.
  ///
  /// - Throws: `ExplanationError` where there is no such instruction.
  init(
    instruction: TensorMemoryInstruction, shape: TensorMemoryShape, repetitions: Int,
    isPacked: Bool = false, splitOffset: Int? = nil, choice: ThreadChoice = ThreadChoice()
  ) throws(ExplanationError) {
    guard shape.repetitions.contains(repetitions) else {
      throw .notAllowed(
        what: "The factor N of \(shape.rawValue).xN", value: repetitions,
        allowed: shape.repetitions)
    }
    let isSplit = shape == .lanes16Bits32Twice
    if splitOffset != nil, !isSplit {
      throw .optionWithout(option: "--split", needs: "the shape 16x32bx2")
    }
    let width = shape.reach(repetitions: repetitions, isPacked: isPacked)
    let split = isSplit ? splitOffset ?? width : 0
    let limit = 512 - width
    guard (0...max(limit, 0)).contains(split), limit >= 0 else {
      throw .outside(
        what: "The split of two halves of \(width) columns", value: split, range: 0...limit)
    }
    topic = instruction.rawValue
    self.choice = choice
    self.shape = shape.rawValue
    self.repetitions = repetitions
    self.isPacked = isPacked
    self.splitOffset = Reported(isSplit ? split : nil)
    let count = repetitions * shape.registersPerRepetition
    registerCount = count
    laneCount = shape.laneCount
    columnCount = shape.reach(
      repetitions: repetitions, isPacked: isPacked, splitOffset: split)
    registers = (0..<32).flatMap { thread in
      (0..<count).map { register in
        let cells = shape.cells(
          thread: thread, register: register, isPacked: isPacked, splitOffset: split)
        return Register(
          thread: thread, register: register,
          cells: cells.map { Cell(lane: $0.lane, column: $0.column) })
      }
    }
  }
}

/// An instruction that moves cells of Tensor Memory.
enum TensorMemoryInstruction: String {
  /// From cells to registers.
  case load = "tcgen05.ld"
  /// From registers to cells.
  case store = "tcgen05.st"
}

extension TensorMemoryAccessExplanation {
  /// The picture for people.
  var picture: Picture {
    var parts: [Picture.Part] = [.facts(facts), .grid(grid)]
    if let thread = choice.thread {
      parts.append(.table("Registers of lane \(thread)", table(of: thread)))
    }
    return Picture(parts)
  }

  /// The properties of the instruction.
  private var facts: Table {
    var table = Table()
    let packing =
      isPacked
      ? (topic == TensorMemoryInstruction.load.rawValue ? ".pack::16b" : ".unpack::16b") : ""
    let split = splitOffset.value.map { ", split \($0)" } ?? ""
    table.add("instruction", "\(topic).sync.aligned.\(shape).x\(repetitions)\(packing).b32\(split)")
    table.add(
      "registers",
      "\(registerCount) in each of 32 threads\(isPacked ? ", each with the low halves of two cells" : "")"
    )
    table.add(
      "cells",
      """
      \(laneCount) lanes x \(columnCount) columns, starting at the \
      address\(laneCount == 16 ? ", whose lane is 0 or 16 of the warp's 32" : "")
      """)
    table.add("warps", "warp w of a warpgroup can access lanes 32w to 32w + 31")
    return table
  }

  /// The owner of each cell.
  private var grid: Grid {
    var holders = HolderGrid(rows: laneCount, columns: columnCount)
    for register in registers {
      for (half, cell) in register.cells.enumerated() {
        let name = "\(register.thread).\(register.register)" + (isPacked ? ".\(half)" : "")
        holders.put(
          name, choice.ink(of: register.thread, shade: register.thread / 4), row: cell.lane,
          column: cell.column)
      }
    }
    let isWide = shape == TensorMemoryShape.lanes32Bits32.rawValue
    return holders.grid(
      "The owner of each cell, as \(isPacked ? "thread.register.half" : "thread.register")",
      corner: "columns", rowLabels: (0..<laneCount).map { "lane \($0)" },
      columnGroup: isWide ? columnCount : 8, rowGroup: 8)
  }

  /// The registers of a thread.
  private func table(of thread: Int) -> Columns {
    var columns = Columns("  REGISTER", "LANE", "COLUMN")
    for register in registers where register.thread == thread {
      for (half, cell) in register.cells.enumerated() {
        let part = isPacked ? (half == 0 ? ", low half" : ", high half") : ""
        columns.add("  \(register.register)\(part)", "\(cell.lane)", "\(cell.column)")
      }
    }
    return columns
  }
}

extension TensorMemoryShape {
  /// Finds the shape of a name.
  init(named name: String) throws(ExplanationError) {
    guard let shape = TensorMemoryShape(rawValue: name.lowercased()) else {
      throw .unknownName(
        what: "shape", name: name, known: TensorMemoryShape.allCases.map(\.rawValue))
    }
    self = shape
  }
}
