// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing
import TileLayout

/// Tests of swizzles.
struct SwizzleTests {
  /// Swizzles with fields of all widths, in both orders.
  static let swizzles = (0...3).flatMap { bits in
    [-5, -3, 3, 4].map { Swizzle(bits: bits, base: 4, shift: $0) }
  }

  @Test(arguments: swizzles)
  func `a swizzle is a bijection and its own inverse`(swizzle: Swizzle) {
    let images = (0..<8192).map { swizzle($0) }
    #expect(Set(images) == Set(0..<8192))
    #expect((0..<8192).allSatisfy { swizzle(swizzle($0)) == $0 })
  }

  @Test(arguments: swizzles)
  func `a swizzle equals the published formula`(swizzle: Swizzle) {
    let mask = (1 << swizzle.bits) - 1
    let yyy = mask << (swizzle.base + max(0, swizzle.shift))
    let zzz = mask << (swizzle.base - min(0, swizzle.shift))
    #expect(swizzle.sourceMask == yyy)
    #expect(swizzle.targetMask == zzz)
    let wrong = (0..<8192).filter { offset in
      let source = offset & yyy
      let moved = swizzle.shift >= 0 ? source >> swizzle.shift : source << -swizzle.shift
      return swizzle(offset) != offset ^ moved
    }
    #expect(wrong.isEmpty)
  }

  @Test func `fields that overlap are refused`() async {
    await #expect(processExitsWith: .failure) { _ = Swizzle(bits: 3, base: 4, shift: 2) }
  }

  @Test func `a swizzle of bytes can count in elements`() {
    let bytes = SwizzleMode.bytes128.swizzle
    let pairs = bytes.counted(inElementsOf: 2)
    #expect(pairs.description == "Sw<3,3,3>")
    #expect((0..<4096).allSatisfy { pairs($0) * 2 == bytes($0 * 2) })
  }

  @Test(arguments: [
    (SwizzleMode.none, 0x00), (.bytes32, 0x10), (.bytes64, 0x30), (.bytes128, 0x70),
  ])
  func `a mode changes chunk bits by line bits`(mode: SwizzleMode, mask: Int) {
    let swizzle = mode.swizzle
    #expect((0..<8192).filter { swizzle($0) != $0 ^ (($0 >> 3) & mask) }.isEmpty)
  }

  @Test(arguments: SwizzleMode.allCases)
  func `a mode permutes each repetition of its pattern in the same way`(mode: SwizzleMode) {
    let period = mode.patternByteCount
    let images = (0..<2 * period).map { mode.swizzle($0) }
    #expect(images[..<period].allSatisfy { $0 < period })
    #expect(images[period...].map { $0 - period } == Array(images[..<period]))
  }

  @Test func `modes have the codes of descriptors and tensor maps`() {
    let modes = SwizzleMode.allCases
    #expect(modes.map(\.spanByteCount) == [16, 32, 64, 128])
    #expect(modes.map(\.patternByteCount) == [128, 256, 512, 1024])
    #expect(modes.map(\.hopperDescriptorCode) == [0, 3, 2, 1])
    #expect(modes.map(\.blackwellDescriptorCode) == [0, 6, 4, 2])
    #expect(modes.map(\.tensorMapCode) == [0, 1, 2, 3])
    #expect(modes.map { SwizzleMode(tensorMapCode: $0.tensorMapCode) } == modes)
    #expect(modes.map { SwizzleMode(hopperDescriptorCode: $0.hopperDescriptorCode) } == modes)
    #expect(SwizzleMode(tensorMapCode: 4) == nil)
  }

  @Test(arguments: [((2, 0), 144), ((3, 9), 194), ((4, 8), 304)])
  func `the worked offsets of 64-byte rows`(position: (Int, Int), offset: Int) {
    let tile = SwizzledLayout(
      swizzle: SwizzleMode.bytes64.swizzle, layout: Layout([8, 32], stride: [64, 2]))
    #expect(tile(position.0, position.1) == offset)
    #expect(tile([.leaf(position.0), .leaf(position.1)]) == offset)
  }

  @Test(arguments: [((3, 9), 114), ((4, 0), 144), ((4, 8), 128)])
  func `the worked offsets of 32-byte rows`(position: (Int, Int), offset: Int) {
    let tile = SwizzledLayout(
      swizzle: SwizzleMode.bytes32.swizzle, layout: Layout([8, 16], stride: [32, 2]))
    #expect(tile(position.0, position.1) == offset)
    #expect(tile.description == "Sw<1,4,3> o 0 o (8,16):(32,2)")
  }

  @Test func `a swizzled layout adds its offset before the swizzle`() {
    let layout = Layout([8, 8], stride: [128, 16])
    let tile = SwizzledLayout(swizzle: SwizzleMode.bytes128.swizzle, offset: 2048, layout: layout)
    #expect(tile(3, 5) == 2048 + 3 * 128 + (5 ^ 3) * 16)
    #expect(tile(3 + 8 * 5) == tile(3, 5))
  }
}
