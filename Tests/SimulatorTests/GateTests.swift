// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import TestSupport
import Testing

@testable import Simulator

/// Tests of what observers of a launch are told.
@Suite struct GateTests {
  /// A copy to shared memory and back, with everything that orders it.
  private let roundTrip = SmallProgram(
    body: """
      setp.eq.u32 %p1, %t, 0;
      @!%p1 bra READY;
      mbarrier.init.shared::cta.b64 [bar], 1;
      fence.mbarrier_init.release.cluster;
      mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], 128;
      cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [buf], [%out], 128, [bar];
      READY: bar.warp.sync 0xffffffff;
      WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p2, [bar], 0;
      @!%p2 bra WAIT;
      mov.u32 %r1, buf;
      mad.lo.u32 %r1, %t, 4, %r1;
      ld.shared.u32 %r2, [%r1];
      add.u32 %r2, %r2, 1;
      st.shared.u32 [%r1], %r2;
      fence.proxy.async.shared::cta;
      bar.sync 0;
      @!%p1 bra DONE;
      cp.async.bulk.global.shared::cta.bulk_group [%out], [buf], 128;
      cp.async.bulk.commit_group;
      cp.async.bulk.wait_group.read 0;
      cp.async.bulk.wait_group 0;
      DONE: fence.acq_rel.gpu;
      """,
    declarations: """
      .shared .align 128 .b8 buf[128];
      .shared .align 8 .b64 bar;
      """)

  @Test func `an observer is told of every access, and of what orders them`() throws {
    let log = LaunchLog()
    let outcome = try roundTrip.run(input: lanes { $0 }, observer: log)
    #expect(outcome.words == lanes { $0 + 1 })
    let place = "BarrierPlace(rank: 0, offset: 1152)"
    let expected = [
      "cluster: start(cluster: 0)",
      "warp 0 lanes 1: barrierInitialization(\(place), count: 1)",
      "warp 0 lanes 1: fence(barrierInitialization, order: release, scope: cluster)",
      "warp 0 lanes 1: announcement(\(place), phase: 0, byteCount: 128)",
      "warp 0 lanes 1: arrival(\(place), phase: 0, count: 1, order: release, scope: block)",
      "warp 0 lanes 1: issue(operation: 0)",
      "operation 0: copy global, 1 parts of 128, async, weak.block",
      "operation 0: sourcesRead",
      "operation 0: write shared 0+1024, 1 parts of 128, async, weak.block",
      "operation 0: delivery(\(place), phase: 0, byteCount: 128)",
      "operation 0: completion",
      "warp 0: warpBarrier",
      "warp 0: waitPassed(\(place), phase: 0, order: acquire, scope: block)",
      "warp 0: load shared 0+1024, 32 parts of 128, generic, weak.block",
      "warp 0: write shared 0+1024, 32 parts of 128, generic, weak.block",
      "warp 0: fence(proxyAsyncShared, order: weak, scope: block)",
      "warp 0: blockBarrierArrival(0, use: 0)",
      "warp 0: blockBarrierPassed(0, use: 0)",
      "warp 0 lanes 1: issue(operation: 1)",
      "operation 1: copy shared 0+1024, 1 parts of 128, async, weak.block",
      "operation 1: sourcesRead",
      "operation 1: write global, 1 parts of 128, async, weak.block",
      "operation 1: completion",
      "warp 0 lanes 1: commit(bulk)",
      "warp 0 lanes 1: groupWaitPassed(bulk, pending: 0, readsOnly: true)",
      "warp 0 lanes 1: groupWaitPassed(bulk, pending: 0, readsOnly: false)",
      "warp 0: fence(memory, order: acquireRelease, scope: gpu)",
      "warp 0: exit",
      "cluster: end(cluster: 0)",
    ]
    #expect(log.lines == expected)
  }

  @Test(arguments: [Schedule.late, .random(seed: 1), .random(seed: 2)])
  func `an operation is issued, reads, writes and completes in this order under every schedule`(
    schedule: Schedule
  ) throws {
    let log = LaunchLog()
    _ = try roundTrip.run(schedule: schedule, input: lanes { $0 }, observer: log)
    for operation in 0..<2 {
      let own = log.lines.filter {
        $0.hasPrefix("operation \(operation):") || $0.hasSuffix("issue(operation: \(operation))")
      }
      let kinds = ["issue", "copy", "sourcesRead", "write", "completion"]
      let places = kinds.compactMap { kind in own.firstIndex { $0.contains(kind) } }
      #expect(places.count == kinds.count && places == places.sorted(), "\(own)")
    }
    let events = log.events
    let delivered = events.firstIndex { if case .delivery = $0 { true } else { false } }
    let passed = events.firstIndex { if case .waitPassed = $0 { true } else { false } }
    #expect(try #require(delivered) < #require(passed))
  }

  @Test(arguments: [
    ("membar.cta;", FenceKind.memory, MemoryOrder.sequentiallyConsistent, MemoryScope.block),
    ("membar.gl;", .memory, .sequentiallyConsistent, .gpu),
    ("membar.sys;", .memory, .sequentiallyConsistent, .system),
    ("fence.sc.cluster;", .memory, .sequentiallyConsistent, .cluster),
    ("fence.cta;", .memory, .acquireRelease, .block),
    ("fence.acquire.gpu;", .memory, .acquire, .gpu),
    ("fence.proxy.alias;", .proxyAlias, .weak, .block),
    ("fence.proxy.async;", .proxyAsync, .weak, .block),
    ("fence.proxy.async.global;", .proxyAsyncGlobal, .weak, .block),
    ("fence.proxy.async.shared::cluster;", .proxyAsyncSharedCluster, .weak, .block),
    ("fence.proxy.tensormap::generic.release.gpu;", .proxyTensorMap, .release, .gpu),
    ("wgmma.fence.sync.aligned;", .wgmma, .weak, .block),
  ])
  func `a fence is told with its kind, order and scope`(
    text: String, kind: FenceKind, order: MemoryOrder, scope: MemoryScope
  ) throws {
    let log = LaunchLog()
    _ = try SmallProgram(body: text, block: 128, wordCount: 128).run(observer: log)
    let fences = log.events.filter { if case .fence = $0 { true } else { false } }
    let fence = OrderEvent.fence(kind, order: order, scope: scope)
    #expect(fences == [fence, fence, fence, fence])
  }

  @Test func `accesses to global memory are told with order and scope, a warp at a time`() throws {
    let log = LaunchLog()
    _ = try SmallProgram(
      body: """
        ld.acquire.gpu.global.u32 %r1, [%mine];
        st.release.cta.global.u32 [%mine], %r1;
        atom.add.global.u32 %r2, [%out], 1;
        red.relaxed.sys.global.add.u32 [%out], 1;
        ld.volatile.global.u32 %r3, [%mine];
        st.global.u32 [%mine], %r3;
        """
    ).run(observer: log)
    let found = log.batches.map { "\($0.access.effect) \($0.order) \($0.scope) \($0.parts.count)" }
    #expect(
      found == [
        "load acquire gpu 32", "write release block 32", "atomic relaxed gpu 32",
        "atomic relaxed system 32", "load volatile system 32", "write weak block 32",
      ])
  }

  @Test func `wgmma is told with its operands in shared memory and its registers`() throws {
    let log = LaunchLog()
    let device = SimulatedDevice(.hopper)
    device.observer = log
    let a = IntegerMatrix(rows: 64, columns: 64, seed: 1)
    let b = IntegerMatrix(rows: 64, columns: 64, seed: 2)
    let product = try multiply64("wgmma_64x64", entry: "gemm64", on: device, a: a, b: b)
    #expect(product == a.product(withTransposeOf: b))
    let operations = log.batches.filter { batch in
      if case .register = batch.parts[0].place { batch.access.operation >= 0 } else { false }
    }
    // Four steps of k; each reads and writes 32 accumulators of four warps.
    #expect(operations.count == 8)
    for batch in operations {
      var warps: [Int: Set<RegisterID>] = [:]
      for part in batch.parts {
        guard case .register(let warp, let register) = part.place else { continue }
        warps[warp, default: []].insert(register)
      }
      #expect(warps.keys.sorted() == [0, 1, 2, 3])
      #expect(warps.values.allSatisfy { $0.count == 32 })
    }
    let reads = log.batches.filter { batch in
      guard case .shared = batch.parts[0].place else { return false }
      return batch.access.operation >= 0 && batch.access.effect == .read
    }
    // Rows of A and of B: 64 of 32 bytes each, for each of the four steps.
    let byteCount = reads.flatMap(\.parts).map(\.count).reduce(0, +)
    #expect(byteCount == 16_384)
    let fence = OrderEvent.fence(.wgmma, order: .weak, scope: .block)
    let commit = OrderEvent.commit(.wgmma)
    #expect(log.events.contains(fence))
    #expect(log.events.contains(commit))
  }

  @Test func `Tensor Memory is told by lanes and columns`() throws {
    let log = LaunchLog()
    let device = SimulatedDevice(.blackwell, multiprocessors: 1)
    device.observer = log
    let a = IntegerMatrix(rows: 64, columns: 64, seed: 1)
    let b = IntegerMatrix(rows: 64, columns: 64, seed: 2)
    let product = try multiply64("tcgen05_64x64", entry: "mm64", on: device, a: a, b: b)
    #expect(product == a.product(withTransposeOf: b))
    var written: Set<Int> = []
    var read: Set<Int> = []
    for batch in log.batches {
      for part in batch.parts {
        guard case .tensorMemory(_, let lanes, let column) = part.place else { continue }
        for lane in lanes {
          for cell in column..<column + part.count {
            if batch.access.effect.writes { written.insert(lane * 512 + cell) }
            if batch.access.effect == .load { read.insert(lane * 512 + cell) }
          }
        }
      }
    }
    // An accumulator of 64 rows has 16 lanes in each quarter.
    #expect(written.count == 64 * 64)
    #expect(written.isSubset(of: read))
  }

  @Test func `what is told does not depend on the number of host threads`() throws {
    let program = SmallProgram(
      body: """
        mov.u32 %r1, %ctaid.x;
        mad.lo.u32 %r1, %r1, 32, %t;
        mad.wide.u32 %mine, %r1, 4, %out;
        atom.add.global.u32 %r2, [%out], 1;
        bar.sync 0;
        st.global.u32 [%mine+4], %r1;
        """, grid: 64, wordCount: 64 * 32 + 1)
    let logs = try [1, 4].map { count in
      let log = LaunchLog()
      _ = try program.run(
        schedule: .random(seed: 7), input: [UInt32](repeating: 0, count: program.wordCount),
        hostThreadCount: count, observer: log)
      return log.lines
    }
    #expect(logs[0] == logs[1])
    #expect(logs[0].filter { $0.contains("start(cluster") }.count == 64)
  }
}
