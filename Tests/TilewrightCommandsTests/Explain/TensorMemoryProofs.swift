// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import Simulator
import Testing
import TileLayout

/// Comparisons of the drawings of `explain` for Tensor Memory with its instructions.
@Suite struct TensorMemoryProofs {
  /// An access.
  struct Form: Sendable, CustomTestStringConvertible {
    let shape: String
    let repetitions: Int
    let isPacked: Bool
    var split: Int?

    /// The arguments of `tilewright explain tcgen05.ld`.
    var testDescription: String {
      "--shape \(shape) --repeat \(repetitions)\(isPacked ? " --pack" : "")"
        + (split.map { " --split \($0)" } ?? "")
    }
  }

  /// Every shape with few, some and all registers, packed and not.
  static let forms: [Form] =
    [
      ("32x32b", [1, 4, 128]), ("16x64b", [1, 8, 64]), ("16x128b", [1, 2, 32]),
      ("16x256b", [1, 8, 16]),
    ].flatMap { shape, repetitions in
      repetitions.flatMap { repetition in
        [false, true].map { Form(shape: shape, repetitions: repetition, isPacked: $0) }
      }
    } + [
      Form(shape: "16x32bx2", repetitions: 1, isPacked: false),
      Form(shape: "16x32bx2", repetitions: 4, isPacked: false, split: 20),
      Form(shape: "16x32bx2", repetitions: 8, isPacked: true),
      Form(shape: "16x32bx2", repetitions: 4, isPacked: true, split: 33),
      Form(shape: "16x32bx2", repetitions: 64, isPacked: false, split: 128),
    ]

  /// Returns a kernel that holds all of Tensor Memory while its body runs; `%r290` is the address
  /// of a warp's lanes.
  private func kernel(_ body: String, input: [UInt32] = [], outputCount: Int) -> ProofKernel {
    ProofKernel(
      body: """
        setp.eq.u32 %p1, %warp, 0;
        @%p1 tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], 512;
        tcgen05.fence::before_thread_sync;
        bar.sync 0;
        tcgen05.fence::after_thread_sync;
        ld.shared.u32 %r291, [place];
        shl.b32 %r290, %warp, 21;
        add.u32 %r290, %r290, %r291;
        \(body)
        tcgen05.fence::before_thread_sync;
        bar.sync 0;
        @%p1 tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r291, 512;
        """, target: "sm_100a", input: input, outputCount: outputCount)
  }

  /// Instructions that write the number 512 lane + column to cell (lane, column), for all columns.
  private var filling: String {
    (0..<512).map { column in
      """
      mad.lo.u32 %r0, %t, 512, \(column);
      add.u32 %r289, %r290, \(column);
      tcgen05.st.sync.aligned.32x32b.x1.b32 [%r289], {%r0};
      """
    }.joined(separator: "\n") + "\ntcgen05.wait::st.sync.aligned;\n"
  }

  @Test(arguments: forms)
  func `tcgen05_ld loads the cells that are drawn`(form: Form) throws {
    let map: Drawn.Access = try explained("tcgen05.ld \(form.testDescription)")
    let count = map.registerCount
    let packing = form.isPacked ? ".pack::16b" : ""
    let isSplit = form.shape == "16x32bx2"
    let split = isSplit ? ", \(form.split ?? form.repetitions * (form.isPacked ? 2 : 1))" : ""
    let kernel = kernel(
      """
      \(filling)
      tcgen05.ld.sync.aligned.\(form.shape).x\(form.repetitions)\(packing).b32 {\(ProofKernel.registers("r", count))}, [%r290]\(split);
      tcgen05.wait::ld.sync.aligned;
      \(ProofKernel.storing("r", count))
      """, outputCount: 128 * count)
    let words = try kernel.run().words
    #expect(map.registers.count == 32 * count)
    for warp in 0..<4 {
      for register in map.registers {
        let cells = register.cells.map { UInt32(512 * (32 * warp + $0.lane) + $0.column) }
        let expected =
          form.isPacked ? cells[0] & 0xFFFF | cells[1] << 16 : cells[0]
        let thread = 32 * warp + register.thread
        #expect(words[thread * count + register.register] == expected)
      }
    }
  }

  @Test(arguments: forms)
  func `tcgen05_st stores to the cells that are drawn`(form: Form) throws {
    let map: Drawn.Access = try explained("tcgen05.st \(form.testDescription)")
    let count = map.registerCount
    let packing = form.isPacked ? ".unpack::16b" : ""
    let isSplit = form.shape == "16x32bx2"
    let split = isSplit ? ", \(form.split ?? form.repetitions * (form.isPacked ? 2 : 1))" : ""
    // Register r of thread t has 256 t + r + 1 in its low half, and the complement in its high one.
    let input = (0..<UInt32(128 * count)).map { index in
      let low = (index / UInt32(count) * 256 + index % UInt32(count) + 1) & 0xFFFF
      return low | (0xFFFF ^ low) << 16
    }
    let columns = map.columnCount
    let dump = (0..<columns).map { column in
      """
      add.u32 %r289, %r290, \(column);
      tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r0}, [%r289];
      tcgen05.wait::ld.sync.aligned;
      mad.lo.u32 %r288, %t, \(columns), \(column);
      mad.wide.u32 %rd1, %r288, 4, %out;
      st.global.u32 [%rd1], %r0;
      """
    }
    let kernel = kernel(
      """
      \(filling)
      \(ProofKernel.loading("r", count))
      tcgen05.st.sync.aligned.\(form.shape).x\(form.repetitions)\(packing).b32 [%r290]\(split), {\(ProofKernel.registers("r", count))};
      tcgen05.wait::st.sync.aligned;
      \(dump.joined(separator: "\n"))
      """, input: input, outputCount: 128 * columns)
    let words = try kernel.run().words
    // Cells that no thread wrote still have their numbers.
    var expected = (0..<UInt32(128 * columns)).map { (index: UInt32) -> UInt32 in
      512 * (index / UInt32(columns)) + index % UInt32(columns)
    }
    for warp in 0..<4 {
      for register in map.registers {
        let value = input[(32 * warp + register.thread) * count + register.register]
        for (half, cell) in register.cells.enumerated() {
          let part = half == 0 ? value & 0xFFFF : value >> 16
          expected[(32 * warp + cell.lane) * columns + cell.column] = form.isPacked ? part : value
        }
      }
    }
    #expect(words == expected)
  }

  @Test(arguments: [64, 128], [8, 64, 256])
  func `tcgen05_mma puts D where it is drawn`(m: Int, n: Int) throws {
    let map: Drawn.Accumulator = try explained("tensor-memory -m \(m) -n \(n)")
    let aTile: Drawn.Tile = try explained("swizzle --rows \(m) --columns 16 --mode none")
    let bTile: Drawn.Tile = try explained("swizzle --rows \(n) --columns 16 --mode none")
    let a: Drawn.CoreMatrices = try explained(
      "core-matrices --rows \(m) --columns 16 --mode none --target blackwell")
    let b: Drawn.CoreMatrices = try explained(
      """
      core-matrices --rows \(n) --columns 16 --mode none --target blackwell --address \
      \(1024 + aTile.bytes)
      """)
    let instruction = try TensorCoreInstructionDescriptor(.bf16, m: m, n: n)
    // D[m, n] = m · 256 + 1 · n; both factors are exact in bf16, and the sum is in f32.
    let image =
      image(aTile) { row, column in column == 0 ? row : column == 1 ? 1 : 0 }
      + image(bTile) { row, column in column == 0 ? 256 : column == 1 ? row : 0 }
    let dump = (0..<map.columns).map { column in
      """
      add.u32 %r289, %r290, \(column);
      tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r0}, [%r289];
      tcgen05.wait::ld.sync.aligned;
      mad.lo.u32 %r288, %t, \(map.columns), \(column);
      mad.wide.u32 %rd1, %r288, 4, %out;
      st.global.u32 [%rd1], %r0;
      """
    }
    var kernel = kernel(
      """
      \(filling)
      tcgen05.fence::before_thread_sync;
      bar.sync 0;
      tcgen05.fence::after_thread_sync;
      @!%p14 bra ISSUED;
      mov.b64 %rd1, \(try #require(a.steps[0].blackwell));
      mov.b64 %rd2, \(try #require(b.steps[0].blackwell));
      tcgen05.mma.cta_group::1.kind::f16 [%r291], %rd1, %rd2, \(instruction.rawValue), 0;
      tcgen05.commit.cta_group::1.mbarrier::arrive::one.shared::cluster.b64 [%bar];
      ISSUED: mbarrier.try_wait.parity.shared::cta.b64 %p4, [%bar], 0;
      @!%p4 bra ISSUED;
      tcgen05.fence::after_thread_sync;
      bar.warp.sync 0xffffffff;
      \(dump.joined(separator: "\n"))
      """, outputCount: 128 * map.columns)
    kernel.image = image
    kernel.imageByteCount = image.count
    let words = try kernel.run().words
    var expected = (0..<UInt32(128 * map.columns)).map { (index: UInt32) -> UInt32 in
      512 * (index / UInt32(map.columns)) + index % UInt32(map.columns)
    }
    for run in map.runs {
      #expect(run.rank == 0)
      for offset in 0..<run.count {
        let value = Float(256 * run.row + run.firstColumn + offset)
        expected[run.lane * map.columns + run.column + offset] = value.bitPattern
      }
    }
    #expect(map.runs.reduce(0) { $0 + $1.count } == m * n)
    #expect(words == expected)
  }

  /// Returns the bytes of a tile without a swizzle, of small integers in bf16.
  private func image(_ tile: Drawn.Tile, _ element: (Int, Int) -> Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: tile.bytes)
    for chunk in tile.chunks {
      for number in 0..<8 {
        let value = element(chunk.row, chunk.column + number)
        let code = BFloat16(Float(value)).bitPattern
        bytes[chunk.swizzledOffset + 2 * number] = UInt8(truncatingIfNeeded: code)
        bytes[chunk.swizzledOffset + 2 * number + 1] = UInt8(code >> 8)
      }
    }
    return bytes
  }

  @Test func `vectors of two over eight by four threads are the registers of 16x256b`() throws {
    let dealt: Drawn.Distribution = try explained(
      "distribute --tile 16,64 --vector 1,2 --threads 8,4")
    let loaded: Drawn.Access = try explained("tcgen05.ld --shape 16x256b --repeat 8")
    #expect(dealt.registers.count == loaded.registers.count)
    for (dealt, loaded) in zip(dealt.registers, loaded.registers) {
      #expect(dealt.thread == loaded.thread && dealt.register == loaded.register)
      #expect(dealt.row == loaded.cells[0].lane && dealt.column == loaded.cells[0].column)
    }
  }
}
