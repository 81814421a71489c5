// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import Simulator
import Testing

/// Comparisons of the drawings of `explain wgmma`, `swizzle` and `core-matrices` with `wgmma`.
@Suite struct WarpgroupProofs {
  /// The operand types of an instruction: their name in the text, their width, and the codes of
  /// small integers.
  struct Operands: Sendable, CustomTestStringConvertible {
    let name: String
    let byteCount: Int
    let code: @Sendable (Int) -> UInt32
    var isInteger = false

    /// The name.
    var testDescription: String { name }

    /// The elements along k of one instruction.
    var depth: Int { 32 / byteCount }

    /// The literals after the predicate, for A in shared memory or in registers.
    func literals(isInRegisters: Bool) -> String {
      if isInteger { return "" }
      return byteCount == 2 ? (isInRegisters ? ", 1, 1, 0" : ", 1, 1, 0, 0") : ", 1, 1"
    }

    static let f16 = Operands(name: "f16", byteCount: 2) {
      UInt32(HalfFloat(Float($0)).bitPattern)
    }
    static let bf16 = Operands(name: "bf16", byteCount: 2) {
      UInt32(BFloat16(Float($0)).bitPattern)
    }
    static let u8 = Operands(name: "u8", byteCount: 1, code: { UInt32($0) }, isInteger: true)
    static let s8 = Operands(name: "s8", byteCount: 1, code: { UInt32($0) }, isInteger: true)
    static let all = [
      f16, bf16, u8, s8, Operands(name: "tf32", byteCount: 4) { Float($0).bitPattern },
      Operands(name: "e4m3", byteCount: 1) { UInt32(Float8E4M3(Float($0)).bitPattern) },
      Operands(name: "e5m2", byteCount: 1) { UInt32(Float8E5M2(Float($0)).bitPattern) },
    ]
  }

  /// Returns the bytes of a tile, with its chunks at the addresses of the drawing.
  ///
  /// - Parameters:
  ///   - tile: The drawing.
  ///   - type: The type of the elements.
  ///   - isColumnContiguous: Whether chunks run along columns.
  ///   - element: The small integer at a row and a column.
  /// - Returns: The bytes.
  private func image(
    _ tile: Drawn.Tile, of type: Operands, along isColumnContiguous: Bool = true,
    _ element: (_ row: Int, _ column: Int) -> Int
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: tile.bytes)
    for chunk in tile.chunks {
      for number in 0..<16 / type.byteCount {
        let row = chunk.row + (isColumnContiguous ? 0 : number)
        let column = chunk.column + (isColumnContiguous ? number : 0)
        let code = type.code(element(row, column))
        for byte in 0..<type.byteCount {
          bytes[chunk.swizzledOffset + type.byteCount * number + byte] =
            UInt8(truncatingIfNeeded: code >> UInt32(8 * byte))
        }
      }
    }
    return bytes
  }

  /// Returns one `wgmma` with its fences.
  private func multiplication(
    shape: String, types: String, accumulators: String, a: String, literals: String
  ) -> String {
    """
    wgmma.fence.sync.aligned;
    wgmma.mma_async.sync.aligned.\(shape).\(types) {\(accumulators)}, \(a), %rd2, 0\(literals);
    wgmma.commit_group.sync.aligned;
    wgmma.wait_group.sync.aligned 0;
    """
  }

  /// The combinations of columns and types of D.
  static let accumulators: [(n: Int, type: String)] =
    [8, 24, 64, 136, 256].flatMap { [($0, "f32"), ($0, "f16")] }
    + [8, 24, 64, 256].map { ($0, "s32") }

  @Test(arguments: accumulators, [true, false])
  func `registers hold the elements of D that are drawn`(
    d: (n: Int, type: String), tellsRows: Bool
  ) throws {
    let (n, type) = d
    let map: Drawn.Fragment = try explained("wgmma -n \(n) --type \(type)")
    let operands = type == "s32" ? Operands.u8 : .f16
    let options = "--columns \(operands.depth) --mode none --type \(operands.name)"
    let aTile: Drawn.Tile = try explained("swizzle --rows 64 \(options)")
    let bTile: Drawn.Tile = try explained("swizzle --rows \(n) \(options)")
    let a: Drawn.CoreMatrices = try explained("core-matrices --rows 64 \(options)")
    let b: Drawn.CoreMatrices = try explained(
      "core-matrices --rows \(n) \(options) --address \(1024 + 2048)")
    let count = map.registerCount
    let prefix = type == "f32" ? "f" : "r"
    // Only k = 0 counts: A[m, 0] · B[n, 0], which is m or n.
    let image =
      image(aTile, of: operands) { row, column in column > 0 ? 0 : tellsRows ? row : 1 }
      + image(bTile, of: operands) { row, column in column > 0 ? 0 : tellsRows ? 1 : row }
    let kernel = ProofKernel(
      body: """
        mov.b64 %rd1, \(try #require(a.steps[0].hopper));
        mov.b64 %rd2, \(try #require(b.steps[0].hopper));
        \(multiplication(
          shape: "m64n\(n)k\(operands.depth)", types: "\(type).\(operands.name).\(operands.name)",
          accumulators: ProofKernel.registers(prefix, count), a: "%rd1",
          literals: operands.literals(isInRegisters: false)))
        \(ProofKernel.storing(prefix, count))
        """, image: image, imageByteCount: 16384, outputCount: 128 * count)
    let words = try kernel.run().words
    #expect(map.registers.count == 128 * count)
    var wrong = 0
    for register in map.registers {
      let word = words[register.thread * count + register.register]
      let values =
        switch type {
        case "f32": [Float(bitPattern: word)]
        case "s32": [Float(Int32(bitPattern: word))]
        default: [word].halves.map { Float(HalfFloat(bitPattern: $0)) }
        }
      if values != register.elements.map({ Float(tellsRows ? $0.row : $0.column) }) { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test(arguments: Operands.all)
  func `registers give the elements of A that are drawn`(type: Operands) throws {
    let depth = type.depth
    let map: Drawn.Fragment = try explained("wgmma --operand a --type \(type.name)")
    let sumType = type.isInteger ? "s32" : "f32"
    let accumulators: Drawn.Fragment = try explained("wgmma -n \(depth) --type \(sumType)")
    let options = "--rows \(depth) --columns \(depth) --mode none --type \(type.name)"
    let bTile: Drawn.Tile = try explained("swizzle \(options)")
    let b: Drawn.CoreMatrices = try explained("core-matrices \(options)")
    let prefix = type.isInteger ? "r" : "f"
    let count = accumulators.registerCount
    // B is the identity, so that D is A: a bit of each element's row, then of its column.
    let image = image(bTile, of: type) { row, column in row == column ? 1 : 0 }
    for bit in 0..<12 {
      /// Returns one bit of an element's row or column.
      func markedBit(_ position: Drawn.Fragment.Place) -> Int {
        bit < 6 ? position.row >> bit & 1 : position.column >> (bit - 6) & 1
      }
      var input = [UInt32](repeating: 0, count: 128 * 4)
      for register in map.registers {
        for (number, position) in register.elements.enumerated() {
          input[register.thread * 4 + register.register] |=
            type.code(markedBit(position)) << UInt32(8 * type.byteCount * number)
        }
      }
      let kernel = ProofKernel(
        body: """
          \(ProofKernel.loading("r", 4, from: 200))
          mov.b64 %rd2, \(try #require(b.steps[0].hopper));
          \(multiplication(
            shape: "m64n\(depth)k\(depth)", types: "\(sumType).\(type.name).\(type.name)",
            accumulators: ProofKernel.registers(prefix, count),
            a: "{\(ProofKernel.registers("r", 4, from: 200))}",
            literals: type.literals(isInRegisters: true)))
          \(ProofKernel.storing(prefix, count))
          """, image: image, imageByteCount: 1024, input: input, outputCount: 128 * count)
      let words = try kernel.run().words
      var wrong = 0
      for register in accumulators.registers {
        let word = words[register.thread * count + register.register]
        let value = type.isInteger ? Float(Int32(bitPattern: word)) : Float(bitPattern: word)
        if value != Float(markedBit(register.elements[0])) { wrong += 1 }
      }
      #expect(wrong == 0, "bit \(bit)")
    }
  }

  /// Every canonical layout, as options.
  static let layouts: [(mode: String, major: String)] = ["none", "32B", "64B", "128B"].flatMap {
    [($0, "k"), ($0, "mn")]
  }

  @Test(arguments: layouts, [true, false])
  func `descriptors find the elements where the chunks are drawn`(
    layout: (mode: String, major: String), tellsRows: Bool
  ) throws {
    let options = "--rows 64 --columns 64 --mode \(layout.mode) --major \(layout.major)"
    let tile: Drawn.Tile = try explained("swizzle \(options)")
    let a: Drawn.CoreMatrices = try explained("core-matrices \(options) --target hopper")
    let bTile: Drawn.Tile = try explained("swizzle --rows 16 --columns 16 --mode none")
    let b: Drawn.CoreMatrices = try explained(
      "core-matrices --rows 16 --columns 16 --mode none --address \(1024 + 8192) --target hopper")
    let accumulators: Drawn.Fragment = try explained("wgmma -n 16")
    // B is the identity, so that the D of each step is 16 columns of A.
    let image =
      image(tile, of: .bf16, along: layout.major == "k") { row, column in
        tellsRows ? row : column
      } + image(bTile, of: .bf16) { row, column in row == column ? 1 : 0 }
    for step in a.steps {
      let kernel = ProofKernel(
        body: """
          mov.b64 %rd1, \(try #require(step.hopper));
          mov.b64 %rd2, \(try #require(b.steps[0].hopper));
          \(multiplication(
            shape: "m64n16k16", types: "f32.bf16.bf16", accumulators: ProofKernel.registers("f", 8),
            a: "%rd1", literals: ", 1, 1, \(layout.major == "k" ? 0 : 1), 0"))
          \(ProofKernel.storing("f", 8))
          """, image: image, imageByteCount: 8192 + 512, outputCount: 128 * 8)
      let words = try kernel.run().words
      var wrong = 0
      for register in accumulators.registers {
        let position = register.elements[0]
        let value = Float(bitPattern: words[register.thread * 8 + register.register])
        let expected = tellsRows ? position.row : position.column + step.column
        if value != Float(expected) { wrong += 1 }
      }
      #expect(wrong == 0, "step \(step.column)")
    }
    #expect(a.steps.count == 4)
  }
}
