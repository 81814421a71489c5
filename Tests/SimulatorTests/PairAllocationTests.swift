// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import Simulator

@Suite struct PairAllocationTests {
  /// Returns a program for CTA pairs that allocate, store, load and free; `%rank` is the rank in
  /// the cluster.
  private func program(
    _ body: String, grid: Dimensions = 2, cluster: Dimensions = 2, wordCount: Int = 64
  ) -> SmallProgram {
    SmallProgram(
      body: """
        mov.u32 %rank, %cluster_ctarank;
        mov.u32 %r1, %ctaid.x;
        mad.lo.u32 %r2, %r1, 32, %lane;
        mad.wide.u32 %mine, %r2, 4, %out;
        setp.eq.u32 %p1, %rank, 0;
        \(body)
        """, declarations: ".shared .b32 place; .reg .b32 %rank;", target: "sm_100a", grid: grid,
      cluster: cluster, wordCount: wordCount)
  }

  /// Allocates, writes a number that depends on the block, reads it back and frees.
  private func roundTrip(columns: Int) -> String {
    """
    tcgen05.alloc.cta_group::2.sync.aligned.shared::cta.b32 [place], \(columns);
    tcgen05.relinquish_alloc_permit.cta_group::2.sync.aligned;
    ld.shared.u32 %r3, [place];
    add.u32 %r4, %r1, 700;
    tcgen05.st.sync.aligned.32x32b.x1.b32 [%r3], {%r4};
    tcgen05.wait::st.sync.aligned;
    tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r5}, [%r3];
    tcgen05.wait::ld.sync.aligned;
    tcgen05.dealloc.cta_group::2.sync.aligned.b32 %r3, \(columns);
    shl.b32 %r3, %r3, 16;
    or.b32 %r5, %r5, %r3;
    st.global.u32 [%mine], %r5;
    """
  }

  @Test(arguments: [Schedule.eager, .late] + (0..<6).map { .random(seed: $0) })
  func `both blocks of a pair get the same columns, each its own memory`(
    schedule: Schedule
  ) throws {
    let outcome = try program(
      roundTrip(columns: 256), grid: 24, cluster: 4, wordCount: 24 * 32
    ).run(schedule: schedule, multiprocessors: 4)
    for pair in 0..<12 {
      let columns = (0..<2).map { outcome.words[64 * pair + 32 * $0] >> 16 }
      #expect(columns[0] == columns[1], "pair \(pair)")
      for block in 0..<2 {
        let number = UInt32(2 * pair + block + 700)
        let words = outcome.words[64 * pair + 32 * block..<64 * pair + 32 * block + 32]
        #expect(words.allSatisfy { $0 & 0xFFFF == number }, "pair \(pair), block \(block)")
      }
    }
  }

  @Test func `bits do not depend on the host's threads`() throws {
    let results = try (1...3).map { threads in
      try program(roundTrip(columns: 128), grid: 32, wordCount: 32 * 32)
        .run(schedule: .random(seed: 9), hostThreadCount: threads, multiprocessors: 2).words
    }
    #expect(results[0] == results[1] && results[1] == results[2])
  }

  @Test(arguments: [
    (
      "a block that does not allocate",
      "@%p1 bra WAIT;\ntcgen05.alloc.cta_group::2.sync.aligned.shared::cta.b32 [place], 64;\nWAIT: bar.sync 0;\nbarrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;",
      "deadlock", "waits for the other block of its pair"
    ),
    (
      "a block that does not free",
      """
      tcgen05.alloc.cta_group::2.sync.aligned.shared::cta.b32 [place], 64;
      ld.shared.u32 %r3, [place];
      @%p1 tcgen05.dealloc.cta_group::2.sync.aligned.b32 %r3, 64;
      barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;
      """, "deadlock", "waits for the other block of its pair"
    ),
    (
      "a block that ends without allocating",
      "@%p1 ret;\ntcgen05.alloc.cta_group::2.sync.aligned.shared::cta.b32 [place], 64;",
      "tensor-memory", "The other block of the pair has exited"
    ),
    (
      "blocks that allocate different numbers",
      "selp.b32 %r3, 64, 32, %p1;\ntcgen05.alloc.cta_group::2.sync.aligned.shared::cta.b32 [place], %r3;",
      "tensor-memory", "The blocks of a pair disagree"
    ),
  ])
  func `operations that the blocks of a pair do not do together are found`(
    what: String, body: String, kind: String, message: String
  ) throws {
    let fault = try program(body).fault()
    #expect(fault?.kind == kind, "\(what)")
    #expect(fault?.report.contains(message) == true, "\(fault?.report ?? "")")
  }

  @Test func `a block without a peer cannot use the memory of a pair`() throws {
    let fault = try program(roundTrip(columns: 64), grid: 1, cluster: 1).fault()
    #expect(fault?.kind == "tensor-memory")
    #expect(fault?.report.contains("has no other block in its pair") == true)
  }

  @Test func `the blocks of a pair are never on the same SM`() throws {
    let fault = try program(roundTrip(columns: 64)).fault(multiprocessors: 1)
    #expect(fault?.kind == "launch")
    #expect(fault?.report.contains("the blocks of a pair on different SMs") == true)
  }
}
