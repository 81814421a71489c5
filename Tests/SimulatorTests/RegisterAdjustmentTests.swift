// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import Simulator

@Suite struct RegisterAdjustmentTests {
  /// Returns a kernel of three warpgroups that start with 168 registers per thread; `body` can use
  /// `%group`.
  private func program(
    _ body: String, directives: String = ".reqntid 384 .minnctapersm 1", block: Dimensions = 384,
    grid: Dimensions = 1
  ) -> SmallProgram {
    SmallProgram(
      body: """
        shr.u32 %group, %t, 7;
        setp.eq.u32 %p0, %group, 0;
        setp.eq.u32 %p1, %group, 1;
        \(body)
        """, directives: directives,
      declarations: ".reg .b32 %group; .shared .b32 flag; .shared .b32 flag2;", block: block,
      grid: grid, wordCount: 384)
  }

  @Test(arguments: [Schedule.eager, .late] + (0..<8).map { .random(seed: $0) })
  func `an increase waits until others have released registers`(schedule: Schedule) throws {
    // Only the registers order the consumers' loads after the producer's store.
    let outcome = try program(
      """
      mov.u32 %r0, 7;
      @%p0 bra PRODUCE;
      setmaxnreg.inc.sync.aligned.u32 232;
      ld.volatile.shared.u32 %r0, [flag];
      bra DONE;
      PRODUCE: st.volatile.shared.u32 [flag], 5;
      setmaxnreg.dec.sync.aligned.u32 40;
      DONE: st.global.u32 [%mine], %r0;
      """
    ).run(schedule: schedule)
    #expect(outcome.words == (0..<384).map { (index: Int) -> UInt32 in index < 128 ? 7 : 5 })
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 3)])
  func `registers move back and forth between two warpgroups`(schedule: Schedule) throws {
    let outcome = try program(
      """
      setp.gt.u32 %p2, %group, 1;
      mov.u32 %r0, 0;
      @%p2 bra DONE;
      @%p0 bra FIRST;
      setmaxnreg.inc.sync.aligned.u32 232;
      ld.volatile.shared.u32 %r0, [flag];
      bar.sync 1, 256;
      st.volatile.shared.u32 [flag2], 6;
      setmaxnreg.dec.sync.aligned.u32 104;
      bra DONE;
      FIRST: st.volatile.shared.u32 [flag], 5;
      setmaxnreg.dec.sync.aligned.u32 104;
      bar.sync 1, 256;
      setmaxnreg.inc.sync.aligned.u32 232;
      ld.volatile.shared.u32 %r0, [flag2];
      DONE: st.global.u32 [%mine], %r0;
      """
    ).run(schedule: schedule)
    let expected: [UInt32] = [6, 5, 0].flatMap { Array(repeating: $0, count: 128) }
    #expect(outcome.words == expected)
  }

  @Test func `registers that no warp releases are a deadlock that names them`() throws {
    let fault = try program("@!%p0 setmaxnreg.inc.sync.aligned.u32 176;").fault()
    #expect(fault?.kind == "deadlock")
    let report = fault?.report ?? ""
    #expect(
      report.contains(
        "has 168 registers per thread and waits for 256 more in all; its block has 0 free"),
      "\(report)")
    #expect(report.contains("'setmaxnreg.inc.sync.aligned.u32'"), "\(report)")
  }

  @Test func `two consumers that request too many registers wait forever`() throws {
    let fault = try program(
      """
      @%p0 bra PRODUCE;
      setmaxnreg.inc.sync.aligned.u32 240;
      bra DONE;
      PRODUCE: setmaxnreg.dec.sync.aligned.u32 40;
      DONE: bar.sync 0;
      """
    ).fault()
    #expect(fault?.kind == "deadlock")
    #expect(fault?.report.contains("waits for 2304 more in all") == true)
  }

  @Test(arguments: [
    ("a decrease that raises", "setmaxnreg.dec.sync.aligned.u32 200;", "decreases their number"),
    (
      "an increase that lowers",
      "setmaxnreg.dec.sync.aligned.u32 160; bar.sync 0; setmaxnreg.inc.sync.aligned.u32 104;",
      "increases their number"
    ),
    (
      "a warp that skips the instruction",
      "and.b32 %r1, %warp, 3; setp.eq.u32 %p2, %r1, 0;\n@%p2 bra DONE;\nsetmaxnreg.dec.sync.aligned.u32 40;\nDONE:",
      "exited without"
    ),
    (
      "a warp that ends later than the others",
      "setp.eq.u32 %p2, %warp, 2;\n@!%p2 setmaxnreg.dec.sync.aligned.u32 40;\nbar.sync 0;",
      "exits without"
    ),
    (
      "two instructions in one warpgroup",
      "setp.eq.u32 %p2, %warp, 2;\n@%p2 setmaxnreg.dec.sync.aligned.u32 40;\n@!%p2 setmaxnreg.dec.sync.aligned.u32 40;\nbar.sync 0;",
      "reach different setmaxnreg"
    ),
    (
      "a second adjustment before all warps have done the first",
      "setmaxnreg.dec.sync.aligned.u32 40; setmaxnreg.inc.sync.aligned.u32 104;",
      "has executed the previous one"
    ),
    (
      "diverged lanes of a warp",
      "setp.lt.u32 %p2, %lane, 9;\n@%p2 setmaxnreg.dec.sync.aligned.u32 40;", ""
    ),
  ])
  func `misuse is a trap`(what: String, body: String, message: String) throws {
    // An increase elsewhere keeps the initial number of registers at 168.
    let fault = try program(
      body + "\nsetp.gt.u32 %p3, %group, 9;\n@%p3 setmaxnreg.inc.sync.aligned.u32 240;"
    ).fault()
    #expect(
      fault?.kind == (message.isEmpty ? "missing-lanes" : "register-adjustment"), "\(what)")
    #expect(fault?.report.contains(message) == true || message.isEmpty, "\(fault?.report ?? "")")
  }

  @Test func `a block without whole warpgroups cannot adjust registers`() throws {
    let fault = try program(
      "setmaxnreg.dec.sync.aligned.u32 40;", directives: ".reqntid 96 .minnctapersm 1", block: 96
    ).fault()
    #expect(fault?.kind == "register-adjustment")
    #expect(fault?.report.contains("groups of four whole warps") == true)
  }

  @Test func `nothing waits if ptxas drops the instruction`() throws {
    let outcome = try program(
      "setmaxnreg.inc.sync.aligned.u32 240;\nst.global.u32 [%mine], %t;", directives: ""
    ).run()
    #expect(outcome.words == (0..<384).map { UInt32($0) })
  }

  @Test(arguments: [
    (".reqntid 384 .minnctapersm 2", true), (".reqntid 384 .minnctapersm 1", false),
  ])
  func `blocks share an SM as their registers allow`(
    directives: String, areTogether: Bool
  ) throws {
    // Block 0 waits for a store of block 1, which happens only if both are resident at the same
    // time.
    let program = program(
      """
      setmaxnreg.dec.sync.aligned.u32 40;
      mov.u32 %r1, %ctaid.x;
      setp.eq.u32 %p4, %r1, 0;
      @!%p4 st.relaxed.gpu.global.u32 [%out], 1;
      @!%p4 bra DONE;
      AGAIN: ld.relaxed.gpu.global.u32 %r0, [%out];
      setp.ne.u32 %p5, %r0, 1;
      @%p5 bra AGAIN;
      DONE:
      """, directives: directives, grid: 2)
    let fault = try program.fault(multiprocessors: 1)
    #expect(fault?.kind == (areTogether ? nil : "deadlock"))
  }
}
