// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The cases of tensor copies: boxes of every rank and swizzle, at and beyond the tensor's edges.
enum TensorCopyCases {
  /// The programs.
  static var programs: [ConformanceProgram] {
    boxes.map { load($0) } + stores.map { store($0) } + reductions.map { store($0.box, $0.word) }
      + [multicast]
  }

  /// The boxes that are loaded.
  private static var boxes: [TensorBoxCase] {
    var boxes: [TensorBoxCase] = []
    for swizzle in TensorMapDescription.Swizzle.allCases {
      let span = swizzle == .none ? 64 : swizzle.span
      for (type, width) in [(ElementType.u8, 1), (.bf16, 2), (.f32, 4), (.u64, 8)] {
        boxes.append(
          TensorBoxCase(
            type: type, extents: [3 * span / width + 5, 37], box: [span / width, 16],
            swizzle: swizzle))
      }
      let extents = [40, 7, 6, 5, 3]
      let box = [min(16, span / 4), 3, 4, 2, 2]
      // With the widest swizzle these rows would be shorter than its span, which the cases below
      // test.
      for rank in swizzle == .bytes128 ? 1...1 : 1...5 {
        boxes.append(
          TensorBoxCase(
            extents: Array(extents.prefix(rank)), box: Array(box.prefix(rank)), swizzle: swizzle))
      }
      boxes.append(
        TensorBoxCase(
          note: "steps", extents: [64, 50], box: [span / 4, 24], swizzle: swizzle, steps: [1, 3]))
    }
    for type in [ElementType.f16, .bf16, .f32, .f64] {
      boxes.append(
        TensorBoxCase(
          note: "nan-fill", type: type, extents: [24, 10], box: [16, 8], fill: .notANumber))
    }
    for type in [ElementType.s8, .u16, .s16, .s32, .s64, .f16, .f64] {
      boxes.append(TensorBoxCase(note: "type", type: type, extents: [24, 10], box: [16, 8]))
    }
    boxes.append(
      TensorBoxCase(
        note: "steps", extents: [40, 9, 12, 5], box: [8, 5, 6, 3], steps: [1, 2, 4, 8]))
    boxes += short
    for mode in TensorMapDescription.FloatMode.allCases where mode != .exact {
      boxes.append(
        TensorBoxCase(type: .f32, extents: [64, 40], box: [32, 16], floatMode: mode))
      boxes.append(
        TensorBoxCase(
          note: "nan-fill", type: .f32, extents: [24, 10], box: [16, 8], fill: .notANumber,
          floatMode: mode))
    }
    boxes.append(
      TensorBoxCase(
        note: "inner-step", extents: [21, 16], box: [32, 8], steps: [2, 3]))
    boxes.append(
      TensorBoxCase(
        note: "whole", type: .bf16, extents: [256, 64], box: [64, 64], swizzle: .bytes128))
    return boxes
  }

  /// Swizzled boxes whose rows are shorter than their span in shared memory.
  private static var short: [TensorBoxCase] {
    var boxes: [TensorBoxCase] = []
    for swizzle in TensorMapDescription.Swizzle.allCases where swizzle != .none {
      for width in [16, 32, 48, 80, 112] where width < swizzle.span {
        boxes.append(
          TensorBoxCase(
            note: "short", extents: [50, 20], box: [width / 4, 11], swizzle: swizzle))
      }
      boxes.append(
        TensorBoxCase(
          note: "short", type: .u8, extents: [90, 9, 4], box: [16, 5, 3], swizzle: swizzle))
    }
    return boxes
  }

  /// Returns the program that loads boxes and writes their bytes to the output as they are in
  /// shared memory.
  private static func load(_ box: TensorBoxCase) -> ConformanceProgram {
    let places = box.places
    let rank = box.extents.count
    let byteCount = box.description.boxByteCount
    let wordCount = (box.description.boxSharedByteCount + 3) / 4
    let tensorOffset = (places.count * 5 * 4 + 255) / 256 * 256
    var input = places.flatMap { place in
      (0..<5).map { UInt32(bitPattern: Int32($0 < rank ? place[$0] : 0)) }
    }
    input += [UInt32](repeating: 0, count: tensorOffset / 4 - input.count)
    input += box.words(box.byteCount / 4, for: box.name)
    var listing = Listing()
    listing.prelude = ".extern .shared .align 1024 .b8 tile[];"
    let bar = (wordCount * 4 + 127) / 128 * 128
    listing.body = """
      mov.u32 %r1, tile;
      add.u32 %r2, %r1, \(bar);
      \(coordinates)
      mov.u32 %r3, %id;
      FILL: setp.ge.u32 %p4, %r3, \(wordCount);
      @%p4 bra FILLED;
      mad.lo.u32 %r4, %r3, 4, %r1;
      st.shared.b32 [%r4], 0x5A5A5A5A;
      add.u32 %r3, %r3, 64;
      bra FILL;
      FILLED: fence.proxy.async.shared::cta;
      setp.eq.u32 %p1, %id, 0;
      @%p1 mbarrier.init.shared::cta.b64 [%r2], 1;
      @%p1 fence.mbarrier_init.release.cluster;
      bar.sync 0;
      @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r2], \(byteCount);
      @%p1 cp.async.bulk.tensor.\(rank)d.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%map, {\(list(rank))}], [%r2];
      WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r2], 0;
      @!%p3 bra WAIT;
      mul.lo.u32 %r6, %block, \(wordCount * 4);
      cvt.u64.u32 %rd2, %r6;
      add.u64 %rd2, %rd2, %out;
      mov.u32 %r3, %id;
      LOOP: setp.ge.u32 %p4, %r3, \(wordCount);
      @%p4 bra DONE;
      mad.lo.u32 %r4, %r3, 4, %r1;
      ld.shared.b32 %r5, [%r4];
      mad.wide.u32 %rd1, %r3, 4, %rd2;
      st.global.b32 [%rd1], %r5;
      add.u32 %r3, %r3, 64;
      bra LOOP;
      DONE: bar.sync 0;
      """
    let name = "tensor-load." + box.name
    return ConformanceProgram(
      family: .tensorCopy, name: name, text: listing.text,
      launch: LaunchConfiguration(
        grid: Dimensions(places.count), block: 64, dynamicSharedByteCount: bar + 16),
      input: input, outputCount: wordCount * places.count,
      tensor: ConformanceProgram.Tensor(
        isOutput: false, byteOffset: tensorOffset, description: box.description),
      probes: [
        ConformanceProbe(
          name: name, words: 0..<wordCount * places.count, wordsPerCheck: 1, operands: nil)
      ])
  }

  /// The instructions that load a block's coordinates.
  private static var coordinates: String {
    "mul.lo.u32 %r7, %block, 20;\ncvt.u64.u32 %rd3, %r7;\nadd.u64 %rd3, %rd3, %in;\n"
      + (0..<5).map { "ld.global.b32 %r\(20 + $0), [%rd3+\($0 * 4)];" }.joined(separator: "\n")
  }

  /// Returns the registers of the coordinates of a rank.
  private static func list(_ rank: Int) -> String {
    (0..<rank).map { "%r\(20 + $0)" }.joined(separator: ", ")
  }

  /// The boxes that are stored, each into its own tensor.
  private static var stores: [TensorBoxCase] {
    var boxes: [TensorBoxCase] = []
    for swizzle in TensorMapDescription.Swizzle.allCases {
      let span = swizzle == .none ? 64 : swizzle.span
      boxes.append(
        TensorBoxCase(extents: [3 * span / 4 + 1, 20], box: [span / 4, 16], swizzle: swizzle))
      boxes.append(
        TensorBoxCase(
          type: .bf16, extents: [20, 7, 6, 5, 3], box: [min(16, span / 2), 3, 4, 2, 2],
          swizzle: swizzle))
      boxes.append(
        TensorBoxCase(
          note: "steps", extents: [64, 50], box: [span / 4, 24], swizzle: swizzle, steps: [1, 3]))
      // Rows of the tensor that do not end at a multiple of 16 bytes, with space after them.
      for (type, rest) in [
        (ElementType.u8, 1), (.u8, 7), (.u8, 8), (.u8, 15), (.f16, 2), (.bf16, 14), (.f32, 4),
        (.f32, 12), (.s64, 8),
      ] {
        boxes.append(
          TensorBoxCase(
            note: "clip\(rest)", type: type, extents: [(2 * span + rest) / type.byteCount, 6],
            box: [span / type.byteCount, 4], swizzle: swizzle, gap: 48, offset: 16))
      }
    }
    for rank in [1, 3, 4, 5] {
      for rest in [1, 4, 15] {
        boxes.append(
          TensorBoxCase(
            note: "clip\(rest)", type: .u8, extents: Array([80 + rest, 5, 4, 3, 3].prefix(rank)),
            box: Array([64, 2, 2, 2, 2].prefix(rank)), gap: 32, offset: 48))
      }
    }
    for extent in [1, 3] {
      boxes.append(
        TensorBoxCase(
          note: "clip\(extent)", type: .u8, extents: [extent, 9], box: [16, 4], gap: 16))
    }
    for mode in TensorMapDescription.FloatMode.allCases where mode != .exact {
      boxes.append(
        TensorBoxCase(type: .f32, extents: [33, 40], box: [32, 32], floatMode: mode))
    }
    boxes.append(
      TensorBoxCase(note: "inner-step", extents: [21, 16], box: [32, 8], steps: [2, 3]))
    return boxes + short
  }

  /// The reductions of tensors by boxes.
  private static var reductions: [(box: TensorBoxCase, word: String)] {
    let operations: [(ElementType, [String])] = [
      (.u32, ["add", "min", "max", "inc", "dec", "and", "or", "xor"]),
      (.s32, ["add", "min", "max", "and", "or", "xor"]),
      (.u64, ["add", "min", "max", "and", "or", "xor"]), (.s64, ["min", "max"]),
      (.f16, ["add", "min", "max"]), (.bf16, ["add", "min", "max"]), (.f32, ["add"]),
      (.f64, ["add"]),
    ]
    var cases: [(TensorBoxCase, String)] = []
    for (type, words) in operations {
      // Two rows do not end at a multiple of 16 bytes, and a box extends beyond both.
      let width = 64 / type.byteCount
      let extents = [3 * width - (type.byteCount == 8 ? 1 : 3), 70]
      for word in words {
        cases.append(
          (
            TensorBoxCase(type: type, extents: extents, box: [2 * width, 64], gap: 32, offset: 16),
            word
          ))
      }
    }
    for mode in TensorMapDescription.FloatMode.allCases where mode != .exact {
      cases.append(
        (
          TensorBoxCase(
            type: .f32, extents: [45, 70], box: [32, 64], swizzle: .bytes128, floatMode: mode),
          "add"
        ))
    }
    cases.append(
      (
        TensorBoxCase(
          note: "short", extents: [20, 7, 6], box: [4, 3, 4], swizzle: .bytes64, steps: [1, 2, 1]),
        "add"
      ))
    return cases
  }

  /// Returns the program that stores a box that extends over the tensor's end, or that reduces the
  /// tensor by it.
  private static func store(_ box: TensorBoxCase, _ reduction: String? = nil)
    -> ConformanceProgram
  {
    let rank = box.extents.count
    let wordCount = (box.description.boxSharedByteCount + 3) / 4
    let name = reduction.map { "tensor-reduce.\($0)." + box.name } ?? "tensor-store." + box.name
    var input = (0..<5).map { UInt32(bitPattern: Int32($0 < rank ? box.edge[$0] : 0)) }
    input += [UInt32](repeating: 0, count: 3)
    input += box.words(wordCount, for: "store" + box.name)
    // The initial tensor for a reduction; a store finds the initial output.
    let outputCount = (box.offset + box.byteCount) / 4
    let old = reduction == nil ? [] : box.words(outputCount, for: "old" + box.name)
    let oldOffset = input.count * 4
    let copy = """
      mov.u32 %r3, %id;
      OLD: mad.wide.u32 %rd1, %r3, 4, %in;
      ld.global.b32 %r5, [%rd1+\(oldOffset)];
      mad.wide.u32 %rd1, %r3, 4, %out;
      st.global.b32 [%rd1], %r5;
      add.u32 %r3, %r3, 32;
      setp.lt.u32 %p4, %r3, \(outputCount);
      @%p4 bra OLD;
      fence.proxy.async;
      """
    var listing = Listing()
    listing.prelude = ".extern .shared .align 1024 .b8 tile[];"
    let word = reduction.map { "\($0)." } ?? ""
    listing.body = """
      mov.u32 %r1, tile;
      \(coordinates)
      \(reduction == nil ? "" : copy)
      mov.u32 %r3, %id;
      LOOP: mad.wide.u32 %rd1, %r3, 4, %in;
      ld.global.b32 %r5, [%rd1+32];
      mad.lo.u32 %r4, %r3, 4, %r1;
      st.shared.b32 [%r4], %r5;
      add.u32 %r3, %r3, 32;
      setp.lt.u32 %p4, %r3, \(wordCount);
      @%p4 bra LOOP;
      fence.proxy.async.shared::cta;
      bar.warp.sync -1;
      setp.ne.u32 %p1, %id, 0;
      @%p1 bra DONE;
      cp.\(reduction == nil ? "" : "reduce.")async.bulk.tensor.\(rank)d.global.shared::cta.\(word)bulk_group [%map, {\(list(rank))}], [%r1];
      cp.async.bulk.commit_group;
      cp.async.bulk.wait_group 0;
      DONE: bar.warp.sync -1;
      """
    // Each lane copies a whole number of rounds of 32 words.
    input += old + [UInt32](repeating: 0, count: 32)
    return ConformanceProgram(
      family: .tensorCopy, name: name, text: listing.text,
      launch: LaunchConfiguration(
        grid: 1, block: 32, dynamicSharedByteCount: (wordCount * 4 + 127) / 128 * 128),
      input: input, outputCount: outputCount,
      tensor: ConformanceProgram.Tensor(
        isOutput: true, byteOffset: box.offset, description: box.description),
      probes: [ConformanceProbe(name: name, words: 0..<outputCount, wordsPerCheck: 1)])
  }

  /// A multicast load to the blocks of a mask, in a cluster of four.
  private static var multicast: ConformanceProgram {
    var listing = Listing()
    listing.declarations = ".shared .align 128 .b8 tile[256]; .shared .align 8 .b64 bar;"
    listing.body = """
      mov.u32 %r1, tile;
      mov.u32 %r2, bar;
      mov.u32 %r10, %cluster_ctarank;
      mad.lo.u32 %r4, %lane, 8, %r1;
      st.shared.v2.b32 [%r4], {%lane, %lane};
      fence.proxy.async.shared::cta;
      setp.eq.u32 %p1, %id, 0;
      @%p1 mbarrier.init.shared::cta.b64 [%r2], 1;
      @%p1 fence.mbarrier_init.release.cluster;
      bar.warp.sync -1;
      setp.eq.u32 %p5, %r10, 1;
      @%p5 bra READY;
      @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r2], 256;
      READY: barrier.cluster.arrive.aligned;
      barrier.cluster.wait.aligned;
      mov.b16 %h1, 13;
      and.pred %p6, %p1, %p5;
      @%p6 cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%r1], [%map, {4, -1}], [%r2], %h1;
      @%p5 bra OUT;
      WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r2], 0;
      @!%p3 bra WAIT;
      OUT: bar.warp.sync -1;
      ld.shared.v2.b32 {%r5, %r6}, [%r4];
      mad.wide.u32 %rd1, %t, 8, %out;
      st.global.v2.b32 [%rd1], {%r5, %r6};
      barrier.cluster.arrive.aligned;
      barrier.cluster.wait.aligned;
      """
    var random = SeededGenerator("multicast")
    return ConformanceProgram(
      family: .cluster, name: "cluster.multicast", text: listing.text,
      launch: LaunchConfiguration(grid: 8, block: 32, cluster: 4),
      input: (0..<256).map { _ in random.word() }, outputCount: 512,
      tensor: ConformanceProgram.Tensor(
        isOutput: false, byteOffset: 0,
        description: TensorMapDescription(
          elementType: .u32, address: 0, extents: [16, 16], byteStrides: [64], box: [16, 4])),
      probes: [ConformanceProbe(name: "multicast", words: 0..<512, wordsPerCheck: 1)])
  }
}
