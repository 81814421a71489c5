// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

@testable import Simulator

/// Uses of the registers of `tcgen05.ld` before `tcgen05.wait::ld`, which must wait.
@Suite struct TensorLoadUseTests {
  /// The schedules under which each program is run.
  private static let schedules: [Schedule] = [.eager, .late] + (0..<8).map { .random(seed: $0) }

  /// Returns a program with 100 + lane in column 0 of Tensor Memory and 200 + lane in column 1;
  /// `%r1` is the address, and `%r4` and `%r5` are zero.
  private func program(_ body: String) -> SmallProgram {
    SmallProgram(
      body: """
        tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [where], 32;
        bar.sync 0;
        ld.shared.u32 %r1, [where];
        add.u32 %r2, %lane, 100; add.u32 %r3, %lane, 200;
        tcgen05.st.sync.aligned.32x32b.x2.b32 [%r1], {%r2, %r3};
        tcgen05.wait::st.sync.aligned;
        add.u32 %r6, %r1, 1; mov.u32 %r4, 0; mov.u32 %r5, 0;
        \(body)
        tcgen05.wait::ld.sync.aligned;
        tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r1, 32;
        """, declarations: ".shared .align 8 .b32 where;", target: "sm_100a")
  }

  /// Code that uses column 0 of Tensor Memory without a wait, and its result minus the lane number.
  private static let uses: [(name: String, body: String, value: UInt32)] = [
    (
      "arithmetic",
      "tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r1]; add.u32 %r5, %r4, 1; st.global.u32 [%mine], %r5;",
      101
    ),
    (
      "a store",
      "tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r1]; st.global.u32 [%mine], %r4;", 100
    ),
    (
      "one register of two",
      "tcgen05.ld.sync.aligned.32x32b.x2.b32 {%r4, %r5}, [%r1]; sub.u32 %r7, %r5, 100; st.global.u32 [%mine], %r7;",
      100
    ),
    (
      "a later write of the register",
      "tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r1]; mov.u32 %r4, %lane; st.global.u32 [%mine], %r4;",
      0
    ),
    (
      "a second load into the register",
      """
      tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r1]; tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r6];
      st.global.u32 [%mine], %r4;
      """, 200
    ),
    (
      "a store back to Tensor Memory",
      """
      tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r1]; tcgen05.st.sync.aligned.32x32b.x1.b32 [%r6], {%r4};
      tcgen05.wait::st.sync.aligned; tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r5}, [%r6]; st.global.u32 [%mine], %r5;
      """, 100
    ),
    (
      "a use in a branch that some lanes take",
      """
      tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r1]; mov.u32 %r5, %lane; setp.lt.u32 %p1, %lane, 9;
      @%p1 bra TAKEN; add.u32 %r5, %r5, 100; bra MEET; TAKEN: mov.u32 %r5, %r4; MEET: st.global.u32 [%mine], %r5;
      """, 100
    ),
    (
      "a use that is guarded",
      """
      tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r1]; setp.ge.u32 %p1, %lane, 0;
      @%p1 st.global.u32 [%mine], %r4;
      """, 100
    ),
    (
      "a use in the next iteration of a loop",
      """
      mov.u32 %r7, 0; mov.u32 %r5, 0;
      LOOP: mov.u32 %r5, %r4; tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r1]; add.u32 %r7, %r7, 1;
      setp.lt.u32 %p1, %r7, 3; @%p1 bra LOOP; st.global.u32 [%mine], %r5;
      """, 100
    ),
  ]

  @Test(arguments: uses.map { ($0.name, $0.body, $0.value) }, schedules)
  func `a use waits for the load`(
    use: (name: String, body: String, value: UInt32), schedule: Schedule
  ) throws {
    let outcome = try program(use.body).run(schedule: schedule)
    #expect(outcome.words == lanes { $0 + use.value }, "\(use.name)")
  }

  @Test func `a wait that the text does not have is not counted`() throws {
    let outcome = try program(
      "tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r1]; st.global.u32 [%mine], %r4;"
    ).run(schedule: .late)
    #expect(outcome.counters.instructions["tcgen05.wait::ld"] == 1)
    #expect(outcome.counters.instructions["st.global"] == 1)
  }
}
