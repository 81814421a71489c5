// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import TestSupport
import Testing
import TileLayout

@testable import Simulator

@Suite struct TensorCopyTests {
  /// Copies rows of 16 or 32 bytes, each byte with a different number, to cells of all ones, and
  /// returns the cells of each block: 128 lanes of 32 columns.
  private func run(
    _ words: String, descriptor: BlackwellMatrixDescriptor, imageByteCount: Int, image: [UInt8],
    lane: Int = 0, groupSize: Int = 1, schedule: Schedule
  ) throws -> [[UInt32]] {
    let group = "cta_group::\(groupSize)"
    let meet =
      groupSize == 1
      ? "bar.sync 0;" : "barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;"
    let mask = groupSize == 1 ? "" : ", 3"
    let multicast = groupSize == 1 ? "" : ".multicast::cluster"
    let wordCount = imageByteCount / 4
    let columns = (0..<32).map { "%r\(100 + $0)" }
    let program = SmallProgram(
      body: """
        mov.u32 %rank, %cluster_ctarank;
        mad.wide.u32 %rd6, %rank, \((wordCount + 4096) * 4), %out;
        setp.eq.u32 %p2, %warp, 0;
        setp.eq.u32 %p3, %t, 0;
        @%p2 tcgen05.alloc.\(group).sync.aligned.shared::cta.b32 [place], 32;
        @%p3 mbarrier.init.shared::cta.b64 [bar], 1;
        @%p3 fence.mbarrier_init.release.cluster;
        mov.u32 %r1, tile;
        mov.u32 %r3, %t;
        COPY: mad.wide.u32 %rd1, %r3, 4, %rd6;
        ld.global.u32 %r2, [%rd1];
        mad.lo.u32 %r4, %r3, 4, %r1;
        st.shared.u32 [%r4], %r2;
        add.u32 %r3, %r3, 128;
        setp.lt.u32 %p1, %r3, \(wordCount);
        @%p1 bra COPY;
        fence.proxy.async.shared::cta;
        bar.sync 0;
        ld.shared.u32 %r11, [place];
        shl.b32 %r12, %warp, 21;
        add.u32 %r12, %r12, %r11;
        \(columns.map { "mov.u32 \($0), 1;" }.joined(separator: " "))
        tcgen05.st.sync.aligned.32x32b.x32.b32 [%r12], {\(columns.joined(separator: ", "))};
        tcgen05.wait::st.sync.aligned;
        tcgen05.fence::before_thread_sync;
        \(meet)
        tcgen05.fence::after_thread_sync;
        setp.eq.u32 %p5, %rank, \(groupSize - 1);
        and.pred %p5, %p5, %p3;
        and.b32 %r5, %r1, 0x3FFFF;
        shr.u32 %r5, %r5, 4;
        cvt.u64.u32 %rd5, %r5;
        add.u64 %rd5, %rd5, \(descriptor.rawValue);
        add.u32 %r13, %r11, \(lane << 16 + 8);
        @%p5 tcgen05.cp.\(group).\(words) [%r13], %rd5;
        @%p5 tcgen05.commit.\(group).mbarrier::arrive::one.shared::cluster\(multicast).b64 [bar]\(mask);
        WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p4, [bar], 0;
        @!%p4 bra WAIT;
        tcgen05.fence::after_thread_sync;
        tcgen05.ld.sync.aligned.32x32b.x32.b32 {\(columns.joined(separator: ", "))}, [%r12];
        tcgen05.wait::ld.sync.aligned;
        mad.wide.u32 %rd4, %t, 128, %rd6;
        \(columns.enumerated().map { "st.global.u32 [%rd4+\(imageByteCount + 4 * $0)], \($1);" }.joined(separator: " "))
        tcgen05.fence::before_thread_sync;
        bar.sync 0;
        \(meet)
        @%p2 tcgen05.dealloc.\(group).sync.aligned.b32 %r11, 32;
        """,
      declarations: """
        .reg .b32 %rank;
        .shared .align 1024 .b8 tile[\(imageByteCount)]; .shared .b32 place; .shared .b64 bar;
        """, target: "sm_100a", block: 128, grid: Dimensions(groupSize),
      cluster: Dimensions(groupSize), wordCount: (wordCount + 4096) * groupSize)
    var input: [UInt32] = []
    for block in 0..<groupSize {
      input += stride(from: 0, to: image.count, by: 4).map { index in
        (0..<4).reduce(0) { $0 | UInt32(image[index + $1] &+ UInt8(97 * block)) << UInt32(8 * $1) }
      }
      input += [UInt32](repeating: 0, count: 4096)
    }
    let found = try program.run(schedule: schedule, input: input).words
    return (0..<groupSize).map { block in
      let start = (wordCount + 4096) * block + wordCount
      return Array(found[start..<start + 4096])
    }
  }

  /// Returns the lanes for a row of a shape, from the manual's table.
  private func lanes(_ shape: String, _ row: Int) -> [Int] {
    switch shape {
    case "128x256b", "128x128b": [row]
    case "4x256b": [32 * row]
    case "64x128b.warpx2::02_13": [row, row + 64]
    case "64x128b.warpx2::01_23": row < 32 ? [row, row + 32] : [row + 32, row + 64]
    default: (0..<4).map { row + 32 * $0 }
    }
  }

  static let shapes: [(name: String, rows: Int, byteCount: Int)] = [
    ("128x256b", 128, 32), ("4x256b", 4, 32), ("128x128b", 128, 16),
    ("64x128b.warpx2::02_13", 64, 16), ("64x128b.warpx2::01_23", 64, 16),
    ("32x128b.warpx4", 32, 16),
  ]

  @Test(arguments: shapes, [Schedule.eager, .late, .random(seed: 1)])
  func `rows go to the lanes that the manual states`(
    shape: (name: String, rows: Int, byteCount: Int), schedule: Schedule
  ) throws {
    var random = SplitMix64(seed: 6)
    let image = (0..<8192).map { _ in UInt8.random(in: 0...255, using: &random) }
    // 8 rows of 16 bytes take 128 bytes; the next 8 rows are 256 bytes further on, the second 16
    // bytes of rows 128.
    let descriptor = try BlackwellMatrixDescriptor(
      startAddress: 0, leadingByteOffset: 128, strideByteOffset: 256, layout: .none)
    for groupSize in [1, 2] {
      let first = shape.name == "4x256b" ? 5 : 0
      let found = try run(
        shape.name, descriptor: descriptor, imageByteCount: 8192, image: image, lane: first,
        groupSize: groupSize, schedule: schedule)
      for block in 0..<groupSize {
        var expected = [UInt32](repeating: 1, count: 4096)
        for row in 0..<shape.rows {
          for byte in 0..<shape.byteCount {
            let place = row % 8 * 16 + row / 8 * 256 + byte / 16 * 128 + byte % 16
            let value = UInt32(image[place] &+ UInt8(97 * block))
            for lane in lanes(shape.name, row) {
              let cell = (first + lane) * 32 + 8 + byte / 4
              if byte % 4 == 0 { expected[cell] = 0 }
              expected[cell] |= value << UInt32(8 * (byte % 4))
            }
          }
        }
        #expect(found[block] == expected, "\(shape.name), block \(block) of \(groupSize)")
      }
    }
  }

  @Test func `rows in a swizzled tile are found`() throws {
    var random = SplitMix64(seed: 7)
    let image = (0..<16384).map { _ in UInt8.random(in: 0...255, using: &random) }
    let descriptor = try BlackwellMatrixDescriptor(
      startAddress: 32, leadingByteOffset: 0, strideByteOffset: 1024, layout: .bytes128)
    let found = try run(
      "128x256b", descriptor: descriptor, imageByteCount: 16384, image: image, schedule: .late)
    for row in 0..<128 {
      for column in 0..<8 {
        let linear = 32 + row % 8 * 128 + row / 8 * 1024 + 4 * column
        let place = linear ^ (linear >> 3 & 0x70)
        let value = (0..<4).reduce(UInt32(0)) { $0 | UInt32(image[place + $1]) << UInt32(8 * $1) }
        #expect(found[0][row * 32 + 8 + column] == value, "row \(row), column \(column)")
      }
    }
  }

  @Test(arguments: [(4, "b4x16_p64", 2), (6, "b6x16_p32", 0)])
  func `packed elements get a byte each`(bits: Int, word: String, shift: Int) throws {
    var random = SplitMix64(seed: 8)
    let image = (0..<2048).map { _ in UInt8.random(in: 0...255, using: &random) }
    let descriptor = try BlackwellMatrixDescriptor(
      startAddress: 0, leadingByteOffset: 0, strideByteOffset: 128, layout: .none)
    let found = try run(
      "128x128b.b8x16.\(word)", descriptor: descriptor, imageByteCount: 2048, image: image,
      schedule: .eager)
    for row in 0..<128 {
      for element in 0..<16 {
        var code: UInt32 = 0
        for bit in 0..<bits {
          let place = element * bits + bit
          let byte = image[row * 16 + place / 8]
          code |= UInt32(byte >> UInt8(place % 8) & 1) << UInt32(bit)
        }
        let cell = found[0][row * 32 + 8 + element / 4]
        #expect(cell >> UInt32(8 * (element % 4)) & 0xFF == code << UInt32(shift))
      }
    }
  }

  @Test(arguments: [
    ("to lanes from 16 on", "add.u32 %r11, %r11, 0x100000;", "tensor-memory"),
    ("to unallocated columns", "add.u32 %r11, %r11, 30;", "tensor-memory"),
    ("with a descriptor of another chip", "mov.b64 %rd5, 0;", "illegal-descriptor"),
  ])
  func `copies that do not fit are a trap`(what: String, change: String, kind: String) throws {
    let fault = try SmallProgram(
      body: """
        tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], 32;
        ld.shared.u32 %r11, [place];
        mov.b64 %rd5, 0x0000400800000040;
        \(change)
        setp.eq.u32 %p1, %t, 0;
        @%p1 tcgen05.cp.cta_group::1.32x128b.warpx4 [%r11], %rd5;
        """, declarations: ".shared .b32 place; .shared .align 1024 .b8 tile[512];",
      target: "sm_100a"
    ).fault()
    #expect(fault?.kind == kind, "\(what): \(fault?.report ?? "")")
  }

  @Test func `bytes that were never written make cells that were not`() throws {
    let fault = try SmallProgram(
      body: """
        tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], 32;
        ld.shared.u32 %r11, [place];
        mov.u32 %r1, tile;
        shr.u32 %r1, %r1, 4;
        cvt.u64.u32 %rd5, %r1;
        or.b64 %rd5, %rd5, 0x0000400800000000;
        setp.eq.u32 %p1, %t, 0;
        @%p1 mbarrier.init.shared::cta.b64 [bar], 1;
        @%p1 tcgen05.cp.cta_group::1.32x128b.warpx4 [%r11], %rd5;
        @%p1 tcgen05.commit.cta_group::1.mbarrier::arrive::one.shared::cluster.b64 [bar];
        bar.warp.sync 0xffffffff;
        WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p4, [bar], 0;
        @!%p4 bra WAIT;
        tcgen05.ld.sync.aligned.32x32b.x1.b32 {%r2}, [%r11];
        tcgen05.wait::ld.sync.aligned;
        add.u32 %r2, %r2, 1;
        st.global.u32 [%mine], %r2;
        """,
      declarations: ".shared .b32 place; .shared .b64 bar; .shared .align 1024 .b8 tile[512];",
      target: "sm_100a"
    ).fault()
    #expect(fault?.kind == "uninitialized-read")
    #expect(fault?.report.contains("Tensor Memory lane") == true, "\(fault?.report ?? "")")
  }
}
