// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The cases of bulk copies and reductions without a tensor map, and of stores and reductions that
/// an mbarrier tracks, in clusters of two blocks.
enum BulkCopyCases {
  /// The programs.
  static var programs: [ConformanceProgram] {
    loads + [multicast, store, betweenBlocks] + reductions + clusterReductions + asynchronous
  }

  /// The operations of reductions to global memory, as in the mnemonics.
  private static let globalForms = [
    "add.u32", "add.s32", "add.u64", "add.f32", "add.f64", "add.noftz.f16", "add.noftz.bf16",
    "min.u32", "min.s32", "min.u64", "min.s64", "min.f16", "min.bf16", "max.u32", "max.s32",
    "max.u64", "max.s64", "max.f16", "max.bf16", "inc.u32", "dec.u32", "and.b32", "and.b64",
    "or.b32", "or.b64", "xor.b32", "xor.b64",
  ]

  /// The operations of reductions to another block's shared memory.
  private static let clusterForms = [
    "add.u32", "add.s32", "add.u64", "min.u32", "min.s32", "max.u32", "max.s32", "inc.u32",
    "dec.u32", "and.b32", "or.b32", "xor.b32",
  ]

  /// Returns numbers of the type at the end of a mnemonic.
  private static func words(_ count: Int, of form: String, for name: String) -> [UInt32] {
    let type = String(form.split(separator: ".").last ?? "u32")
    let element: ElementType = ElementType(rawValue: type) ?? (type == "b64" ? .u64 : .u32)
    if element.isFloat {
      return TensorBoxCase(type: element, extents: [1], box: [1]).words(count, for: name)
    }
    var random = SeededGenerator(name)
    var words: [UInt32] = []
    while words.count < count {
      let value = LaneOperand.values(for: [type], using: &random)[0]
      words.append(UInt32(truncatingIfNeeded: value))
      if element.byteCount == 8 { words.append(UInt32(truncatingIfNeeded: value >> 32)) }
    }
    return Array(words.prefix(count))
  }

  /// The number of words of a program's tile.
  private static let tileCount = 1024

  /// Returns the instructions before the tested one: each block fills its tile from the input,
  /// initializes its barrier and waits for the other.
  ///
  /// `%r1` and `%r2` are the tile and the barrier, `%r3` and `%r4` those of the other block, `%r10`
  /// is the rank, and `%p1` is true in one thread of block 0.
  private static func prologue(expecting byteCounts: [Int]) -> String {
    """
    mov.u32 %r1, tile;
    mov.u32 %r2, bar;
    mov.u32 %r10, %cluster_ctarank;
    xor.b32 %r11, %r10, 1;
    mapa.shared::cluster.u32 %r3, %r1, %r11;
    mapa.shared::cluster.u32 %r4, %r2, %r11;
    setp.eq.u32 %p2, %id, 0;
    setp.eq.u32 %p3, %r10, 0;
    and.pred %p1, %p2, %p3;
    mul.lo.u32 %r12, %r10, \(tileCount * 4);
    cvt.u64.u32 %rd1, %r12;
    add.u64 %rd1, %rd1, %in;
    mov.u32 %r5, %id;
    FILL: mad.wide.u32 %rd2, %r5, 4, %rd1;
    ld.global.b32 %r6, [%rd2];
    mad.lo.u32 %r7, %r5, 4, %r1;
    st.shared.b32 [%r7], %r6;
    add.u32 %r5, %r5, 32;
    setp.lt.u32 %p4, %r5, \(tileCount);
    @%p4 bra FILL;
    @%p2 mbarrier.init.shared::cta.b64 [%r2], 1;
    @%p2 fence.mbarrier_init.release.cluster;
    fence.proxy.async;
    bar.warp.sync -1;
    selp.b32 %r8, \(byteCounts[0]), \(byteCounts[1]), %p3;
    @%p2 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r2], %r8;
    barrier.cluster.arrive.aligned;
    barrier.cluster.wait.aligned;

    """
  }

  /// The instructions after it: each block waits for its barrier and writes its tile to the output.
  private static var epilogue: String {
    """

    WAIT: mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 %p5, [%r2], 0;
    @!%p5 bra WAIT;
    barrier.cluster.arrive.aligned;
    barrier.cluster.wait.aligned;
    cvt.u64.u32 %rd1, %r12;
    add.u64 %rd1, %rd1, %out;
    mov.u32 %r5, %id;
    DUMP: mad.lo.u32 %r7, %r5, 4, %r1;
    ld.shared.b32 %r6, [%r7];
    mad.wide.u32 %rd2, %r5, 4, %rd1;
    st.global.b32 [%rd2], %r6;
    add.u32 %r5, %r5, 32;
    setp.lt.u32 %p4, %r5, \(tileCount);
    @%p4 bra DUMP;
    """
  }

  /// Returns a program of a cluster of two blocks, whose tiles are the results.
  private static func program(
    _ name: String, _ body: String, expecting byteCounts: [Int], words: [UInt32]
  ) -> ConformanceProgram {
    var listing = Listing()
    listing.declarations =
      ".shared .align 128 .b8 tile[\(tileCount * 4)]; .shared .align 8 .b64 bar;"
    listing.body = prologue(expecting: byteCounts) + body + epilogue
    return ConformanceProgram(
      family: .bulkCopy, name: name, text: listing.text,
      launch: LaunchConfiguration(grid: 2, block: 32, cluster: 2), input: words,
      outputCount: tileCount * 2,
      probes: [ConformanceProbe(name: name, words: 0..<tileCount * 2, wordsPerCheck: 1)])
  }

  /// Returns random words for both tiles, and the same number to copy from.
  private static func words(for name: String) -> [UInt32] {
    var random = SeededGenerator(name)
    return (0..<tileCount * 3).map { _ in random.word() }
  }

  /// Copies of several sizes from global memory, including none.
  private static var loads: [ConformanceProgram] {
    [0, 16, 48, 1040, 4096].map { byteCount in
      program(
        "bulk-load.\(byteCount)",
        """
        add.u64 %rd3, %in, \(tileCount * 8);
        @%p1 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%rd3], \(byteCount), [%r2];
        @%p1 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r3], [%rd3], \(byteCount), [%r4];
        """, expecting: [byteCount, byteCount], words: words(for: "bulk-load"))
    }
  }

  /// A copy from global memory into both blocks.
  private static var multicast: ConformanceProgram {
    program(
      "bulk-load.multicast",
      """
      add.u64 %rd3, %in, \(tileCount * 8 + 16);
      mov.b16 %h1, 3;
      @%p1 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%r1+32], [%rd3], 512, [%r2], %h1;
      """, expecting: [512, 512], words: words(for: "bulk-multicast"))
  }

  /// A copy to the other block's shared memory, and one within the block.
  private static var betweenBlocks: ConformanceProgram {
    program(
      "bulk-cluster",
      """
      @%p1 cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [%r3+48], [%r1+256], 272, [%r4];
      @%p1 cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [%r1+1024], [%r1], 16, [%r2];
      """, expecting: [16, 272], words: words(for: "bulk-cluster"))
  }

  /// A copy to global memory.
  private static var store: ConformanceProgram {
    var listing = Listing()
    listing.declarations = ".shared .align 16 .b8 tile[512];"
    listing.body = """
      mov.u32 %r1, tile;
      mad.lo.u32 %r2, %id, 16, %r1;
      mad.wide.u32 %rd1, %id, 16, %in;
      ld.global.v4.b32 {%r3, %r4, %r5, %r6}, [%rd1];
      st.shared.v4.b32 [%r2], {%r3, %r4, %r5, %r6};
      fence.proxy.async.shared::cta;
      bar.warp.sync -1;
      setp.eq.u32 %p1, %id, 0;
      @%p1 cp.async.bulk.global.shared::cta.bulk_group [%out+16], [%r1+32], 48;
      @%p1 cp.async.bulk.global.shared::cta.bulk_group [%out+128], [%r1], 0;
      @%p1 cp.async.bulk.global.shared::cta.bulk_group [%out+256], [%r1], 256;
      @%p1 cp.async.bulk.commit_group;
      @%p1 cp.async.bulk.wait_group 0;
      """
    var random = SeededGenerator("bulk-store")
    return ConformanceProgram(
      family: .bulkCopy, name: "bulk-store", text: listing.text,
      launch: LaunchConfiguration(grid: 1, block: 32), input: (0..<128).map { _ in random.word() },
      outputCount: 160,
      probes: [ConformanceProbe(name: "bulk-store", words: 0..<160, wordsPerCheck: 1)])
  }

  /// Reductions of global memory.
  private static var reductions: [ConformanceProgram] {
    globalForms.map { form in
      let name = "bulk-reduce." + form
      var listing = Listing()
      listing.declarations = ".shared .align 16 .b8 tile[\(tileCount * 4)];"
      listing.body = """
        mov.u32 %r1, tile;
        mov.u32 %r5, %id;
        FILL: mad.wide.u32 %rd1, %r5, 4, %in;
        ld.global.b32 %r6, [%rd1];
        mad.lo.u32 %r7, %r5, 4, %r1;
        st.shared.b32 [%r7], %r6;
        ld.global.b32 %r6, [%rd1+\(tileCount * 4)];
        mad.wide.u32 %rd1, %r5, 4, %out;
        st.global.b32 [%rd1], %r6;
        add.u32 %r5, %r5, 32;
        setp.lt.u32 %p4, %r5, \(tileCount);
        @%p4 bra FILL;
        fence.proxy.async;
        bar.warp.sync -1;
        setp.eq.u32 %p1, %id, 0;
        @%p1 cp.reduce.async.bulk.global.shared::cta.bulk_group.\(form) [%out], [%r1], \(tileCount * 4 - 16);
        @%p1 cp.async.bulk.commit_group;
        @%p1 cp.async.bulk.wait_group 0;
        """
      return ConformanceProgram(
        family: .bulkCopy, name: name, text: listing.text,
        launch: LaunchConfiguration(grid: 1, block: 32),
        input: words(tileCount, of: form, for: name) + words(tileCount, of: form, for: name + "+"),
        outputCount: tileCount,
        probes: [ConformanceProbe(name: name, words: 0..<tileCount, wordsPerCheck: 1)])
    }
  }

  /// Reductions of the other block's shared memory.
  private static var clusterReductions: [ConformanceProgram] {
    clusterForms.map { form in
      let name = "bulk-cluster-reduce." + form
      return program(
        name,
        """
        @%p1 cp.reduce.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes.\(form) [%r3], [%r1], 4080, [%r4];
        """, expecting: [0, 4080],
        words: words(tileCount, of: form, for: name) + words(tileCount, of: form, for: name + "+"))
    }
  }

  /// `st.async` and `red.async` by every lane of block 0.
  private static var asynchronous: [ConformanceProgram] {
    let stores: [(String, String, Int)] = [
      ("b32", "%r20", 4), ("v2.b32", "{%r20, %r21}", 8), ("v4.b32", "{%r20, %r21, %r22, %r23}", 16),
      ("b64", "%rd4", 8), ("v2.b64", "{%rd4, %rd5}", 16), ("f32", "%f0", 4),
    ]
    let load = """
      mul.lo.u32 %r13, %id, 64;
      add.u32 %r13, %r13, %r1;
      ld.shared.v4.b32 {%r20, %r21, %r22, %r23}, [%r13];
      ld.shared.v2.b64 {%rd4, %rd5}, [%r13+16];
      ld.shared.f32 %f0, [%r13+32];
      """
    var programs: [ConformanceProgram] = []
    for (form, value, byteCount) in stores {
      programs.append(
        program(
          "store-async." + form,
          """
          \(load)
          mul.lo.u32 %r14, %id, 48;
          add.u32 %r14, %r14, %r3;
          @%p3 st.async.shared::cluster.mbarrier::complete_tx::bytes.\(form) [%r14], \(value), [%r4];
          """, expecting: [0, 32 * byteCount], words: words(for: "store-async")))
    }
    for form in clusterForms + ["add.s64"] {
      let isWide = form.hasSuffix("64")
      let name = "reduce-async." + form
      let both = words(tileCount, of: form, for: name) + words(tileCount, of: form, for: name + "+")
      programs.append(
        program(
          name,
          """
          \(load)
          mul.lo.u32 %r14, %id, 48;
          add.u32 %r14, %r14, %r3;
          @%p3 red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.\(form) [%r14], \(isWide ? "%rd4" : "%r20"), [%r4];
          """, expecting: [0, 32 * (isWide ? 8 : 4)], words: both))
    }
    return programs
  }
}
