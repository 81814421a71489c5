// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import Simulator

@Suite struct LaunchControlTests {
  /// Returns a persistent kernel over a grid of one-word tiles: it counts in word `tile` how often
  /// the tile was processed, and writes the number of the block that processed it to word
  /// `tileCount + tile`.
  private func persistent(
    grid: Dimensions, cluster: Int = 1, extra: String = "", query: String? = nil
  ) -> SmallProgram {
    let tileCount = grid.count
    let first =
      query
      ?? "clusterlaunchcontrol.query_cancel.get_first_ctaid.v4.b32.b128 {%x, %y, %z, _}, %response;"
    let multicast = cluster > 1 ? ".multicast::cluster::all" : ""
    let meet = cluster > 1 ? "barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;" : ""
    return SmallProgram(
      body: """
        mov.u32 %x, %ctaid.x; mov.u32 %y, %ctaid.y; mov.u32 %z, %ctaid.z;
        mov.u32 %nx, %nctaid.x; mov.u32 %ny, %nctaid.y;
        mov.u32 %rank, %cluster_ctarank;
        mad.lo.u32 %own, %z, %ny, %y; mad.lo.u32 %own, %own, %nx, %x;
        sub.u32 %x, %x, %rank;
        setp.eq.u32 %p0, %t, 0;
        setp.eq.u32 %p1, %rank, 0;
        and.pred %p1, %p0, %p1;
        @%p0 mbarrier.init.shared.b64 [full], 1;
        fence.mbarrier_init.release.cluster;
        bar.sync 0;
        \(meet)
        mov.u32 %phase, 0;
        LOOP:
        add.u32 %x, %x, %rank;
        mad.lo.u32 %r1, %z, %ny, %y; mad.lo.u32 %r1, %r1, %nx, %x;
        mad.wide.u32 %rd1, %r1, 4, %out;
        @%p0 red.global.add.u32 [%rd1], 1;
        @%p0 st.global.u32 [%rd1+\(4 * tileCount)], %own;
        @%p0 mbarrier.arrive.expect_tx.shared.b64 _, [full], 16;
        \(meet)
        @%p1 clusterlaunchcontrol.try_cancel.async.shared::cta.mbarrier::complete_tx::bytes\(multicast).b128 [place], [full];
        WAIT: mbarrier.try_wait.parity.shared.b64 %p2, [full], %phase;
        @!%p2 bra WAIT;
        xor.b32 %phase, %phase, 1;
        ld.shared.b128 %response, [place];
        fence.proxy.async.shared::cta;
        clusterlaunchcontrol.query_cancel.is_canceled.pred.b128 %p3, %response;
        bar.sync 0;
        \(meet)
        @!%p3 bra DONE;
        \(first)
        bra LOOP;
        DONE:
        \(extra)
        """,
      declarations: """
        .shared .align 16 .b8 place[16]; .shared .align 8 .b64 full;
        .reg .b128 %response; .reg .b32 %x, %y, %z, %nx, %ny, %own, %phase, %rank;
        """, target: "sm_100a", block: 64, grid: grid, cluster: Dimensions(cluster),
      sharedByteCount: 200_000, wordCount: 2 * tileCount)
  }

  /// Runs a program on four SMs, with initial counts of zero.
  private func run(
    _ program: SmallProgram, schedule: Schedule, hostThreadCount: Int = 2
  ) throws -> SmallProgram.Outcome {
    try program.run(
      schedule: schedule, input: [UInt32](repeating: 0, count: program.wordCount),
      hostThreadCount: hostThreadCount, multiprocessors: 4)
  }

  static let schedules: [Schedule] = [.eager, .late] + (0..<6).map { .random(seed: $0) }

  @Test(arguments: schedules)
  func `every tile of a persistent grid is done once, by few blocks`(schedule: Schedule) throws {
    let count = 61
    let outcome = try run(persistent(grid: Dimensions(count)), schedule: schedule)
    #expect(outcome.words[..<count].allSatisfy { $0 == 1 }, "\(outcome.words[..<count])")
    // Blocks use more than half the shared memory: four run at a time, and the others are canceled.
    let workers = Set(outcome.words[count...])
    #expect(workers == [0, 1, 2, 3], "\(workers)")
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 5), .random(seed: 6)], [1, 2])
  func `the assignment of tiles does not depend on the host's threads`(
    schedule: Schedule, cluster: Int
  ) throws {
    let program = persistent(grid: Dimensions(60), cluster: cluster)
    let outcomes = try (1...3).map {
      try run(program, schedule: schedule, hostThreadCount: $0)
    }
    #expect(outcomes.allSatisfy { $0.words == outcomes[0].words })
    #expect(outcomes.allSatisfy { $0.counters == outcomes[0].counters })
    #expect(outcomes[0].words[..<60].allSatisfy { $0 == 1 })
  }

  @Test func `random schedules hand out clusters in other orders`() throws {
    let program = persistent(grid: Dimensions(60))
    let results = try (0..<4).map { try run(program, schedule: .random(seed: $0)).words }
    #expect(Set(results).count > 1)
  }

  @Test(arguments: schedules)
  func `a response for all blocks of a cluster reaches each`(schedule: Schedule) throws {
    let outcome = try run(persistent(grid: Dimensions(48), cluster: 4), schedule: schedule)
    #expect(outcome.words[..<48].allSatisfy { $0 == 1 }, "\(outcome.words[..<48])")
    #expect(Set(outcome.words[48...]) == [0, 1, 2, 3])
  }

  @Test(arguments: [false, true])
  func `a response has all coordinates of the first block of a cluster`(byParts: Bool) throws {
    let parts = ["x", "y", "z"].map {
      "clusterlaunchcontrol.query_cancel.get_first_ctaid::\($0).b32.b128 %\($0), %response;"
    }
    let program = persistent(
      grid: Dimensions(6, 5, 3), cluster: 2, query: byParts ? parts.joined(separator: " ") : nil)
    for schedule in Self.schedules {
      let outcome = try run(program, schedule: schedule)
      #expect(outcome.words[..<90].allSatisfy { $0 == 1 }, "\(schedule)")
    }
  }

  @Test func `without requests every block runs its own tile`() throws {
    // The last block is launched if no other has requested it.
    let outcome = try SmallProgram(
      body: "mov.u32 %r1, %ctaid.x; mad.wide.u32 %rd1, %r1, 4, %out; st.global.u32 [%rd1], %r1;",
      target: "sm_100a", grid: 32
    ).run(multiprocessors: 1)
    #expect(outcome.words == (0..<32).map { UInt32($0) })
  }

  @Test(arguments: [
    (
      "a request after a refusal was seen",
      "@%p1 clusterlaunchcontrol.try_cancel.async.shared::cta.mbarrier::complete_tx::bytes.b128 [place], [full];",
      "after a response that none is left"
    ),
    (
      "the first block of a response without one",
      "clusterlaunchcontrol.query_cancel.get_first_ctaid::x.b32.b128 %x, %response;",
      "from a response without a cluster"
    ),
    (
      "bits other than a response",
      """
      st.shared.v4.u32 [place], {%t, %t, %t, %t};
      ld.shared.b128 %response, [place];
      clusterlaunchcontrol.query_cancel.is_canceled.pred.b128 %p3, %response;
      """, "not a response of try_cancel"
    ),
  ])
  func `misuse is a trap`(what: String, body: String, message: String) throws {
    let fault = try persistent(grid: 1, extra: body).fault()
    #expect(fault?.kind == "launch-control", "\(what)")
    #expect(fault?.report.contains(message) == true, "\(fault?.report ?? "")")
  }

  @Test(arguments: [
    ("a misaligned response", "place+8", "full", "misaligned-access"),
    ("an uninitialized barrier", "place", "other", "barrier-misuse"),
  ])
  func `a request names an address and a barrier`(
    what: String, place: String, barrier: String, kind: String
  ) throws {
    let fault = try SmallProgram(
      body: """
        setp.eq.u32 %p1, %t, 0;
        @%p1 mbarrier.init.shared.b64 [full], 1;
        @%p1 clusterlaunchcontrol.try_cancel.async.shared::cta.mbarrier::complete_tx::bytes.b128 [\(place)], [\(barrier)];
        bar.sync 0;
        """,
      declarations:
        ".shared .align 16 .b8 place[32]; .shared .align 8 .b64 full; .shared .align 8 .b64 other;",
      target: "sm_100a"
    ).fault()
    #expect(fault?.kind == kind, "\(what): \(fault?.report ?? "")")
  }

  @Test func `a response to a block that has exited is a trap`() throws {
    let fault = try SmallProgram(
      body: """
        mov.u32 %r1, %cluster_ctarank;
        setp.eq.u32 %p2, %r1, 0;
        setp.eq.u32 %p1, %t, 0;
        @%p1 mbarrier.init.shared.b64 [full], 1;
        @%p1 mbarrier.arrive.expect_tx.shared.b64 _, [full], 16;
        barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;
        @!%p2 ret;
        @%p1 clusterlaunchcontrol.try_cancel.async.shared::cta.mbarrier::complete_tx::bytes.multicast::cluster::all.b128 [place], [full];
        mov.u32 %r2, 0;
        WAIT: mbarrier.try_wait.parity.shared.b64 %p2, [full], %r2;
        @!%p2 bra WAIT;
        """, declarations: ".shared .align 16 .b8 place[16]; .shared .align 8 .b64 full;",
      target: "sm_100a", grid: 2, cluster: 2
    ).fault(schedule: .late)
    #expect(fault?.kind == "illegal-exit")
  }

  @Test func `a response that no barrier tracks is a deadlock that says so`() throws {
    let fault = try SmallProgram(
      body: """
        setp.eq.u32 %p1, %t, 0;
        @%p1 mbarrier.init.shared.b64 [full], 2;
        @%p1 clusterlaunchcontrol.try_cancel.async.shared::cta.mbarrier::complete_tx::bytes.b128 [place], [full];
        mov.u32 %r2, 0;
        WAIT: mbarrier.try_wait.parity.shared.b64 %p2, [full], %r2;
        @!%p2 bra WAIT;
        """, declarations: ".shared .align 16 .b8 place[16]; .shared .align 8 .b64 full;",
      target: "sm_100a"
    ).fault()
    #expect(fault?.kind == "deadlock")
    #expect(fault?.report.contains("16 bytes arrived that were never announced") == true)
  }
}
