// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// The mapping of 8 × 8 matrices to the registers of `ldmatrix` and `stmatrix`.
struct MatrixMoveExplanation: Explanation {
  /// The topic, for programs.
  let topic: String
  /// The number of matrices, and whether they are transposed on the way.
  let count: Int, isTransposed: Bool
  /// The lanes that give addresses, one for each row.
  let addresses: [Address]
  /// The registers, lane by lane.
  let registers: [Register]

  /// The lane that is listed.
  private let choice: ThreadChoice

  /// The address of a row.
  struct Address: Encodable {
    /// The lane that gives it, the matrix, and the row of 16 bytes.
    let lane: Int, matrix: Int, row: Int
  }

  /// A register of a lane.
  struct Register: Encodable {
    /// The lane, and the register's number.
    let lane: Int, register: Int
    /// The elements in its halves, the low one first, as they lie in memory.
    let elements: [Element]
  }

  /// An element of a matrix.
  struct Element: Encodable {
    /// The matrix, the row, and the column.
    let matrix: Int, row: Int, column: Int
  }

  /// The keys of the map.
  private enum CodingKeys: String, CodingKey {
    case topic, count, isTransposed, addresses, registers
  }

  /// Looks at a move.
  ///
  /// - Throws: `ExplanationError` where there is no such instruction.
  init(
    instruction: MatrixInstruction, count: Int, isTransposed: Bool,
    choice: ThreadChoice = ThreadChoice()
  ) throws(ExplanationError) {
    guard EightByEightMatrix.counts.contains(count) else {
      throw .notAllowed(
        what: "The number of matrices", value: count, allowed: EightByEightMatrix.counts)
    }
    topic = instruction.rawValue
    self.count = count
    self.isTransposed = isTransposed
    self.choice = choice
    addresses = (0..<count).flatMap { matrix in
      (0..<8).map { row in
        Address(
          lane: EightByEightMatrix.addressLane(matrix: matrix, row: row), matrix: matrix, row: row)
      }
    }
    registers = (0..<32).flatMap { lane in
      (0..<count).map { register in
        let elements = (0..<2).map { half in
          let place = EightByEightMatrix.position(
            lane: lane, half: half, isTransposed: isTransposed)
          return Element(matrix: register, row: place.row, column: place.column)
        }
        return Register(lane: lane, register: register, elements: elements)
      }
    }
  }
}

/// An instruction that moves 8 × 8 matrices between registers and shared memory.
enum MatrixInstruction: String {
  /// From shared memory to registers.
  case load = "ldmatrix"
  /// From registers to shared memory.
  case store = "stmatrix"
}

extension MatrixMoveExplanation {
  /// The picture for people.
  var picture: Picture {
    var parts: [Picture.Part] = [.facts(facts), .grid(grid)]
    if let lane = choice.thread {
      parts.append(.table("Registers of lane \(lane)", table(of: lane)))
    }
    return Picture(parts)
  }

  /// The properties of the instruction.
  private var facts: Table {
    var table = Table()
    let transposition = isTransposed ? ".trans" : ""
    table.add("instruction", "\(topic).sync.aligned.m8n8.x\(count)\(transposition).shared.b16")
    table.add(
      "matrices",
      "\(count) of 8 rows of 16 bytes in shared memory; lane 8m + r provides the address of row r of matrix m"
    )
    table.add("banks", "the rows of a matrix move together ('tilewright explain swizzle')")
    table.add(
      "registers", "\(count) in each of 32 lanes, register m of matrix m, two elements in each")
    return table
  }

  /// The owner of each element.
  private var grid: Grid {
    var holders = HolderGrid(rows: 8 * count, columns: 8)
    for register in registers {
      for (half, element) in register.elements.enumerated() {
        holders.put(
          "\(register.lane).\(register.register).\(half)",
          choice.ink(of: register.lane, shade: register.lane / 4),
          row: 8 * element.matrix + element.row, column: element.column)
      }
    }
    let labels = addresses.map { "matrix \($0.matrix) row \($0.row), address of lane \($0.lane)" }
    return holders.grid(
      "The owner of each element, as lane.register.half", corner: "columns", rowLabels: labels,
      columnGroup: 8, rowGroup: 8)
  }

  /// The registers of a lane.
  private func table(of lane: Int) -> Columns {
    var columns = Columns("  REGISTER", "HALF", "MATRIX", "ROW", "COLUMN")
    for register in registers where register.lane == lane {
      for (half, element) in register.elements.enumerated() {
        columns.add(
          "  \(register.register)", half == 0 ? "low" : "high", "\(element.matrix)",
          "\(element.row)", "\(element.column)")
      }
    }
    return columns
  }
}
