// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

@testable import Simulator

/// Bytes that a barrier expects but that never arrive, or that arrive without being expected.
@Suite struct AnnouncedByteTests {
  /// The schedules under which each program is run.
  private static let schedules: [Schedule] = [.eager, .late] + (0..<6).map { .random(seed: $0) }

  /// Returns a program whose first lane runs a body with `bar`, a barrier of two arrivals.
  private func program(_ body: String) -> SmallProgram {
    SmallProgram(
      body: """
        setp.eq.u32 %p1, %t, 0;
        @%p1 mbarrier.init.shared::cta.b64 [bar+8], 2;
        @%p1 fence.mbarrier_init.release.cluster;
        bar.sync 0;
        @!%p1 exit;
        mov.u32 %r1, tile; mov.u32 %r2, bar; add.u32 %r2, %r2, 8;
        \(body)
        """,
      declarations: ".shared .align 128 .b8 tile[1024]; .shared .b64 bar[2];", wordCount: 1024)
  }

  /// A copy of 64 bytes that a barrier counts.
  private let copy =
    "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%out], 64, [%r2];"

  @Test(arguments: schedules)
  func `bytes that never come are a finding at their barrier`(schedule: Schedule) throws {
    let fault = try program("mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%r2], 80; \(copy)")
      .fault(schedule: schedule)
    #expect(fault?.kind == "barrier-misuse")
    #expect(fault?.report.contains("16 bytes that were announced to bar+8 never arrived") == true)
    #expect(fault?.report.contains("at the end of block (0, 0, 0)") == true)
  }

  @Test(arguments: schedules)
  func `unannounced bytes are a finding at their barrier`(schedule: Schedule) throws {
    let fault = try program(copy).fault(schedule: schedule)
    #expect(fault?.kind == "barrier-misuse")
    #expect(fault?.report.contains("64 bytes arrived at bar+8 that were never announced") == true)
  }

  @Test(arguments: schedules)
  func `bytes that come after the block's last instruction are no finding`(schedule: Schedule)
    throws
  {
    let program = program("mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%r2], 64; \(copy)")
    #expect(try program.fault(schedule: schedule) == nil)
  }

  @Test(arguments: schedules)
  func `a barrier that awaits bytes cannot be invalidated`(schedule: Schedule) throws {
    let fault = try program(
      """
      mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%r2], 64;
      mbarrier.inval.shared::cta.b64 [%r2];
      """
    ).fault(schedule: schedule)
    #expect(fault?.kind == "barrier-misuse")
    #expect(fault?.report.contains("64 bytes that were announced to bar+8 never arrived") == true)
  }

  @Test func `a barrier of the map is called by its name`() throws {
    var program = program("mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%r2], 64;")
    program.declarations += "\n//@ barrier name=full symbol=bar offset=8 stages=1 arrivals=2\n"
    let fault = try program.fault()
    #expect(fault?.report.contains("announced to barrier 'full' stage 0") == true)
  }
}
