// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

@testable import Simulator

@Suite struct MemoryTests {
  @Test func `an access beyond a buffer is reported with its distance`() throws {
    let fault = try SmallProgram(body: "st.global.u32 [%mine+4], %lane;").fault()
    #expect(fault?.kind == "out-of-bounds")
    #expect(fault?.report.contains("0 bytes past the end of") == true)
    #expect(fault?.report.contains("'st.global.u32'") == true)
  }

  @Test func `an access outside of shared memory is a trap`() throws {
    let fault = try SmallProgram(
      body: "st.shared.u32 [tile+64], %lane;", declarations: ".shared .b8 tile[64];"
    ).fault()
    #expect(fault?.kind == "out-of-bounds")
  }

  @Test func `a vector at an address that is no multiple of its size is a trap`() throws {
    let fault = try SmallProgram(
      body: "ld.global.v2.u32 {%r1, %r2}, [%out+4];", wordCount: 64
    ).fault()
    #expect(fault?.kind == "misaligned-access")
  }

  @Test func `a use of unwritten shared memory is a trap`() throws {
    let fault = try SmallProgram(
      body: "ld.shared.u32 %r1, [tile+8]; add.u32 %r1, %r1, 1; st.global.u32 [%mine], %r1;",
      declarations: ".shared .b8 tile[64];"
    ).fault()
    #expect(fault?.kind == "uninitialized-read")
    #expect(fault?.report.contains("tile+8") == true)
  }

  @Test func `an ordinary access to a live barrier is a trap`() throws {
    let fault = try SmallProgram(
      body: """
        mov.u32 %r1, bar;
        elect.sync _|%p1, 0xffffffff;
        @%p1 mbarrier.init.shared::cta.b64 [%r1], 1;
        @%p1 st.shared.u32 [%r1+4], 0;
        """, declarations: ".shared .b64 bar;"
    ).fault()
    #expect(fault?.kind == "barrier-misuse")
  }

  @Test(arguments: [
    // The stride between lanes in bytes, the width of an access, and the additional wavefronts.
    (4, "u32", 0), (8, "u32", 1), (128, "u32", 31), (0, "u32", 0), (132, "u32", 0),
    (64, "u32", 15), (16, "v4.u32", 0), (32, "v4.u32", 4), (8, "v2.u32", 0),
  ])
  func `bank conflicts are counted by the hardware's rule`(
    stride: Int, width: String, extra: UInt64
  ) throws {
    let registers =
      width.hasPrefix("v4") ? "{%r1,%r1,%r1,%r1}" : width.hasPrefix("v2") ? "{%r1,%r1}" : "%r1"
    let outcome = try SmallProgram(
      body: """
        mov.u32 %r1, tile;
        mad.lo.u32 %r2, %lane, \(stride), %r1;
        st.shared.\(width) [%r2], \(registers);
        """, declarations: ".shared .align 16 .b8 tile[8192];"
    ).run()
    #expect(outcome.counters.bankConflicts["st.shared", default: 0] == extra)
  }

  @Test func `generic addresses lead to the memory that they come from`() throws {
    let outcome = try SmallProgram(
      body: """
        mov.u32 %r1, tile;
        mad.lo.u32 %r1, %lane, 4, %r1;
        cvt.u64.u32 %rd1, %r1;
        cvta.shared.u64 %rd2, %rd1;
        st.u32 [%rd2], %t;
        ld.shared.u32 %r2, [%r1];
        add.u32 %r2, %r2, 5;
        st.u32 [%mine], %r2;
        isspacep.shared %p1, %rd2;
        isspacep.global %p2, %mine;
        selp.u32 %r3, 1, 0, %p1;
        selp.u32 %r4, 2, 0, %p2;
        ld.u32 %r5, [%mine];
        add.u32 %r5, %r5, %r3;
        add.u32 %r5, %r5, %r4;
        st.u32 [%mine], %r5;
        """, declarations: ".shared .b8 tile[128];"
    ).run()
    #expect(outcome.words == lanes { $0 + 8 })
  }

  @Test func `atomics of all lanes add up, and return the values between`() throws {
    let outcome = try SmallProgram(
      body: """
        setp.eq.u32 %p1, %t, 0;
        @%p1 st.global.u32 [%out], 0;
        bar.sync 0;
        atom.global.add.u32 %r1, [%out], 2;
        bar.sync 0;
        mad.wide.u32 %rd1, %r1, 2, %out;
        @!%p1 st.global.u32 [%rd1+4], %r1;
        """, block: 64, wordCount: 66
    ).run()
    #expect(outcome.words[0] == 128)
  }

  @Test func `local memory belongs to each thread`() throws {
    let outcome = try SmallProgram(
      body: """
        mov.u32 %r1, depot;
        st.local.u32 [%r1+4], %lane;
        mov.u32 %r2, 0;
        st.local.u32 [%r1], %r2;
        ld.local.u32 %r3, [%r1+4];
        st.global.u32 [%mine], %r3;
        """, declarations: ".local .align 8 .b8 depot[16];"
    ).run()
    #expect(outcome.words == Array(0..<32))
  }

  @Test func `constants of the module are there`() throws {
    let outcome = try SmallProgram(
      body: """
        and.b32 %r1, %lane, 3;
        mul.wide.u32 %rd1, %r1, 4;
        mov.u64 %rd2, table;
        add.u64 %rd1, %rd1, %rd2;
        ld.const.u32 %r2, [%rd1];
        st.global.u32 [%mine], %r2;
        """, prelude: ".const .align 4 .u32 table[4] = {11, 22, 33, 44};"
    ).run()
    #expect(outcome.words == lanes { lane in 11 + 11 * (lane % 4) })
  }
}
