// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing

@testable import TilewrightCommands

/// Tests of the drawings of `explain`: they show the maps' contents, fit the width and say what
/// they omit.
@Suite struct DrawingTests {
  @Test(arguments: [
    "--shape 16x64b --repeat 2", "--shape 16x128b", "--shape 32x32b --repeat 8",
    "--shape 16x256b --repeat 4", "--shape 16x256b --pack", "--shape 16x32bx2 --repeat 2 --split 5",
  ])
  func `each cell of Tensor Memory is drawn with its register`(options: String) throws {
    let map: Drawn.Access = try explained("tcgen05.ld \(options)")
    let grid = try DrawnGrid("tcgen05.ld \(options)", titled: "The owner of each cell")
    var count = 0
    for register in map.registers {
      for (half, cell) in register.cells.enumerated() {
        let part = register.cells.count > 1 ? ".\(half)" : ""
        #expect(
          grid.cells[cell.lane][cell.column] == "\(register.thread).\(register.register)\(part)")
        count += 1
      }
    }
    #expect(grid.cells.joined().filter { $0 != "·" }.count == count)
  }

  @Test(arguments: ["-n 16", "-n 8 --type f16", "--operand a", "--operand a --type e4m3"])
  func `each element of a fragment is drawn with its register`(options: String) throws {
    let map: Drawn.Fragment = try explained("wgmma \(options)")
    let grid = try DrawnGrid("wgmma \(options)", titled: "The owner of each element")
    for register in map.registers {
      for (number, position) in register.elements.enumerated() {
        let part = register.elements.count > 1 ? ".\(number)" : ""
        let cell = grid.cells[position.row][position.column]
        #expect(cell == "\(register.thread).\(register.register)\(part)")
      }
    }
    #expect(grid.cells.joined().count == map.registers.reduce(0) { $0 + $1.elements.count })
  }

  @Test(arguments: ["stmatrix --count 4", "ldmatrix --count 2 --trans"])
  func `each element of a matrix is drawn with its lane`(line: String) throws {
    let map: Drawn.Move = try explained(line)
    let grid = try DrawnGrid(line, titled: "The owner of each element")
    for register in map.registers {
      for (half, position) in register.elements.enumerated() {
        let cell = grid.cells[8 * position.matrix + position.row][position.column]
        #expect(cell == "\(register.lane).\(register.register).\(half)")
      }
    }
    for address in map.addresses {
      #expect(
        grid.labels[8 * address.matrix + address.row]
          == "matrix \(address.matrix) row \(address.row), address of lane \(address.lane)")
    }
  }

  @Test(arguments: ["-m 64 -n 16", "-m 128 -n 8"])
  func `each cell of an accumulator is drawn with its element`(options: String) throws {
    let map: Drawn.Accumulator = try explained("tensor-memory \(options)")
    let grid = try DrawnGrid("tensor-memory \(options)", titled: "Tensor Memory, as")
    var expected = Array(repeating: Array(repeating: "·", count: map.columns), count: 128)
    for run in map.runs {
      for offset in 0..<run.count {
        expected[run.lane][run.column + offset] = "\(run.row),\(run.firstColumn + offset)"
      }
    }
    #expect(grid.cells == expected)
  }

  @Test func `each vector is drawn with its registers`() throws {
    let line = "distribute --tile 8,32 --vector 1,4 --threads 4,4"
    let map: Drawn.Distribution = try explained(line)
    let grid = try DrawnGrid(line, titled: "The owner of each vector")
    for register in map.registers {
      let cell = grid.cells[register.row][register.column / 4]
      let first = register.register / 4 * 4
      #expect(cell == "\(register.thread):\(first)–\(first + 3)")
    }
  }

  @Test(arguments: ["none", "32B", "64B", "128B"], ["k", "mn"])
  func `each chunk is drawn in its banks, before the swizzle and after it`(
    mode: String, major: String
  ) throws {
    let line = "swizzle --rows 64 --columns 64 --mode \(mode) --major \(major)"
    let tile: Drawn.Tile = try explained(line)
    let times = mode == "none" ? [("", false)] : [(", before", false), (", after", true)]
    for (time, isSwizzled) in times {
      let banks = try DrawnGrid(line, titled: "Banks of each chunk" + time)
      let memory = try DrawnGrid(line, titled: "Shared memory" + time)
      let rows = zip(banks.labels, banks.cells).filter { $0.0 != "conflict" }.map(\.1)
      let conflicts = zip(banks.labels, banks.cells).filter { $0.0 == "conflict" }.map(\.1)
      for chunk in tile.chunks {
        let offset = isSwizzled ? chunk.swizzledOffset : chunk.offset
        let range = isSwizzled ? chunk.swizzledBanks : chunk.banks
        #expect(range == [offset % 128 / 4, offset % 128 / 4 + 3])
        #expect(rows[chunk.line][chunk.chunk] == "\(range[0])–\(range[1])")
        #expect(memory.cells[offset / 128][offset % 128 / 16] == "\(chunk.row),\(chunk.column)")
      }
      for matrix in tile.coreMatrices {
        let ways = isSwizzled ? matrix.swizzledWays : matrix.ways
        #expect(conflicts[matrix.line / 8][matrix.chunk] == "\(ways)-way")
      }
    }
  }

  @Test func `the bank of each element is drawn`() throws {
    let line = "swizzle --rows 8 --columns 64 --mode 128B"
    let tile: Drawn.Tile = try explained(line)
    let grid = try DrawnGrid(line + " --elements", titled: "Bank of each element, after")
    for chunk in tile.chunks {
      for number in 0..<8 {
        let bank = (chunk.swizzledOffset + 2 * number) % 128 / 4
        #expect(grid.cells[chunk.row][chunk.column + number] == "\(bank)")
      }
    }
  }

  @Test(arguments: ["", " --elements"])
  func `each chunk of a box is drawn, and marked where it is outside`(option: String) throws {
    let line = "box --tensor 101,30 --box 64,16 --at 56,24 --mode 128B"
    let box: Drawn.Box = try explained(line)
    let title = option.isEmpty ? "Where each chunk" : "Where each element"
    let grid = try DrawnGrid(line + option, titled: title)
    for chunk in box.chunks {
      let position = (row: chunk.index[1], column: chunk.index[0])
      if option.isEmpty {
        let mark = chunk.inside.isEmpty ? "·" : chunk.inside.count < 8 ? "~" : ""
        #expect(grid.cells[position.row][position.column / 8] == mark + hexadecimal(chunk.offset))
      } else {
        for number in 0..<8 {
          let isInside = chunk.inside.contains(number)
          let expected = isInside ? hexadecimal(chunk.offset + 2 * number) : "·"
          #expect(grid.cells[position.row][position.column + number] == expected)
        }
      }
    }
    #expect(grid.labels == (24..<40).map(String.init))
  }

  /// Arguments of `explain`, each with the name of its snapshot.
  static let drawings: [(name: String, line: String)] = [
    ("topics", ""), ("swizzle", "swizzle"), ("swizzle-64B", "swizzle --rows 16 --mode 64B"),
    ("swizzle-none-mn", "swizzle --mode none --major mn --rows 64 --columns 16"),
    ("swizzle-elements", "swizzle --elements --mode 32B --columns 16"),
    ("core-matrices-none", "core-matrices --rows 64 --mode none"),
    ("core-matrices-128B", "core-matrices --rows 64 --columns 128"),
    ("core-matrices-mn", "core-matrices --rows 128 --columns 32 --major mn --target hopper"),
    ("core-matrices-bytes", "core-matrices --rows 128 --columns 32 --major mn --type e4m3"),
    ("box", "box --at 176,96"), ("box-short", "box --at 48,0 --tensor 61,5 --box 16,6 --mode 64B"),
    ("box-3d", "box --type f32 --tensor 40,20,3 --box 32,4,2 --at 16,18,2"),
    ("tensor-memory-64", "tensor-memory -m 64 -n 32 --height 20"),
    ("tensor-memory-pair", "tensor-memory -m 128 -n 64 --group 2 --height 4"),
    ("tcgen05.ld", "tcgen05.ld --thread 5"),
    ("tcgen05.st-split", "tcgen05.st --shape 16x32bx2 --repeat 2 --split 4 --pack"),
    ("wgmma-d", "wgmma -n 16 --height 20"), ("wgmma-a", "wgmma --operand a --thread 37 --height 8"),
    ("ldmatrix", "ldmatrix --count 1"), ("stmatrix-trans", "stmatrix --count 2 --trans"),
    ("distribute", "distribute --thread 6"), ("kernel-naive", "naive"),
    ("kernel-tensor-core-hopper", "tensor-core --target hopper"),
    ("kernel-swizzled-blackwell", "swizzled"),
    ("kernel-tile-128x256", "tile-128x256 --target hopper --height 4"),
  ]

  @Test(arguments: drawings)
  func `drawings are what they were`(name: String, line: String) {
    let words = line.split(separator: " ").map(String.init)
    let outcome = ToolOutcome(["explain"] + words)
    #expect(outcome.status == 0 && outcome.errorText.isEmpty, "\(outcome.errorText)")
    expectSnapshot(
      "$ tilewright explain \(line)\n" + outcome.output, named: "explain-" + name, ending: "txt")
    for (text, width) in [
      (outcome.output, 100), (ToolOutcome(["explain"] + words + ["--width", "80"]).output, 80),
    ] {
      for line in text.split(separator: "\n") {
        #expect(line.count <= width, "\(line)")
        #expect(line.last != " ")
      }
    }
  }

  @Test func `omissions are stated, and the width that shows everything does so`() throws {
    let narrow = ToolOutcome(["explain", "wgmma", "-n", "32", "--width", "80", "--height", "10"])
    #expect(narrow.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(narrow.output.contains("columns are omitted; --width "))
    #expect(narrow.output.contains("lines are omitted; --height 64 shows all"))
    let words = narrow.output.split(separator: "\n").first { $0.contains("--width") }
    let width = try #require(words?.split(separator: " ").compactMap { Int($0) }.last)
    for (given, isComplete) in [(width, true), (width - 1, false)] {
      let output = ToolOutcome([
        "explain", "wgmma", "-n", "32", "--width", "\(given)", "--height", "64",
      ]).output
      #expect(output.contains("omitted") != isComplete)
      #expect(output.split(separator: "\n").allSatisfy { $0.count <= given })
    }
  }

  @Test func `colors are for terminals, or on request`() {
    let escape = "\u{1B}["
    #expect(!ToolOutcome(["explain", "swizzle"]).output.contains(escape))
    let colored = ToolOutcome(["explain", "swizzle", "--color", "always"]).output
    #expect(colored.contains(escape))
    #expect(
      !ToolOutcome(["explain", "swizzle", "--color", "never"], isTerminal: true).output.contains(
        escape))
    #expect(ToolOutcome(["explain", "swizzle"], isTerminal: true).output == colored)
    let refused = ToolOutcome(
      ["explain", "swizzle"], environment: ["NO_COLOR": "1"], isTerminal: true)
    #expect(!refused.output.contains(escape))
    let dumb = ToolOutcome(
      ["explain", "swizzle"], environment: ["TERM": "dumb"], isTerminal: true)
    #expect(!dumb.output.contains(escape))
    // Without colors the picture is the same, except for spaces that show a background.
    let plain = ToolOutcome(["explain", "swizzle"]).output
    #expect(words(of: uncolored(colored)) == words(of: plain))
    // A color for each group of banks.
    let grounds = Set(colored.components(separatedBy: "48;5;").dropFirst().map { $0.prefix(3) })
    #expect(grounds.count == 8)
  }

  /// Returns the words of each line.
  private func words(of text: String) -> [[Substring]] {
    text.split(separator: "\n").map { $0.split(separator: " ") }
  }

  /// Returns a text without its color codes.
  private func uncolored(_ text: String) -> String {
    var result = ""
    var isInside = false
    for character in text {
      if character == "\u{1B}" { isInside = true }
      if !isInside { result.append(character) }
      if character == "m" { isInside = false }
    }
    return result
  }

  @Test func `an elision shows the beginning and the end`() {
    #expect(Elision(of: 5, room: 5).shown == [0, 1, 2, 3, 4])
    #expect(Elision(of: 6, room: 5).shown == [0, 1, 2, nil, 5])
    #expect(Elision(of: 6, room: 5).hidden == 3..<5)
    #expect(Elision(of: 32, room: 12, group: 4).shown == Array(0..<8) + [nil, 31])
    #expect(Elision(of: 32, room: 5, group: 8).shown == [0, 1, 2, nil, 31])
    #expect(Elision(of: 3, room: 1).shown == [0, nil, 2])
    #expect(Elision(of: 0, room: 5).shown.isEmpty)
  }
}
