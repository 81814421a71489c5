// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

@testable import Simulator

@Suite struct ConvergenceTests {
  @Test func `lanes that diverge run both sides and reconverge`() throws {
    let outcome = try SmallProgram(
      body: """
        setp.lt.u32 %p1, %lane, 5;
        @%p1 bra SMALL;
        mul.lo.u32 %r1, %lane, 10;
        bra DONE;
        SMALL: add.u32 %r1, %lane, 100;
        DONE: activemask.b32 %r2;
        setp.ne.u32 %p2, %r2, 0xffffffff;
        @%p2 mov.u32 %r1, 7777;
        st.global.u32 [%mine], %r1;
        """
    ).run()
    #expect(outcome.words == lanes { lane in if lane < 5 { lane + 100 } else { lane * 10 } })
    #expect(outcome.counters.instructions["activemask"] == 1)
  }

  @Test(arguments: [Schedule.eager, .late] + (0..<8).map { .random(seed: $0) })
  func `a predicate of one side of a branch leaves the values of the other side alone`(
    schedule: Schedule
  ) throws {
    let outcome = try SmallProgram(
      body: """
        setp.lt.u32 %p1, %lane, 16;
        mov.u32 %r5, 0;
        @%p1 bra OTHER;
        LOOP: add.u32 %r5, %r5, 1;
        setp.lt.u32 %p2, %r5, 100;
        @%p2 bra LOOP;
        mov.u32 %r6, %r5;
        bra DONE;
        OTHER: add.u32 %r7, %lane, 1000;
        WAIT: add.u32 %r5, %r5, 1;
        setp.lt.u32 %p1, %r5, 100;
        @%p1 bra WAIT;
        mov.u32 %r6, %r7;
        DONE: st.global.u32 [%mine], %r6;
        """
    ).run(schedule: schedule)
    #expect(outcome.words == lanes { lane in if lane < 16 { lane + 1000 } else { 100 } })
  }

  @Test func `lanes leave a loop one after the other and go on together`() throws {
    let outcome = try SmallProgram(
      body: """
        mov.u32 %r1, 0;
        LOOP: add.u32 %r1, %r1, 1;
        setp.le.u32 %p1, %r1, %lane;
        @%p1 bra LOOP;
        activemask.b32 %r2;
        shl.b32 %r1, %r1, 8;
        popc.b32 %r2, %r2;
        or.b32 %r1, %r1, %r2;
        st.global.u32 [%mine], %r1;
        """
    ).run()
    #expect(outcome.words == lanes { ($0 + 1) << 8 | 32 })
  }

  @Test func `nested branches meet inside out`() throws {
    let outcome = try SmallProgram(
      body: """
        and.b32 %r3, %lane, 1;
        and.b32 %r4, %lane, 2;
        setp.ne.u32 %p1, %r3, 0;
        setp.ne.u32 %p2, %r4, 0;
        mov.u32 %r1, 0;
        @!%p1 bra OUTER;
        @!%p2 bra INNER;
        mov.u32 %r1, 3;
        INNER: activemask.b32 %r2;
        add.u32 %r1, %r1, %r2;
        OUTER: activemask.b32 %r5;
        setp.eq.u32 %p3, %r5, 0xffffffff;
        selp.u32 %r1, %r1, 1, %p3;
        st.global.u32 [%mine], %r1;
        """
    ).run()
    let odd: UInt32 = 0xAAAA_AAAA
    #expect(
      outcome.words
        == lanes { lane in
          if lane & 1 == 0 { return 0 }
          return lane & 2 == 0 ? odd : odd &+ 3
        })
  }

  @Test func `lanes that exit are not waited for`() throws {
    let outcome = try SmallProgram(
      body: """
        setp.lt.u32 %p1, %lane, 30;
        @%p1 exit;
        bar.warp.sync 0xffffffff;
        vote.sync.ballot.b32 %r1, 1, 0xffffffff;
        st.global.u32 [%mine], %r1;
        """
    ).run()
    #expect(outcome.words == lanes { lane in lane < 30 ? UInt32.max : 0xC000_0000 })
  }

  @Test func `a lane that spins on another of its warp does not starve it`() throws {
    let program = SmallProgram(
      body: """
        setp.eq.u32 %p1, %lane, 0;
        @%p1 bra WAIT;
        st.shared.u32 [flag], 1;
        bra DONE;
        WAIT: ld.volatile.shared.u32 %r1, [flag];
        setp.eq.u32 %p2, %r1, 0;
        @%p2 bra WAIT;
        DONE: st.global.u32 [%mine], %lane;
        """, declarations: ".shared .u32 flag;")
    var spinning = program
    // The flag must have a value before it is polled.
    spinning.body = "st.shared.u32 [flag], 0; bar.warp.sync 0xffffffff;\n" + program.body
    for schedule in [Schedule.eager, .late, .random(seed: 1), .random(seed: 2)] {
      #expect(try spinning.run(schedule: schedule).words == Array(0..<32))
    }
  }

  @Test func `an indexed branch sends each lane to its own target`() throws {
    let outcome = try SmallProgram(
      body: """
        rem.u32 %r1, %lane, 3;
        brx.idx %r1, TARGETS;
        A: mov.u32 %r2, 10; bra DONE;
        B: mov.u32 %r2, 20; bra DONE;
        C: mov.u32 %r2, 30;
        DONE: st.global.u32 [%mine], %r2;
        """, declarations: "TARGETS: .branchtargets A, B, C;"
    ).run()
    #expect(outcome.words == lanes { lane in 10 + 10 * (lane % 3) })
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 5)])
  func `lanes that go past a barrier and exit are not waited for`(schedule: Schedule) throws {
    let outcome = try SmallProgram(
      body: """
        setp.lt.u32 %p1, %lane, 8;
        @!%p1 bra DONE;
        bar.sync 0;
        vote.sync.ballot.b32 %r1, 1, 0xffffffff;
        DONE: st.global.u32 [%mine], %lane;
        """
    ).run(schedule: schedule)
    #expect(outcome.words == Array(0..<32))
  }

  /// A program in which lanes below 8 run one body, and the others another.
  private func sides(_ lower: String, _ upper: String, block: Int = 32) -> SmallProgram {
    SmallProgram(
      body: """
        setp.lt.u32 %p1, %lane, 8;
        @!%p1 bra UPPER;
        \(lower)
        bra DONE;
        UPPER: \(upper)
        DONE: st.global.u32 [%mine], %t;
        """, block: .init(block), wordCount: block)
  }

  @Test(arguments: [
    ("bar.sync 0;", "bar.sync 0;"),
    (
      "vote.sync.ballot.b32 %r1, 1, 0xffffffff;",
      "shfl.sync.idx.b32 %r1, %lane, 0, 31, 0xffffffff;"
    ),
    ("bar.warp.sync 0xffffffff;", "vote.sync.ballot.b32 %r1, 1, 0xffffffff;"),
    ("barrier.sync 0;", "barrier.sync 1;"),
  ])
  func `lanes that wait for each other at two instructions are a trap`(
    lower: String, upper: String
  ) throws {
    for schedule in [Schedule.eager, .late, .random(seed: 3)] {
      let fault = try sides(lower, upper).fault(schedule: schedule)
      #expect(fault?.kind == "missing-lanes", "\(fault?.report ?? "")")
      #expect(fault?.report.contains("needs lanes 0-31 together") == true)
    }
  }

  @Test(arguments: [
    ("bar.warp.sync 0xffffffff;", "bar.warp.sync 0xffffffff;"),
    ("barrier.sync 0;", "barrier.sync 0;"),
    ("barrier.sync 3, 64;", "add.u32 %r1, %lane, 1; barrier.sync 3, 64;"),
    ("bar.warp.sync 0xff;", "vote.sync.ballot.b32 %r1, 1, 0xffffff00;"),
    ("vote.sync.ballot.b32 %r1, 1, 0xffffffff;", "bar.warp.sync 0xffffff00;"),
  ])
  func `lanes meet at different barriers, and each mask separately`(
    lower: String, upper: String
  ) throws {
    for schedule in [Schedule.eager, .late, .random(seed: 3)] {
      let outcome = try sides(lower, upper, block: 64).run(schedule: schedule)
      #expect(outcome.words == Array(0..<64))
    }
  }

  @Test func `an aligned instruction that lanes exit without is a trap`() throws {
    let fault = try sides("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r2];", "exit;").fault()
    #expect(fault?.kind == "missing-lanes")
    #expect(fault?.report.contains("needs lanes 0-31 together, but only 0-7 arrived") == true)
  }

  @Test func `shuffles, votes and matches answer as the manual says`() throws {
    let outcome = try SmallProgram(
      body: """
        shfl.sync.up.b32 %r1, %lane, 3, 0, 0xffffffff;
        shfl.sync.down.b32 %r2|%p1, %lane, 3, 31, 0xffffffff;
        shfl.sync.bfly.b32 %r3, %lane, 5, 31, 0xffffffff;
        shfl.sync.idx.b32 %r4, %lane, 2, 0x181f, 0xffffffff;
        selp.u32 %r5, 1, 0, %p1;
        and.b32 %r6, %lane, 3;
        match.any.sync.b32 %r7, %r6, 0xffffffff;
        redux.sync.add.s32 %r8, %lane, 0xffffffff;
        st.global.u32 [%mine], %r1;
        st.global.u32 [%mine+128], %r2;
        st.global.u32 [%mine+256], %r3;
        st.global.u32 [%mine+384], %r4;
        st.global.u32 [%mine+512], %r5;
        st.global.u32 [%mine+640], %r7;
        st.global.u32 [%mine+768], %r8;
        """, wordCount: 7 * 32
    ).run()
    let rows = (0..<7).map { row in Array(outcome.words[row * 32..<row * 32 + 32]) }
    #expect(rows[0] == lanes { $0 < 3 ? $0 : $0 - 3 })
    #expect(rows[1] == lanes { $0 + 3 > 31 ? $0 : $0 + 3 })
    #expect(rows[2] == lanes { $0 ^ 5 })
    #expect(rows[3] == lanes { $0 / 8 * 8 + 2 })
    #expect(rows[4] == lanes { $0 + 3 > 31 ? 0 : 1 })
    #expect(rows[5] == lanes { 0x1111_1111 << ($0 % 4) })
    #expect(rows[6] == lanes { _ in 496 })
  }
}
