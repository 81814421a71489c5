// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import NumberFormats
import TestSupport
import Testing
import TileLayout

@testable import Simulator

/// A multiplication of tiles that the test lays out in shared memory, with a descriptor for each
/// step along k.
private struct TileProduct {
  var a: CanonicalLayout
  var b: CanonicalLayout
  var n: Int
  var steps: Int
  var seed: UInt64

  /// A, [64, 16 · steps], and B, [n, 16 · steps], in small integers.
  var matrices: (a: IntegerMatrix, b: IntegerMatrix) {
    (
      IntegerMatrix(rows: 64, columns: 16 * steps, seed: seed),
      IntegerMatrix(rows: n, columns: 16 * steps, seed: seed + 1)
    )
  }

  /// The bytes of both tiles in shared memory, with B after A at a multiple of 1024.
  var image: [UInt32] {
    var bytes = [UInt8](repeating: 0, count: offsetOfB + b.byteCount)
    let (first, second) = matrices
    for (matrix, layout, base) in [(first, a, 0), (second, b, offsetOfB)] {
      for row in 0..<matrix.rows {
        for column in 0..<matrix.columns {
          let code = matrix.codes(row, column)
          let offset = base + layout.byteOffset(row: row, column: column)
          bytes[offset] = UInt8(truncatingIfNeeded: code)
          bytes[offset + 1] = UInt8(truncatingIfNeeded: code >> 8)
        }
      }
    }
    return stride(from: 0, to: bytes.count, by: 4).map { index in
      (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
    }
  }

  /// The offset of B from A.
  var offsetOfB: Int { (a.byteCount + 1023) / 1024 * 1024 }

  /// Copies the image from the buffer to shared memory, which starts at 0x400.
  var copy: String {
    """
    mov.u32 %r1, tile;
    mov.u32 %r3, %t;
    COPY: mad.wide.u32 %rd1, %r3, 4, %out;
    ld.global.u32 %r2, [%rd1];
    mad.lo.u32 %r4, %r3, 4, %r1;
    st.shared.u32 [%r4], %r2;
    add.u32 %r3, %r3, 128;
    setp.lt.u32 %p1, %r3, \(image.count);
    @%p1 bra COPY;
    fence.proxy.async.shared::cta;
    bar.sync 0;
    """
  }
}

extension IntegerMatrix {
  /// The bf16 code of an element.
  func codes(_ row: Int, _ column: Int) -> UInt16 {
    BFloat16(Float(values[row * columns + column])).bitPattern
  }
}

/// Every pair of a majorness and a swizzle.
private let operandKinds: [(Majorness, SwizzleMode)] = [Majorness.k, .mn].flatMap { majorness in
  SwizzleMode.allCases.map { (majorness, $0) }
}

@Suite struct MatrixInstructionTests {
  @Test(arguments: 0..<operandKinds.count, 0..<operandKinds.count)
  func `wgmma reads every canonical layout of both operands`(first: Int, second: Int) throws {
    let (kindA, kindB) = (operandKinds[first], operandKinds[second])
    let product = TileProduct(
      a: try CanonicalLayout(kindA.0, kindA.1, rows: 64, columns: 64, elementByteCount: 2),
      b: try CanonicalLayout(kindB.0, kindB.1, rows: 64, columns: 64, elementByteCount: 2),
      n: 64, steps: 4, seed: UInt64(first * 8 + second))
    let registers = (0..<32).map { "%f\($0)" }.joined(separator: ", ")
    var body = product.copy + "\nwgmma.fence.sync.aligned;\n"
    for step in 0..<4 {
      let a = try product.a.hopperDescriptor(at: 0x400)
        .advanced(byByteCount: product.a.descriptorByteOffset(step: step))
      let b = try product.b.hopperDescriptor(at: 0x400 + product.offsetOfB)
        .advanced(byByteCount: product.b.descriptorByteOffset(step: step))
      body += """
        mov.b64 %rd2, \(a.rawValue);
        mov.b64 %rd3, \(b.rawValue);
        wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {\(registers)}, %rd2, %rd3, \(step == 0 ? 0 : 1), 1, 1, \(kindA.0 == .mn ? 1 : 0), \(kindB.0 == .mn ? 1 : 0);

        """
    }
    body += "wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;\n"
    body += "mad.wide.u32 %rd4, %t, 128, %out;\n"
    body += (0..<32).map { "st.global.f32 [%rd4+\(65536 + $0 * 4)], %f\($0);" }
      .joined(separator: "\n")
    let program = SmallProgram(
      body: body, declarations: ".shared .align 1024 .b8 tile[32768];", block: 128,
      wordCount: 16384 + 4096)
    let input = product.image + [UInt32](repeating: 0, count: 16384 + 4096 - product.image.count)
    let (a, b) = product.matrices
    let expected = a.product(withTransposeOf: b)
    for schedule in [Schedule.eager, .late] {
      let words = try program.run(schedule: schedule, input: input).words
      for thread in 0..<128 {
        for register in 0..<32 {
          let position = WarpgroupAccumulator.position(thread: thread, register: register)
          let value = Float(bitPattern: words[16384 + thread * 32 + register])
          #expect(value == expected[position.row * 64 + position.column])
        }
      }
    }
  }

  @Test(arguments: operandKinds.indices)
  func `tcgen05 reads every canonical layout`(index: Int) throws {
    let (majorness, swizzle) = operandKinds[index]
    let product = TileProduct(
      a: try CanonicalLayout(majorness, swizzle, rows: 64, columns: 64, elementByteCount: 2),
      b: try CanonicalLayout(majorness, swizzle, rows: 128, columns: 64, elementByteCount: 2),
      n: 128, steps: 4, seed: UInt64(100 + index))
    let descriptor = try TensorCoreInstructionDescriptor(
      .bf16, m: 64, n: 128, aMajorness: majorness, bMajorness: majorness)
    var body = """
      setp.eq.u32 %p2, %warp, 0;
      @%p2 tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], 128;
      mov.u32 %r10, bar;
      setp.eq.u32 %p3, %t, 0;
      @%p3 mbarrier.init.shared::cta.b64 [%r10], 1;
      \(product.copy)
      ld.shared.u32 %r11, [place];
      @!%p3 bra ISSUED;

      """
    for step in 0..<4 {
      let a = try product.a.blackwellDescriptor(at: 0x400)
        .advanced(byByteCount: product.a.descriptorByteOffset(step: step))
      let b = try product.b.blackwellDescriptor(at: 0x400 + product.offsetOfB)
        .advanced(byByteCount: product.b.descriptorByteOffset(step: step))
      body += """
        mov.b64 %rd2, \(a.rawValue);
        mov.b64 %rd3, \(b.rawValue);
        tcgen05.mma.cta_group::1.kind::f16 [%r11], %rd2, %rd3, \(descriptor.rawValue), \(step == 0 ? 0 : 1);

        """
    }
    body += """
      tcgen05.commit.cta_group::1.mbarrier::arrive::one.shared::cluster.b64 [%r10];
      ISSUED: mbarrier.try_wait.parity.shared::cta.b64 %p4, [%r10], 0;
      @!%p4 bra ISSUED;
      tcgen05.fence::after_thread_sync;
      bar.warp.sync 0xffffffff;
      shl.b32 %r12, %warp, 21;
      add.u32 %r12, %r12, %r11;
      tcgen05.ld.sync.aligned.16x256b.x16.b32 {\((0..<64).map { "%r\(100 + $0)" }.joined(separator: ", "))}, [%r12];
      tcgen05.wait::ld.sync.aligned;
      mad.wide.u32 %rd4, %t, 256, %out;
      \((0..<64).map { "st.global.u32 [%rd4+\(65536 + $0 * 4)], %r\(100 + $0);" }.joined(separator: "\n"))
      bar.sync 0;
      @%p2 tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r11, 128;
      """
    let program = SmallProgram(
      body: body,
      declarations: """
        .shared .align 1024 .b8 tile[32768]; .shared .b32 place; .shared .b64 bar;
        """, target: "sm_100a", block: 128, wordCount: 16384 + 8192)
    let input = product.image + [UInt32](repeating: 0, count: 16384 + 8192 - product.image.count)
    let (a, b) = product.matrices
    let expected = a.product(withTransposeOf: b)
    for schedule in [Schedule.eager, .late, .random(seed: 4)] {
      let words = try program.run(schedule: schedule, input: input).words
      for thread in 0..<128 {
        for register in 0..<64 {
          let position = WarpgroupAccumulator.position(thread: thread, register: register)
          let value = Float(bitPattern: words[16384 + thread * 64 + register])
          #expect(value == expected[position.row * 128 + position.column])
        }
      }
    }
  }

  @Test func `a descriptor that breaks a rule is a trap`() throws {
    let fault = try SmallProgram(
      body: """
        mov.u32 %r1, tile;
        st.shared.u32 [%r1], 0;
        tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], 32;
        ld.shared.u32 %r11, [place];
        setp.eq.u32 %p3, %t, 0;
        mov.b64 %rd2, 0x40;
        @%p3 tcgen05.mma.cta_group::1.kind::f16 [%r11], %rd2, %rd2, 0x04100490, 0;
        """,
      declarations: ".shared .align 1024 .b8 tile[8192]; .shared .b32 place;", target: "sm_100a"
    ).fault()
    #expect(fault?.kind == "illegal-descriptor")
  }

  @Test func `uninitialized operands are found when they are multiplied`() throws {
    let fault = try SmallProgram(
      body: """
        mov.b64 %rd2, 0x0000000800400040;
        wgmma.fence.sync.aligned;
        wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0, %f1, %f2, %f3}, %rd2, %rd2, 0, 1, 1, 0, 0;
        wgmma.commit_group.sync.aligned;
        wgmma.wait_group.sync.aligned 0;
        """, declarations: ".shared .align 1024 .b8 tile[8192];", block: 128
    ).fault()
    #expect(fault?.kind == "uninitialized-read")
    #expect(fault?.report.contains("in an asynchronous operation") == true)
  }

  @Test func `a wgmma that not all warps issue is a deadlock that names the missing ones`() throws {
    let fault = try SmallProgram(
      body: """
        setp.eq.u32 %p1, %warp, 3;
        @%p1 bra DONE;
        mov.b64 %rd2, 0x0000000800400040;
        wgmma.fence.sync.aligned;
        wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0, %f1, %f2, %f3}, %rd2, %rd2, 0, 1, 1, 0, 0;
        wgmma.commit_group.sync.aligned;
        wgmma.wait_group.sync.aligned 0;
        DONE: bar.warp.sync 0xffffffff;
        """, declarations: ".shared .align 1024 .b8 tile[8192];", block: 128
    ).fault()
    #expect(fault?.kind == "deadlock")
    #expect(fault?.report.contains("that its warps 3 have not issued") == true)
  }

  @Test(arguments: [false, true])
  func `stmatrix and ldmatrix move each element by the layout`(isTransposed: Bool) throws {
    let words = isTransposed ? ".trans" : ""
    let outcome = try SmallProgram(
      body: """
        mov.u32 %r1, tile;
        and.b32 %r2, %lane, 7;
        shr.u32 %r3, %lane, 3;
        mad.lo.u32 %r4, %r2, 144, %r1;
        mad.lo.u32 %r4, %r3, 16, %r4;
        mul.lo.u32 %r5, %lane, 2;
        add.u32 %r6, %r5, 1;
        mov.b32 %r10, 0x10000;
        mad.lo.u32 %r10, %r6, %r10, %r5;
        add.u32 %r11, %r10, 0x01000100;
        add.u32 %r12, %r10, 0x02000200;
        add.u32 %r13, %r10, 0x03000300;
        stmatrix.sync.aligned.m8n8.x4\(words).shared.b16 [%r4], {%r10, %r11, %r12, %r13};
        bar.warp.sync 0xffffffff;
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r20, %r21, %r22, %r23}, [%r4];
        movmatrix.sync.aligned.m8n8.trans.b16 %r24, %r20;
        mad.wide.u32 %rd1, %lane, 20, %out;
        st.global.u32 [%rd1], %r20;
        st.global.u32 [%rd1+4], %r21;
        st.global.u32 [%rd1+8], %r22;
        st.global.u32 [%rd1+12], %r23;
        st.global.u32 [%rd1+16], %r24;
        """, declarations: ".shared .align 16 .b8 tile[2048];", wordCount: 160
    ).run()
    // Lane l stores 2l + h + 256m in half h of matrix m; with .trans it is stored transposed.
    var stored = [[UInt32]](repeating: [UInt32](repeating: 0, count: 64), count: 4)
    for matrix in 0..<4 {
      for lane in 0..<32 {
        for half in 0..<2 {
          let position = EightByEightMatrix.position(
            lane: lane, half: half, isTransposed: isTransposed)
          stored[matrix][position.row * 8 + position.column] =
            UInt32(2 * lane + half + 256 * matrix)
        }
      }
    }
    for lane in 0..<32 {
      for matrix in 0..<4 {
        let low = stored[matrix][lane / 4 * 8 + 2 * (lane % 4)]
        let high = stored[matrix][lane / 4 * 8 + 2 * (lane % 4) + 1]
        #expect(outcome.words[lane * 5 + matrix] == low | high << 16)
      }
      let low = stored[0][2 * (lane % 4) * 8 + lane / 4]
      let high = stored[0][(2 * (lane % 4) + 1) * 8 + lane / 4]
      #expect(outcome.words[lane * 5 + 4] == low | high << 16)
    }
    #expect(outcome.counters.bankConflicts["stmatrix", default: 0] == 0, "a pitch of 144 bytes")
  }

  @Test(arguments: [(128, 7), (64, 3), (144, 0), (16, 0), (256, 7)])
  func `matrix accesses conflict by the pitch of their rows`(pitch: Int, extra: UInt64) throws {
    let outcome = try SmallProgram(
      body: """
        mov.u32 %r1, tile;
        and.b32 %r2, %lane, 7;
        mad.lo.u32 %r4, %r2, \(pitch), %r1;
        stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r4], {%lane};
        """, declarations: ".shared .align 16 .b8 tile[4096];"
    ).run()
    #expect(outcome.counters.bankConflicts["stmatrix", default: 0] == extra)
  }

  @Test func `A from registers and D in halves give the exact product`() throws {
    // A[m][k] = m - k + 2, and B[n][k] = 1 if n == k: D[m][n] = m - n + 2 for n < 16.
    let outcome = try SmallProgram(
      body: """
        mov.u32 %r1, tile;
        setp.lt.u32 %p1, %t, 8;
        shl.b32 %r2, %t, 4;
        add.u32 %r2, %r2, %r1;
        mov.u32 %r3, 0;
        @%p1 st.shared.v4.u32 [%r2], {%r3, %r3, %r3, %r3};
        @%p1 st.shared.v4.u32 [%r2+128], {%r3, %r3, %r3, %r3};
        bar.sync 0;
        mov.b16 %h1, 0x3C00;
        shl.b32 %r4, %t, 1;
        add.u32 %r4, %r4, %r2;
        @%p1 st.shared.b16 [%r4], %h1;
        fence.proxy.async.shared::cta;
        bar.sync 0;
        shr.u32 %r5, %lane, 2;
        mad.lo.u32 %r5, %warp, 16, %r5;
        and.b32 %r6, %lane, 3;
        shl.b32 %r6, %r6, 1;
        sub.s32 %r7, %r5, %r6;
        add.s32 %r7, %r7, 2;
        sub.s32 %r8, %r7, 1;
        cvt.rn.f32.s32 %f1, %r7;
        cvt.rn.f32.s32 %f2, %r8;
        cvt.rn.f16x2.f32 %r10, %f2, %f1;
        add.s32 %r9, %r7, 8; cvt.rn.f32.s32 %f1, %r9; add.s32 %r9, %r8, 8; cvt.rn.f32.s32 %f2, %r9;
        cvt.rn.f16x2.f32 %r11, %f2, %f1;
        sub.s32 %r9, %r7, 8; cvt.rn.f32.s32 %f1, %r9; sub.s32 %r9, %r8, 8; cvt.rn.f32.s32 %f2, %r9;
        cvt.rn.f16x2.f32 %r12, %f2, %f1;
        mov.b32 %r13, %r10;
        mov.b64 %rd2, 0x0000000800080040;
        wgmma.fence.sync.aligned;
        wgmma.mma_async.sync.aligned.m64n8k16.f16.f16.f16 {%r20, %r21}, {%r10, %r11, %r12, %r13}, %rd2, 0, 1, 1, 0;
        wgmma.commit_group.sync.aligned;
        wgmma.wait_group.sync.aligned 0;
        mad.wide.u32 %rd1, %t, 8, %out;
        st.global.u32 [%rd1], %r20;
        st.global.u32 [%rd1+4], %r21;
        """, declarations: ".shared .align 1024 .b8 tile[256];", block: 128, wordCount: 256
    ).run()
    for thread in 0..<128 {
      for half in 0..<4 {
        let position = WarpgroupAccumulator.position(thread: thread, register: half)
        let word = outcome.words[thread * 2 + half / 2]
        let code = UInt16(truncatingIfNeeded: word >> UInt32(16 * (half % 2)))
        let value = HalfFloat(bitPattern: code).float
        #expect(value == Float(position.row - position.column + 2))
      }
    }
  }
}
