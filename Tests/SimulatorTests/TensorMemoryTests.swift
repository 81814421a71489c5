// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing
import TileLayout

@testable import Simulator

@Suite struct TensorMemoryTests {
  /// Allocates 256 columns, fills them by lane and column, runs the body and frees them.
  private func program(_ body: String, block: Dimensions = 128, wordCount: Int) -> SmallProgram {
    // Cell (lane, column) gets lane * 1000 + column.
    let stores = (0..<4).map { part in
      let columns = (0..<64).map { "add.u32 %r\(100 + $0), %r99, \(part * 64 + $0);" }
      let registers = (0..<64).map { "%r\(100 + $0)" }.joined(separator: ", ")
      return """
        \(columns.joined(separator: " "))
        add.u32 %r98, %r90, \(part * 64);
        tcgen05.st.sync.aligned.32x32b.x64.b32 [%r98], {\(registers)};
        tcgen05.wait::st.sync.aligned;
        """
    }
    return SmallProgram(
      body: """
        setp.eq.u32 %p1, %warp, 0;
        @!%p1 bra ALLOCATED;
        tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], 256;
        tcgen05.relinquish_alloc_permit.cta_group::1.sync.aligned;
        ALLOCATED: tcgen05.fence::before_thread_sync;
        bar.sync 0;
        tcgen05.fence::after_thread_sync;
        ld.shared.u32 %r91, [place];
        shl.b32 %r90, %warp, 21;
        add.u32 %r90, %r90, %r91;
        mul.lo.u32 %r99, %t, 1000;
        \(stores.joined(separator: "\n"))
        \(body)
        tcgen05.fence::before_thread_sync;
        bar.sync 0;
        @!%p1 bra FREED;
        tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r91, 256;
        FREED: bar.sync 0;
        """, declarations: ".shared .b32 place;", target: "sm_100a", block: block,
      wordCount: wordCount)
  }

  /// Writes registers %r0 and up of every thread to the buffer.
  private func output(_ count: Int) -> String {
    """
    mul.lo.u32 %r97, %t, \(count * 4);
    cvt.u64.u32 %rd1, %r97;
    add.u64 %rd1, %out, %rd1;
    \((0..<count).map { "st.global.u32 [%rd1+\($0 * 4)], %r\($0);" }.joined(separator: "\n"))
    """
  }

  @Test(arguments: TensorMemoryShape.allCases, [Schedule.eager, .late, .random(seed: 1)])
  func `a load returns the cells in the manual's tables to each thread`(
    shape: TensorMemoryShape, schedule: Schedule
  ) throws {
    let count = 16
    let repetition = count / shape.registersPerRepetition
    let split = shape.rawValue == "16x32bx2" ? 32 : 0
    let registers = (0..<count).map { "%r\($0)" }.joined(separator: ", ")
    let outcome = try program(
      """
      tcgen05.ld.sync.aligned.\(shape.rawValue).x\(repetition).b32 {\(registers)}, [%r90]\(split > 0 ? ", \(split)" : "");
      tcgen05.wait::ld.sync.aligned;
      \(output(count))
      """, wordCount: 128 * count
    ).run(schedule: schedule)
    for thread in 0..<128 {
      for register in 0..<count {
        let cell = shape.cell(thread: thread % 32, register: register, splitOffset: split)
        let lane = thread / 32 * 32 + cell.lane
        #expect(
          outcome.words[thread * count + register] == UInt32(lane * 1000 + cell.column),
          "\(shape) thread \(thread) register \(register)")
      }
    }
  }

  @Test func `packed loads combine the halves of neighboring cells`() throws {
    let outcome = try program(
      """
      tcgen05.ld.sync.aligned.32x32b.x4.pack::16b.b32 {%r0, %r1, %r2, %r3}, [%r90];
      tcgen05.wait::ld.sync.aligned;
      \(output(4))
      """, wordCount: 512
    ).run()
    for thread in 0..<128 {
      for register in 0..<4 {
        let low = UInt32(thread * 1000 + 2 * register) & 0xFFFF
        let high = UInt32(thread * 1000 + 2 * register + 1) & 0xFFFF
        #expect(outcome.words[thread * 4 + register] == low | high << 16)
      }
    }
  }

  @Test(arguments: [
    (
      "unallocated columns",
      "add.u32 %r98, %r90, 300;\ntcgen05.ld.sync.aligned.32x32b.x1.b32 {%r0}, [%r98];"
    ),
    (
      "lanes of another warp",
      "xor.b32 %r98, %r90, 0x200000;\nor.b32 %r98, %r98, 0x400000;\ntcgen05.ld.sync.aligned.32x32b.x1.b32 {%r0}, [%r98];"
    ),
  ])
  func `accesses outside the lanes of a warp are traps`(what: String, body: String) throws {
    let fault = try program(body, wordCount: 128).fault()
    #expect(fault?.kind == "tensor-memory", "\(what)")
  }

  @Test(arguments: [
    (
      "memory that is never freed",
      "tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], 32;"
    ),
    (
      "an illegal number of columns",
      "tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], %r1;"
    ),
    ("a release of unallocated columns", "tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r2, 32;"),
    (
      "an allocation after the permit was relinquished",
      """
      tcgen05.relinquish_alloc_permit.cta_group::1.sync.aligned;
      tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], 32;
      """
    ),
  ])
  func `misuse of the allocation is a trap`(what: String, body: String) throws {
    let fault = try SmallProgram(
      body: "mov.u32 %r1, 48; mov.u32 %r2, 0;\n" + body,
      declarations: ".shared .b32 place;", target: "sm_100a"
    ).fault()
    #expect(fault?.kind == "tensor-memory", "\(what)")
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 1), .random(seed: 2)])
  func `blocks on one SM wait for each other's columns`(schedule: Schedule) throws {
    let outcome = try SmallProgram(
      body: """
        tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], 256;
        ld.shared.u32 %r1, [place];
        mov.u32 %r2, %ctaid.x;
        add.u32 %r3, %r2, 500;
        tcgen05.st.sync.aligned.32x32b.x1.b32 [%r1], {%r3};
        tcgen05.wait::st.sync.aligned;
        tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r4}, [%r1];
        tcgen05.wait::ld.sync.aligned;
        tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r1, 256;
        mad.lo.u32 %r5, %r2, 32, %lane;
        mad.wide.u32 %rd1, %r5, 4, %out;
        st.global.u32 [%rd1], %r4;
        """, declarations: ".shared .b32 place;", target: "sm_100a", grid: 9, wordCount: 288
    ).run(schedule: schedule, multiprocessors: 1)
    let expected = (0..<288).map { (index: Int) -> UInt32 in UInt32(index / 32 + 500) }
    #expect(outcome.words == expected)
  }

  @Test func `an allocation that never comes is a deadlock that says so`() throws {
    let fault = try SmallProgram(
      body: """
        tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], 512;
        tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], 512;
        """, declarations: ".shared .b32 place;", target: "sm_100a"
    ).fault()
    #expect(fault?.kind == "deadlock")
    #expect(fault?.report.contains("waits for 512 columns of Tensor Memory") == true)
  }
}
