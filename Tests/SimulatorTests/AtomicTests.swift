// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import TestSupport
import Testing

@testable import Simulator

@Suite struct AtomicTests {
  /// A form of an atomic operation on floats.
  struct Form: Sendable, CustomTestStringConvertible {
    /// The state space in the mnemonic.
    var space: String
    /// The operation.
    var operation: String
    /// The type.
    var type: String
    /// The number of elements of a vector.
    var count = 1

    var testDescription: String { "\(space).\(operation).\(type) x\(count)" }

    /// The bytes of an element.
    var width: Int {
      type.hasSuffix("x2") ? 4 : type == "f64" ? 8 : type == "f32" ? 4 : 2
    }

    /// The bytes of all elements of a lane.
    var byteCount: Int { width * count }

    /// The modifiers after the space.
    var words: String {
      operation + (type.contains("16") ? ".noftz" : "") + (count > 1 ? ".v\(count)" : "") + "."
        + type
    }
  }

  static let forms: [Form] =
    ["global", "shared", "shared::cluster"].flatMap { space in
      ["f16", "bf16", "f16x2", "bf16x2", "f32", "f64"].map {
        Form(space: space, operation: "add", type: $0)
      }
    }
    + ["f16", "bf16"].flatMap { type in
      ["add", "min", "max"].flatMap { operation in
        [
          Form(space: "global", operation: operation, type: type, count: 2),
          Form(space: "global", operation: operation, type: type, count: 8),
          Form(space: "global", operation: operation, type: type + "x2", count: 4),
        ]
      }
    }
    + [2, 4].map { Form(space: "global", operation: "add", type: "f32", count: $0) }

  /// The oracle in Python: computes results from lines of old and given bits, and compares them
  /// with those found, in hexadecimal.
  private static let oracle = """
    import sys, math
    import numpy, ml_dtypes
    KINDS = {"f16": (numpy.uint16, numpy.float16), "bf16": (numpy.uint16, ml_dtypes.bfloat16),
             "f32": (numpy.uint32, numpy.float32), "f64": (numpy.uint64, numpy.float64)}
    lines = sys.stdin.read().split("\\n")
    space, operation, kind = lines[0].split()
    bits, number = KINDS[kind]
    wide = bits(0).itemsize * 8
    def value(u): return numpy.array([u], bits).view(number)[0]
    def flushed(x):
        tiny = space == "global" and kind == "f32" and abs(x) < numpy.finfo(numpy.float32).tiny
        return number(math.copysign(0.0, x)) if tiny else x
    numpy.seterr(all="ignore")
    for line in lines[1:]:
        if not line: continue
        old, given, found = (int(word, 16) for word in line.split())
        a, b = value(old), value(given)
        if operation == "add":
            want = int(numpy.array([flushed(flushed(a) + flushed(b))], number).view(bits)[0])
            if math.isnan(float(value(want))): want = None
        elif math.isnan(float(a)) or math.isnan(float(b)):
            want = given if not math.isnan(float(b)) else old if not math.isnan(float(a)) else None
        elif float(a) == float(b):
            negative = [u for u in (old, given) if u >> (wide - 1)]
            positive = [u for u in (old, given) if not u >> (wide - 1)]
            order = negative + positive
            want = order[0] if operation == "min" else order[-1]
        else: want = old if (float(a) < float(b)) == (operation == "min") else given
        if want is None:
            if kind == "f64": good = math.isnan(float(value(found)))
            else: good = found == {"f16": 0x7FFF, "bf16": 0x7FFF, "f32": 0x7FFFFFFF}[kind]
        else: good = found == want
        if not good: print(line, "wanted", want if want is None else hex(want))
    """

  /// Returns the bits of a float, which is often zero, subnormal, infinite or NaN.
  private func bits(_ kind: String, _ random: inout SplitMix64) -> UInt64 {
    let (exponentBits, fractionBits): (UInt64, UInt64) =
      switch kind {
      case "f16": (5, 10)
      case "bf16": (8, 7)
      case "f32": (8, 23)
      default: (11, 52)
      }
    let top = (UInt64(1) << exponentBits) - 1
    let fraction = random.next() & ((1 << fractionBits) - 1)
    let sign = (random.next() & 1) << (exponentBits + fractionBits)
    let middle = top / 2 + random.next() % 9 - 4
    switch random.next() % 10 {
    case 0: return sign
    case 1: return sign | top << fractionBits
    case 2: return sign | top << fractionBits | fraction
    case 3, 4: return sign | fraction
    case 5: return sign | (random.next() % top) << fractionBits | fraction
    default: return sign | middle << fractionBits | fraction
    }
  }

  @Test(arguments: forms)
  func `sums, minima and maxima agree with numpy and ml_dtypes`(form: Form) throws {
    // Each lane has 16 bytes of the buffer for the old values, and 16 for the operands; shared
    // memory is copied from and to the former. The returned values follow both.
    let rounds = 8
    let element = form.width * 8
    let count = form.count
    let kind = form.type.replacing("x2", with: "")
    let isShared = form.space != "global"
    /// Returns registers in braces, or a single one.
    func list(_ name: String) -> String {
      let names = (0..<count).map { "%\(name)\($0)" }
      return count == 1 ? names[0] : "{" + names.joined(separator: ", ") + "}"
    }
    var body = """
      .reg .b\(element) %given<8>, %old<8>;
      mov.u32 %r1, tile;
      mad.lo.u32 %r1, %t, 16, %r1;
      """
    for round in 0..<rounds {
      body += "\nmad.wide.u32 %rd1, %t, 48, %out;\nadd.u64 %rd1, %rd1, \(round * 32 * 48);\n"
      for index in 0..<count {
        body += "ld.global.b\(element) %given\(index), [%rd1+\(16 + index * form.width)];\n"
      }
      if isShared {
        body += "ld.global.v4.b32 {%r4, %r5, %r6, %r7}, [%rd1];\n"
        body += "st.shared.v4.b32 [%r1], {%r4, %r5, %r6, %r7};\n"
      }
      let address = isShared ? "[%r1]" : "[%rd1]"
      body += "atom.\(form.space).\(form.words) \(list("old")), \(address), \(list("given"));\n"
      if isShared {
        body += "ld.shared.v4.b32 {%r4, %r5, %r6, %r7}, [%r1];\n"
        body += "st.global.v4.b32 [%rd1], {%r4, %r5, %r6, %r7};\n"
      }
      for index in 0..<count {
        body += "st.global.b\(element) [%rd1+\(32 + index * form.width)], %old\(index);\n"
      }
    }
    var random = SplitMix64(seed: form.testDescription.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    let numberBits = kind == "f64" ? 64 : kind == "f32" ? 32 : 16
    var input = [UInt32](repeating: 0, count: rounds * 32 * 12)
    for index in input.indices where index % 12 < 8 {
      guard numberBits < 64 || index % 2 == 0 else { continue }
      let low = bits(kind, &random)
      if numberBits == 64 {
        input[index] = UInt32(truncatingIfNeeded: low)
        input[index + 1] = UInt32(truncatingIfNeeded: low >> 32)
      } else {
        input[index] = UInt32(low) | (numberBits == 16 ? UInt32(bits(kind, &random)) << 16 : 0)
      }
    }
    let program = SmallProgram(
      body: body, declarations: ".shared .align 16 .b8 tile[512];", wordCount: input.count)
    let outcome = try program.run(input: input)
    /// Returns the numbers in a lane's bytes of a buffer, from a byte on.
    func numbers(_ words: [UInt32], _ lane: Int, from byte: Int) -> [UInt64] {
      stride(from: 0, to: form.byteCount, by: numberBits / 8).map { offset in
        let place = lane * 48 + byte + offset
        let word = UInt64(words[place / 4]) >> UInt64(8 * (place % 4))
        guard numberBits == 64 else { return word & ((1 << UInt64(numberBits)) - 1) }
        return word | UInt64(words[place / 4 + 1]) << 32
      }
    }
    var transcript = "\(form.space) \(form.operation) \(kind)\n"
    for lane in 0..<rounds * 32 {
      let old = numbers(input, lane, from: 0)
      #expect(numbers(outcome.words, lane, from: 32) == old)
      let found = numbers(outcome.words, lane, from: 0)
      for (index, given) in numbers(input, lane, from: 16).enumerated() {
        let line = [old[index], given, found[index]].map { String($0, radix: 16) }
        transcript += line.joined(separator: " ") + "\n"
      }
    }
    let output = try runPython(Self.oracle, input: Array(transcript.utf8))
    #expect(String(decoding: output, as: UTF8.self) == "")
  }

  @Test(
    arguments: [
      // The space, the old number, the operand, and the resulting NaN.
      ("global", 0x7FF0_0000_0000_0001, 0x3FF0_0000_0000_0000, 0x7FF0_0000_0000_0001),
      ("global", 0x7FF0_0000_0000_0001, 0xFFF0_0000_0000_0002, 0xFFF0_0000_0000_0002),
      ("shared", 0x7FF0_0000_0000_0001, 0xFFF0_0000_0000_0002, 0x7FF8_0000_0000_0001),
      ("shared", 0x3FF0_0000_0000_0000, 0xFFF0_0000_0000_0002, 0xFFF8_0000_0000_0002),
      ("global", 0x7FF0_0000_0000_0000, 0xFFF0_0000_0000_0000, 0xFFF8_0000_0000_0000),
      ("shared", 0x7FF0_0000_0000_0000, 0xFFF0_0000_0000_0000, 0xFFF8_0000_0000_0000),
    ] as [(String, UInt64, UInt64, UInt64)])
  func `the L2 cache keeps the bits of an f64 NaN, and an SM quiets it`(
    space: String, old: UInt64, given: UInt64, expected: UInt64
  ) throws {
    let outcome = try SmallProgram(
      body: """
        mov.u32 %r1, tile;
        mov.b64 %rd2, \(Int64(bitPattern: old));
        mov.b64 %rd3, \(Int64(bitPattern: given));
        setp.eq.u32 %p1, %t, 0;
        @!%p1 exit;
        st.\(space).b64 [\(space == "global" ? "%out" : "%r1")], %rd2;
        red.\(space).add.f64 [\(space == "global" ? "%out" : "%r1")], %rd3;
        ld.\(space).b64 %rd4, [\(space == "global" ? "%out" : "%r1")];
        st.global.b64 [%out], %rd4;
        """, declarations: ".shared .align 16 .b8 tile[16];"
    ).run()
    #expect(UInt64(outcome.words[1]) << 32 | UInt64(outcome.words[0]) == expected)
  }

  @Test func `2 and 16 bytes are swapped if they have the expected value`() throws {
    let outcome = try SmallProgram(
      body: """
        .reg .b128 %q<4>;
        mov.u32 %r1, tile;
        mad.lo.u32 %r1, %t, 16, %r1;
        cvt.u64.u32 %rd1, %t;
        mov.b64 %rd2, 5;
        st.shared.v2.b64 [%r1], {%rd1, %rd2};
        mov.b64 %rd3, 3;
        mov.b128 %q0, {%rd3, %rd2};
        mov.b64 %rd4, 100;
        mov.b64 %rd5, 200;
        mov.b128 %q1, {%rd4, %rd5};
        atom.shared.cas.b128 %q2, [%r1], %q0, %q1;
        mov.b128 {%rd6, %rd7}, %q2;
        ld.shared.v2.b64 {%rd8, %rd9}, [%r1];
        mov.b16 %h0, 100;
        mov.b16 %h1, 9;
        atom.shared.cas.b16 %h2, [%r1], %h0, %h1;
        ld.shared.u32 %r2, [%r1];
        cvt.u32.u64 %r3, %rd6;
        cvt.u32.u64 %r4, %rd7;
        cvt.u32.u64 %r5, %rd9;
        cvt.u32.u16 %r6, %h2;
        mad.wide.u32 %rd10, %t, 16, %out;
        add.u32 %r4, %r4, %r5;
        st.global.v4.u32 [%rd10], {%r2, %r3, %r4, %r6};
        """, declarations: ".shared .align 16 .b8 tile[512];", wordCount: 128
    ).run()
    for lane in 0..<32 {
      let isSwapped = lane == 3
      let expected: [UInt32] = [
        isSwapped ? 9 : UInt32(lane), UInt32(lane), isSwapped ? 205 : 10,
        isSwapped ? 100 : UInt32(lane),
      ]
      #expect(Array(outcome.words[lane * 4..<lane * 4 + 4]) == expected, "lane \(lane)")
    }
  }

  @Test func `a warp that retries repeatedly does not starve the others`() throws {
    // The first warp waits for the second, the second for the third, and the third for none.
    let outcome = try SmallProgram(
      body: """
        shr.u32 %r1, %t, 5;
        mul.wide.u32 %rd1, %r1, 4;
        add.u64 %rd1, %out, %rd1;
        st.global.u32 [%rd1], 0;
        bar.sync 0;
        setp.eq.u32 %p1, %r1, 2;
        @%p1 bra DONE;
        TRY: atom.acquire.gpu.global.cas.b32 %r2, [%rd1+4], 1, 1;
        setp.ne.u32 %p2, %r2, 1;
        @%p2 bra TRY;
        DONE: st.global.u32 [%rd1], 1;
        """, block: 96
    ).run()
    #expect(outcome.words[..<3] == [1, 1, 1])
  }

  @Test func `every lane adds to the same halves`() throws {
    let outcome = try SmallProgram(
      body: """
        setp.eq.u32 %p1, %t, 0;
        @%p1 st.global.u32 [%out], 0;
        bar.sync 0;
        mov.b32 %r1, 0x40003C00;
        red.global.add.noftz.f16x2 [%out], %r1;
        """, block: 96
    ).run()
    // 96 times 1 and 2: 0x5600 and 0x5A00.
    #expect(outcome.words[0] == 0x5A00_5600)
  }

  @Test func `an H100 adds pairs of halves in another block as an integer, which is a trap`()
    throws
  {
    var program = SmallProgram(
      body: """
        mov.u32 %r1, tile;
        st.shared.u32 [%r1], 0;
        mov.u32 %r10, %cluster_ctarank;
        xor.b32 %r10, %r10, 1;
        mapa.shared::cluster.u32 %r2, %r1, %r10;
        barrier.cluster.arrive.aligned;
        barrier.cluster.wait.aligned;
        mov.b32 %r3, 0x3C003C00;
        red.shared::cluster.add.noftz.f16x2 [%r2], %r3;
        barrier.cluster.arrive.aligned;
        barrier.cluster.wait.aligned;
        """, declarations: ".shared .align 16 .b8 tile[16];", grid: 2, cluster: 2)
    let fault = try program.fault()
    #expect(fault?.kind == "illegal-operand")
    #expect(fault?.report.contains("one 32-bit integer") == true)
    // The behavior of Blackwell is not known; the simulator follows the manual.
    program.target = "sm_100a"
    #expect(try program.fault() == nil)
    program.target = "sm_90a"
    program.body = program.body.replacing(
      "red.shared::cluster.add.noftz.f16x2 [%r2], %r3;",
      with: "mov.b16 %h1, 0x3C00; red.shared::cluster.add.noftz.f16 [%r2], %h1;")
    #expect(try program.fault() == nil)
  }
}
