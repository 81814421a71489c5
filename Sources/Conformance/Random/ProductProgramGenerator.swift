// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// Generates programs that multiply tiles of a warpgroup: each block executes a chain of `wgmma` on
/// its own operands.
///
/// Shared memory is filled with numbers of the operands' types. Random descriptors select the
/// matrices in it, so that rows and chunks may be anywhere, overlap, and repeat.
struct ProductProgramGenerator {
  /// A matrix in shared memory, as descriptors specify it.
  private struct Operand {
    /// Whether the matrix is MN-major.
    var isTransposed: Bool
    /// The code of the swizzle in a descriptor: 0 for none, 1 for 128 bytes, 2 for 64, 3 for 32.
    var swizzleCode: Int
    /// The descriptor, with addresses relative to the start of the tile.
    var descriptor: UInt64
  }

  /// The program's name.
  private let name: RandomProgramName

  /// The source of all random choices.
  private var random: SeededGenerator

  /// Creates a generator for the program with a name.
  init(_ name: RandomProgramName) {
    self.name = name
    random = name.generator
  }

  /// Generates the program.
  mutating func program() -> RandomProgram {
    let type = random.pick(weighted: ProductType.all.map { ($0.weight, $0) })
    // Small tiles test as much, and are cheaper.
    let extents = type.extents.filter { $0 <= (random.isOnce(in: 4) ? 256 : 96) }
    let n = random.pick(extents)
    let tileCount = 32
    let steps = random.integer(in: 1...4)
    let imageWords = 256 * random.pick([8, 16, 24])
    let hasRegisterA = random.isOnce(in: 3)
    let registers = type.registerCount(n: n)
    let fragmentWords = hasRegisterA ? 128 * 4 * steps : 0
    let stride = imageWords + fragmentWords + 128 * registers
    var program = RandomProgram(
      name: name,
      launch: LaunchConfiguration(
        grid: Dimensions(tileCount), block: 128, dynamicSharedByteCount: imageWords * 4))
    var properties: Set<String> = [hasRegisterA ? "a-registers" : "a-shared"]
    program.declarations = declarations(registers, fragments: hasRegisterA ? 4 * steps : 0)
    program.prologue = prologue(
      imageWords: imageWords, stride: stride, fragments: fragmentWords / 128, registers: registers)
    for step in 0..<steps {
      program.statements.append(
        product(
          type, n, step, imageByteCount: imageWords * 4, hasRegisterA: hasRegisterA, registers,
          &properties))
    }
    program.epilogue = epilogue(registers)
    program.input = input(
      type, tileCount, imageWords: imageWords, fragmentWords: fragmentWords, registers,
      &program.tilesByNumbers)
    program.outputCount = tileCount * 128 * registers
    program.fields = [
      RandomProgram.Field(name: "D by tile, register and thread", words: 0..<program.outputCount)
    ]
    program.properties = [.product(type.words)] + properties.sorted().map { .product($0) }
    program.tileCount = tileCount
    return program
  }

  /// Generates the words of the input: for each tile shared memory, A's fragments and the old D;
  /// and counts the tiles by their kinds of numbers.
  private mutating func input(
    _ type: ProductType, _ tileCount: Int, imageWords: Int, fragmentWords: Int, _ registers: Int,
    _ tilesByNumbers: inout [RandomFeature: Int]
  ) -> [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(tileCount * (imageWords + fragmentWords + 128 * registers))
    for _ in 0..<tileCount {
      let numbers = random.pick(weighted: [
        (5, ProductNumbers.ordinary), (5, .wide), (5, .cancelling), (2, .sparse), (1, .special),
        (1, .any),
      ])
      tilesByNumbers[.product("\(type.words).\(numbers.rawValue)"), default: 0] += 1
      // If their formats differ, A's and B's numbers are mixed: both have 8 bits.
      for index in 0..<imageWords {
        words.append(numbers.operands(index % 2 == 0 ? type.a : type.b, using: &random))
      }
      for _ in 0..<fragmentWords { words.append(numbers.operands(type.a, using: &random)) }
      for _ in 0..<128 * registers { words.append(numbers.sums(type.result, using: &random)) }
    }
    return words
  }
}

// Descriptors.
extension ProductProgramGenerator {
  /// Generates the position of a matrix in shared memory for one instruction.
  private mutating func operand(
    rows: Int, type: ProductType, byteCount: Int, _ properties: inout Set<String>
  ) -> Operand {
    let code = random.integer(in: 0...3)
    let span = [16, 128, 64, 32][code]
    let isTransposed = type.canTranspose && random.isOnce(in: 2)
    // Most patterns start at multiples of their period; others have the corresponding base offset,
    // or not.
    let period = code == 0 ? 16 : 8 * span
    let shift = code != 0 && random.isOnce(in: 4) ? 128 * random.integer(in: 0...7) : 0
    let phase = shift == 0 ? 0 : random.isOnce(in: 3) ? random.integer(in: 0...7) : shift / 128
    let byteCount = byteCount - shift - (shift > 0 ? period : 0)
    let start: Int
    let leading: Int
    let stride: Int
    if code == 0 {
      // Core matrices of 8 times 16 bytes at any position: `rows` / 8 of them one way, two the
      // other.
      let groups = rows / 8 - 1
      let room = byteCount - 128
      start = 16 * random.integer(in: 0...room / 64)
      let free = room - start
      let along = 16 * random.integer(in: 0...free / 32)
      let across = groups == 0 ? 0 : 16 * random.integer(in: 0...(free - along) / groups / 16)
      // K-major: the leading offset is along k, the stride along m or n; for MN-major it is the
      // other way around.
      leading = along
      stride = across
    } else if !isTransposed {
      // Rows of a span, eight to a pattern; k continues within the row.
      let groups = rows / 8 - 1
      let base = period * random.integer(in: 0...(byteCount / period - 1) / 2)
      let free = byteCount - period - base
      let within = 32 * random.integer(in: 0...span / 32 - 1)
      start = base + within
      stride = groups == 0 ? 0 : period * random.integer(in: 0...free / groups / period)
      // It has no meaning here.
      leading = 16 * random.integer(in: 0...100)
    } else {
      // Panels of a span along m or n, eight k to a pattern, two patterns along k.
      let panels = (rows * 2 + span - 1) / span - 1
      let base = period * random.integer(in: 0...(byteCount / period - 1) / 4)
      let free = byteCount - period - base
      start = base
      stride = period * random.integer(in: 0...free / 2 / period)
      leading =
        panels == 0 ? 16 : period * random.integer(in: 0...(free - stride) / panels / period)
    }
    properties.insert("\(isTransposed ? "mn" : "k")-\(code == 0 ? "none" : "\(span)B")")
    if shift > 0 { properties.insert("base-offset") }
    let bits =
      UInt64((start + shift) >> 4) | UInt64(phase) << 49 | UInt64(leading >> 4) << 16 | UInt64(
        stride >> 4) << 32
      | UInt64(code) << 62
    return Operand(isTransposed: isTransposed, swizzleCode: code, descriptor: bits)
  }
}

// The instructions.
extension ProductProgramGenerator {
  /// Returns the declarations of a program.
  private func declarations(_ registers: Int, fragments: Int) -> String {
    """
    .reg .pred %p<4>;
    .reg .b32 %r<8>, %d<\(registers)>, %a<\(max(fragments, 1))>;
    .reg .b64 %rd<4>, %da, %db, %tiles, %mine;
    """
  }

  /// Returns the instructions that fill shared memory and load A's fragments and D.
  private func prologue(imageWords: Int, stride: Int, fragments: Int, registers: Int) -> String {
    var text = """
      mul.wide.u32 %rd1, %block, \(stride * 4);
      add.u64 %rd1, %rd1, %in;
      mov.u32 %r1, tile;
      mov.u32 %r3, %id;
      COPY: mad.wide.u32 %rd2, %r3, 4, %rd1;
      ld.global.b32 %r2, [%rd2];
      mad.lo.u32 %r4, %r3, 4, %r1;
      st.shared.b32 [%r4], %r2;
      add.u32 %r3, %r3, 128;
      setp.lt.u32 %p1, %r3, \(imageWords);
      @%p1 bra COPY;
      fence.proxy.async.shared::cta;
      bar.sync 0;
      shr.u32 %r6, %r1, 4;
      cvt.u64.u32 %tiles, %r6;
      mad.wide.u32 %mine, %id, 4, %rd1;

      """
    for register in 0..<fragments {
      text += "ld.global.b32 %a\(register), [%mine+\((imageWords + 128 * register) * 4)];\n"
    }
    for register in 0..<registers {
      let word = imageWords + 128 * fragments + 128 * register
      text += "ld.global.b32 %d\(register), [%mine+\(word * 4)];\n"
    }
    return text + "wgmma.fence.sync.aligned;\n"
  }

  /// Generates one instruction.
  private mutating func product(
    _ type: ProductType, _ n: Int, _ step: Int, imageByteCount: Int, hasRegisterA: Bool,
    _ registers: Int, _ properties: inout Set<String>
  ) -> Statement {
    let b = operand(rows: n, type: type, byteCount: imageByteCount, &properties)
    var text = ""
    var first = (0..<4).map { "%a\(4 * step + $0)" }.joined(separator: ", ")
    var transposes = ""
    if hasRegisterA {
      first = "{\(first)}"
      if type.canTranspose { transposes = ", \(b.isTransposed ? 1 : 0)" }
    } else {
      let a = operand(rows: 64, type: type, byteCount: imageByteCount, &properties)
      text += "add.u64 %da, %tiles, 0x\(hexadecimal(a.descriptor, digits: 16));\n"
      first = "%da"
      if type.canTranspose {
        transposes = ", \(a.isTransposed ? 1 : 0), \(b.isTransposed ? 1 : 0)"
      }
    }
    text += "add.u64 %db, %tiles, 0x\(hexadecimal(b.descriptor, digits: 16));\n"
    let signs =
      type.canNegate ? ", \(random.pick([1, 1, 1, -1])), \(random.pick([1, 1, 1, -1]))" : ""
    let isAdded = random.isOnce(in: 6) ? "0" : "1"
    let results = (0..<registers).map { "%d\($0)" }.joined(separator: ", ")
    text += """
      wgmma.mma_async.sync.aligned.m64n\(n)k\(type.k).\(type.words) {\(results)}, \(first), %db, \
      \(isAdded)\(signs)\(transposes);

      """
    return Statement(.product("instruction"), text)
  }

  /// Returns the instructions that wait for D and store it.
  private func epilogue(_ registers: Int) -> String {
    var text = """
      wgmma.commit_group.sync.aligned;
      wgmma.wait_group.sync.aligned 0;
      mad.lo.u32 %r7, %block, \(128 * registers), %id;
      mad.wide.u32 %rd3, %r7, 4, %out;

      """
    for register in 0..<registers {
      text += "st.global.b32 [%rd3+\(512 * register)], %d\(register);\n"
    }
    return text
  }
}
