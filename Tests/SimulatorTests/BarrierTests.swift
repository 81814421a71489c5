// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import Simulator

@Suite struct BarrierTests {
  /// Returns a program with an mbarrier `bar` that one lane initializes.
  private func withBarrier(count: Int, _ body: String, block: Dimensions = 32) -> SmallProgram {
    SmallProgram(
      body: """
        mov.u32 %r1, bar;
        setp.eq.u32 %p1, %t, 0;
        @%p1 mbarrier.init.shared::cta.b64 [%r1], \(count);
        bar.sync 0;
        \(body)
        """, declarations: ".shared .b64 bar;", block: block)
  }

  @Test func `a fresh barrier blocks parity 0 and lets parity 1 pass`() throws {
    let outcome = try withBarrier(
      count: 32,
      """
      mbarrier.test_wait.parity.shared::cta.b64 %p2, [%r1], 0;
      mbarrier.test_wait.parity.shared::cta.b64 %p3, [%r1], 1;
      selp.u32 %r2, 1, 0, %p2;
      selp.u32 %r3, 2, 0, %p3;
      bar.warp.sync 0xffffffff;
      mbarrier.arrive.shared::cta.b64 %rd1, [%r1];
      mbarrier.test_wait.shared::cta.b64 %p4, [%r1], %rd1;
      selp.u32 %r4, 4, 0, %p4;
      or.b32 %r2, %r2, %r3;
      or.b32 %r2, %r2, %r4;
      st.global.u32 [%mine], %r2;
      """
    ).run()
    #expect(outcome.words == [UInt32](repeating: 6, count: 32))
  }

  @Test func `a wait for arrivals that never come is a deadlock that names them`() throws {
    for schedule in [Schedule.eager, .late, .random(seed: 3)] {
      let fault = try withBarrier(
        count: 3,
        """
        @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r1], 96;
        WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p2, [%r1], 0;
        @!%p2 bra WAIT;
        """
      ).fault(schedule: schedule)
      #expect(fault?.kind == "deadlock")
      #expect(fault?.report.contains("phase 0 (parity 0)") == true)
      #expect(fault?.report.contains("2 of 3 arrivals and 96 bytes are missing") == true)
      #expect(fault?.report.contains("warp 0, lanes 0-31") == true)
    }
  }

  @Test(arguments: [
    ("more arrivals than the phase needs", 1, "mbarrier.arrive.shared::cta.b64 _, [%r1], 2;"),
    ("a second initialization", 1, "@%p1 mbarrier.init.shared::cta.b64 [%r1], 1;"),
    ("a count of zero", 0, ""),
    ("an arrival at no barrier", 1, "mbarrier.arrive.shared::cta.b64 _, [%r1+64];"),
    (
      "bytes beyond the limit", 2,
      "@%p1 mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%r1], 1048576;"
    ),
  ])
  func `wrong use of an mbarrier is a trap`(what: String, count: Int, body: String) throws {
    var program = withBarrier(count: count, body)
    program.declarations = ".shared .b64 bar[16];"
    let fault = try program.fault()
    #expect(fault?.kind == "barrier-misuse", "\(what)")
  }

  @Test func `named barriers synchronize warps`() throws {
    for schedule in [Schedule.eager, .late, .random(seed: 5)] {
      let outcome = try SmallProgram(
        body: """
          setp.eq.u32 %p1, %warp, 0;
          mov.u32 %r1, tile;
          mad.lo.u32 %r1, %lane, 4, %r1;
          @%p1 bra PRODUCE;
          bar.sync 1, 64;
          ld.shared.u32 %r2, [%r1];
          sub.u64 %rd1, %mine, 128;
          st.global.u32 [%rd1], %r2;
          bra DONE;
          PRODUCE: mul.lo.u32 %r3, %lane, 3;
          st.shared.u32 [%r1], %r3;
          bar.arrive 1, 64;
          DONE: bar.warp.sync 0xffffffff;
          """, declarations: ".shared .b8 tile[128];", block: 64
      ).run(schedule: schedule)
      #expect(outcome.words == lanes { $0 * 3 })
    }
  }

  @Test func `reductions over a block count and combine`() throws {
    let outcome = try SmallProgram(
      body: """
        setp.lt.u32 %p1, %t, 40;
        bar.red.popc.u32 %r1, 0, %p1;
        bar.red.and.pred %p2, 0, %p1;
        bar.red.or.pred %p3, 0, %p1;
        selp.u32 %r2, 1000, 0, %p2;
        selp.u32 %r3, 100, 0, %p3;
        add.u32 %r1, %r1, %r2;
        add.u32 %r1, %r1, %r3;
        setp.lt.u32 %p4, %t, 32;
        @%p4 st.global.u32 [%mine], %r1;
        """, block: 64
    ).run()
    #expect(outcome.words == [UInt32](repeating: 140, count: 32))
  }

  @Test func `warps that disagree on a barrier's count are a trap`() throws {
    let fault = try SmallProgram(
      body: """
        setp.eq.u32 %p1, %warp, 0;
        @%p1 bra FIRST;
        bar.sync 1, 96;
        bra DONE;
        FIRST: bar.sync 1, 64;
        DONE: bar.warp.sync 0xffffffff;
        """, block: 96
    ).fault()
    #expect(fault?.kind == "barrier-misuse")
  }

  @Test func `a deadlock on the block's barrier says how many threads arrived`() throws {
    let fault = try SmallProgram(
      body: """
        setp.eq.u32 %p1, %warp, 0;
        @!%p1 bra DONE;
        bar.sync 2, 64;
        DONE: bar.warp.sync 0xffffffff;
        """, block: 64
    ).fault()
    #expect(fault?.kind == "deadlock")
    #expect(fault?.report.contains("waits for barrier 2 of the block: 32 of 64 threads") == true)
  }

  @Test func `a loop that spins on memory that nothing changes is a deadlock`() throws {
    let shared = SmallProgram(
      body: """
        st.shared.u32 [flag], 0;
        WAIT: ld.volatile.shared.u32 %r1, [flag];
        setp.eq.u32 %p2, %r1, 0;
        @%p2 bra WAIT;
        """, declarations: ".shared .u32 flag;")
    #expect(try shared.fault()?.kind == "deadlock")
    let global = SmallProgram(
      body: """
        WAIT: ld.acquire.gpu.global.u32 %r1, [%out];
        setp.ne.u32 %p2, %r1, 1;
        @%p2 bra WAIT;
        """)
    #expect(try global.fault()?.kind == "deadlock")
  }
}

@Suite struct ClusterTests {
  @Test func `blocks of a cluster arrive on each other's barriers and read each other's memory`()
    throws
  {
    for schedule in [Schedule.eager, .late, .random(seed: 7), .random(seed: 8)] {
      let outcome = try SmallProgram(
        body: """
          mov.u32 %r1, bar;
          mov.u32 %r2, %cluster_ctarank;
          xor.b32 %r3, %r2, 1;
          setp.eq.u32 %p1, %t, 0;
          @%p1 mbarrier.init.shared::cta.b64 [%r1], 32;
          @%p1 fence.mbarrier_init.release.cluster;
          mov.u32 %r4, tile;
          mad.lo.u32 %r5, %lane, 4, %r4;
          mad.lo.u32 %r6, %r2, 1000, %lane;
          st.shared.u32 [%r5], %r6;
          barrier.cluster.arrive.aligned;
          barrier.cluster.wait.aligned;
          mapa.shared::cluster.u32 %r7, %r1, %r3;
          mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r7];
          WAIT: mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 %p2, [%r1], 0;
          @!%p2 bra WAIT;
          mapa.shared::cluster.u32 %r8, %r5, %r3;
          ld.shared::cluster.u32 %r9, [%r8];
          getctarank.shared::cluster.u32 %r10, %r8;
          mad.lo.u32 %r9, %r10, 100000, %r9;
          mov.u32 %r11, %ctaid.x;
          mad.lo.u32 %r12, %r11, 32, %lane;
          mad.wide.u32 %rd1, %r12, 4, %out;
          st.global.u32 [%rd1], %r9;
          barrier.cluster.arrive.aligned;
          barrier.cluster.wait.aligned;
          """, declarations: ".shared .b64 bar; .shared .b8 tile[128];", grid: 4, cluster: 2,
        wordCount: 128
      ).run(schedule: schedule)
      let expected = (0..<4).flatMap { block in
        // Each block reads the data that the other of its cluster wrote, and the other's rank.
        lanes { lane in block % 2 == 0 ? 101_000 + lane : lane }
      }
      #expect(outcome.words == expected)
    }
  }

  @Test func `a wait at the cluster's barrier without an arrive is a trap`() throws {
    let fault = try SmallProgram(
      body: "barrier.cluster.wait.aligned;", grid: 2, cluster: 2
    ).fault()
    #expect(fault?.kind == "barrier-misuse")
  }

  @Test func `clusters that wait for each other through global memory finish`() throws {
    let program = SmallProgram(
      body: """
        setp.ne.u32 %p1, %t, 0;
        @%p1 bra DONE;
        mov.u32 %r1, %ctaid.x;
        mov.u32 %r2, %nctaid.x;
        sub.u32 %r3, %r2, 1;
        WAIT: ld.acquire.gpu.global.u32 %r4, [%out];
        setp.ne.u32 %p2, %r4, %r1;
        @%p2 bra WAIT;
        add.u32 %r4, %r4, 1;
        st.release.gpu.global.u32 [%out], %r4;
        DONE: bar.warp.sync 0xffffffff;
        """, grid: 6, wordCount: 1)
    for schedule in [Schedule.eager, .late, .random(seed: 1)] {
      #expect(try program.run(schedule: schedule, input: [0]).words == [6])
    }
  }

  @Test func `counters and results do not depend on the number of host threads`() throws {
    let program = SmallProgram(
      body: """
        mov.u32 %r1, %ctaid.x;
        atom.global.add.u32 %r2, [%out], 1;
        mad.lo.u32 %r3, %r1, 32, %lane;
        mad.wide.u32 %rd1, %r3, 4, %out;
        st.global.u32 [%rd1+4], %r2;
        """, grid: 50, wordCount: 1 + 50 * 32)
    var input = [UInt32](repeating: 0, count: program.wordCount)
    input[0] = 0
    for schedule in [Schedule.eager, .late, .random(seed: 11), .random(seed: 12)] {
      let one = try program.run(
        schedule: schedule, input: input, hostThreadCount: 1, multiprocessors: 4)
      let two = try program.run(
        schedule: schedule, input: input, hostThreadCount: 2, multiprocessors: 4)
      let three = try program.run(
        schedule: schedule, input: input, hostThreadCount: 3, multiprocessors: 4)
      #expect(one.words == two.words)
      #expect(one.words == three.words)
      #expect(one.counters == two.counters)
      #expect(one.words[0] == 1600)
    }
    let first = try program.run(schedule: .random(seed: 1), input: input)
    let other = try program.run(schedule: .random(seed: 2), input: input)
    #expect(first.words != other.words, "two seeds gave one order of atomics")
  }
}
