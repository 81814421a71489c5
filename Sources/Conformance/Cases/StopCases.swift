// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// Programs that break a rule, and similar ones that do not: whether a device runs them to
/// completion, and their results if it does.
enum StopCases {
  /// The programs.
  static var programs: [ConformanceProgram] {
    coordinates + sharedAddresses + maps + bulk + caches + clusters
  }

  /// Returns a small tensor with rows of 128 bytes, of which only the type and the boxes matter;
  /// rows of boxes have 64 bytes, or the span of the swizzle.
  private static func tensor(
    _ type: ElementType = .u32, extents: [Int]? = nil, box: [Int]? = nil,
    swizzle: TensorMapDescription.Swizzle = .none
  ) -> TensorBoxCase {
    let rowByteCount = swizzle == .none ? 64 : swizzle.span
    return TensorBoxCase(
      type: type, extents: extents ?? [128 / type.byteCount, 2],
      box: box ?? [rowByteCount / type.byteCount, 2], swizzle: swizzle)
  }

  /// Returns a program of one thread in every block.
  ///
  /// `%r1` is a tile of `tileByteCount` bytes at a multiple of 1024, each byte of which is 1, and
  /// `%r2` a barrier that expects one arrival and, in the first block, the announced bytes.
  private static func program(
    _ name: String, _ body: String, _ box: TensorBoxCase? = nil, cluster: Int = 1,
    directives: String = "", tileByteCount: Int = 8192, announcing byteCount: Int = 0
  ) -> ConformanceProgram {
    let announcement =
      byteCount > 0
      ? "@%p2 mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%r2], \(byteCount);\n" : ""
    var listing = Listing()
    listing.directives = directives
    listing.prelude = ".extern .shared .align 1024 .b8 tile[];"
    listing.declarations = ".shared .align 8 .b64 bar;"
    listing.body = """
      mov.u32 %r1, tile;
      mov.u32 %r2, bar;
      mov.u32 %r3, %r1;
      add.u32 %r4, %r1, \(tileByteCount);
      FILL: st.shared.b32 [%r3], 0x01010101;
      add.u32 %r3, %r3, 4;
      setp.lt.u32 %p1, %r3, %r4;
      @%p1 bra FILL;
      mbarrier.init.shared::cta.b64 [%r2], 1;
      fence.mbarrier_init.release.cluster;
      fence.proxy.async;
      barrier.cluster.arrive.aligned;
      barrier.cluster.wait.aligned;
      mov.u32 %r10, %cluster_ctarank;
      setp.eq.u32 %p2, %r10, 0;
      \(announcement)\(body)
      @%p2 cp.async.bulk.commit_group;
      @%p2 cp.async.bulk.wait_group 0;
      mov.u32 %r5, 0;
      REST: nanosleep.u32 1000;
      add.u32 %r5, %r5, 1;
      setp.lt.u32 %p1, %r5, 40;
      @%p1 bra REST;
      barrier.cluster.arrive.aligned;
      barrier.cluster.wait.aligned;
      """
    // The tensor, if there is one, is in the output.
    let outputCount = box.map { 16 + $0.byteCount / 4 } ?? 32
    return ConformanceProgram(
      family: .stop, name: "stop." + name, text: listing.text,
      launch: LaunchConfiguration(
        grid: Dimensions(cluster), block: 1, cluster: Dimensions(cluster),
        dynamicSharedByteCount: tileByteCount),
      input: [UInt32](repeating: 0x0101_0101, count: 64), outputCount: outputCount,
      tensor: box.map {
        ConformanceProgram.Tensor(isOutput: true, byteOffset: 64, description: $0.description)
      },
      probes: [ConformanceProbe(name: name, words: 0..<outputCount + 1, wordsPerCheck: 1)],
      mayStop: true)
  }

  /// Returns a program that copies one box.
  private static func copy(
    _ name: String, _ kind: String, _ box: TensorBoxCase, at place: [Int], offset: Int = 0,
    tileByteCount: Int = 8192
  ) -> ConformanceProgram {
    let rank = place.count
    let list = place.map(String.init).joined(separator: ", ")
    let instruction =
      switch kind {
      case "load":
        "cp.async.bulk.tensor.\(rank)d.shared::cluster.global.mbarrier::complete_tx::bytes [%r1+\(offset)], [%map, {\(list)}], [%r2]"
      case "store":
        "cp.async.bulk.tensor.\(rank)d.global.shared::cta.bulk_group [%map, {\(list)}], [%r1+\(offset)]"
      case "prefetch": "cp.async.bulk.prefetch.tensor.\(rank)d.L2.global [%map, {\(list)}]"
      default:
        "cp.reduce.async.bulk.tensor.\(rank)d.global.shared::cta.\(kind).bulk_group [%map, {\(list)}], [%r1+\(offset)]"
      }
    return program(
      "\(name).\(kind)", "@%p2 " + instruction + ";", box, tileByteCount: tileByteCount,
      announcing: kind == "load" ? box.box.reduce(box.type.byteCount, *) : 0)
  }

  /// First coordinates that are not multiples of 16 bytes, and coordinates below zero.
  private static var coordinates: [ConformanceProgram] {
    var programs: [ConformanceProgram] = []
    for (type, place) in [
      (ElementType.u8, 1), (.u8, 8), (.bf16, 4), (.u32, 1), (.u32, 2), (.u32, -2), (.u32, 4),
      (.u64, 1), (.u64, 2),
    ] {
      programs.append(
        copy("coordinate.\(type.rawValue).\(place)", "load", tensor(type), at: [place, 1]))
    }
    for kind in ["store", "add", "prefetch"] {
      for place in [2, 4] {
        programs.append(copy("coordinate.u32.\(place)", kind, tensor(), at: [place, 1]))
      }
    }
    for swizzle in TensorMapDescription.Swizzle.allCases where swizzle != .none {
      let box = tensor(swizzle: swizzle)
      programs.append(copy("coordinate.\(swizzle).1", "load", box, at: [1, 1]))
    }
    for kind in ["load", "store", "add", "prefetch"] {
      programs.append(copy("negative.inner", kind, tensor(), at: [-4, 1]))
      programs.append(copy("negative.outer", kind, tensor(), at: [4, -1]))
    }
    return programs
  }

  /// Boxes at addresses that are not multiples of 128, and at the end of shared memory.
  private static var sharedAddresses: [ConformanceProgram] {
    var programs: [ConformanceProgram] = []
    for kind in ["load", "store"] {
      for offset in [16, 64, 128] {
        programs.append(
          copy("shared-address.\(offset)", kind, tensor(), at: [0, 0], offset: offset))
      }
      // Eight rows of 32 bytes, which span 1024 bytes, in twice the bytes of their elements, and in
      // the whole span.
      let box = tensor(box: [8, 8], swizzle: .bytes128)
      for byteCount in [512, 1024] {
        programs.append(
          copy("span.\(byteCount)", kind, box, at: [0, 0], tileByteCount: byteCount))
      }
    }
    return programs
  }

  /// Maps of another rank, invalid maps, and types that an operation does not support.
  private static var maps: [ConformanceProgram] {
    var programs = [
      copy("rank", "load", tensor(extents: [16, 2, 2], box: [16, 2, 2]), at: [0, 0]),
      program(
        "no-map",
        """
        @%p2 cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%map, {0, 0}], [%r2];
        """),
    ]
    for (type, kind) in [
      (ElementType.u8, "add"), (.u16, "or"), (.s64, "add"), (.s64, "xor"), (.s32, "inc"),
      (.f32, "min"), (.f64, "max"), (.f16, "and"),
    ] {
      programs.append(copy("reduce.\(type.rawValue)", kind, tensor(type), at: [0, 0]))
    }
    return programs
  }

  /// Bulk copies, and stores that a barrier tracks, with invalid addresses and sizes.
  private static var bulk: [ConformanceProgram] {
    let load = "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
    let store = "cp.async.bulk.global.shared::cta.bulk_group"
    let lines: [(String, String)] = [
      ("bulk-load.aligned", "\(load) [%r1], [%in], 64, [%r2]"),
      ("bulk-load.source", "\(load) [%r1], [%in+8], 64, [%r2]"),
      ("bulk-load.destination", "\(load) [%r1+8], [%in], 64, [%r2]"),
      ("bulk-load.size", "\(load) [%r1], [%in], %r20, [%r2]"),
      ("bulk-load.end", "\(load) [%r1+8064], [%in], 256, [%r2]"),
      ("bulk-store.aligned", "\(store) [%out+16], [%r1], 64"),
      ("bulk-store.source", "\(store) [%out], [%r1+8], 64"),
      ("bulk-store.destination", "\(store) [%out+8], [%r1], 64"),
      ("bulk-store.size", "\(store) [%out], [%r1], %r20"),
      (
        "bulk-reduce.destination",
        "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [%out+4], [%r1], 64"
      ),
      (
        "bulk-reduce.size",
        "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [%out], [%r1], %r20"
      ),
      ("bulk-prefetch.aligned", "cp.async.bulk.prefetch.L2.global [%in], 64"),
      ("bulk-prefetch.source", "cp.async.bulk.prefetch.L2.global [%in+8], 64"),
    ]
    return lines.map { name, instruction in
      program(
        name, "mov.u32 %r20, 24;\n@%p2 \(instruction);",
        announcing: name.hasPrefix("bulk-load") ? 64 : 0)
    }
  }

  /// Cache hints for lines that do not exist.
  private static var caches: [ConformanceProgram] {
    let far = "add.u64 %rd1, %in, 0x4000000000;\n"
    return [
      program("prefetch.outside", far + "@%p2 prefetch.global.L2 [%rd1];"),
      program("discard.outside", far + "@%p2 discard.global.L2 [%rd1], 128;"),
      program("applypriority.inside", "@%p2 applypriority.global.L2::evict_normal [%in], 128;"),
      program(
        "applypriority.outside", far + "@%p2 applypriority.global.L2::evict_normal [%rd1], 128;"),
    ]
  }

  /// Blocks outside a cluster of two, barriers in another block than the destination, and pairs of
  /// 16-bit floats in another block.
  private static var clusters: [ConformanceProgram] {
    let remote = """
      mapa.shared::cluster.u32 %r11, %r1, 1;
      mapa.shared::cluster.u32 %r12, %r2, 1;

      """
    let load = "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
    var programs = [
      program(
        "multicast.nobody",
        "mov.b16 %h1, 0;\n@%p2 \(load).multicast::cluster [%r1], [%in], 64, [%r2], %h1;",
        cluster: 2),
      program(
        "multicast.absent",
        "mov.b16 %h1, 5;\n@%p2 \(load).multicast::cluster [%r1], [%in], 64, [%r2], %h1;",
        cluster: 2),
      program(
        "barrier.same-block",
        remote + """
          @!%p2 mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%r2], 64;
          @%p2 \(load) [%r11], [%in], 64, [%r12];
          """, cluster: 2),
      program("barrier.other-block", remote + "@%p2 \(load) [%r11], [%in], 64, [%r2];", cluster: 2),
    ]
    let store = "st.async.shared::cluster.mbarrier::complete_tx::bytes"
    let reduce = "red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes"
    let copy = "async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes"
    for (name, instruction, byteCount) in [
      ("store-async", "\(store).b32 [%r1+16], %r20, [%r2]", 4),
      ("store-async-vector", "\(store).v4.b32 [%r1+16], {%r1, %r1, %r1, %r1}, [%r2]", 16),
      ("reduce-async", "\(reduce).add.u32 [%r1+16], %r20, [%r2]", 4),
      ("bulk-cluster", "cp.\(copy) [%r1], [%r1+256], 64, [%r2]", 64),
      ("bulk-cluster-reduce", "cp.reduce.\(copy).add.u32 [%r1], [%r1+256], 64, [%r2]", 64),
    ] {
      for cluster in [1, 2] {
        programs.append(
          program(
            "\(name).cluster\(cluster)", "mov.u32 %r20, 24;\n@%p2 \(instruction);",
            cluster: cluster, announcing: byteCount))
      }
      // A cluster of one that the kernel itself requires.
      programs.append(
        program(
          "\(name).declared", "mov.u32 %r20, 24;\n@%p2 \(instruction);",
          directives: ".reqnctapercluster 1, 1, 1", announcing: byteCount))
    }
    programs.append(
      program(
        "store-async.address", "@%p2 \(store).v2.b32 [%r1+4], {%r1, %r1}, [%r2];", cluster: 2))
    programs.append(
      program("reduce-async.address", "@%p2 \(reduce).add.u32 [%r1+2], %r1, [%r2];", cluster: 2))
    for type in ["f16x2", "bf16x2"] {
      programs.append(
        program(
          "halves.other-block.\(type)",
          remote + """
            mov.b32 %r13, 0x3C003F80;
            mov.b32 %r14, 0;
            @%p2 atom.shared::cluster.add.noftz.\(type) %r14, [%r11], %r13;
            barrier.cluster.arrive.aligned;
            barrier.cluster.wait.aligned;
            ld.shared.b32 %r15, [%r1];
            mad.wide.u32 %rd1, %block, 8, %out;
            st.global.v2.b32 [%rd1], {%r14, %r15};
            """, cluster: 2))
    }
    return programs
  }
}
