// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shared memory, and the start and end of a program.
extension LaneProgramGenerator {
  /// The declarations of a program.
  var declarations: String {
    """
    \(RegisterPool.declarations)
    .reg .b16 %minushalf, %zerohalf;
    .reg .b32 %sh, %lo, %slots, %warpslots, %common, %minuszero, %minuspair, %zero;
    .reg .b64 %ge, %gl, %gcommon, %in4, %in8, %out4, %out8, %out16, %zerolong;
    .shared .align 16 .b8 memory[\(Self.threadCount * 16)];
    .shared .align 16 .b8 words[64];
    .local .align 16 .b8 depot[16];
    """
  }

  /// Returns the instructions that compute the addresses and fill shared and local memory.
  func addresses(globalSlots: Int) -> String {
    """
    mad.wide.u32 %in4, %id, 4, %in;
    mad.wide.u32 %in8, %id, 8, %in;
    mad.wide.u32 %out4, %id, 4, %out;
    mad.wide.u32 %out8, %id, 8, %out;
    mad.wide.u32 %out16, %id, 16, %out;
    add.u64 %gl, %out16, \(globalSlots);
    add.u64 %gcommon, %out, \(globalSlots + Self.threadCount * 16);
    mov.u32 %slots, memory;
    mad.lo.u32 %sh, %id, 16, %slots;
    and.b32 %tr0, %id, 0xffffffe0;
    mad.lo.u32 %warpslots, %tr0, 16, %slots;
    mov.u32 %common, words;
    mov.u32 %lo, depot;
    cvt.u64.u32 %ge, %sh;
    cvta.shared.u64 %ge, %ge;
    mad.lo.u32 %tr0, %id, 0x01010101, 0x40c080;
    mov.u32 %tr1, 0x3f800000;
    st.shared.v4.b32 [%sh], {%tr0, %tr1, %id, %tr0};
    st.local.v4.b32 [%lo], {%tr1, %tr0, %tr0, %id};
    setp.lt.u32 %tp0, %id, 16;
    mad.lo.u32 %tr0, %id, 4, %common;
    @%tp0 st.shared.b32 [%tr0], %id;
    bar.sync 0;

    """
  }

  /// Returns the instructions that load every register from the input.
  mutating func initialLoads() -> String {
    var text = ""
    let kinds = ["any", "f32", "s32", "u32", "f16x2", "bf16x2", "b32", "f32"]
    for (number, kind) in kinds.enumerated() {
      text += "ld.global.b32 %r\(number), \(input.add(kind, isWide: false));\n"
    }
    for (number, kind) in ["f64", "u64", "s64", "f64"].enumerated() {
      text += "ld.global.b64 %d\(number), \(input.add(kind, isWide: true));\n"
    }
    for (number, kind) in ["f16", "bf16", "s16", "f16"].enumerated() {
      text += "ld.global.b16 %h\(number), \(input.add(kind, isWide: false));\n"
    }
    text += "ld.global.b32 %minuszero, \(input.add("=80000000", isWide: false));\n"
    text += "ld.global.b32 %minuspair, \(input.add("=80008000", isWide: false));\n"
    text += "ld.global.b16 %minushalf, \(input.add("=8000", isWide: false));\n"
    text += "ld.global.b16 %zerohalf, \(input.add("=0", isWide: false));\n"
    text += "ld.global.b32 %zero, \(input.add("=0", isWide: false));\n"
    text += "mov.b64 %zerolong, {%zero, %zero};\n"
    text += "ld.global.b32 %tr0, \(input.add("any", isWide: false));\n"
    for number in 0..<4 {
      text += "and.b32 %tr1, %tr0, \(1 << (7 * number));\nsetp.ne.u32 %p\(number), %tr1, 0;\n"
    }
    return text
  }

  /// Returns the instructions that dump shared and local memory.
  mutating func memoryDump() -> String {
    let own = output.add("the threads' own shared memory", words: 4)
    let local = output.add("local memory", words: 4)
    let common = output.add("shared words that all threads share", words: 1)
    return """
      bar.warp.sync -1;
      bar.sync 0;
      ld.shared.v4.b32 {%tr0, %tr1, %tr2, %tr3}, [%sh];
      st.global.v4.b32 \(own), {%tr0, %tr1, %tr2, %tr3};
      ld.local.v4.b32 {%tr0, %tr1, %tr2, %tr3}, [%lo];
      st.global.v4.b32 \(local), {%tr0, %tr1, %tr2, %tr3};
      setp.lt.u32 %tp0, %id, 16;
      mad.lo.u32 %tr0, %id, 4, %common;
      @%tp0 ld.shared.b32 %tr1, [%tr0];
      @%tp0 st.global.b32 \(common), %tr1;

      """
  }

  /// Returns the instructions that store every register.
  mutating func registerDump() -> String {
    var text = ""
    for (width, count) in RegisterPool.counts.sorted(by: { $0.key < $1.key }) {
      for number in 0..<count {
        let name = RegisterPool.name(of: number, width: width)
        text += trace(name, width: width, of: "\(name) at the end")
      }
    }
    return text
  }

  /// Generates an exchange through shared memory between threads of the block.
  mutating func exchange() -> Statement {
    let source = pool.source("any", width: 32, using: &random)
    let target = pool.result("any", width: 32, besides: [], using: &random)
    let offset = 4 * random.integer(in: 0...3)
    let barrier = random.pick(["bar.sync 0;", "barrier.sync 1;", "bar.sync 2, 64;"])
    let listing = "ld.shared.b32 \(target), [%tr0+\(offset)];\n"
    let text = """
      bar.warp.sync -1;
      bar.sync 0;
      st.shared.b32 [%sh+\(offset)], \(source);
      \(barrier)
      xor.b32 %tr0, %id, \(random.integer(in: 1...63));
      mad.lo.u32 %tr0, %tr0, 16, %slots;
      \(listing)bar.sync 0;

      """
    return Statement(.exchange, text + trace(target, width: 32, of: listing))
  }

  /// Generates a barrier of the block that reduces a predicate.
  mutating func blockReduction() -> Statement {
    let predicate = condition()
    if random.isOnce(in: 2) {
      let target = pool.result("u32", width: 32, besides: [], using: &random)
      let text = "bar.red.popc.u32 \(target), 0, \(predicate);\n"
      return Statement(
        .blockReduction, "bar.warp.sync -1;\n" + text + trace(target, width: 32, of: text))
    }
    let target = pool.result("pred", width: 1, besides: [], using: &random)
    let text = "bar.red.\(random.pick(["and", "or"])).pred \(target), 0, \(predicate);\n"
    return Statement(
      .blockReduction, "bar.warp.sync -1;\n" + text + trace(target, width: 1, of: text))
  }

  /// Generates an access of a warp to its part of shared memory: a load with any stride, or a store
  /// with one at which no two lanes overlap.
  mutating func banks() -> Statement {
    let forms: [(type: String, width: Int, count: Int)] = [
      ("b8", 32, 1), ("s8", 32, 1), ("b16", 16, 1), ("b32", 32, 1), ("b64", 64, 1), ("b32", 32, 2),
      ("b32", 32, 4), ("b64", 64, 2), ("b16", 16, 4), ("b8", 32, 4),
    ]
    let form = random.pick(forms)
    let byteCount = (Int(form.type.dropFirst()) ?? 8) / 8 * form.count
    let vector = form.count > 1 ? ".v\(form.count)" : ""
    let isLoad = !random.isOnce(in: 3)
    let odd = 2 * random.integer(in: 0...15) + 1
    let stride = isLoad ? random.integer(in: 0...130) : odd * byteCount
    let start = random.integer(in: 0...31) * byteCount
    // A load may access all 512 bytes of the warp, a store 32 places of its size.
    let reach = (isLoad ? 512 : 32 * byteCount) - byteCount
    var text = """
      bar.warp.sync -1;
      mad.lo.u32 %tr0, %lane, \(stride), \(start);
      and.b32 %tr0, %tr0, \(reach & ~(byteCount - 1));
      add.u32 %tr0, %tr0, %warpslots;

      """
    if isLoad {
      var results: [String] = []
      for _ in 0..<form.count {
        results.append(
          pool.result("any", width: form.width, besides: results, using: &random))
      }
      let list = form.count > 1 ? "{\(results.joined(separator: ", "))}" : results[0]
      let listing = "ld.shared\(vector).\(form.type) \(list), [%tr0];\n"
      text += listing + "bar.warp.sync -1;\n"
      for result in results { text += trace(result, width: form.width, of: listing) }
    } else {
      let sources = (0..<form.count).map { number in
        let source = pool.source("any", width: form.width, using: &random)
        return form.type == "b8" ? hidden(source, width: form.width, number, &text) : source
      }
      let list = form.count > 1 ? "{\(sources.joined(separator: ", "))}" : sources[0]
      let type = form.type == "s8" ? "b8" : form.type
      text += "st.shared\(vector).\(type) [%tr0], \(list);\nbar.warp.sync -1;\n"
    }
    return Statement(.banks, text)
  }

  /// Generates `ldmatrix`, `stmatrix` or `movmatrix`; rows are at any of the warp's 32 places.
  mutating func matrixAccess() -> Statement {
    let transposed = random.isOnce(in: 2) ? ".trans" : ""
    let count = random.pick([1, 2, 4])
    let odd = 2 * random.integer(in: 0...15) + 1
    let address = """
      bar.warp.sync -1;
      mad.lo.u32 %tr0, %lane, \(odd), \(random.integer(in: 0...31));
      and.b32 %tr0, %tr0, 31;
      mad.lo.u32 %tr0, %tr0, 16, %warpslots;

      """
    switch random.integer(in: 0...4) {
    case 0:
      var before = "bar.warp.sync -1;\n"
      let source = hidden(
        pool.source("any", width: 32, using: &random), width: 32, 0, &before)
      let target = pool.result("any", width: 32, besides: [], using: &random)
      let text = "movmatrix.sync.aligned.m8n8.trans.b16 \(target), \(source);\n"
      return Statement(.matrixAccess, before + text + trace(target, width: 32, of: text))
    case 1, 2:
      var results: [String] = []
      for _ in 0..<count {
        results.append(pool.result("any", width: 32, besides: results, using: &random))
      }
      let listing = """
        ldmatrix.sync.aligned.m8n8.x\(count)\(transposed).shared.b16 \
        {\(results.joined(separator: ", "))}, [%tr0];

        """
      var text = address + listing + "bar.warp.sync -1;\n"
      for result in results { text += trace(result, width: 32, of: listing) }
      return Statement(.matrixAccess, text)
    default:
      let sources = (0..<count).map { _ in pool.source("any", width: 32, using: &random) }
      return Statement(
        .matrixAccess,
        address + """
          stmatrix.sync.aligned.m8n8.x\(count)\(transposed).shared.b16 [%tr0], \
          {\(sources.joined(separator: ", "))};
          bar.warp.sync -1;

          """)
    }
  }
}
