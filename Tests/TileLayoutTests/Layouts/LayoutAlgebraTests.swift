// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing
import TileLayout

/// Tests of the algebra against the examples of CuTe's documentation.
struct LayoutAlgebraExampleTests {
  /// Parses a layout in CuTe's notation.
  private func layout(_ text: String) throws -> Layout { try Layout(parsing: text) }

  @Test(arguments: [
    ("(2,(1,6)):(1,(6,2))", "12:1"), ("(1,1):(5,7)", "1:0"), ("(4,3):(1,5)", "(4,3):(1,5)"),
    ("((2,2),(3,4)):((1,2),(4,12))", "48:1"), ("(2,3):(0,0)", "6:0"),
  ])
  func `coalescing leaves the fewest leaves`(text: String, expected: String) throws {
    #expect(try layout(text).coalesced().description == expected)
  }

  @Test func `coalescing by mode keeps the modes`() throws {
    #expect(try layout("(2,(1,6)):(1,(6,2))").coalescedByMode().description == "(2,6):(1,2)")
  }

  @Test(arguments: [
    ("20:2", "(5,4):(4,1)", "(5,4):(8,2)"),
    ("(10,2):(16,4)", "(5,4):(1,5)", "(5,(2,2)):(16,(80,4))"),
    ("(6,2):(8,2)", "(4,3):(3,1)", "((2,2),3):((24,2),8)"),
    ("(4,2):(1,100)", "2:4", "2:100"), ("(4,2):(1,100)", "3:1", "3:1"),
    ("8:1", "3:0", "3:0"),
  ])
  func `compositions`(outer: String, inner: String, expected: String) throws {
    #expect(try layout(outer).composition(with: layout(inner)).description == expected)
  }

  @Test func `a composition by mode does not change the other modes`() throws {
    let outer = try layout("(12,(4,8)):(59,(13,1))")
    let tiler = [try layout("3:4"), try layout("8:2")]
    #expect(try outer.composition(byMode: tiler).description == "(3,(2,4)):(236,(26,1))")
    #expect(
      try outer.composition(byMode: [layout("3:4")]).description == "(3,(4,8)):(236,(13,1))")
    #expect(throws: LayoutError.tilerTooLong(tilerRank: 3, layoutRank: 2)) {
      try outer.composition(byMode: tiler + tiler[..<1])
    }
  }

  @Test func `layouts that do not compose are refused with an error that has the numbers`() throws {
    let outer = try layout("(4,3):(1,8)")
    #expect(throws: LayoutError.compositionPastEnd(innerCosize: 13, outerSize: 12)) {
      try outer.composition(with: .contiguous(13))
    }
    #expect(
      throws: LayoutError.compositionNotDivisible(innerExtent: 6, innerStride: 1, outerExtent: 4)
    ) {
      try outer.composition(with: .contiguous(6))
    }
    #expect(
      throws: LayoutError.compositionNotDivisible(innerExtent: 3, innerStride: 3, outerExtent: 4)
    ) {
      try outer.composition(with: layout("3:3"))
    }
    // 2 and 3 stay inside the first mode, and 5 is in the second.
    #expect(throws: LayoutError.compositionCarries(reached: 5, outerExtent: 4)) {
      try outer.composition(with: layout("(2,2):(2,3)"))
    }
  }

  @Test(arguments: [
    ("4:1", "6:4"), ("6:4", "4:1"), ("(4,6):(1,4)", "1:0"), ("4:2", "(2,3):(1,8)"),
    ("(2,4):(1,6)", "3:2"), ("(2,2):(1,6)", "(3,2):(2,12)"),
  ])
  func `complements up to 24`(text: String, expected: String) throws {
    #expect(try layout(text).complement(upTo: 24).description == expected)
  }

  @Test func `layouts that overlap themselves have no complement`() throws {
    #expect(throws: LayoutError.complementUndefined(stride: 2, covered: 4)) {
      try layout("(4,4):(1,2)").complement(upTo: 24)
    }
  }

  @Test func `a logical division`() throws {
    let divided = try layout("(4,2,3):(2,1,8)").logicalDivide(by: layout("4:2"))
    #expect(divided.description == "((2,2),(2,3)):((4,1),(2,8))")
  }

  @Test func `divisions by mode differ in how they gather the parts`() throws {
    let matrix = try layout("(9,(4,8)):(59,(13,1))")
    let tiler = [try layout("3:3"), try layout("(2,4):(1,8)")]
    #expect(
      try matrix.logicalDivide(by: tiler).description
        == "((3,3),((2,4),(2,2))):((177,59),((13,2),(26,1)))")
    #expect(
      try matrix.zippedDivide(by: tiler).description
        == "((3,(2,4)),(3,(2,2))):((177,(13,2)),(59,(26,1)))")
    #expect(
      try matrix.tiledDivide(by: tiler).description
        == "((3,(2,4)),3,(2,2)):((177,(13,2)),59,(26,1))")
  }

  @Test func `a division into contiguous tiles`() throws {
    let divided = try Layout.rowMajor(128, 64).zippedDivide(intoTilesOf: 32, 16)
    #expect(divided.description == "((32,16),(4,4)):((64,1),(2048,16))")
  }

  @Test func `a tile that does not divide is refused`() {
    #expect(throws: LayoutError.self) {
      try Layout.contiguous(24).logicalDivide(by: .contiguous(5))
    }
  }

  @Test(arguments: [
    ("(2,2):(4,1)", "6:1", "((2,2),(2,3)):((4,1),(2,8))"),
    ("(2,2):(4,1)", "(4,2):(2,1)", "((2,2),(4,2)):((4,1),(8,2))"),
  ])
  func `logical products`(block: String, tiler: String, expected: String) throws {
    #expect(try layout(block).logicalProduct(with: layout(tiler)).description == expected)
  }

  @Test func `a blocked and a raked product`() throws {
    let block = try layout("(2,5):(5,1)")
    let tiler = try layout("(3,4):(1,3)")
    #expect(
      try block.blockedProduct(with: tiler).description == "((2,3),(5,4)):((5,10),(1,30))")
    #expect(try block.rakedProduct(with: tiler).description == "((3,2),(4,5)):((10,5),(30,1))")
  }

  @Test func `a product pads the layout of lower rank`() throws {
    let product = try Layout.contiguous(4).blockedProduct(with: .rowMajor(3, 2))
    #expect(product.description == "((4,3),(1,2)):((1,8),(0,4))")
  }

  @Test(arguments: [
    ("(8,4):(4,1)", "(4,8):(8,1)"), ("(4,8):(1,4)", "32:1"), ("4:2", "1:0"),
    ("(4,2):(1,8)", "4:1"), ("(2,4):(0,1)", "4:2"),
  ])
  func `right inverses`(text: String, expected: String) throws {
    #expect(try layout(text).rightInverse().description == expected)
  }

  @Test func `a warp's fragment is distributed as eight rows of four`() throws {
    // The 16 x 64 tile of a warp as 16 x 32 pairs, over 8 x 4 lanes: thread 6 starts at (1, 2).
    let pairs = Layout([16, 32], stride: [64, 2])
    let fragment = try pairs.distributed(over: .rowMajor(8, 4))
    #expect(fragment[0].size == 32)
    #expect(fragment(6, 0) == 64 + 2 * 2)
    #expect(fragment[1].description == "(2,8):(512,8)")
  }

  @Test func `threads with gaps in their numbers are refused`() throws {
    let threads = try layout("(4,2):(1,8)")
    #expect(throws: LayoutError.threadsNotCompact(size: 8, numbered: 4)) {
      try Layout.rowMajor(8, 8).distributed(over: threads)
    }
  }
}

/// Tests of the laws of the algebra, on random layouts.
struct LayoutAlgebraLawTests {
  @Test(arguments: UInt64(0)..<100)
  func `coalescing keeps the function`(seed: UInt64) {
    var random = RandomLayout(generator: SplitMix64(seed: seed))
    let layout = random.any()
    #expect(layout.coalesced().offsets == layout.offsets)
    #expect(layout.coalesced().depth <= 1)
    #expect(layout.coalescedByMode().offsets == layout.offsets)
    #expect(layout.coalescedByMode().rank == layout.rank)
  }

  @Test func `a composition is the composed function, nested like the inner one`() {
    var defined = 0
    for seed in UInt64(0)..<2000 {
      var random = RandomLayout(generator: SplitMix64(seed: seed))
      let outer = random.any()
      let inner = random.injective()
      guard let composition = try? outer.composition(with: inner) else { continue }
      defined += 1
      #expect(composition.offsets == inner.offsets.map { outer($0) }, "seed \(seed)")
      #expect(composition.rank == inner.rank || inner.depth == 0, "seed \(seed)")
    }
    #expect(defined > 200)
  }

  @Test func `composition is associative where both orders are defined`() {
    var defined = 0
    for seed in UInt64(0)..<4000 {
      var random = RandomLayout(generator: SplitMix64(seed: seed))
      let (first, second, third) = (random.any(), random.compact(), random.compact())
      guard let left = try? first.composition(with: second).composition(with: third),
        let inner = try? second.composition(with: third),
        let right = try? first.composition(with: inner)
      else { continue }
      defined += 1
      #expect(left.offsets == right.offsets, "seed \(seed)")
    }
    #expect(defined > 200)
  }

  @Test func `a composition is refused only if it is past the end or divides a mode unevenly`() {
    // With powers of two every division is even.
    for seed in UInt64(0)..<500 {
      var generator = SplitMix64(seed: seed)
      let outer = powersOfTwo(&generator)
      let inner = powersOfTwo(&generator)
      guard inner.cosize <= outer.size else { continue }
      #expect(throws: Never.self, "seed \(seed)") { try outer.composition(with: inner) }
    }
  }

  /// Returns a layout whose extents are powers of two, compact except for the order of its leaves.
  private func powersOfTwo(_ generator: inout SplitMix64) -> Layout {
    var stride = 1
    var modes: [Layout] = []
    for _ in 0..<3 {
      let extent = 1 << Int(generator.next() % 4)
      modes.append(Layout(.leaf(extent), stride: .leaf(stride)))
      stride *= extent
    }
    return Layout(modes: modes.shuffled(using: &generator))
  }

  @Test(arguments: UInt64(0)..<200)
  func `a layout and its complement cover every offset once`(seed: UInt64) throws {
    var random = RandomLayout(generator: SplitMix64(seed: seed))
    let layout = random.injective()
    let bound = layout.cosize + random.choice(of: [0, 1, 7, 40])
    let complement = try layout.complement(upTo: bound)
    let both = Layout(modes: [layout, complement])
    #expect(both.offsets.sorted() == Array(0..<both.size))
    #expect(both.size >= bound)
    #expect(complement.offsets == complement.offsets.sorted())
  }

  @Test(arguments: UInt64(0)..<200)
  func `a right inverse inverts the layout`(seed: UInt64) {
    var random = RandomLayout(generator: SplitMix64(seed: seed))
    let layout = random.any()
    let inverse = layout.rightInverse()
    #expect(inverse.offsets.map { layout($0) } == Array(0..<inverse.size))
    let permutation = random.compact()
    #expect(permutation.rightInverse().size == permutation.size)
  }

  @Test func `a division runs through the layout's offsets in the order of its tiles`() {
    var defined = 0
    for seed in UInt64(0)..<2000 {
      var random = RandomLayout(generator: SplitMix64(seed: seed))
      let (layout, tile) = (random.compact(), random.injective())
      guard let divided = try? layout.logicalDivide(by: tile) else { continue }
      defined += 1
      #expect(divided[0].offsets == tile.offsets.map { layout($0) }, "seed \(seed)")
      #expect(divided.offsets.sorted() == layout.offsets.sorted(), "seed \(seed)")
    }
    #expect(defined > 200)
  }

  @Test func `a product repeats the layout without overlap`() {
    var defined = 0
    for seed in UInt64(0)..<500 {
      var random = RandomLayout(generator: SplitMix64(seed: seed))
      let (block, tiler) = (random.injective(), random.compact())
      guard let product = try? block.logicalProduct(with: tiler) else { continue }
      defined += 1
      #expect(product[0] == block, "seed \(seed)")
      #expect(product.size == block.size * tiler.size, "seed \(seed)")
      #expect(Set(product.offsets).count == product.size, "seed \(seed)")
    }
    #expect(defined > 200)
  }
}
