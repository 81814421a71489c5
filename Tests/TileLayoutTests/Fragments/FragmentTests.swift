// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import TileLayout

/// Tests of the fragments of wgmma, ldmatrix and stmatrix.
struct FragmentTests {
  @Test func `the worked register of the accumulator`() {
    let position = WarpgroupAccumulator.position(thread: 37, register: 6)
    #expect(position == MatrixPosition(row: 25, column: 10))
    #expect(
      WarpgroupAccumulator.slot(row: 25, column: 10) == FragmentSlot(thread: 37, register: 6))
  }

  @Test(arguments: [8, 64, 256])
  func `the accumulator holds every element once, as its layout says`(n: Int) {
    let layout = WarpgroupAccumulator.layout(n: n)
    let registerCount = WarpgroupAccumulator.registerCount(n: n)
    let slots = (0..<registerCount).flatMap { register in
      (0..<128).map { FragmentSlot(thread: $0, register: register) }
    }
    let positions = slots.map {
      WarpgroupAccumulator.position(thread: $0.thread, register: $0.register)
    }
    #expect(positions.map { WarpgroupAccumulator.slot(row: $0.row, column: $0.column) } == slots)
    #expect(positions.map { $0.row + 64 * $0.column } == layout.offsets)
    #expect(Set(positions).count == 64 * n)
    #expect(positions.allSatisfy { $0.row < 64 && $0.column < n })
  }

  @Test(arguments: [1, 2, 4])
  func `A's fragment holds every element of 32 bytes of k once`(elementByteCount: Int) {
    let operand = WarpgroupOperand(elementByteCount: elementByteCount)
    var positions: Set<MatrixPosition> = []
    for thread in 0..<128 {
      for register in 0..<4 {
        for element in 0..<operand.elementsPerRegister {
          positions.insert(
            operand.position(thread: thread, register: register, element: element))
        }
      }
    }
    #expect(positions.count == 64 * 32 / elementByteCount)
    #expect(positions.allSatisfy { $0.row < 64 && $0.column < 32 / elementByteCount })
  }

  @Test func `the fragment of A agrees with the manual's table`() {
    // Warp 1, group 3, lane 2 of the group; register 3 is 8 rows further down and half of k further
    // on.
    let thread = 32 + 4 * 3 + 2
    for (elementByteCount, column) in [(1, 4 * 2 + 3 + 16), (2, 2 * 2 + 1 + 8), (4, 2 + 4)] {
      let operand = WarpgroupOperand(elementByteCount: elementByteCount)
      let position = operand.position(
        thread: thread, register: 3, element: operand.elementsPerRegister - 1)
      #expect(position == MatrixPosition(row: 16 + 3 + 8, column: column))
    }
  }

  @Test func `packed accumulators of 16 columns are A's fragment of 16-bit elements`() {
    let operand = WarpgroupOperand(elementByteCount: 2)
    for thread in 0..<128 {
      for register in 0..<4 {
        for element in 0..<2 {
          let accumulator = WarpgroupAccumulator.position(
            thread: thread, register: 2 * register + element)
          let position = operand.position(thread: thread, register: register, element: element)
          #expect(accumulator == position)
        }
      }
    }
  }

  @Test func `ldmatrix gives lane l the pair l % 4 of row l / 4, and transposed the other way`() {
    for lane in 0..<32 {
      for half in 0..<2 {
        let plain = EightByEightMatrix.position(lane: lane, half: half)
        let transposed = EightByEightMatrix.position(lane: lane, half: half, isTransposed: true)
        #expect(plain == MatrixPosition(row: lane / 4, column: 2 * (lane % 4) + half))
        #expect(transposed == MatrixPosition(row: plain.column, column: plain.row))
      }
    }
    #expect(EightByEightMatrix.addressLane(matrix: 3, row: 5) == 29)
  }

  @Test func `stmatrix of packed accumulators writes the rows of its addresses`() {
    // The epilogue of a 64 x 64 tile: register j of a group of 16 columns is matrix j.
    for thread in 0..<128 {
      for matrix in 0..<4 {
        for half in 0..<2 {
          let element = EightByEightMatrix.position(lane: thread % 32, half: half)
          let lane = EightByEightMatrix.addressLane(matrix: matrix, row: element.row)
          let row = 16 * (thread / 32) + lane % 8 + 8 * (lane / 8 % 2)
          let column = 8 * (lane / 16) + element.column
          let held = WarpgroupAccumulator.position(thread: thread, register: 2 * matrix + half)
          #expect(held == MatrixPosition(row: row, column: column))
        }
      }
    }
  }
}

/// Tests of the layouts of Tensor Memory.
struct TensorMemoryTests {
  @Test(arguments: TensorMemoryShape.allCases)
  func `a load touches every cell of its shape once`(shape: TensorMemoryShape) {
    for repetition in shape.repetitions {
      let columns = repetition * shape.columnsPerRepetition
      let placeCount = shape == .lanes16Bits32Twice ? 2 : 1
      var cells: Set<TensorMemoryCell> = []
      for thread in 0..<32 {
        for register in 0..<repetition * shape.registersPerRepetition {
          cells.insert(shape.cell(thread: thread, register: register, splitOffset: columns))
        }
      }
      #expect(cells.count == shape.laneCount * columns * placeCount)
      #expect(cells.count == 32 * repetition * shape.registersPerRepetition)
      #expect(cells.allSatisfy { $0.lane < shape.laneCount && $0.column < columns * placeCount })
    }
  }

  @Test func `shapes have their spelling and their repetitions`() {
    #expect(
      TensorMemoryShape.allCases.map(\.rawValue)
        == ["32x32b", "16x64b", "16x128b", "16x256b", "16x32bx2"])
    #expect(TensorMemoryShape.allCases.map { $0.repetitions.last } == [128, 128, 64, 32, 128])
  }

  @Test(arguments: TensorMemoryShape.allCases)
  func `a packed load touches the low halves of twice as many columns once`(
    shape: TensorMemoryShape
  ) {
    for repetition in shape.repetitions
    where shape.reach(repetitions: repetition, isPacked: true) <= 256 {
      let split = shape.reach(repetitions: repetition, isPacked: true)
      let columnCount = shape.reach(
        repetitions: repetition, isPacked: true, splitOffset: split)
      var cells: Set<TensorMemoryCell> = []
      for thread in 0..<32 {
        for register in 0..<repetition * shape.registersPerRepetition {
          let pair = shape.cells(
            thread: thread, register: register, isPacked: true, splitOffset: split)
          #expect(pair[0].lane == pair[1].lane && pair[0].column + 1 == pair[1].column)
          #expect(pair[0].column % 2 == 0)
          cells.formUnion(pair)
        }
      }
      #expect(cells.count == shape.laneCount * columnCount)
      #expect(cells.allSatisfy { $0.column < columnCount })
    }
  }

  @Test func `16x256b is the accumulator of wgmma`() {
    let wrong = (0..<32 * 128).filter { slot in
      let (thread, register) = (slot % 32, slot / 32)
      let cell = TensorMemoryShape.lanes16Bits256.cell(thread: thread, register: register)
      let position = WarpgroupAccumulator.position(thread: thread, register: register)
      return cell != TensorMemoryCell(lane: position.row, column: position.column)
    }
    #expect(wrong.isEmpty)
  }

  @Test func `each row of the manual's table is checked at one position`() {
    func cell(_ shape: TensorMemoryShape) -> TensorMemoryCell {
      shape.cell(thread: 23, register: 6, splitOffset: 40)
    }
    #expect(cell(.lanes32Bits32) == TensorMemoryCell(lane: 23, column: 6))
    #expect(cell(.lanes16Bits64) == TensorMemoryCell(lane: 5 + 8, column: 1 + 12))
    #expect(cell(.lanes16Bits128) == TensorMemoryCell(lane: 5, column: 3 + 12))
    #expect(cell(.lanes16Bits256) == TensorMemoryCell(lane: 5 + 8, column: 6 + 8))
    #expect(cell(.lanes16Bits32Twice) == TensorMemoryCell(lane: 7, column: 6 + 40))
  }

  @Test(arguments: TensorMemoryAccumulator.allCases)
  func `an accumulator's elements have a cell each`(layout: TensorMemoryAccumulator) {
    let n = 32
    var cells: [Int: Set<TensorMemoryCell>] = [:]
    for row in 0..<layout.rowCount {
      for column in 0..<n {
        cells[layout.rank(row: row), default: []]
          .insert(layout.cell(row: row, column: column, n: n))
      }
    }
    #expect(cells.values.reduce(0) { $0 + $1.count } == layout.rowCount * n)
    for cell in cells.values.joined() {
      #expect(cell.lane < 128 && cell.column < layout.columnCount(n: n))
    }
  }

  @Test func `the rows and CTAs determine the accumulator's layout`() {
    #expect(TensorMemoryAccumulator(m: 256, group: .two) == .a)
    #expect(TensorMemoryAccumulator(m: 128, group: .two) == .b)
    #expect(TensorMemoryAccumulator(m: 128, group: .one) == .d)
    #expect(TensorMemoryAccumulator(m: 64, group: .one) == .f)
    #expect(TensorMemoryAccumulator(m: 64, group: .two) == nil)
    let d = TensorMemoryAccumulator.d
    let f = TensorMemoryAccumulator.f
    let b = TensorMemoryAccumulator.b
    #expect(d.cell(row: 100, column: 7, n: 64) == TensorMemoryCell(lane: 100, column: 7))
    #expect(f.cell(row: 37, column: 7, n: 64) == TensorMemoryCell(lane: 69, column: 7))
    #expect(b.cell(row: 70, column: 40, n: 64) == TensorMemoryCell(lane: 70, column: 8))
    #expect(b.rank(row: 70) == 1)
  }

  @Test func `four warps with 16x256b read 64 rows of an accumulator`() {
    // From the second kernel: warp w reads from lane 32w on, and gets rows from 16w on.
    for row in 0..<64 {
      let cell = TensorMemoryAccumulator.f.cell(row: row, column: 0, n: 64)
      #expect(cell.lane / 32 == row / 16)
      #expect(cell.lane % 32 == row % 16)
    }
  }
}

/// Tests of the layouts that map tensors to accumulators.
struct AccumulatorLayoutTests {
  @Test(arguments: [8, 64, 256], [1, 2])
  func `the rows and columns of a thread map to its registers`(n: Int, blocks: Int) {
    let layout = WarpgroupAccumulator.threadLayout(n: n, blocks: blocks)
    #expect(layout.shape.modes.map(\.product) == [2 * blocks, n / 4])
    let count = WarpgroupAccumulator.registerCount(n: n)
    for thread in [0, 37, 127] {
      let first = WarpgroupAccumulator.position(thread: thread, register: 0)
      for row in 0..<2 * blocks {
        for column in 0..<n / 4 {
          let register = layout(row, column)
          #expect(register / count == row / 2)
          let position = WarpgroupAccumulator.position(
            thread: thread, register: register % count)
          #expect(position.row == first.row + row % 2 * 8)
          #expect(position.column == first.column + column / 2 * 8 + column % 2)
        }
      }
    }
  }

  @Test(arguments: TensorMemoryAccumulator.allCases, [16, 256])
  func `an accumulator in Tensor Memory is a layout of addresses`(
    accumulator: TensorMemoryAccumulator, n: Int
  ) {
    let layout = accumulator.layout(n: n)
    // The rows of one block, whose cells do not depend on the block.
    for row in 0..<layout[0].size {
      for column in 0..<n {
        let cell = accumulator.cell(row: row, column: column, n: n)
        #expect(layout(row, column) == cell.lane << 16 + cell.column)
      }
    }
    let blockCount = [.a, .b].contains(accumulator) ? 2 : 1
    #expect(layout.size == accumulator.rowCount * n / blockCount)
  }
}
