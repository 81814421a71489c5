import DeviceRuntime

/// The cases of tensor copies: boxes of every rank and swizzle, at and beyond the tensor's edges.
enum TensorCopyCases {
  /// A tensor and the boxes that are copied.
  private struct Box {
    /// What sets the case apart.
    var note = ""
    /// The type of the elements.
    var type = ElementType.u32
    /// The extents of the tensor.
    var extents: [Int]
    /// The extents of the box.
    var box: [Int]
    /// The swizzle.
    var swizzle = TensorMapDescription.Swizzle.none
    /// The steps between elements.
    var steps: [Int]?
    /// What lies outside.
    var fill = TensorMapDescription.Fill.zeros
    /// The coordinates; where there are none, some inside, at the edges and outside.
    var places: [[Int]]?

    /// The strides in bytes, each a multiple of 16 and some with a gap.
    var strides: [Int] {
      var strides: [Int] = []
      var size = extents[0] * type.byteCount
      for extent in extents.dropFirst() {
        size = (size + 15) / 16 * 16 + (strides.isEmpty ? 0 : 32)
        strides.append(size)
        size *= extent
      }
      return strides
    }

    /// The bytes of the tensor.
    var byteCount: Int {
      let rowByteCount = extents[0] * type.byteCount
      return zip(extents.dropFirst(), strides).reduce(rowByteCount) { $0 + ($1.0 - 1) * $1.1 }
    }

    /// Returns coordinates whose first is cut to a multiple of 16 bytes: others are illegal.
    func aligned(_ place: [Int]) -> [Int] {
      let step = 16 / type.byteCount
      let first = Int((Double(place[0]) / Double(step)).rounded(.down)) * step
      return [first] + place.dropFirst()
    }

    /// What the map says.
    var description: TensorMapDescription {
      TensorMapDescription(
        elementType: type, address: 0, extents: extents, byteStrides: strides, box: box,
        elementStrides: steps, swizzle: swizzle, fill: fill)
    }

    /// The case's name.
    var name: String {
      let parts = [
        "rank\(extents.count)", type.rawValue, "\(swizzle)",
        box.map(String.init).joined(separator: "x"), note,
      ]
      return parts.filter { !$0.isEmpty }.joined(separator: ".")
    }
  }

  /// The programs.
  static var programs: [ConformanceProgram] {
    boxes.map { load($0) } + stores.map { store($0) } + [multicast]
  }

  /// What is loaded.
  private static var boxes: [Box] {
    var boxes: [Box] = []
    for swizzle in TensorMapDescription.Swizzle.allCases {
      let span = swizzle == .none ? 64 : swizzle.span
      for (type, width) in [(ElementType.u8, 1), (.bf16, 2), (.f32, 4), (.u64, 8)] {
        boxes.append(
          Box(
            type: type, extents: [3 * span / width + 5, 37], box: [span / width, 16],
            swizzle: swizzle))
      }
      let extents = [40, 7, 6, 5, 3]
      let box = [min(16, span / 4), 3, 4, 2, 2]
      // An H100 gives each row the span of the swizzle; a box of shorter rows takes more than its
      // bytes of shared memory, and does not lie as packed rows would.
      for rank in swizzle == .bytes128 ? 1...1 : 1...5 {
        boxes.append(
          Box(
            extents: Array(extents.prefix(rank)), box: Array(box.prefix(rank)), swizzle: swizzle))
      }
      boxes.append(
        Box(
          note: "steps", extents: [64, 50], box: [span / 4, 24], swizzle: swizzle, steps: [1, 3]))
    }
    for type in [ElementType.f16, .bf16, .f32, .f64] {
      boxes.append(
        Box(note: "nan-fill", type: type, extents: [24, 10], box: [16, 8], fill: .notANumber))
    }
    for type in [ElementType.s8, .u16, .s16, .s32, .s64, .f16, .f64] {
      boxes.append(Box(note: "type", type: type, extents: [24, 10], box: [16, 8]))
    }
    boxes.append(
      Box(note: "steps", extents: [40, 9, 12, 5], box: [8, 5, 6, 3], steps: [1, 2, 4, 8]))
    boxes.append(
      Box(note: "whole", type: .bf16, extents: [256, 64], box: [64, 64], swizzle: .bytes128))
    return boxes
  }

  /// Returns coordinates inside a tensor, at its edges and outside.
  private static func places(_ box: Box) -> [[Int]] {
    if let places = box.places { return places }
    var random = SeededGenerator(box.name)
    var places = [
      box.extents.map { _ in 0 }, zip(box.extents, box.box).map { max(0, $0 - $1 / 2) },
      box.box.map { -($0 / 2) }, box.extents.map { $0 + 3 }, box.box.map { -$0 - 1 },
    ]
    for _ in 0..<7 {
      places.append(
        zip(box.extents, box.box).map { random.integer(in: (1 - $1)...($0 + 1)) })
    }
    return places.map(box.aligned)
  }

  /// Returns the program that loads boxes and writes out the bytes as they lie in shared memory.
  private static func load(_ box: Box) -> ConformanceProgram {
    let places = places(box)
    let rank = box.extents.count
    let byteCount = box.description.boxByteCount
    let wordCount = (byteCount + 3) / 4
    let tensorOffset = (places.count * 5 * 4 + 255) / 256 * 256
    var input = places.flatMap { place in
      (0..<5).map { UInt32(bitPattern: Int32($0 < rank ? place[$0] : 0)) }
    }
    input += [UInt32](repeating: 0, count: tensorOffset / 4 - input.count)
    var random = SeededGenerator(box.name)
    input += (0..<(box.byteCount + 3) / 4).map { _ in random.word() }
    var listing = Listing()
    listing.prelude = ".extern .shared .align 1024 .b8 tile[];"
    let bar = (wordCount * 4 + 127) / 128 * 128
    listing.body = """
      mov.u32 %r1, tile;
      add.u32 %r2, %r1, \(bar);
      \(coordinates)
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

  /// What is stored, each box into a tensor of its own.
  private static var stores: [Box] {
    var boxes: [Box] = []
    for swizzle in TensorMapDescription.Swizzle.allCases {
      let span = swizzle == .none ? 64 : swizzle.span
      boxes.append(
        Box(extents: [3 * span / 4 + 1, 20], box: [span / 4, 16], swizzle: swizzle))
      boxes.append(
        Box(
          type: .bf16, extents: [20, 7, 6, 5, 3], box: [min(16, span / 2), 3, 4, 2, 2],
          swizzle: swizzle))
      boxes.append(
        Box(
          note: "steps", extents: [64, 50], box: [span / 4, 24], swizzle: swizzle, steps: [1, 3]))
    }
    return boxes
  }

  /// Returns the program that stores boxes at coordinates that differ in the last dimension alone,
  /// so far apart that they do not meet, clipped at the tensor's end.
  private static func store(_ box: Box) -> ConformanceProgram {
    let rank = box.extents.count
    let byteCount = box.description.boxByteCount
    let places = [
      box.aligned(zip(box.extents, box.box).map { extent, width in max(0, extent - width / 2) })
    ]
    var input = places.flatMap { place in
      (0..<5).map { UInt32(bitPattern: Int32($0 < rank ? place[$0] : 0)) }
    }
    input += [UInt32](repeating: 0, count: 3)
    var random = SeededGenerator("store" + box.name)
    input += (0..<(byteCount + 3) / 4).map { _ in random.word() }
    var listing = Listing()
    listing.prelude = ".extern .shared .align 1024 .b8 tile[];"
    listing.body = """
      mov.u32 %r1, tile;
      \(coordinates)
      mov.u32 %r3, %id;
      LOOP: mad.wide.u32 %rd1, %r3, 4, %in;
      ld.global.b32 %r5, [%rd1+32];
      mad.lo.u32 %r4, %r3, 4, %r1;
      st.shared.b32 [%r4], %r5;
      add.u32 %r3, %r3, 32;
      setp.lt.u32 %p4, %r3, \((byteCount + 3) / 4);
      @%p4 bra LOOP;
      fence.proxy.async.shared::cta;
      bar.warp.sync -1;
      setp.ne.u32 %p1, %id, 0;
      @%p1 bra DONE;
      cp.async.bulk.tensor.\(rank)d.global.shared::cta.bulk_group [%map, {\(list(rank))}], [%r1];
      cp.async.bulk.commit_group;
      cp.async.bulk.wait_group 0;
      DONE: bar.warp.sync -1;
      """
    let name = "tensor-store." + box.name
    let outputCount = (box.byteCount + 3) / 4
    return ConformanceProgram(
      family: .tensorCopy, name: name, text: listing.text,
      launch: LaunchConfiguration(
        grid: 1, block: 32, dynamicSharedByteCount: (byteCount + 127) / 128 * 128),
      input: input, outputCount: outputCount,
      tensor: ConformanceProgram.Tensor(
        isOutput: true, byteOffset: 0, description: box.description),
      probes: [ConformanceProbe(name: name, words: 0..<outputCount, wordsPerCheck: 1)])
  }

  /// A load into the blocks of a mask, of a cluster of four.
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
