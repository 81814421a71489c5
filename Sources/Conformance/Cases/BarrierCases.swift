// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The cases of `mbarrier` and of clusters.
enum BarrierCases {
  /// The programs.
  static var programs: [ConformanceProgram] {
    (0..<12).map { sequence(seed: $0) } + [states] + [2, 4, 8].map { cluster($0) }
  }

  /// The state of a barrier by the rules of the manual, which keeps the random operations valid.
  private struct State {
    /// The phase.
    var phase = 0
    /// The arrivals that the current phase still needs, and those that the next one will need.
    var (pending, expected): (Int, Int)
    /// The bytes that are expected and have not arrived.
    var bytes = 0

    /// Completes the phase if nothing is missing.
    mutating func check() {
      guard pending == 0, bytes == 0 else { return }
      phase += 1
      pending = expected
    }
  }

  /// Returns a program in which one thread of each block does random operations on a barrier, and
  /// tests after each whether the last two phases are complete.
  private static func sequence(seed: Int) -> ConformanceProgram {
    let name = "mbarrier.sequence.\(seed)"
    var random = SeededGenerator(name)
    let count = random.integer(in: 1...9)
    var state = State(pending: count, expected: count)
    var listing = Listing()
    listing.declarations = ".shared .align 8 .b64 bar;"
    listing.body = """
      mov.u32 %r1, bar;
      setp.ne.u32 %p1, %id, 0;
      @%p1 bra DONE;
      mbarrier.init.shared::cta.b64 [%r1], \(count);

      """
    let steps = 80
    for step in 0..<steps {
      listing.body += operation(&state, using: &random)
      listing.body += """
        mbarrier.test_wait.parity.shared::cta.b64 %p2, [%r1], 0;
        mbarrier.test_wait.parity.shared::cta.b64 %p3, [%r1], 1;
        selp.u32 %r2, 1, 0, %p2;
        selp.u32 %r3, 2, 0, %p3;
        or.b32 %r2, %r2, %r3;
        st.global.b32 [%out+\(4 * step)], %r2;

        """
    }
    // Bytes that were announced come before the block ends.
    if state.bytes > 0 {
      listing.body +=
        "mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [%r1], \(state.bytes);\n"
    }
    listing.body += "DONE: bar.warp.sync -1;"
    return ConformanceProgram(
      family: .barrier, name: name, text: listing.text,
      launch: LaunchConfiguration(grid: 1, block: 32), input: [0], outputCount: steps,
      probes: [ConformanceProbe(name: name, words: 0..<steps, wordsPerCheck: 1)])
  }

  /// Returns an operation that is valid in the barrier's state, and applies it to the state.
  private static func operation(_ state: inout State, using random: inout SeededGenerator) -> String
  {
    let mightComplete = state.pending > 0
    switch random.integer(in: 0...6) {
    case 0 where mightComplete:
      let byteCount = random.integer(in: 1...5000)
      state.bytes += byteCount
      return "mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%r1], \(byteCount);\n"
    case 1 where state.bytes > 0, 2 where state.bytes > 0, 3 where state.pending == 0:
      let byteCount = random.isOnce(in: 2) ? state.bytes : random.integer(in: 1...state.bytes)
      state.bytes -= byteCount
      state.check()
      return "mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [%r1], \(byteCount);\n"
    case 4 where mightComplete:
      let byteCount = random.integer(in: 1...300)
      state.bytes += byteCount
      state.pending -= 1
      state.check()
      return "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r1], \(byteCount);\n"
    case 5 where state.pending > 0 && state.expected > 2:
      state.expected -= 1
      state.pending -= 1
      state.check()
      return "mbarrier.arrive_drop.shared::cta.b64 _, [%r1];\n"
    default:
      guard mightComplete else { return "" }
      let arrivals = random.integer(in: 1...state.pending)
      state.pending -= arrivals
      state.check()
      return "mbarrier.arrive.shared::cta.b64 _, [%r1], \(arrivals);\n"
    }
  }

  /// The states that arrivals return, and the queries of them.
  private static var states: ConformanceProgram {
    var listing = Listing()
    listing.declarations = ".shared .align 8 .b64 bar;"
    listing.body = """
      mov.u32 %r1, bar;
      setp.ne.u32 %p1, %id, 0;
      @%p1 bra DONE;
      mbarrier.init.shared::cta.b64 [%r1], 7;

      """
    var place = 0
    for count in [1, 2, 1, 3, 4, 2, 1, 7, 1] {
      listing.body += """
        mbarrier.arrive.shared::cta.b64 %rd1, [%r1], \(count);
        mbarrier.pending_count.b64 %r2, %rd1;
        mbarrier.test_wait.shared::cta.b64 %p2, [%r1], %rd1;
        selp.u32 %r3, 1, 0, %p2;
        st.global.b32 [%out+\(place)], %r2;
        st.global.b32 [%out+\(place + 4)], %r3;

        """
      place += 8
    }
    listing.body += "DONE: bar.warp.sync -1;"
    return ConformanceProgram(
      family: .barrier, name: "mbarrier.states", text: listing.text,
      launch: LaunchConfiguration(grid: 1, block: 32), input: [0], outputCount: place / 4,
      probes: [ConformanceProbe(name: "mbarrier.states", words: 0..<place / 4, wordsPerCheck: 1)])
  }

  /// Returns a program for clusters of a size: ranks, remote memory and remote arrivals.
  private static func cluster(_ size: Int) -> ConformanceProgram {
    var listing = Listing()
    listing.declarations = ".shared .align 8 .b64 bar; .shared .align 16 .b8 tile[256];"
    listing.body = """
      mov.u32 %r1, bar;
      mov.u32 %r2, %cluster_ctarank;
      add.u32 %r3, %r2, 1;
      rem.u32 %r3, %r3, \(size);
      setp.eq.u32 %p1, %id, 0;
      @%p1 mbarrier.init.shared::cta.b64 [%r1], \(32 + size);
      @%p1 fence.mbarrier_init.release.cluster;
      mov.u32 %r4, tile;
      mad.lo.u32 %r5, %lane, 4, %r4;
      mad.wide.u32 %rd1, %t, 4, %in;
      ld.global.b32 %r6, [%rd1];
      st.shared.b32 [%r5], %r6;
      st.shared.b32 [%r5+128], %r2;
      barrier.cluster.arrive.aligned;
      barrier.cluster.wait.aligned;
      mapa.shared::cluster.u32 %r7, %r1, %r3;
      mapa.shared::cluster.u32 %r8, %r5, %r3;
      atom.shared::cluster.add.u32 %r12, [%r8+128], %lane;
      mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r7];
      setp.lt.u32 %p4, %lane, \(size);
      @%p4 mapa.shared::cluster.u32 %r9, %r1, %lane;
      @%p4 mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r9];
      WAIT: mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 %p2, [%r1], 0;
      @!%p2 bra WAIT;
      ld.shared::cluster.b32 %r10, [%r8];
      getctarank.shared::cluster.u32 %r11, %r8;
      ld.shared.b32 %r13, [%r5+128];
      mad.wide.u32 %rd2, %t, 32, %out;
      st.global.b32 [%rd2], %r10;
      st.global.b32 [%rd2+4], %r11;
      st.global.b32 [%rd2+8], %r12;
      st.global.b32 [%rd2+12], %r13;
      mov.u32 %r14, %cluster_nctarank;
      st.global.b32 [%rd2+16], %r14;
      mov.u32 %r14, %clusterid.x;
      st.global.b32 [%rd2+20], %r14;
      mov.u32 %r14, %nclusterid.x;
      st.global.b32 [%rd2+24], %r14;
      mov.u32 %r14, %cluster_ctaid.x;
      st.global.b32 [%rd2+28], %r14;
      barrier.cluster.arrive.aligned;
      barrier.cluster.wait.aligned;
      """
    let name = "cluster.blocks\(size)"
    var random = SeededGenerator(name)
    let blockCount = 4 * size
    return ConformanceProgram(
      family: .cluster, name: name, text: listing.text,
      launch: LaunchConfiguration(
        grid: Dimensions(blockCount), block: 32, cluster: Dimensions(size)),
      input: (0..<32 * blockCount).map { _ in random.word() }, outputCount: 256 * blockCount,
      probes: [ConformanceProbe(name: name, words: 0..<256 * blockCount, wordsPerCheck: 1)])
  }
}
