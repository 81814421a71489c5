// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import TileLayout

/// Tests of tuples.
struct IntTupleTests {
  @Test func `a tuple has a rank, a depth, a product and leaves`() {
    let tuple: IntTuple = [8, [2, [3, 4]]]
    #expect(tuple.rank == 2)
    #expect(tuple.depth == 3)
    #expect(tuple.product == 192)
    #expect(tuple.flattened == [8, 2, 3, 4])
    #expect(IntTuple.leaf(5).rank == 1)
    #expect(IntTuple.leaf(5).depth == 0)
  }

  @Test func `tuples are congruent when they nest alike`() {
    let tuple: IntTuple = [8, [2, 4]]
    #expect(tuple.isCongruent(with: [1, [0, 7]]))
    #expect(!tuple.isCongruent(with: [1, 0]))
    #expect(!tuple.isCongruent(with: [[1, 0], 7]))
    #expect(!tuple.isCongruent(with: 8))
  }

  @Test(arguments: ["7", "(7)", "(8,(2,4))", "((1,2),(3,(4,5)),-6)"])
  func `a tuple is printed as it is parsed`(text: String) throws {
    #expect(try IntTuple(parsing: text).description == text)
  }

  @Test(arguments: [("", 0), ("(1,", 3), ("(1", 2), ("1 2", 2), ("(a)", 1), ("1-2", 0), ("()", 1)])
  func `a malformed tuple is refused at its first wrong byte`(text: String, byteOffset: Int) {
    #expect(throws: LayoutError.malformedNotation(text: text, byteOffset: byteOffset)) {
      try IntTuple(parsing: text)
    }
  }
}
