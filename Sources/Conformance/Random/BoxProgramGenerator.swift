import DeviceRuntime

/// Draws programs that load boxes of a tensor, write out all of shared memory as it lies there,
/// and store a box.
struct BoxProgramGenerator {
  /// The threads of a block.
  private static let threadCount = 64

  /// The most bytes of a box.
  private static let boxLimit = 8192

  /// The program's name.
  private let name: RandomProgramName

  /// Where everything is drawn from.
  private var random: SeededGenerator

  /// The words of the input that are coordinates, before the tensor.
  private var coordinates: [UInt32] = []

  /// Prepares to draw the program of a name.
  init(_ name: RandomProgramName) {
    self.name = name
    random = name.generator
  }

  /// Draws the program.
  mutating func program() -> RandomProgram {
    let source = description(isStore: false)
    let target = description(isStore: true)
    let loadCount = random.integer(in: 1...3)
    var place = 0
    var statements: [Statement] = []
    for number in 0..<loadCount {
      statements.append(load(source, number, at: place))
      place += (source.boxByteCount + 127) / 128 * 128 + 128 * random.integer(in: 0...2)
    }
    let isStored = random.isIn(percent: 70)
    let storedPlace = 128 * random.integer(in: 0...4)
    let byteCount = max(256, place, storedPlace + target.boxByteCount + 127) / 128 * 128
    let dumpCount = byteCount / 4
    if isStored { statements.append(store(target, at: storedPlace)) }
    // There are 20 coordinates at most; behind them lie the tensor's bytes.
    let sourceOffset = 256 + 16 * random.integer(in: 0...15)
    let targetOffset = (dumpCount * 4 + 255) / 256 * 256 + 16 * random.integer(in: 0...15)
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
    while program.input.count < sourceWords { program.input.append(random.word()) }
    program.outputCount = (targetOffset + byteCountOf(target) + 3) / 4 + 16
    program.tensors = [
      RandomProgram.Tensor(isOutput: false, byteOffset: sourceOffset, description: source),
      RandomProgram.Tensor(isOutput: true, byteOffset: targetOffset, description: target),
    ]
    program.fields = [
      RandomProgram.Field(name: "shared memory", words: 0..<dumpCount),
      RandomProgram.Field(name: "the stored tensor", words: dumpCount..<program.outputCount),
    ]
    program.properties =
      properties(source, "load") + (isStored ? properties(target, "store") : [])
    return program
  }

  /// Returns what a box is counted as.
  private func properties(_ box: TensorMapDescription, _ direction: String) -> [RandomFeature] {
    var list = [
      "rank\(box.rank)", "swizzle-\(box.swizzle)", box.elementType.rawValue,
    ]
    if box.fill == .notANumber { list.append("nan-fill") }
    if box.elementStrides.contains(where: { $0 > 1 }) { list.append("steps") }
    if box.extents[0] * box.elementType.byteCount % 16 != 0 { list.append("ragged") }
    return list.map { .tensor(direction, $0) }
  }

  /// Returns the bytes from the first to the last element of a tensor.
  private func byteCountOf(_ tensor: TensorMapDescription) -> Int {
    let row = tensor.extents[0] * tensor.elementType.byteCount
    return zip(tensor.extents.dropFirst(), tensor.byteStrides).reduce(row) {
      $0 + ($1.0 - 1) * $1.1
    }
  }
}

// Tensors and their boxes.
extension BoxProgramGenerator {
  /// Draws a tensor and its box.
  private mutating func description(isStore: Bool) -> TensorMapDescription {
    let types: [ElementType] = [
      .u8, .u16, .u32, .s32, .u64, .s64, .f16, .bf16, .f32, .f64, .e4m3, .s8, .s16,
    ]
    let type = random.pick(types)
    let size = type.byteCount
    let rank = random.integer(in: 1...5)
    let swizzle = random.pick(TensorMapDescription.Swizzle.allCases)
    // Rows as long as the swizzle's span.
    let rowByteCount =
      swizzle == .none ? 16 * random.pick([1, 1, 2, 3, 4, 5, 8, 13, 16]) : swizzle.span
    var box = [min(256, rowByteCount / size)]
    var steps = [1]
    var bytes = box[0] * size
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
      type.isFloat && type != .e4m3 && !isStore && random.isOnce(in: 2) ? .notANumber : .zeros
    return TensorMapDescription(
      elementType: type, address: 0, extents: extents, byteStrides: strides, box: box,
      elementStrides: steps, swizzle: swizzle, fill: fill)
  }

  /// Draws the steps from row to row: packed or with gaps; for loads also such that rows overlap,
  /// or that a later dimension has the smaller step.
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

  /// Draws coordinates: within, at the edges, and beyond; for stores none that are negative.
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
    for number in 0..<3 {
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

  /// Draws a load of a box to a place in shared memory, and waits for it.
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

  /// Draws a store of a box from a place in shared memory, and waits for it.
  private mutating func store(_ map: TensorMapDescription, at place: Int) -> Statement {
    let list = operands(coordinates(map, isStore: true))
    let mode = random.isOnce(in: 3) ? ".tile" : ""
    let hint = random.isOnce(in: 4) ? (".L2::cache_hint", ", %policy") : ("", "")
    let text = """
      fence.proxy.async.shared::cta;
      bar.warp.sync -1;
      bar.sync 0;
      setp.eq.u32 %tp0, %id, \(random.integer(in: 0...Self.threadCount - 1));
      @%tp0 cp.async.bulk.tensor.\(map.rank)d.global.shared::cta\(mode).bulk_group\(hint.0) \
      [%map1, {\(list)}], [%tile+\(place)]\(hint.1);
      cp.async.bulk.commit_group;
      cp.async.bulk.wait_group 0;

      """
    return Statement(.tensor("store", "copy"), text)
  }

  /// Returns the instructions that write out shared memory.
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
