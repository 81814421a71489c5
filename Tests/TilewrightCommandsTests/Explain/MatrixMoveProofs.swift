// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

/// Comparisons of the drawings of `explain ldmatrix` and `explain stmatrix` with the instructions.
@Suite struct MatrixMoveProofs {
  /// The forms.
  static let forms: [(count: Int, isTransposed: Bool)] = [1, 2, 4].flatMap {
    [($0, false), ($0, true)]
  }

  /// Returns the index of the row in shared memory that a lane addresses: not the lane's number, so
  /// that the test detects exchanged addresses.
  private func slot(ofLane lane: Int) -> Int { lane * 5 % 32 }

  /// Instructions that write the address of a lane's row to `%r200`.
  private let addresses = """
    mul.lo.u32 %r200, %lane, 5;
    and.b32 %r200, %r200, 31;
    shl.b32 %r200, %r200, 4;
    add.u32 %r200, %r200, %tile;
    """

  /// Returns the index of an element in shared memory.
  private func index(_ position: Drawn.Move.Place, _ map: Drawn.Move) throws -> Int {
    let address = try #require(
      map.addresses.first { $0.matrix == position.matrix && $0.row == position.row })
    return slot(ofLane: address.lane) * 8 + position.column
  }

  @Test(arguments: forms)
  func `ldmatrix loads what is drawn`(count: Int, isTransposed: Bool) throws {
    let words = isTransposed ? "--trans" : ""
    let map: Drawn.Move = try explained("ldmatrix --count \(count) \(words)")
    let registers = ProofKernel.registers("r", count)
    let kernel = ProofKernel(
      body: """
        \(addresses)
        ldmatrix.sync.aligned.m8n8.x\(count)\(isTransposed ? ".trans" : "").shared.b16 {\(registers)}, [%r200];
        \(ProofKernel.storing("r", count))
        """, threadCount: 32, image: (0..<256).map(UInt16.init).bytes,
      outputCount: 32 * count)
    let halves = try kernel.run().words.halves
    #expect(map.registers.count == 32 * count)
    for register in map.registers {
      for (half, position) in register.elements.enumerated() {
        let found = halves[(register.lane * count + register.register) * 2 + half]
        #expect(Int(found) == (try index(position, map)))
      }
    }
  }

  @Test(arguments: forms)
  func `stmatrix stores what is drawn`(count: Int, isTransposed: Bool) throws {
    let words = isTransposed ? "--trans" : ""
    let map: Drawn.Move = try explained("stmatrix --count \(count) \(words)")
    let registers = ProofKernel.registers("r", count)
    var kernel = ProofKernel(
      body: "", threadCount: 32, imageByteCount: 512,
      input: (0..<UInt32(32 * count)).map { (2 * $0 + 1) << 16 | 2 * $0 }, outputCount: 128)
    kernel.body = """
      \(addresses)
      \(ProofKernel.loading("r", count))
      stmatrix.sync.aligned.m8n8.x\(count)\(isTransposed ? ".trans" : "").shared.b16 [%r200], {\(registers)};
      bar.sync 0;
      \(kernel.storingTile)
      """
    let halves = try kernel.run().words.halves
    var written: Set<Int> = []
    for register in map.registers {
      for (half, position) in register.elements.enumerated() {
        let index = try index(position, map)
        let code = (register.lane * count + register.register) * 2 + half
        #expect(Int(halves[index]) == code)
        written.insert(index)
      }
    }
    #expect(written.count == 64 * count)
  }

  @Test(arguments: ["none", "32B", "64B", "128B"], ["k", "mn"])
  func `a core matrix has the conflicts that are drawn`(mode: String, major: String) throws {
    let tile: Drawn.Tile = try explained(
      "swizzle --rows 64 --columns 64 --mode \(mode) --major \(major)")
    // One load for each core matrix, its eight addresses as drawn, before the swizzle and after it.
    let chunks = Dictionary(uniqueKeysWithValues: tile.chunks.map { ([$0.line, $0.chunk], $0) })
    for matrix in tile.coreMatrices {
      let lines = (matrix.line..<matrix.line + 8).compactMap { chunks[[$0, matrix.chunk]] }
      let cases = [
        (lines.map(\.offset), matrix.ways), (lines.map(\.swizzledOffset), matrix.swizzledWays),
      ]
      for (offsets, ways) in cases {
        let input = (0..<32).map { UInt32(0x400 + offsets[$0 % 8]) }
        let kernel = ProofKernel(
          body: """
            \(ProofKernel.loading("r", 1))
            ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r0];
            \(ProofKernel.storing("r", 1))
            """, threadCount: 32, imageByteCount: 8192, input: input, outputCount: 32)
        let counters = try kernel.run().counters
        let conflicts = counters.bankConflicts.filter { $0.key.hasPrefix("ldmatrix") }
        #expect(conflicts.values.reduce(0, +) == UInt64(ways - 1))
      }
    }
  }
}
