// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import Simulator

/// Returns a program that loads one box into shared memory, whose bytes were 0x5A before, and
/// writes all bytes of the box's span to the buffer.
private func boxProgram(
  rank: Int, coordinates: [Int], byteCount: Int, sharedByteCount: Int? = nil
) -> SmallProgram {
  let list = coordinates.map(String.init).joined(separator: ", ")
  let fill = """
    mov.u32 %r3, %t;
    FILL: mad.lo.u32 %r4, %r3, 4, %r1;
    st.shared.u32 [%r4], 0x5A5A5A5A;
    add.u32 %r3, %r3, 32;
    setp.lt.u32 %p4, %r3, \((sharedByteCount ?? 0) / 4);
    @%p4 bra FILL;
    fence.proxy.async.shared::cta;
    """
  let dumped = sharedByteCount ?? byteCount
  return SmallProgram(
    body: """
      mov.u32 %r1, tile;
      mov.u32 %r2, bar;
      \(sharedByteCount == nil ? "" : fill)
      setp.eq.u32 %p1, %t, 0;
      @%p1 mbarrier.init.shared::cta.b64 [%r2], 1;
      @%p1 fence.mbarrier_init.release.cluster;
      bar.sync 0;
      elect.sync _|%p2, 0xffffffff;
      @%p2 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r2], \(byteCount);
      @%p2 cp.async.bulk.tensor.\(rank)d.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%map, {\(list)}], [%r2];
      WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r2], 0;
      @!%p3 bra WAIT;
      mov.u32 %r3, %t;
      setp.ge.u32 %p4, %r3, \(dumped / 4);
      @%p4 exit;
      LOOP: mad.lo.u32 %r4, %r3, 4, %r1;
      ld.shared.u32 %r5, [%r4];
      mad.wide.u32 %rd1, %r3, 4, %out;
      st.global.u32 [%rd1], %r5;
      add.u32 %r3, %r3, 32;
      setp.lt.u32 %p4, %r3, \(dumped / 4);
      @%p4 bra LOOP;
      """, declarations: ".shared .align 1024 .b8 tile[\(max(128, dumped))]; .shared .b64 bar;",
    wordCount: 1 << 14)
}

@Suite struct BoxCopyTests {
  /// The box of a case.
  struct Box: Sendable, CustomTestStringConvertible {
    var extents: [Int]
    var box: [Int]
    var coordinates: [Int]
    var swizzle = TensorMapDescription.Swizzle.none
    var steps: [Int]?

    var testDescription: String { "\(extents) box \(box) at \(coordinates) \(swizzle)" }
  }

  static let boxes: [Box] = [
    Box(extents: [64], box: [16], coordinates: [8]),
    Box(extents: [64], box: [64], coordinates: [40]),
    Box(extents: [32, 20], box: [8, 8], coordinates: [4, 3]),
    Box(extents: [32, 20], box: [32, 8], coordinates: [-4, -3], swizzle: .bytes128),
    Box(extents: [32, 20], box: [32, 16], coordinates: [12, 10], swizzle: .bytes128),
    Box(extents: [32, 20], box: [16, 16], coordinates: [12, 10], swizzle: .bytes64),
    Box(extents: [32, 20], box: [8, 16], coordinates: [28, 10], swizzle: .bytes32),
    Box(extents: [32, 20], box: [8, 8], coordinates: [100, 3]),
    Box(extents: [16, 6, 5], box: [8, 4, 3], coordinates: [8, 4, 3]),
    Box(extents: [16, 6, 5, 3], box: [4, 2, 3, 2], coordinates: [0, -1, 1, 2]),
    Box(extents: [16, 4, 3, 2, 3], box: [8, 2, 2, 2, 2], coordinates: [4, 1, 1, 0, 2]),
    Box(extents: [32, 20], box: [8, 9], coordinates: [4, 1], steps: [1, 3]),
  ]

  @Test(arguments: boxes, [Schedule.eager, .late, .random(seed: 1)])
  func `a box lands where the formula puts it, with zeros outside of the tensor`(
    box: Box, schedule: Schedule
  ) throws {
    // Element x of the tensor is the word x+1, at its linear index; rows are padded to 16 bytes.
    let rank = box.extents.count
    let steps = box.steps ?? [Int](repeating: 1, count: rank)
    var strides = [1]
    for dimension in 1..<max(2, rank) where dimension < rank {
      strides.append(strides[dimension - 1] * box.extents[dimension - 1])
    }
    let counts = zip(box.box, steps).map { ($0 + $1 - 1) / $1 }
    let byteCount = counts.reduce(4, *)
    let source = 1 << 13
    let program = boxProgram(rank: rank, coordinates: box.coordinates, byteCount: byteCount)
    var input = [UInt32](repeating: 0xAAAA_AAAA, count: program.wordCount)
    for index in 0..<box.extents.reduce(1, *) { input[source + index] = UInt32(index + 1) }
    let outcome = try program.run(schedule: schedule, input: input) { address in
      TensorMapDescription(
        elementType: .u32, address: address + UInt64(source * 4), extents: box.extents,
        byteStrides: strides.dropFirst().map { $0 * 4 }, box: box.box,
        elementStrides: steps, swizzle: box.swizzle)
    }
    var expected = [UInt32](repeating: 0, count: byteCount / 4)
    for linear in 0..<byteCount / 4 {
      var rest = linear
      var element = 0
      var isInside = true
      for dimension in 0..<rank {
        let x = box.coordinates[dimension] + rest % counts[dimension] * steps[dimension]
        rest /= counts[dimension]
        if x < 0 || x >= box.extents[dimension] { isInside = false }
        element += x * strides[dimension]
      }
      let address = 0x400 + linear * 4
      let flip =
        switch box.swizzle {
        case .none: 0
        case .bytes32: (address >> 7 & 1) << 4
        case .bytes64: (address >> 7 & 3) << 4
        case .bytes128: (address >> 7 & 7) << 4
        }
      expected[((address ^ flip) - 0x400) / 4] = isInside ? UInt32(element + 1) : 0
    }
    #expect(Array(outcome.words[..<expected.count]) == expected)
    #expect(outcome.counters.bytes["tma.read"] == UInt64(byteCount))
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 1), .random(seed: 2)])
  func `a store clips what lies outside of the tensor, and swizzles back`(
    schedule: Schedule
  ) throws {
    let program = SmallProgram(
      body: """
        mov.u32 %r1, tile;
        mov.u32 %r3, %t;
        LOOP: mad.lo.u32 %r4, %r3, 4, %r1;
        st.shared.u32 [%r4], %r3;
        add.u32 %r3, %r3, 32;
        setp.lt.u32 %p4, %r3, 512;
        @%p4 bra LOOP;
        fence.proxy.async.shared::cta;
        bar.sync 0;
        elect.sync _|%p2, 0xffffffff;
        @!%p2 bra DONE;
        cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%map, {16, 6}], [%r1];
        cp.async.bulk.commit_group;
        cp.async.bulk.wait_group.read 0;
        st.shared.u32 [%r1], 0xdead;
        cp.async.bulk.wait_group 0;
        DONE: bar.warp.sync 0xffffffff;
        """, declarations: ".shared .align 1024 .b8 tile[2048];", wordCount: 40 * 16)
    let outcome = try program.run(schedule: schedule) { address in
      TensorMapDescription(
        elementType: .u32, address: address, extents: [37, 16], byteStrides: [160],
        box: [32, 16], swizzle: .bytes128)
    }
    for row in 0..<16 {
      for column in 0..<40 {
        // A row of 37 words is rounded up to a multiple of 16 bytes, which is word 40.
        let isInside = column >= 16 && row >= 6
        let offset = (row - 6) * 128 + (column - 16) * 4
        let swizzled = offset ^ ((offset >> 7 & 7) << 4)
        let expected = isInside ? UInt32(swizzled / 4) : .max
        #expect(outcome.words[row * 40 + column] == expected, "row \(row), column \(column)")
      }
    }
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 1), .random(seed: 2)])
  func `a multicast load lands in every block of its mask and signals each`(
    schedule: Schedule
  ) throws {
    let program = SmallProgram(
      body: """
        mov.u32 %r1, tile;
        mov.u32 %r2, bar;
        mov.u32 %r10, %cluster_ctarank;
        setp.eq.u32 %p1, %t, 0;
        @%p1 mbarrier.init.shared::cta.b64 [%r2], 1;
        @%p1 fence.mbarrier_init.release.cluster;
        setp.eq.u32 %p5, %r10, 1;
        @%p5 bra READY;
        @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r2], 256;
        READY: barrier.cluster.arrive.aligned;
        barrier.cluster.wait.aligned;
        mov.b16 %h1, 5;
        and.pred %p6, %p1, %p5;
        @%p6 cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%r1], [%map, {0, 0}], [%r2], %h1;
        @%p5 bra OUT;
        WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r2], 0;
        @!%p3 bra WAIT;
        mad.lo.u32 %r4, %lane, 8, %r1;
        ld.shared.v2.u32 {%r5, %r6}, [%r4];
        mad.lo.u32 %r7, %r10, 64, 128;
        mad.lo.u32 %r7, %lane, 2, %r7;
        mad.wide.u32 %rd1, %r7, 4, %out;
        st.global.v2.u32 [%rd1], {%r5, %r6};
        OUT: barrier.cluster.arrive.aligned;
        barrier.cluster.wait.aligned;
        """, declarations: ".shared .align 128 .b8 tile[256]; .shared .b64 bar;", grid: 3,
      cluster: 3, wordCount: 128 + 192)
    let input = (0..<program.wordCount).map { UInt32($0) }
    let outcome = try program.run(schedule: schedule, input: input) { address in
      TensorMapDescription(
        elementType: .u32, address: address, extents: [16, 8], byteStrides: [64], box: [16, 4])
    }
    #expect(Array(outcome.words[128..<192]) == Array(0..<64))
    #expect(Array(outcome.words[192..<256]) == Array(192..<256), "block 1 is not in the mask")
    #expect(Array(outcome.words[256..<320]) == Array(0..<64))
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 1), .random(seed: 2)], [false, true])
  func `loads of both blocks of a pair are counted by the leader's barrier`(
    schedule: Schedule, isMulticast: Bool
  ) throws {
    // Each block loads 256 bytes for itself; or block 3 loads them for blocks 0, 1 and 3.
    let word = isMulticast ? ".multicast::cluster" : ""
    let program = SmallProgram(
      body: """
        mov.u32 %r1, tile;
        mov.u32 %r2, bar;
        and.b32 %r3, %r2, 0xFEFFFFFF;
        mov.u32 %r10, %cluster_ctarank;
        and.b32 %r11, %r10, 1;
        setp.eq.u32 %p1, %t, 0;
        setp.eq.u32 %p2, %r11, 0;
        and.pred %p4, %p1, %p2;
        @%p4 mbarrier.init.shared::cta.b64 [%r2], 1;
        @%p4 fence.mbarrier_init.release.cluster;
        setp.eq.u32 %p6, %r10, 2;
        selp.u32 %r14, \(isMulticast ? 256 : 512), 512, %p6;
        @%p4 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r2], %r14;
        barrier.cluster.arrive.aligned;
        barrier.cluster.wait.aligned;
        setp.eq.u32 %p5, %r10, 3;
        mov.b16 %h1, 11;
        and.pred %p6, %p1, %p5;
        @\(isMulticast ? "%p6" : "%p1") cp.async.bulk.tensor.2d.cta_group::2.shared::cluster.global.mbarrier::complete_tx::bytes\(word) [%r1], [%map, {0, 0}], [%r3]\(isMulticast ? ", %h1" : "");
        @!%p2 bra MEET;
        WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r2], 0;
        @!%p3 bra WAIT;
        MEET: barrier.cluster.arrive.aligned;
        barrier.cluster.wait.aligned;
        setp.eq.u32 %p6, %r10, 2;
        @%p6 bra \(isMulticast ? "OUT" : "NEXT");
        NEXT: mad.lo.u32 %r4, %lane, 8, %r1;
        ld.shared.v2.u32 {%r5, %r6}, [%r4];
        mad.lo.u32 %r7, %r10, 64, 128;
        mad.lo.u32 %r7, %lane, 2, %r7;
        mad.wide.u32 %rd1, %r7, 4, %out;
        st.global.v2.u32 [%rd1], {%r5, %r6};
        OUT: barrier.cluster.arrive.aligned;
        barrier.cluster.wait.aligned;
        """, declarations: ".shared .align 128 .b8 tile[256]; .shared .b64 bar;",
      target: "sm_100a", grid: 4, cluster: 4, wordCount: 128 + 256)
    let input = (0..<program.wordCount).map { UInt32($0) }
    let outcome = try program.run(schedule: schedule, input: input) { address in
      TensorMapDescription(
        elementType: .u32, address: address, extents: [16, 8], byteStrides: [64], box: [16, 4])
    }
    for block in 0..<4 {
      let words = Array(outcome.words[128 + 64 * block..<192 + 64 * block])
      let isLoaded = !isMulticast || block != 2
      let first = UInt32(isLoaded ? 0 : 128 + 64 * block)
      #expect(words == Array(first..<first + 64), "block \(block)")
    }
  }

  @Test func `without the pair's modifier the barrier is in the destination's block`() throws {
    let program = SmallProgram(
      body: """
        mov.u32 %r1, tile;
        mov.u32 %r2, bar;
        xor.b32 %r2, %r2, 0x1000000;
        setp.eq.u32 %p1, %t, 0;
        @%p1 cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%map, {0, 0}], [%r2];
        """, declarations: ".shared .align 128 .b8 tile[256]; .shared .b64 bar;",
      target: "sm_100a", grid: 2, cluster: 2, wordCount: 128)
    let fault = try program.fault { address in
      TensorMapDescription(
        elementType: .u32, address: address, extents: [16, 8], byteStrides: [64], box: [16, 4])
    }
    #expect(fault?.kind == "barrier-misuse")
  }

  @Test func `bytes that were never written stay so when a box is copied`() throws {
    // The second word of the tensor is never written; copies of it are fine, a use is not.
    let device = SimulatedDevice(.hopper)
    let buffer = try device.makeBuffer(of: UInt32.self, count: 4096)
    try device.write([1, 0, 0, 0], to: buffer.address)
    let map = TensorMapDescription(
      elementType: .u32, address: buffer.address, extents: [32], byteStrides: [], box: [32])
    let small = boxProgram(rank: 1, coordinates: [0], byteCount: 128)
    let arguments = [
      KernelArgument(buffer.address),
      KernelArgument(bytes: try device.makeTensorMapImage(map), alignment: 64),
    ]
    try device.launch(
      Program(text: small.text, entry: "small", parameters: []),
      LaunchConfiguration(grid: 1, block: 32), arguments)
    let isWritten = try device.isWritten(at: buffer.address, byteCount: 128)
    #expect(isWritten == (0..<128).map { $0 < 4 })
    let use = small.text.replacing(
      "st.global.u32 [%rd1], %r5;", with: "neg.s32 %r5, %r5; st.global.u32 [%rd1], %r5;")
    do throws(DeviceError) {
      try device.launch(
        Program(text: use, entry: "small", parameters: []),
        LaunchConfiguration(grid: 1, block: 32), arguments)
      Issue.record("the read of bytes never written was not found")
    } catch {
      guard case .fault(let fault) = error else { throw error }
      #expect(fault.kind == "uninitialized-read")
      #expect(fault.report.contains("tile+4"))
      #expect(fault.report.contains("ld.shared.u32"))
    }
  }

  @Test func `bytes that are expected but never copied are named by a deadlock`() throws {
    var program = boxProgram(rank: 1, coordinates: [0], byteCount: 128)
    program.body = program.body.replacing("[%r2], 128;", with: "[%r2], 256;")
    let fault = try program.fault(schedule: .late) { address in
      TensorMapDescription(
        elementType: .u32, address: address, extents: [32], byteStrides: [], box: [32])
    }
    #expect(fault?.kind == "deadlock")
    #expect(fault?.report.contains("0 of 1 arrivals and 128 bytes are missing") == true)
  }

  @Test func `128 bytes that are no tensor map are refused`() throws {
    let fault = try boxProgram(rank: 1, coordinates: [0], byteCount: 128).fault()
    #expect(fault?.kind == "illegal-tensor-map")
  }

  @Test func `a tensor map of another rank is refused`() throws {
    let fault = try boxProgram(rank: 1, coordinates: [0], byteCount: 128).fault { address in
      TensorMapDescription(
        elementType: .u32, address: address, extents: [32, 2], byteStrides: [128], box: [32, 1])
    }
    #expect(fault?.kind == "illegal-tensor-map")
  }

  // MARK: - Behavior observed on an H100

  @Test(arguments: [ElementType.f16, .bf16, .f32, .f64])
  func `elements outside a tensor of floats are filled with the same 16 bits`(
    type: ElementType
  ) throws {
    let outcome = try boxProgram(rank: 1, coordinates: [-32], byteCount: 64 * type.byteCount)
      .run(input: [UInt32](repeating: 0, count: 1 << 14)) { address in
        TensorMapDescription(
          elementType: type, address: address, extents: [24], byteStrides: [], box: [64],
          fill: .notANumber)
      }
    let outside = Array(outcome.words[..<(32 * type.byteCount / 4)])
    #expect(outside.allSatisfy { $0 == 0x7FF7_7FF7 })
    let inside = outcome.words[(32 * type.byteCount / 4)..<(56 * type.byteCount / 4)]
    #expect(inside.allSatisfy { $0 == 0 })
    let following = outcome.words[(56 * type.byteCount / 4)..<(64 * type.byteCount / 4)]
    #expect(following.allSatisfy { $0 == 0x7FF7_7FF7 })
  }

  @Test(arguments: [
    TensorMapDescription.FloatMode.tensorFloat32, .flushingTensorFloat32,
  ])
  func `a map of tf32 rounds loaded values to nearest, and fills with unrounded NaN`(
    mode: TensorMapDescription.FloatMode
  ) throws {
    // Bits before, and the expected bits.
    let numbers: [(UInt32, UInt32)] = [
      (0x3F80_0FFF, 0x3F80_0000), (0x3F80_1000, 0x3F80_0000), (0x3F80_1001, 0x3F80_2000),
      (0x3F80_3000, 0x3F80_4000), (0xBF80_2FFF, 0xBF80_2000), (0x7F7F_FFFF, 0x7F80_0000),
      (0x7F80_0000, 0x7F80_0000), (0xFF80_0001, 0x7FFF_E000), (0x0000_1000, 0),
      (0x8000_3000, 0x8000_4000), (0x0000_0001, 0), (0x007F_FFFF, 0x0080_0000),
    ]
    var input = [UInt32](repeating: 0, count: 1 << 14)
    for (index, number) in numbers.enumerated() { input[index] = number.0 }
    let outcome = try boxProgram(rank: 1, coordinates: [0], byteCount: 64).run(input: input) {
      TensorMapDescription(
        elementType: .f32, address: $0, extents: [12], byteStrides: [], box: [16],
        fill: .notANumber, floatMode: mode)
    }
    #expect(Array(outcome.words[..<12]) == numbers.map(\.1))
    #expect(Array(outcome.words[12..<16]) == [UInt32](repeating: 0x7FF7_7FF7, count: 4))
  }

  @Test(arguments: [
    // The swizzle, the bytes of a row, the number of rows.
    (TensorMapDescription.Swizzle.bytes32, 16, 5), (.bytes64, 16, 9), (.bytes64, 48, 4),
    (.bytes128, 16, 8), (.bytes128, 32, 11), (.bytes128, 112, 10),
  ])
  func `each row of a swizzled box takes the swizzle's span, however short it is`(
    swizzle: TensorMapDescription.Swizzle, width: Int, rows: Int
  ) throws {
    let map = TensorMapDescription(
      elementType: .u32, address: 0, extents: [28, 16], byteStrides: [112],
      box: [width / 4, rows], swizzle: swizzle)
    let shared = map.boxSharedByteCount
    #expect(shared == rows * swizzle.span)
    let program = boxProgram(
      rank: 2, coordinates: [0, 0], byteCount: width * rows, sharedByteCount: shared)
    var input = (0..<program.wordCount).map { UInt32($0) }
    let source = 1 << 13
    for index in 0..<16 * 28 { input[source + index] = 0x100_0000 + UInt32(index) }
    let outcome = try program.run(input: input) { address in
      var map = map
      map.address = address + UInt64(source * 4)
      return map
    }
    var expected = [UInt32](repeating: 0x5A5A_5A5A, count: shared / 4)
    for row in 0..<rows {
      for word in 0..<width / 4 {
        let linear = row * swizzle.span + word * 4
        let bits =
          switch swizzle {
          case .none: 0
          case .bytes32: linear >> 7 & 1
          case .bytes64: linear >> 7 & 3
          case .bytes128: linear >> 7 & 7
          }
        expected[(linear ^ bits << 4) / 4] = 0x100_0000 + UInt32(row * 28 + word)
      }
    }
    #expect(Array(outcome.words[..<expected.count]) == expected)
  }

  @Test func `a box of short rows that spans more than there is shared memory is a trap`() throws {
    var program = boxProgram(rank: 2, coordinates: [0, 0], byteCount: 256)
    program.declarations = ".shared .b64 bar; .shared .align 1024 .b8 tile[256];"
    let fault = try program.fault { address in
      TensorMapDescription(
        elementType: .u32, address: address, extents: [28, 16], byteStrides: [112], box: [8, 8],
        swizzle: .bytes128)
    }
    #expect(fault?.kind == "out-of-bounds")
  }

  /// Returns a program that fills a tile with words from 1 on and executes one instruction on it.
  private func storeProgram(_ instruction: String, wordCount: Int = 512) -> SmallProgram {
    SmallProgram(
      body: """
        mov.u32 %r1, tile;
        mov.u32 %r3, %t;
        LOOP: mad.lo.u32 %r4, %r3, 4, %r1;
        add.u32 %r5, %r3, 1;
        st.shared.u32 [%r4], %r5;
        add.u32 %r3, %r3, 32;
        setp.lt.u32 %p4, %r3, 512;
        @%p4 bra LOOP;
        fence.proxy.async.shared::cta;
        bar.sync 0;
        elect.sync _|%p2, 0xffffffff;
        @%p2 \(instruction);
        @%p2 cp.async.bulk.commit_group;
        @%p2 cp.async.bulk.wait_group 0;
        """, declarations: ".shared .align 1024 .b8 tile[2048];", wordCount: wordCount)
  }

  /// Copies box `{16, 0}` of a tensor to global memory.
  private static let store =
    "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%map, {16, 0}], [%r1]"

  @Test(arguments: [(ElementType.u8, 81), (.u8, 95), (.u16, 41), (.u32, 21), (.u64, 11)])
  func `a row is written to the next multiple of 16 bytes, and no further`(
    type: ElementType, extent: Int
  ) throws {
    // Rows of a little over 80 bytes, 128 apart; the box is the 64 bytes from byte 64 on.
    let first = 64 / type.byteCount
    let program = storeProgram(Self.store.replacing("{16, 0}", with: "{\(first), 0}"))
    let outcome = try program.run { address in
      TensorMapDescription(
        elementType: type, address: address, extents: [extent, 4], byteStrides: [128],
        box: [64 / type.byteCount, 4])
    }
    for row in 0..<4 {
      let words = Array(outcome.words[row * 32..<row * 32 + 32])
      let written = (0..<8).map { UInt32(row * 16 + $0 + 1) }
      #expect(Array(words[..<16]) == [UInt32](repeating: .max, count: 16))
      #expect(Array(words[16..<24]) == written)
      #expect(Array(words[24...]) == [UInt32](repeating: .max, count: 8))
    }
  }

  @Test func `a row that is written beyond the end of its buffer is a trap that says why`() throws {
    // 13 words are not a multiple of 16 bytes, and end with the buffer.
    let fault = try storeProgram(
      "cp.async.bulk.tensor.1d.global.shared::cta.bulk_group [%map, {0}], [%r1]", wordCount: 13
    ).fault { address in
      TensorMapDescription(
        elementType: .u32, address: address, extents: [13], byteStrides: [], box: [16])
    }
    #expect(fault?.kind == "out-of-bounds")
    #expect(fault?.report.contains("next multiple of 16 bytes, here 12 bytes past") == true)
  }

  @Test(arguments: [
    // The instruction, the kind of fault, and a part of its report.
    (
      store.replacing("{16, 0}", with: "{2, 0}"), "illegal-coordinates",
      "not at element 2 (4 bytes each)"
    ),
    (store.replacing("{16, 0}", with: "{-4, 0}"), "illegal-coordinates", "coordinate -4"),
    (store.replacing("{16, 0}", with: "{0, -1}"), "illegal-coordinates", "of dimension 1"),
    (store.replacing("[%r1]", with: "[%r1+64]"), "misaligned-access", "multiple of 128"),
    (
      "cp.async.bulk.prefetch.tensor.2d.L2.global [%map, {1, 0}]", "illegal-coordinates",
      "not at element 1 (4 bytes each)"
    ),
    (
      "cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.bulk_group [%map, {0, -8}], [%r1]",
      "illegal-coordinates", "coordinate -8 of dimension 1"
    ),
  ])
  func `coordinates and addresses that hardware stops at are traps that name the rule`(
    instruction: String, kind: String, part: String
  ) throws {
    let fault = try storeProgram(instruction).fault { address in
      TensorMapDescription(
        elementType: .u32, address: address, extents: [24, 4], byteStrides: [96], box: [16, 4])
    }
    #expect(fault?.kind == kind)
    #expect(fault?.report.contains(part) == true, "\(fault?.report ?? "no fault")")
  }

  @Test func `a load may not start in the middle of 16 bytes either`() throws {
    let fault = try boxProgram(rank: 1, coordinates: [-2], byteCount: 128).fault { address in
      TensorMapDescription(
        elementType: .u32, address: address, extents: [32], byteStrides: [], box: [32])
    }
    #expect(fault?.kind == "illegal-coordinates")
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 1), .random(seed: 2)])
  func `a reduction combines a box with the tensor, to the next multiple of 16 bytes`(
    schedule: Schedule
  ) throws {
    let program = storeProgram(
      Self.store.replacing(
        "cp.async.bulk.tensor.2d.global.shared::cta",
        with:
          "cp.reduce.async.bulk.tensor.2d.global.shared::cta.max"))
    let input = (0..<512).map { UInt32($0 % 2 == 0 ? 1000 : 0) }
    let outcome = try program.run(schedule: schedule, input: input) { address in
      TensorMapDescription(
        elementType: .u32, address: address, extents: [21, 4], byteStrides: [128], box: [16, 4])
    }
    for row in 0..<4 {
      for column in 0..<32 {
        let old: UInt32 = column % 2 == 0 ? 1000 : 0
        let isInside = (16..<24).contains(column)
        let new = isInside ? max(old, UInt32(row * 16 + column - 16 + 1)) : old
        #expect(outcome.words[row * 32 + column] == new, "row \(row), column \(column)")
      }
    }
  }

  @Test(arguments: [
    (TensorMapDescription.FloatMode.exact, true), (.flushing, false), (.tensorFloat32, true),
    (.flushingTensorFloat32, false),
  ])
  func `a reduction of floats keeps subnormals, unless the map flushes them`(
    mode: TensorMapDescription.FloatMode, keeps: Bool
  ) throws {
    // Words from 1 on are subnormal floats, and so is the tensor: the sums are of units in the last
    // place.
    let program = storeProgram(
      "cp.reduce.async.bulk.tensor.1d.global.shared::cta.add.bulk_group [%map, {0}], [%r1]")
    let outcome = try program.run(input: [UInt32](repeating: 2, count: 512)) { address in
      TensorMapDescription(
        elementType: .f32, address: address, extents: [16], byteStrides: [], box: [16],
        floatMode: mode)
    }
    #expect(Array(outcome.words[..<16]) == (0..<16).map { keeps ? UInt32($0 + 3) : 0 })
  }

  @Test(arguments: [
    (ElementType.u8, "add"), (.u16, "max"), (.s64, "add"), (.u64, "inc"), (.f32, "min"),
    (.f64, "max"), (.f16, "xor"),
  ])
  func `a type that an operation does not have is a trap`(type: ElementType, operation: String)
    throws
  {
    let fault = try storeProgram(
      "cp.reduce.async.bulk.tensor.1d.global.shared::cta.\(operation).bulk_group [%map, {0}], [%r1]"
    ).fault { address in
      TensorMapDescription(
        elementType: type, address: address, extents: [16], byteStrides: [], box: [16])
    }
    #expect(fault?.kind == "illegal-tensor-map")
    #expect(fault?.report.contains("a tensor of \(type.rawValue)") == true)
  }

  @Test func `a reduction of memory that was never written is a trap`() throws {
    let device = SimulatedDevice(.hopper)
    let buffer = try device.makeBuffer(of: UInt32.self, count: 64)
    let program = storeProgram(
      "cp.reduce.async.bulk.tensor.1d.global.shared::cta.add.bulk_group [%map, {0}], [%r1]")
    let map = TensorMapDescription(
      elementType: .u32, address: buffer.address, extents: [64], byteStrides: [], box: [16])
    do throws(DeviceError) {
      try device.launch(
        Program(text: program.text, entry: "small", parameters: []),
        LaunchConfiguration(grid: 1, block: 32),
        [
          KernelArgument(buffer.address),
          KernelArgument(bytes: try device.makeTensorMapImage(map), alignment: 64),
        ])
      Issue.record("the read of bytes never written was not found")
    } catch {
      guard case .fault(let fault) = error else { throw error }
      #expect(fault.kind == "uninitialized-read")
      #expect(fault.report.contains("global memory that was never written"))
    }
  }
}
