// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing
import TileLayout

/// Tests of slices.
struct LayoutSliceTests {
  @Test func `a static slice has an offset and the remaining modes`() throws {
    let slice = try Layout(parsing: "(3,(2,3)):(3,(12,1))").slice(2, [.all, 1])
    #expect(slice.layout.description == "(2):(12)")
    #expect(slice.offset == 7)
    #expect(slice.terms.isEmpty)
  }

  @Test func `a dynamic index into a leaf is one product`() {
    let slice = Layout.rowMajor(8, 64).slice(.dynamic(0), .all)
    #expect(slice.layout.description == "(64):(1)")
    #expect(slice.terms == Layout.rowMajor(8, 64).slice(.dynamic(0), 0).terms)
    #expect(slice.terms.map(\.stride) == [64])
    #expect(slice.terms.map(\.divisor) == [1])
    #expect(slice.terms.map(\.extent) == [nil])
  }

  @Test func `a dynamic index into a nested mode is a term for each leaf that matters`() throws {
    let layout = try Layout(parsing: "((4,8,2,2),3):((1,4,100,0),7)")
    let slice = layout.slice(.dynamic(5), 2)
    #expect(slice.offset == 14)
    #expect(slice.layout.size == 1)
    #expect(slice.terms.map(\.coordinate) == [5, 5])
    #expect(slice.terms.map(\.divisor) == [1, 32])
    #expect(slice.terms.map(\.extent) == [32, 2])
    #expect(slice.terms.map(\.stride) == [1, 100])
  }

  @Test(arguments: UInt64(0)..<100)
  func `a slice evaluates as the layout does`(seed: UInt64) {
    var random = RandomLayout(generator: SplitMix64(seed: seed))
    let layout = Layout(modes: [random.any(), random.any(), random.any()])
    let kinds = (0..<3).map { _ in random.choice(of: [0, 1, 2]) }
    let indices = layout.modes.map { random.choice(of: Array(0..<$0.size)) }
    let coordinates: [SliceCoordinate] = zip(kinds.indices, kinds).map { mode, kind in
      [.all, .index(indices[mode]), .dynamic(mode)][kind]
    }
    let slice = layout.slice(coordinates)
    let free = kinds.indices.filter { kinds[$0] == 0 }
    for index in 0..<slice.layout.size {
      var whole = indices
      var rest = index
      for mode in free {
        whole[mode] = rest % layout[mode].size
        rest /= layout[mode].size
      }
      let expected = layout(whole[0], whole[1], whole[2])
      #expect(slice.start(at: indices) + slice.layout(index) == expected)
    }
  }

  @Test func `an index outside its mode and a missing coordinate are refused`() async {
    await #expect(processExitsWith: .failure) { _ = Layout.rowMajor(8, 4).slice(8, .all) }
    await #expect(processExitsWith: .failure) { _ = Layout.rowMajor(8, 4).slice(.all) }
  }
}
