// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import Simulator

/// Values that were never written: copying them is legal, using them is a fault.
@Suite struct UndefinedValueTests {
  /// Returns a program with 64 bytes of shared memory, `tile`, that are never written.
  private func program(_ body: String, target: String = "sm_90a") -> SmallProgram {
    SmallProgram(body: body, declarations: ".shared .align 16 .b8 tile[64];", target: target)
  }

  /// Code that only copies words of `tile` to each lane's word of the buffer.
  private static let copies = [
    ("a word", "ld.shared.u32 %r1, [tile]; st.global.u32 [%mine], %r1;"),
    ("a move", "ld.shared.u32 %r1, [tile]; mov.b32 %r2, %r1; st.global.u32 [%mine], %r2;"),
    (
      "a vector of registers",
      "ld.shared.v2.u32 {%r1, %r2}, [tile]; mov.v2.b32 {%r2, %r1}, {%r1, %r2}; st.global.u32 [%mine], %r1;"
    ),
    (
      "a pair split into halves",
      "ld.shared.b64 %rd1, [tile]; mov.b64 {%r1, %r2}, %rd1; st.global.u32 [%mine], %r2;"
    ),
    (
      "a choice",
      "ld.shared.u32 %r1, [tile]; setp.lt.u32 %p1, %t, 40; selp.b32 %r2, %r1, 0, %p1; st.global.u32 [%mine], %r2;"
    ),
    (
      "a shuffle",
      "ld.shared.u32 %r1, [tile]; shfl.sync.bfly.b32 %r1, %r1, 1, 31, 0xffffffff; st.global.u32 [%mine], %r1;"
    ),
    (
      "a permutation of bytes",
      "ld.shared.u32 %r1, [tile]; prmt.b32 %r1, %r1, 0, 0x1032; st.global.u32 [%mine], %r1;"
    ),
    (
      "a word made of shifted halves",
      """
      ld.shared.u32 %r1, [tile]; shl.b32 %r2, %r1, 16; shr.u32 %r3, %r1, 16; or.b32 %r1, %r2, %r3;
      st.global.u32 [%mine], %r1;
      """
    ),
    (
      "a matrix",
      """
      shl.b32 %r2, %t, 4; and.b32 %r2, %r2, 0x30; mov.u32 %r3, tile; add.u32 %r2, %r2, %r3;
      ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r2];
      movmatrix.sync.aligned.m8n8.trans.b16 %r1, %r1; st.global.u32 [%mine], %r1;
      """
    ),
  ]

  @Test(arguments: copies)
  func `a copy is no finding, and the copy still counts as never written`(
    what: String, body: String
  ) throws {
    let small = program(body)
    let device = SimulatedDevice(.hopper)
    let buffer = try device.makeBuffer(of: UInt32.self, count: 32)
    try buffer.write([UInt32](repeating: 7, count: 32))
    try device.launch(
      Program(text: small.text, entry: "small", parameters: []),
      LaunchConfiguration(grid: 1, block: 32),
      [
        KernelArgument(buffer.address),
        KernelArgument(bytes: [UInt8](repeating: 0, count: 128), alignment: 64),
      ])
    let isWritten = try device.isWritten(at: buffer.address, byteCount: 128)
    #expect(isWritten == [Bool](repeating: false, count: 128), "\(what)")
  }

  /// Code that uses `%r1`, a word of `tile` that was never written.
  private static let uses = [
    ("arithmetic", "add.u32 %r2, %r1, 1; st.global.u32 [%mine], %r2;"),
    (
      "arithmetic on floats", "mov.b32 %f1, %r1; add.f32 %f1, %f1, %f1; st.global.f32 [%mine], %f1;"
    ),
    ("a comparison", "setp.eq.u32 %p1, %r1, 0; @%p1 st.global.u32 [%mine], %r1;"),
    ("a branch", "setp.ne.u32 %p1, %r1, 0; @%p1 bra DONE; st.global.u32 [%mine], 0; DONE:"),
    (
      "an address",
      "and.b32 %r1, %r1, 12; mov.u32 %r2, tile; add.u32 %r2, %r2, %r1; ld.shared.u32 %r3, [%r2];"
    ),
    ("an address without arithmetic", "ld.shared.u32 %r3, [%r1];"),
    ("a shift count", "shl.b32 %r2, 1, %r1; st.global.u32 [%mine], %r2;"),
    ("the index of a lane to read", "shfl.sync.idx.b32 %r2, %t, %r1, 31, 0xffffffff;"),
    ("an atomic operation", "atom.global.add.u32 %r2, [%out], %r1;"),
    ("a vote", "setp.ne.u32 %p1, %r1, 0; vote.sync.any.pred %p2, %p1, 0xffffffff;"),
    ("a match", "match.any.sync.b32 %r2, %r1, 0xffffffff;"),
    ("a reduction over a warp", "redux.sync.add.u32 %r2, %r1, 0xffffffff;"),
    ("a conversion", "cvt.rn.f32.u32 %f1, %r1; st.global.f32 [%mine], %f1;"),
    (
      "a value that was moved",
      "shl.b32 %r2, %r1, 8; mov.b64 %rd1, {%r2, 0}; mov.b64 {%r3, %r4}, %rd1; add.u32 %r3, %r3, 1; st.global.u32 [%mine], %r3;"
    ),
    (
      "a use after a shuffle",
      "shfl.sync.bfly.b32 %r2, %r1, 1, 31, 0xffffffff; add.u32 %r2, %r2, 1; st.global.u32 [%mine], %r2;"
    ),
    (
      "a word that passed through global memory",
      "st.global.u32 [%mine], %r1; ld.global.u32 %r2, [%mine]; add.u32 %r2, %r2, 1; st.global.u32 [%mine], %r2;"
    ),
  ]

  @Test(arguments: uses)
  func `a use is a fault at the instruction that uses it`(what: String, body: String) throws {
    let fault = try program("ld.shared.u32 %r1, [tile+8]; " + body).fault()
    #expect(fault?.kind == "uninitialized-read", "\(what)")
    #expect(fault?.report.contains("was never written") == true, "\(what): \(fault?.report ?? "")")
  }

  @Test func `the report names the byte, the load and the use`() throws {
    let fault = try program(
      "ld.shared.u32 %r1, [tile+8]; mov.b32 %r2, %r1; add.u32 %r2, %r2, 1; st.global.u32 [%mine], %r2;"
    ).fault()
    let report = try #require(fault?.report)
    #expect(report.contains("tile+8"))
    #expect(report.contains("'ld.shared.u32'"))
    #expect(report.contains("'add.u32'"))
  }

  @Test func `bits that were never written and are masked off are no finding`() throws {
    // One byte of four is written; each instruction selects only that one.
    for take in [
      "and.b32 %r2, %r1, 255;", "bfe.u32 %r2, %r1, 0, 8;", "cvt.u32.u8 %r2, %r1;",
      "prmt.b32 %r2, %r1, 0, 0x7770;", "shl.b32 %r2, %r1, 24; shr.u32 %r2, %r2, 24;",
      "lop3.b32 %r2, %r1, 255, 0, 0xC0;",
    ] {
      let outcome = try program(
        """
        st.shared.u8 [tile], 5; bar.warp.sync 0xffffffff; ld.shared.u32 %r1, [tile];
        \(take) add.u32 %r2, %r2, 1; st.global.u32 [%mine], %r2;
        """
      ).run()
      #expect(outcome.words == [UInt32](repeating: 6, count: 32), "\(take)")
      let fault = try program(
        """
        st.shared.u8 [tile+1], 5; bar.warp.sync 0xffffffff; ld.shared.u32 %r1, [tile];
        \(take) add.u32 %r2, %r2, 1; st.global.u32 [%mine], %r2;
        """
      ).fault()
      #expect(fault?.kind == "uninitialized-read", "\(take)")
    }
  }

  @Test func `a register that gets another value is defined again`() throws {
    let outcome = try program(
      """
      ld.shared.u32 %r1, [tile]; st.global.u32 [%mine], %r1;
      mov.u32 %r1, 3; add.u32 %r1, %r1, 1; st.global.u32 [%mine], %r1;
      """
    ).run()
    #expect(outcome.words == [UInt32](repeating: 4, count: 32))
  }

  @Test func `lanes that loaded what was written may use it`() throws {
    let outcome = try program(
      """
      shl.b32 %r2, %lane, 2; and.b32 %r2, %r2, 60; mov.u32 %r3, tile; add.u32 %r2, %r2, %r3;
      setp.lt.u32 %p1, %lane, 8; @%p1 st.shared.u32 [%r2], %lane; bar.warp.sync 0xffffffff;
      ld.shared.u32 %r1, [%r2]; @%p1 add.u32 %r1, %r1, 1; st.global.u32 [%mine], %r1;
      """
    ).run()
    #expect(outcome.words.prefix(8) == [1, 2, 3, 4, 5, 6, 7, 8])
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 5)])
  func `unwritten cells of Tensor Memory can be copied as well`(schedule: Schedule) throws {
    let start = """
      tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [tile], 32;
      ld.shared.u32 %r1, [tile];
      tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r2}, [%r1];
      tcgen05.wait::ld.sync.aligned;
      add.u32 %r3, %r1, 1;
      tcgen05.st.sync.aligned.32x32b.x1.b32 [%r3], {%r2};
      tcgen05.wait::st.sync.aligned;
      tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r3];
      tcgen05.wait::ld.sync.aligned;
      """
    let end = "tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r1, 32;"
    let good = program(start + "st.global.u32 [%mine], %r4;" + end, target: "sm_100a")
    #expect(try good.fault(schedule: schedule) == nil)
    let bad = program(
      start + "neg.s32 %r4, %r4; st.global.u32 [%mine], %r4;" + end, target: "sm_100a")
    let fault = try bad.fault(schedule: schedule)
    #expect(fault?.kind == "uninitialized-read")
    #expect(fault?.report.contains("Tensor Memory lane") == true)
  }
}
