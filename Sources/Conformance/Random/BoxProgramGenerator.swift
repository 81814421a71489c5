// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// Generates programs that load boxes of a tensor and rows of bytes, dump all of shared memory, and
/// store or reduce boxes and bytes.
struct BoxProgramGenerator {
  /// The number of threads of a block.
  private static let threadCount = 64

  /// The maximum number of bytes of a box.
  private static let boxLimit = 8192

  /// The maximum number of bytes of a copy without a map.
  private static let rowLimit = 1024

  /// The program's name.
  private let name: RandomProgramName

  /// The source of all random choices.
  private var random: SeededGenerator

  /// The words of the input before the tensor, which are coordinates.
  private var coordinates: [UInt32] = []

  /// Creates a generator for the program with a name.
  init(_ name: RandomProgramName) {
    self.name = name
    random = name.generator
  }

  /// Generates the program.
  mutating func program() -> RandomProgram {
    let source = description(isStore: false)
    let target = description(isStore: true)
    let loadCount = random.integer(in: 1...3)
    var place = 0
    var statements: [Statement] = []
    for number in 0..<loadCount {
      statements.append(load(source, number, at: place))
      place += (source.boxSharedByteCount + 127) / 128 * 128 + 128 * random.integer(in: 0...2)
    }
    let isStored = random.isIn(percent: 70)
    let storedPlace = 128 * random.integer(in: 0...4)
    let byteCount =
      max(2 * Self.rowLimit, place, storedPlace + target.boxSharedByteCount + 127) / 128 * 128
    let dumpCount = byteCount / 4
    if random.isOnce(in: 3) { statements.append(bulkLoad(byteCount)) }
    if isStored { statements.append(store(target, at: storedPlace)) }
    // The dump is followed by the bytes that are stored and those that are reduced without a map.
    if random.isOnce(in: 3) {
      statements.append(bulkStore(byteCount, to: dumpCount * 4))
    }
    if random.isOnce(in: 3) {
      statements.append(bulkReduction(byteCount, to: dumpCount * 4 + Self.rowLimit))
    }
    let plainCount = dumpCount + Self.rowLimit / 2
    // There are at most 20 coordinates; the tensor's bytes follow them.
    let sourceOffset = 256 + 16 * random.integer(in: 0...15)
    let targetOffset = (plainCount * 4 + 255) / 256 * 256 + 16 * random.integer(in: 0...15)
    let sourceWords = (sourceOffset + byteCountOf(source) + 3) / 4
    var program = RandomProgram(
      name: name,
      launch: LaunchConfiguration(
        grid: 1, block: Dimensions(Self.threadCount), dynamicSharedByteCount: byteCount))
    program.declarations = declarations
    program.prologue = prologue(wordCount: dumpCount)
    program.statements = statements
    program.epilogue = dump(wordCount: dumpCount)
    program.input = coordinates
    while program.input.count < max(sourceWords, Self.rowLimit / 4) {
      program.input.append(random.word())
    }
    program.outputCount = (targetOffset + byteCountOf(target) + 3) / 4 + 16
    program.tensors = [
      RandomProgram.Tensor(isOutput: false, byteOffset: sourceOffset, description: source),
      RandomProgram.Tensor(isOutput: true, byteOffset: targetOffset, description: target),
    ]
    program.fields = [
      RandomProgram.Field(name: "shared memory", words: 0..<dumpCount),
      RandomProgram.Field(name: "bytes without a map", words: dumpCount..<plainCount),
      RandomProgram.Field(name: "the stored tensor", words: plainCount..<program.outputCount),
    ]
    program.properties =
      properties(source, "load") + (isStored ? properties(target, "store") : [])
    return program
  }

  /// Returns the features of a box.
  private func properties(_ box: TensorMapDescription, _ direction: String) -> [RandomFeature] {
    var list = [
      "rank\(box.rank)", "swizzle-\(box.swizzle)", box.elementType.rawValue,
    ]
    if box.fill == .notANumber { list.append("nan-fill") }
    if box.elementStrides.contains(where: { $0 > 1 }) { list.append("steps") }
    if box.floatMode != .exact { list.append("f32-\(box.floatMode)") }
    let rowByteCount = box.box[0] * box.elementType.byteCount
    if box.swizzle != .none, rowByteCount < box.swizzle.span { list.append("short-rows") }
    if box.extents[0] * box.elementType.byteCount % 16 != 0 { list.append("ragged") }
    return list.map { .tensor(direction, $0) }
  }

  /// Returns the number of bytes from the first to the last element of a tensor.
  private func byteCountOf(_ tensor: TensorMapDescription) -> Int {
    let row = tensor.extents[0] * tensor.elementType.byteCount
    return zip(tensor.extents.dropFirst(), tensor.byteStrides).reduce(row) {
      $0 + ($1.0 - 1) * $1.1
    }
  }
}

// Tensors and their boxes.
extension BoxProgramGenerator {
  /// Generates a tensor and its box.
  private mutating func description(isStore: Bool) -> TensorMapDescription {
    let types: [ElementType] = [
      .u8, .u16, .u32, .s32, .u64, .s64, .f16, .bf16, .f32, .f64, .e4m3, .s8, .s16,
    ]
    let type = random.pick(types)
    let size = type.byteCount
    let rank = random.integer(in: 1...5)
    let swizzle = random.pick(TensorMapDescription.Swizzle.allCases)
    // Most rows have the length of the swizzle's span.
    var rowByteCount =
      swizzle == .none ? 16 * random.pick([1, 1, 2, 3, 4, 5, 8, 13, 16]) : swizzle.span
    if swizzle != .none, random.isOnce(in: 4) {
      rowByteCount = 16 * random.integer(in: 1...swizzle.span / 16)
    }
    var box = [min(256, rowByteCount / size)]
    var steps = [random.isOnce(in: 6) ? random.integer(in: 1...8) : 1]
    var bytes = swizzle == .none ? box[0] * size : swizzle.span
    for _ in 1..<max(rank, 1) where box.count < rank {
      let step = random.isOnce(in: 6) ? random.integer(in: 1...8) : 1
      let most = max(1, min(12, Self.boxLimit / bytes))
      let count = random.integer(in: 1...most)
      let extent = min(256, count * step - random.integer(in: 0...step - 1))
      box.append(extent)
      steps.append(step)
      bytes *= (extent + step - 1) / step
    }
    var extents = box.map { max(1, random.integer(in: 1...2 * $0 + 3)) }
    // Most tensors are wider than their boxes.
    if random.isOnce(in: 2) { extents[0] = box[0] + random.integer(in: 0...box[0]) }
    let strides = strides(extents, size, isStore: isStore)
    let fill: TensorMapDescription.Fill =
      [ElementType.f16, .bf16, .f32, .f64].contains(type) && random.isOnce(in: 2)
      ? .notANumber : .zeros
    let modes = TensorMapDescription.FloatMode.allCases
    return TensorMapDescription(
      elementType: type, address: 0, extents: extents, byteStrides: strides, box: box,
      elementStrides: steps, swizzle: swizzle, fill: fill,
      floatMode: type == .f32 && random.isOnce(in: 2) ? random.pick(modes) : .exact)
  }

  /// Generates the strides of rows: packed or with gaps; for loads also with overlapping rows, or
  /// with a smaller stride for a later dimension.
  private mutating func strides(_ extents: [Int], _ size: Int, isStore: Bool) -> [Int] {
    var strides: [Int] = []
    var bytes = extents[0] * size
    for extent in extents.dropFirst() {
      let gap = random.isOnce(in: 2) ? 0 : 16 * random.integer(in: 0...3)
      bytes = (bytes + 15) / 16 * 16 + gap
      strides.append(bytes)
      bytes *= extent
    }
    guard !isStore, !strides.isEmpty, random.isOnce(in: 8) else { return strides }
    if random.isOnce(in: 2) { return strides.reversed() }
    return strides.map { _ in 16 * random.integer(in: 1...8) }
  }

  /// Generates coordinates inside, at the edges, and outside; for stores none that are negative.
  private mutating func coordinates(
    _ map: TensorMapDescription, isStore: Bool
  ) -> [Int] {
    let isFar = random.isOnce(in: 24)
    return (0..<map.rank).map { dimension in
      let (extent, box) = (map.extents[dimension], map.box[dimension])
      let least = isStore ? 0 : -box - 1
      var place: Int
      switch random.integer(in: 0...3) {
      case 0: place = 0
      case 1: place = random.integer(in: 0...max(0, extent - 1))
      case 2: place = max(least, extent - random.integer(in: 0...box))
      default: place = random.integer(in: least...extent + 1)
      }
      if isFar, random.isOnce(in: 3) { place = random.pick([100_000, 0x7FFF_FF00, extent]) }
      guard dimension == 0 else { return place }
      let step = 16 / map.elementType.byteCount
      return Int((Double(place) / Double(step)).rounded(.down)) * step
    }
  }
}

// The instructions.
extension BoxProgramGenerator {
  /// The declarations of a program.
  private var declarations: String {
    """
    .reg .pred %p<4>, %tp<4>;
    .reg .b32 %r<8>, %bar, %tile, %k<20>;
    .reg .b64 %d<4>, %map0, %map1, %policy;
    .shared .align 8 .b64 bars[4];
    """
  }

  /// Returns the instructions that fill shared memory and prepare the barriers.
  private func prologue(wordCount: Int) -> String {
    var text = """
      mov.b64 %map0, map0;
      cvta.param.u64 %map0, %map0;
      mov.b64 %map1, map1;
      cvta.param.u64 %map1, %map1;
      mov.u32 %bar, bars;
      mov.u32 %tile, tile;
      createpolicy.fractional.L2::evict_first.b64 %policy, 1.0;
      mov.u32 %r0, %id;
      FILL: mad.lo.u32 %r1, %r0, 4, %tile;
      mad.lo.u32 %r2, %r0, 0x00030005, 0x01020304;
      st.shared.b32 [%r1], %r2;
      add.u32 %r0, %r0, \(Self.threadCount);
      setp.lt.u32 %p0, %r0, \(wordCount);
      @%p0 bra FILL;
      setp.eq.u32 %p1, %id, 0;

      """
    for number in 0..<4 {
      text += "@%p1 mbarrier.init.shared::cta.b64 [%bar+\(8 * number)], 1;\n"
    }
    text +=
      "@%p1 fence.mbarrier_init.release.cluster;\nfence.proxy.async.shared::cta;\nbar.sync 0;\n"
    for number in 0..<coordinates.count {
      text += "ld.global.b32 %k\(number), [%in+\(4 * number)];\n"
    }
    return text
  }

  /// Returns the coordinates as operands: literals, or registers that the program loads.
  private mutating func operands(_ place: [Int]) -> String {
    let isLoaded = random.isOnce(in: 2)
    return place.map { coordinate in
      guard isLoaded else { return "\(coordinate)" }
      coordinates.append(UInt32(bitPattern: Int32(coordinate)))
      return "%k\(coordinates.count - 1)"
    }.joined(separator: ", ")
  }

  /// Generates a load of a box to shared memory, with a wait.
  private mutating func load(
    _ map: TensorMapDescription, _ number: Int, at place: Int
  ) -> Statement {
    let list = operands(coordinates(map, isStore: false))
    let space = random.pick(["shared::cluster", "shared::cta"])
    let mode = random.isOnce(in: 3) ? ".tile" : ""
    let hint = random.isOnce(in: 4) ? (".L2::cache_hint", ", %policy") : ("", "")
    let text = """
      setp.eq.u32 %tp0, %id, \(random.integer(in: 0...Self.threadCount - 1));
      @%tp0 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%bar+\(8 * number)], \(map.boxByteCount);
      @%tp0 cp.async.bulk.tensor.\(map.rank)d.\(space).global\(mode).mbarrier::complete_tx::bytes\(hint.0) \
      [%tile+\(place)], [%map0, {\(list)}], [%bar+\(8 * number)]\(hint.1);
      W\(number): mbarrier.try_wait.parity.shared::cta.b64 %tp1, [%bar+\(8 * number)], 0;
      @!%tp1 bra W\(number);

      """
    return Statement(.tensor("load", "copy"), text)
  }

  /// Generates a store of a box from shared memory, or a reduction if the elements support one,
  /// with a wait.
  private mutating func store(_ map: TensorMapDescription, at place: Int) -> Statement {
    let list = operands(coordinates(map, isStore: true))
    let mode = random.isOnce(in: 3) ? ".tile" : ""
    let hint = random.isOnce(in: 4) ? (".L2::cache_hint", ", %policy") : ("", "")
    let reductions = Self.reductions(of: map.elementType)
    let isReduced = !reductions.isEmpty && random.isOnce(in: 2)
    let name = isReduced ? "cp.reduce" : "cp"
    let operation = isReduced ? "." + random.pick(reductions) : ""
    return Statement(
      .tensor(isReduced ? "reduce" : "store", "copy"),
      issuing(
        """
        \(name).async.bulk.tensor.\(map.rank)d.global.shared::cta\(operation)\(mode).bulk_group\
        \(hint.0) [%map1, {\(list)}], [%tile+\(place)]\(hint.1);
        """))
  }

  /// Returns the reductions that tensors of a type support.
  private static func reductions(of type: ElementType) -> [String] {
    switch type {
    case .u32: ["add", "min", "max", "inc", "dec", "and", "or", "xor"]
    case .s32, .u64: ["add", "min", "max", "and", "or", "xor"]
    case .s64: ["min", "max"]
    case .f16, .bf16: ["add", "min", "max"]
    case .f32, .f64: ["add"]
    default: []
    }
  }

  /// Returns the instructions with which one thread issues a copy to global memory and waits.
  private mutating func issuing(_ copy: String) -> String {
    """
    bar.warp.sync -1;
    bar.sync 0;
    setp.eq.u32 %tp0, %id, \(random.integer(in: 0...Self.threadCount - 1));
    @%tp0 \(copy)
    cp.async.bulk.commit_group;
    cp.async.bulk.wait_group 0;

    """
  }

  /// Returns the instructions with which one thread issues a copy that a barrier tracks, and all
  /// threads wait.
  private mutating func counting(_ byteCount: Int, _ number: Int, _ copy: String) -> String {
    """
    bar.warp.sync -1;
    bar.sync 0;
    setp.eq.u32 %tp0, %id, \(random.integer(in: 0...Self.threadCount - 1));
    @%tp0 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%bar+\(8 * number)], \(byteCount);
    @%tp0 \(copy)
    W\(number): mbarrier.try_wait.parity.shared::cta.b64 %tp1, [%bar+\(8 * number)], 0;
    @!%tp1 bra W\(number);

    """
  }

  /// Generates the size of a copy without a map in bytes.
  private mutating func rowByteCount() -> Int { 16 * random.integer(in: 1...Self.rowLimit / 32) }

  /// Generates an offset for bytes in shared memory.
  private mutating func sharedPlace(_ byteCount: Int, in total: Int) -> Int {
    16 * random.integer(in: 0...(total - byteCount) / 16)
  }

  /// Generates a load of contiguous bytes.
  private mutating func bulkLoad(_ total: Int) -> Statement {
    let byteCount = rowByteCount()
    let place = sharedPlace(byteCount, in: total)
    let space = random.pick(["shared::cluster", "shared::cta"])
    // Every input has the same number of bytes: coordinates, followed by a tensor or padding.
    let copy = """
      cp.async.bulk.\(space).global.mbarrier::complete_tx::bytes [%tile+\(place)], \
      [%in+\(16 * random.integer(in: 0...15))], \(byteCount), [%bar+24];
      """
    return Statement(RandomFeature(rawValue: "bulk-load"), counting(byteCount, 3, copy))
  }

  /// Generates a store of contiguous bytes.
  private mutating func bulkStore(_ total: Int, to target: Int) -> Statement {
    let byteCount = rowByteCount()
    let place = sharedPlace(byteCount, in: total)
    let offset = target + 16 * random.integer(in: 0...(Self.rowLimit - byteCount) / 16)
    return Statement(
      RandomFeature(rawValue: "bulk-store"),
      issuing(
        """
        cp.async.bulk.global.shared::cta.bulk_group [%out+\(offset)], [%tile+\(place)], \
        \(byteCount);
        """))
  }

  /// Generates a reduction of bytes in global memory.
  private mutating func bulkReduction(_ total: Int, to target: Int) -> Statement {
    let byteCount = rowByteCount()
    let place = sharedPlace(byteCount, in: total)
    let offset = target + 16 * random.integer(in: 0...(Self.rowLimit - byteCount) / 16)
    let operation = random.pick([
      "add.u32", "add.s32", "add.u64", "min.u32", "min.s32", "min.u64", "min.s64", "max.u32",
      "max.s32", "max.u64", "max.s64", "inc.u32", "dec.u32", "and.b32", "and.b64", "or.b32",
      "or.b64", "xor.b32", "xor.b64", "min.f16", "max.f16", "min.bf16", "max.bf16",
      "add.noftz.f16", "add.noftz.bf16", "add.f32", "add.f64",
    ])
    return Statement(
      RandomFeature(rawValue: "bulk-reduce"),
      issuing(
        """
        cp.reduce.async.bulk.global.shared::cta.bulk_group.\(operation) [%out+\(offset)], \
        [%tile+\(place)], \(byteCount);
        """))
  }

  /// Returns the instructions that dump shared memory.
  private func dump(wordCount: Int) -> String {
    """
    bar.warp.sync -1;
    bar.sync 0;
    mov.u32 %r0, %id;
    DUMP: mad.lo.u32 %r1, %r0, 4, %tile;
    ld.shared.b32 %r2, [%r1];
    mad.wide.u32 %d0, %r0, 4, %out;
    st.global.b32 [%d0], %r2;
    add.u32 %r0, %r0, \(Self.threadCount);
    setp.lt.u32 %p0, %r0, \(wordCount);
    @%p0 bra DUMP;

    """
  }
}
