// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing
import TileLayout

/// Tests of layouts as functions.
struct LayoutTests {
  @Test func `a layout is printed as CuTe prints it and parsed back`() throws {
    let text = "((8,8),(2,4)):((16,128),(1,1024))"
    let layout = Layout([[8, 8], [2, 4]], stride: [[16, 128], [1, 1024]])
    #expect(layout.description == text)
    #expect(try Layout(parsing: text) == layout)
    #expect(try Layout(parsing: " ( 8 , 4 ) : ( 1 , 8 ) ") == .columnMajor(8, 4))
  }

  @Test func `a text whose shape and stride disagree is not a layout`() {
    #expect(throws: LayoutError.notCongruent(shape: [8, 4], stride: 1)) {
      try Layout(parsing: "(8,4):1")
    }
    #expect(throws: LayoutError.extentOutOfRange(shape: [8, 0], stride: [1, 8])) {
      try Layout(parsing: "(8,0):(1,8)")
    }
    #expect(throws: LayoutError.malformedNotation(text: "(8,4)", byteOffset: 5)) {
      try Layout(parsing: "(8,4)")
    }
  }

  @Test func `size counts coordinates, and cosize is one past the last offset`() throws {
    let layout = try Layout(parsing: "((2,4),3):((1,6),40)")
    #expect(layout.size == 24)
    #expect(layout.cosize == 1 + 18 + 80 + 1)
    #expect(layout.rank == 2)
    #expect(layout.depth == 2)
    #expect(layout[0].description == "(2,4):(1,6)")
    #expect(layout.flattened.description == "(2,4,3):(1,6,40)")
  }

  @Test func `a coordinate may be whole, by mode, or one linear index`() throws {
    let layout = try Layout(parsing: "(3,(2,3)):(3,(12,1))")
    // From CuTe's documentation: (i, j) is at i*3 + (j%2)*12 + (j/2)*1.
    #expect(layout(16) == 17)
    #expect(layout(1, 5) == 17)
    #expect(layout([1, [1, 2]]) == 17)
    #expect(layout.coordinate(of: 16) == [1, [1, 2]])
  }

  @Test(arguments: UInt64(0)..<50)
  func `the coordinate of an index has the index's offset`(seed: UInt64) {
    var random = RandomLayout(generator: SplitMix64(seed: seed))
    let layout = random.any()
    for index in 0..<layout.size {
      #expect(layout(layout.coordinate(of: index)) == layout(index))
      #expect(layout.flattened(index) == layout(index))
    }
    #expect(layout.cosize == 1 + (layout.offsets.max() ?? 0))
  }

  @Test(arguments: UInt64(0)..<50)
  func `every layout is parsed back`(seed: UInt64) throws {
    var random = RandomLayout(generator: SplitMix64(seed: seed))
    let layout = random.any()
    #expect(try Layout(parsing: layout.description) == layout)
  }

  @Test func `an index past the size continues along the last leaf`() {
    #expect(Layout([4, 2], stride: [1, 10])(8) == 20)
  }

  @Test func `compact layouts are contiguous on the left or on the right`() {
    #expect(Layout.columnMajor(2, 3, 4).description == "(2,3,4):(1,2,6)")
    #expect(Layout.rowMajor(2, 3, 4).description == "(2,3,4):(12,4,1)")
    #expect(Layout.columnMajor([[2, 3], 4]).description == "((2,3),4):((1,2),6)")
    #expect(Layout.rowMajor([[2, 3], 4]).description == "((2,3),4):((12,4),1)")
    #expect(Layout.contiguous(5).description == "5:1")
  }

  @Test func `a stride nested unlike its shape is refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = Layout([8, 4], stride: [1, [2, 4]])
    }
  }

  @Test func `an extent of zero, no modes or a negative stride are refused`() async {
    await #expect(processExitsWith: .failure) { _ = Layout(0, stride: 1) }
    await #expect(processExitsWith: .failure) { _ = Layout(4, stride: -1) }
    await #expect(processExitsWith: .failure) { _ = Layout([], stride: []) }
  }

  @Test func `coordinates that do not fit are refused`() async {
    await #expect(processExitsWith: .failure) { _ = Layout.rowMajor(8, 4)(1, 2, 3) }
    await #expect(processExitsWith: .failure) { _ = Layout.rowMajor(8, 4)(-1) }
    await #expect(processExitsWith: .failure) { _ = Layout.rowMajor(8, 4).coordinate(of: 32) }
  }
}
