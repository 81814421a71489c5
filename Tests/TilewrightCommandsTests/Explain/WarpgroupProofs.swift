import NumberFormats
import Simulator
import Testing

/// What `explain wgmma`, `explain swizzle` and `explain core-matrices` draw, held against `wgmma`.
@Suite struct WarpgroupProofs {
  /// What an element is told apart by.
  enum Code: CaseIterable {
    /// The row.
    case row
    /// The column.
    case column
  }

  /// Returns the bytes of a tile of bf16 or f16 as the drawing of its chunks puts them.
  private func image(
    _ tile: Drawn.Tile, along isColumnContiguous: Bool, _ element: (Int, Int) -> UInt16
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: tile.bytes)
    for chunk in tile.chunks {
      for number in 0..<8 {
        let row = chunk.row + (isColumnContiguous ? 0 : number)
        let column = chunk.column + (isColumnContiguous ? number : 0)
        let code = element(row, column)
        bytes[chunk.swizzledOffset + 2 * number] = UInt8(truncatingIfNeeded: code)
        bytes[chunk.swizzledOffset + 2 * number + 1] = UInt8(code >> 8)
      }
    }
    return bytes
  }

  /// Returns the code of a small integer.
  private func code(_ value: Int, _ type: String) -> UInt16 {
    type == "bf16" ? BFloat16(Float(value)).bitPattern : HalfFloat(Float(value)).bitPattern
  }

  /// D as the drawing's registers should have it: D[m, n] is m or n.
  private func expected(_ place: Drawn.Fragment.Place, _ told: Code) -> Float {
    Float(told == .row ? place.row : place.column)
  }

  @Test(arguments: [8, 24, 64, 136, 256], ["f32", "f16"])
  func `registers hold the elements of D that are drawn`(n: Int, type: String) throws {
    let map: Drawn.Fragment = try explained("wgmma -n \(n) --type \(type)")
    let aTile: Drawn.Tile = try explained("swizzle --rows 64 --columns 16 --mode none --type f16")
    let bTile: Drawn.Tile = try explained("swizzle --rows \(n) --columns 16 --mode none --type f16")
    let a: Drawn.CoreMatrices = try explained("core-matrices --rows 64 --columns 16 --mode none")
    let b: Drawn.CoreMatrices = try explained(
      "core-matrices --rows \(n) --columns 16 --mode none --address \(1024 + 2048)")
    let count = map.registerCount
    let prefix = type == "f32" ? "f" : "r"
    for told in Code.allCases {
      // Only k = 0 counts: A[m, 0] · B[n, 0].
      let image =
        image(aTile, along: true) { row, column in
          column > 0 ? 0 : code(told == .row ? row : 1, "f16")
        }
        + image(bTile, along: true) { row, column in
          column > 0 ? 0 : code(told == .column ? row : 1, "f16")
        }
      let kernel = ProofKernel(
        body: """
          mov.b64 %rd1, \(try #require(a.steps[0].hopper));
          mov.b64 %rd2, \(try #require(b.steps[0].hopper));
          wgmma.fence.sync.aligned;
          wgmma.mma_async.sync.aligned.m64n\(n)k16.\(type).f16.f16 {\(ProofKernel.registers(prefix, count))}, %rd1, %rd2, 0, 1, 1, 0, 0;
          wgmma.commit_group.sync.aligned;
          wgmma.wait_group.sync.aligned 0;
          \(ProofKernel.storing(prefix, count))
          """, image: image, imageByteCount: 16384, outputCount: 128 * count)
      let words = try kernel.run().words
      #expect(map.registers.count == 128 * count)
      for register in map.registers {
        let word = words[register.thread * count + register.register]
        if type == "f32" {
          #expect(register.elements.count == 1)
          #expect(Float(bitPattern: word) == expected(register.elements[0], told))
        } else {
          #expect(register.elements.count == 2)
          for (half, place) in [word].halves.enumerated() {
            let value = Float(HalfFloat(bitPattern: place))
            #expect(value == expected(register.elements[half], told))
          }
        }
      }
    }
  }

  @Test(arguments: ["bf16", "f16"])
  func `registers give the elements of A that are drawn`(type: String) throws {
    let map: Drawn.Fragment = try explained("wgmma --operand a --type \(type)")
    let sums: Drawn.Fragment = try explained("wgmma -n 16")
    let bTile: Drawn.Tile = try explained("swizzle --rows 16 --columns 16 --mode none")
    let b: Drawn.CoreMatrices = try explained("core-matrices --rows 16 --columns 16 --mode none")
    // B is the identity, so that D is A.
    let image = image(bTile, along: true) { row, column in code(row == column ? 1 : 0, type) }
    for told in Code.allCases {
      var input = [UInt32](repeating: 0, count: 128 * 4)
      for register in map.registers {
        let codes = register.elements.map { code(told == .row ? $0.row : $0.column, type) }
        input[register.thread * 4 + register.register] = UInt32(codes[0]) | UInt32(codes[1]) << 16
      }
      let kernel = ProofKernel(
        body: """
          \(ProofKernel.loading("r", 4))
          mov.b64 %rd2, \(try #require(b.steps[0].hopper));
          wgmma.fence.sync.aligned;
          wgmma.mma_async.sync.aligned.m64n16k16.f32.\(type).\(type) {\(ProofKernel.registers("f", 8))}, {%r0, %r1, %r2, %r3}, %rd2, 0, 1, 1, 0;
          wgmma.commit_group.sync.aligned;
          wgmma.wait_group.sync.aligned 0;
          \(ProofKernel.storing("f", 8))
          """, image: image, imageByteCount: 1024, input: input, outputCount: 128 * 8)
      let words = try kernel.run().words
      for register in sums.registers {
        let value = Float(bitPattern: words[register.thread * 8 + register.register])
        #expect(value == expected(register.elements[0], told))
      }
    }
  }

  /// Every canonical layout, as options.
  static let layouts: [(mode: String, major: String)] = ["none", "32B", "64B", "128B"].flatMap {
    [($0, "k"), ($0, "mn")]
  }

  @Test(arguments: layouts)
  func `descriptors find the elements where the chunks are drawn`(
    mode: String, major: String
  ) throws {
    let options = "--rows 64 --columns 64 --mode \(mode) --major \(major)"
    let tile: Drawn.Tile = try explained("swizzle \(options)")
    let a: Drawn.CoreMatrices = try explained("core-matrices \(options) --target hopper")
    let bTile: Drawn.Tile = try explained("swizzle --rows 16 --columns 16 --mode none")
    let b: Drawn.CoreMatrices = try explained(
      "core-matrices --rows 16 --columns 16 --mode none --address \(1024 + 8192) --target hopper")
    let sums: Drawn.Fragment = try explained("wgmma -n 16")
    // B is the identity, so that the D of each step is 16 columns of A.
    for (step, told) in (0..<4).flatMap({ step in Code.allCases.map { (step, $0) } }) {
      let image =
        image(tile, along: major == "k") { row, column in
          code(told == .row ? row : column, "bf16")
        } + image(bTile, along: true) { row, column in code(row == column ? 1 : 0, "bf16") }
      let kernel = ProofKernel(
        body: """
          mov.b64 %rd1, \(try #require(a.steps[step].hopper));
          mov.b64 %rd2, \(try #require(b.steps[0].hopper));
          wgmma.fence.sync.aligned;
          wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 {\(ProofKernel.registers("f", 8))}, %rd1, %rd2, 0, 1, 1, \(major == "k" ? 0 : 1), 0;
          wgmma.commit_group.sync.aligned;
          wgmma.wait_group.sync.aligned 0;
          \(ProofKernel.storing("f", 8))
          """, image: image, imageByteCount: 8192 + 512, outputCount: 128 * 8)
      let words = try kernel.run().words
      for register in sums.registers {
        let place = register.elements[0]
        let value = Float(bitPattern: words[register.thread * 8 + register.register])
        #expect(value == Float(told == .row ? place.row : place.column + a.steps[step].column))
      }
    }
  }
}
