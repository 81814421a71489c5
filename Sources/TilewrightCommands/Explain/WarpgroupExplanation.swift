// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// The mapping of A or D to the registers of `wgmma`.
struct WarpgroupExplanation: Explanation {
  /// The topic, for programs.
  let topic = "wgmma"
  /// The operand, `a` or `d`, and the type of its elements.
  let operand: String, type: String
  /// The extents of the operand.
  let rows: Int, columns: Int
  /// The registers of each thread.
  let registerCount: Int
  /// The registers, thread by thread.
  let registers: [Register]

  /// The thread that is listed.
  private let choice: ThreadChoice

  /// A register of a thread.
  struct Register: Encodable {
    /// The thread of the warpgroup, and the register's number.
    let thread: Int, register: Int
    /// The elements, from the low bits up.
    let elements: [Element]
  }

  /// An element of the operand.
  struct Element: Encodable {
    /// The row and the column: m and n of D, m and k of A.
    let row: Int, column: Int
  }

  /// The keys of the map.
  private enum CodingKeys: String, CodingKey {
    case topic, operand, type, rows, columns, registerCount, registers
  }

  /// Creates the explanation of D.
  ///
  /// - Throws: `ExplanationError` if no instruction has this number of columns, or accumulators of
  ///   this type.
  init(
    sumsOf n: Int, type: String, choice: ThreadChoice = ThreadChoice()
  ) throws(ExplanationError) {
    let elementsPerRegister: Int
    let columnCounts: [Int]
    switch type.lowercased() {
    case "f32": (elementsPerRegister, columnCounts) = (1, WarpgroupAccumulator.columnCounts)
    case "f16": (elementsPerRegister, columnCounts) = (2, WarpgroupAccumulator.columnCounts)
    case "s32": (elementsPerRegister, columnCounts) = (1, WarpgroupAccumulator.integerColumnCounts)
    default: throw .unknownName(what: "type of D", name: type, known: ["f32", "f16", "s32"])
    }
    guard columnCounts.contains(n) else {
      throw .notAllowed(
        what: "N of wgmma with D in \(type.lowercased())", value: n, allowed: columnCounts)
    }
    operand = "d"
    self.type = type.lowercased()
    self.choice = choice
    rows = 64
    columns = n
    let count = WarpgroupAccumulator.registerCount(n: n) / elementsPerRegister
    registerCount = count
    registers = (0..<128).flatMap { thread in
      (0..<count).map { register in
        let positions = WarpgroupAccumulator.positions(
          thread: thread, register: register, elementsPerRegister: elementsPerRegister)
        return Register(
          thread: thread, register: register,
          elements: positions.map { Element(row: $0.row, column: $0.column) })
      }
    }
  }

  /// Looks at A in registers.
  ///
  /// - Throws: `ExplanationError` where no instruction has such elements.
  init(
    operandOf type: String, choice: ThreadChoice = ThreadChoice()
  ) throws(ExplanationError) {
    let known = ["bf16", "f16", "tf32", "e4m3", "e5m2", "s8", "u8"]
    let name = type.lowercased()
    guard known.contains(name) else {
      throw .unknownName(what: "type of A", name: type, known: known)
    }
    let fragment = WarpgroupOperand(elementByteCount: try ExplainedType(named: name).byteCount)
    operand = "a"
    self.type = name
    self.choice = choice
    rows = 64
    columns = CanonicalLayout.stepByteCount / fragment.elementByteCount
    registerCount = WarpgroupOperand.registerCount
    registers = (0..<128).flatMap { thread in
      (0..<WarpgroupOperand.registerCount).map { register in
        let positions = (0..<fragment.elementsPerRegister).map {
          fragment.position(thread: thread, register: register, element: $0)
        }
        return Register(
          thread: thread, register: register,
          elements: positions.map { Element(row: $0.row, column: $0.column) })
      }
    }
  }
}

extension WarpgroupExplanation {
  /// The picture for people.
  var picture: Picture {
    var parts: [Picture.Part] = [.facts(facts), .grid(grid)]
    if let thread = choice.thread {
      parts.append(.table("Registers of thread \(thread)", table(of: thread)))
    }
    return Picture(parts)
  }

  /// The elements in a register.
  private var elementsPerRegister: Int { registers[0].elements.count }

  /// The properties of the operand.
  private var facts: Table {
    var table = Table()
    let name = operand == "d" ? "D[m, n]" : "A[m, k]"
    table.add("operand", "\(name) of wgmma, \(rows) x \(columns) \(type)")
    let each =
      elementsPerRegister == 1
      ? "an element in each" : "\(elementsPerRegister) elements in each, lowest bits first"
    table.add("registers", "\(registerCount) in each of 128 threads, \(each)")
    table.add("warps", "warp w has rows 16w to 16w + 15; thread t is lane t % 32 of warp t / 32")
    return table
  }

  /// The owner of each element.
  private var grid: Grid {
    var holders = HolderGrid(rows: rows, columns: columns)
    let isPacked = elementsPerRegister > 1
    for register in registers {
      for (number, element) in register.elements.enumerated() {
        let name = "\(register.thread).\(register.register)" + (isPacked ? ".\(number)" : "")
        holders.put(
          name, choice.ink(of: register.thread, shade: register.thread % 32 / 4),
          row: element.row, column: element.column)
      }
    }
    return holders.grid(
      "The owner of each element, as \(isPacked ? "thread.register.element" : "thread.register")",
      corner: operand == "d" ? "m ↓ n →" : "m ↓ k →", rowLabels: (0..<rows).map { "\($0)" },
      columnGroup: max(8, 4 * elementsPerRegister), rowGroup: 8)
  }

  /// The registers of a thread.
  private func table(of thread: Int) -> Columns {
    var columns = Columns("  REGISTER", "ELEMENT", "ROW", "COLUMN")
    for register in registers where register.thread == thread {
      for (number, element) in register.elements.enumerated() {
        columns.add(
          "  \(register.register)", "\(number)", "\(element.row)", "\(element.column)")
      }
    }
    return columns
  }
}
