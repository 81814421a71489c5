// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import Simulator

/// The schedules with which the order of copies is tested.
private let bulkSchedules: [Schedule] = [.eager, .late] + (0..<6).map { .random(seed: $0) }

/// Returns the instructions that fill a tile, and initialize a barrier for one arrival and some
/// bytes.
///
/// The tile has 1024 bytes: words from a thousand times the rank on. `%p1` is true in one thread of
/// block 0, `%p2` in one thread of each block. `%r1` and `%r2` are tile and barrier, `%r11` and
/// `%r12` those of the next block.
private func prologue(expecting byteCount: String) -> String {
  """
  mov.u32 %r1, tile;
  mov.u32 %r2, bar;
  mov.u32 %r10, %cluster_ctarank;
  mov.u32 %r9, %cluster_nctarank;
  add.u32 %r13, %r10, 1;
  rem.u32 %r13, %r13, %r9;
  mapa.shared::cluster.u32 %r11, %r1, %r13;
  mapa.shared::cluster.u32 %r12, %r2, %r13;
  setp.eq.u32 %p2, %t, 0;
  setp.eq.u32 %p3, %r10, 0;
  and.pred %p1, %p2, %p3;
  mov.u32 %r3, %t;
  FILL: mad.lo.u32 %r4, %r3, 4, %r1;
  mad.lo.u32 %r5, %r10, 1000, %r3;
  st.shared.u32 [%r4], %r5;
  add.u32 %r3, %r3, 32;
  setp.lt.u32 %p4, %r3, 256;
  @%p4 bra FILL;
  @%p2 mbarrier.init.shared::cta.b64 [%r2], 1;
  @%p2 fence.mbarrier_init.release.cluster;
  fence.proxy.async;
  bar.warp.sync 0xffffffff;
  @%p2 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r2], \(byteCount);
  barrier.cluster.arrive.aligned;
  barrier.cluster.wait.aligned;

  """
}

/// The instructions that wait for the barrier and write the tile to the buffer, 256 words for each
/// block.
private let epilogue = """

  WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p5, [%r2], 0;
  @!%p5 bra WAIT;
  barrier.cluster.arrive.aligned;
  barrier.cluster.wait.aligned;
  mov.u32 %r3, %t;
  DUMP: mad.lo.u32 %r4, %r3, 4, %r1;
  ld.shared.u32 %r5, [%r4];
  mad.lo.u32 %r6, %r10, 256, %r3;
  mad.wide.u32 %rd1, %r6, 4, %out;
  st.global.u32 [%rd1], %r5;
  add.u32 %r3, %r3, 32;
  setp.lt.u32 %p4, %r3, 256;
  @%p4 bra DUMP;
  """

/// Returns a program of a cluster of blocks, each with a tile and a barrier.
private func program(
  _ body: String, expecting byteCount: String, blocks: Int = 1, wordCount: Int = 1024
) -> SmallProgram {
  SmallProgram(
    body: prologue(expecting: byteCount) + body + epilogue,
    declarations: ".shared .align 128 .b8 tile[1024]; .shared .align 8 .b64 bar;",
    grid: Dimensions(blocks), cluster: Dimensions(blocks), wordCount: wordCount)
}

@Suite struct BulkCopyTests {
  private let load = "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"

  @Test(arguments: bulkSchedules)
  func `a copy from global memory lands in the block that its address names`(schedule: Schedule)
    throws
  {
    let input = (0..<1024).map { UInt32(5000 + $0) }
    let outcome = try program(
      """
      @%p1 \(load) [%r11+32], [%out+2048], 48, [%r12];
      @%p1 \(load) [%r1+64], [%out+2064], 16, [%r2];
      """, expecting: "%r20", blocks: 2
    ).prefixed("selp.u32 %r20, 16, 48, %p3;").run(schedule: schedule, input: input)
    var first = (0..<256).map { UInt32($0) }
    var second = first.map { $0 + 1000 }
    for word in 0..<4 { first[16 + word] = UInt32(5516 + word) }
    for word in 0..<12 { second[8 + word] = UInt32(5512 + word) }
    #expect(Array(outcome.words[..<256]) == first)
    #expect(Array(outcome.words[256..<512]) == second)
    #expect(outcome.counters.bytes["tma.read"] == 64)
  }

  @Test(arguments: bulkSchedules)
  func `a multicast copy lands in every block of its mask`(schedule: Schedule) throws {
    let outcome = try program(
      """
      mov.b16 %h1, 5;
      @%p1 \(load).multicast::cluster [%r1], [%out+3072], 512, [%r2], %h1;
      """, expecting: "%r20", blocks: 3
    ).prefixed(
      "setp.eq.u32 %p6, %r10, 1; selp.u32 %r20, 0, 512, %p6;"
    ).run(schedule: schedule, input: (0..<1024).map { UInt32(5000 + $0) })
    #expect(Array(outcome.words[..<128]) == (0..<128).map { UInt32(5768 + $0) })
    #expect(Array(outcome.words[256..<384]) == (0..<128).map { UInt32(1000 + $0) })
    #expect(Array(outcome.words[512..<640]) == (0..<128).map { UInt32(5768 + $0) })
  }

  @Test func `a multicast to no block copies nothing, and a copy of no bytes completes`() throws {
    let outcome = try program(
      """
      mov.b16 %h1, 0;
      @%p1 \(load).multicast::cluster [%r1], [%out], 512, [%r2], %h1;
      @%p1 \(load) [%r1], [%out], 0, [%r2];
      """, expecting: "0"
    ).run(input: [UInt32](repeating: 7, count: 1024))
    #expect(Array(outcome.words[..<256]) == (0..<256).map { UInt32($0) })
  }

  @Test(arguments: bulkSchedules)
  func `a copy between blocks copies the source's contents, and signals the other's barrier`(
    schedule: Schedule
  ) throws {
    let outcome = try program(
      """
      @%p2 cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [%r11+512], [%r1], 256, [%r12];
      """, expecting: "256", blocks: 4
    ).run(schedule: schedule)
    for block in 0..<4 {
      let own = (0..<256).map { UInt32(block * 1000 + $0) }
      let before = (0..<64).map { UInt32((block + 3) % 4 * 1000 + $0) }
      let words = Array(outcome.words[block * 256..<block * 256 + 256])
      #expect(words == Array(own[..<128]) + before + Array(own[192...]))
    }
  }

  @Test(arguments: bulkSchedules)
  func `copies of one thread to global memory complete in order, each when its group does`(
    schedule: Schedule
  ) throws {
    let store = "cp.async.bulk.global.shared::cta.bulk_group"
    let outcome = try SmallProgram(
      body: prologue(expecting: "0") + """
        @!%p2 bra DONE;
        \(store) [%out], [%r1], 64;
        \(store) [%out+32], [%r1+128], 64;
        cp.async.bulk.commit_group;
        cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [%out+64], [%r1], 16;
        cp.async.bulk.commit_group;
        cp.async.bulk.wait_group.read 0;
        st.shared.u32 [%r1], 77;
        cp.async.bulk.wait_group 1;
        ld.global.u32 %r5, [%out+32];
        cp.async.bulk.wait_group 0;
        st.global.u32 [%out+124], %r5;
        DONE: bar.warp.sync 0xffffffff;
        """,
      declarations: ".shared .align 128 .b8 tile[1024]; .shared .align 8 .b64 bar;", wordCount: 32
    ).run(schedule: schedule)
    var expected = [UInt32](repeating: .max, count: 32)
    for word in 0..<16 { expected[word] = UInt32(word) }
    for word in 0..<16 { expected[8 + word] = UInt32(32 + word) }
    for word in 0..<4 { expected[16 + word] += UInt32(word) }
    expected[31] = 32
    #expect(outcome.words == expected)
  }

  @Test(arguments: bulkSchedules, [1, 2, 3])
  func `reductions of many blocks to one address lose nothing, on any number of host threads`(
    schedule: Schedule, hostThreadCount: Int
  ) throws {
    // 24 blocks on 4 SMs; the order of the float additions depends only on the schedule.
    var program = SmallProgram(
      body: """
        mov.u32 %r1, tile;
        mad.lo.u32 %r2, %t, 4, %r1;
        mov.u32 %r3, %ctaid.x;
        add.u32 %r3, %r3, 1;
        st.shared.u32 [%r2], %r3;
        cvt.rn.f32.u32 %f0, %r3;
        rcp.rn.f32 %f0, %f0;
        st.shared.f32 [%r2+128], %f0;
        fence.proxy.async;
        bar.sync 0;
        setp.eq.u32 %p1, %t, 0;
        @%p1 cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [%out], [%r1], 128;
        @%p1 cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32 [%out+128], [%r1+128], 128;
        @%p1 cp.async.bulk.commit_group;
        @%p1 cp.async.bulk.wait_group 0;
        """, declarations: ".shared .align 128 .b8 tile[256];", wordCount: 64)
    program.grid = 24
    let input = [UInt32](repeating: 0, count: 64)
    let outcome = try program.run(
      schedule: schedule, input: input, hostThreadCount: hostThreadCount, multiprocessors: 4)
    #expect(Array(outcome.words[..<32]) == [UInt32](repeating: 300, count: 32))
    let alone = try program.run(
      schedule: schedule, input: input, hostThreadCount: 1, multiprocessors: 4)
    #expect(outcome.words == alone.words)
    let sum = Float(bitPattern: outcome.words[32])
    #expect(abs(sum - 3.775_958_2) < 1e-5)
  }

  @Test(arguments: bulkSchedules)
  func `reductions of another block's memory are counted there`(schedule: Schedule) throws {
    let reduce = "cp.reduce.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes"
    let outcome = try program(
      """
      @%p2 \(reduce).add.u32 [%r11], [%r1+512], 64, [%r12];
      @%p2 \(reduce).max.s32 [%r11+64], [%r1+512], 32, [%r12];
      """, expecting: "96", blocks: 2
    ).run(schedule: schedule)
    for block in 0..<2 {
      let other = (1 - block) * 1000
      for word in 0..<16 {
        let sum = block * 1000 + word + other + 128 + word
        #expect(outcome.words[block * 256 + word] == UInt32(sum))
      }
      for word in 0..<8 {
        let greater = max(block * 1000 + 16 + word, other + 128 + word)
        #expect(outcome.words[block * 256 + 16 + word] == UInt32(greater))
      }
    }
  }

  @Test(arguments: bulkSchedules)
  func `asynchronous stores and reductions carry the value that the register had`(
    schedule: Schedule
  ) throws {
    let outcome = try program(
      """
      mul.lo.u32 %r14, %t, 16;
      add.u32 %r14, %r14, %r11;
      mad.lo.u32 %r20, %r10, 100, %t;
      add.u32 %r21, %r20, 7;
      st.async.shared::cluster.mbarrier::complete_tx::bytes.v2.b32 [%r14], {%r20, %r21}, [%r12];
      mov.u32 %r20, 0;
      mov.u32 %r15, 3;
      red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.add.u32 [%r11+1020], %r15, [%r12];
      mov.u32 %r15, 0;
      """, expecting: "384", blocks: 2
    ).run(schedule: schedule)
    for block in 0..<2 {
      for lane in 0..<32 {
        let sent = UInt32((1 - block) * 100 + lane)
        #expect(outcome.words[block * 256 + lane * 4] == sent)
        #expect(outcome.words[block * 256 + lane * 4 + 1] == sent + 7)
      }
      #expect(outcome.words[block * 256 + 255] == UInt32(block * 1000 + 255 + 96))
    }
  }

  /// An instruction that breaks a rule, the kind of fault, and a part of its report.
  struct Fault: Sendable, CustomTestStringConvertible {
    var instruction: String
    var kind: String
    var part: String

    var testDescription: String { instruction }
  }

  private static let loadWords = "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"

  static let faults: [Fault] = [
    Fault(
      instruction: "\(loadWords) [%r1], [%out+8], 64, [%r2]", kind: "misaligned-access",
      part: "multiples of 16"),
    Fault(
      instruction: "\(loadWords) [%r1+4], [%out], 64, [%r2]", kind: "misaligned-access",
      part: "multiples of 16"),
    Fault(
      instruction: "\(loadWords) [%r1], [%out], %r20, [%r2]", kind: "illegal-operand",
      part: "a multiple of 16 bytes, not 24"),
    Fault(
      instruction: "\(loadWords) [%r11], [%out], 64, [%r2]", kind: "barrier-misuse",
      part: "is in block 0, but the bytes that it tracks are written to block 1"),
    Fault(
      instruction: "\(loadWords) [%r1+1024], [%out], 64, [%r2]", kind: "out-of-bounds",
      part: "are outside the block's shared memory"),
    Fault(
      instruction: "\(loadWords) [%r1], [%out+4064], 64, [%r2]", kind: "out-of-bounds",
      part: "across the end of"),
    Fault(
      instruction: "\(loadWords) [%r1], [%out], 0x100000, [%r2]", kind: "out-of-bounds",
      part: "does not fit into shared memory"),
    Fault(
      instruction: "\(loadWords).multicast::cluster [%r1], [%out], 64, [%r2], %h1",
      kind: "illegal-operand", part: "0x9 names blocks that a cluster of 2 does not have"),
    Fault(
      instruction:
        "cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [%r1], [%r11], 64, [%r2]",
      kind: "illegal-operand", part: "its own block"),
    Fault(
      instruction: "cp.async.bulk.global.shared::cta.bulk_group [%out+4], [%r1], 64",
      kind: "misaligned-access", part: "multiples of 16"),
    Fault(
      instruction: "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [%out], [%r1], %r20",
      kind: "illegal-operand", part: "not 24"),
    Fault(
      instruction: "cp.async.bulk.prefetch.L2.global [%out+8], 64", kind: "misaligned-access",
      part: "multiples of 16"),
    Fault(
      instruction:
        "st.async.shared::cluster.mbarrier::complete_tx::bytes.v2.b32 [%r11+4], {%r1, %r1}, [%r12]",
      kind: "misaligned-access", part: "not aligned to 8 bytes"),
    Fault(
      instruction: "st.async.shared::cluster.mbarrier::complete_tx::bytes.b32 [%r11], %r1, [%r2]",
      kind: "barrier-misuse", part: "written to block 1"),
    Fault(
      instruction: "discard.global.L2 [%out+64], 128", kind: "misaligned-access",
      part: "not aligned to 128 bytes"),
    Fault(
      instruction: "applypriority.global.L2::evict_normal [%out+4096], 128", kind: "out-of-bounds",
      part: "past the end of"),
  ]

  @Test(arguments: faults)
  func `an illegal bulk copy is a trap that names the rule`(fault: Fault) throws {
    let found = try program(
      "mov.u32 %r20, 24; mov.b16 %h1, 9;\n@%p1 \(fault.instruction);", expecting: "0", blocks: 2
    ).fault()
    #expect(found?.kind == fault.kind)
    #expect(found?.report.contains(fault.part) == true, "\(found?.report ?? "no fault")")
  }

  @Test(arguments: [
    "st.async.shared::cluster.mbarrier::complete_tx::bytes.b32 [%r1], %r3, [%r2]",
    "red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.add.u32 [%r1], %r3, [%r2]",
    "cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [%r1], [%r1+256], 64, [%r2]",
    "cp.reduce.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes.add.u32 [%r1], [%r1+256], 64, [%r2]",
  ])
  func `cluster instructions are traps in a launch without clusters`(instruction: String) throws {
    let fault = try program("@%p1 \(instruction);", expecting: "0").fault()
    #expect(fault?.kind == "illegal-operand")
    #expect(fault?.report.contains("needs a launch with clusters") == true)
  }

  @Test func `memory that was discarded counts as never written`() throws {
    let fault = try program(
      """
      @%p1 discard.global.L2 [%out+128], 128;
      @%p1 ld.global.u32 %r5, [%out+252];
      @%p1 add.u32 %r5, %r5, 1;
      @%p1 st.global.u32 [%out], %r5;
      """, expecting: "0"
    ).fault()
    #expect(fault?.kind == "uninitialized-read")
    _ = try program(
      """
      @%p1 discard.global.L2 [%out+128], 128;
      @%p1 applypriority.global.L2::evict_normal [%out], 128;
      @%p1 prefetch.global.L2 [%out+65536];
      @%p1 ld.global.u32 %r5, [%out+256];
      """, expecting: "0"
    ).run()
  }

  @Test func `bytes that a bulk copy does not bring are named by a deadlock`() throws {
    let fault = try program("@%p1 \(load) [%r1], [%out], 64, [%r2];", expecting: "80")
      .fault(schedule: .late)
    #expect(fault?.kind == "deadlock")
    #expect(fault?.report.contains("16 bytes are missing") == true)
  }

  @Test(arguments: [
    "cp.async.bulk.tensor.2d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes [%r1], [%map, {0, 0}], [%r2], {%h1, %h1}",
    "cp.async.bulk.tensor.3d.global.shared::cta.im2col_no_offs.bulk_group [%map, {0, 0, 0}], [%r1]",
  ])
  func `copies of images are reported as not simulated`(instruction: String) throws {
    #expect {
      _ = try program("@%p1 \(instruction);", expecting: "0").run()
    } throws: { error in
      guard case .programRejected(_, let reason) = error as? DeviceError else { return false }
      return reason.contains("im2col")
    }
  }
}

extension SmallProgram {
  /// Returns the program with instructions before its barrier expects bytes.
  fileprivate func prefixed(_ instructions: String) -> SmallProgram {
    var program = self
    program.body = body.replacing(
      "@%p2 mbarrier.arrive.expect_tx", with: instructions + "\n@%p2 mbarrier.arrive.expect_tx")
    return program
  }
}
