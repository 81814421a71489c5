// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import TileLayout

@testable import Simulator

/// `tcgen05.mma` along k by one block or by a CTA pair, with the initial contents of the blocks and
/// the final contents of their Tensor Memory.
struct GroupMultiplyCase {
  /// The contents of one block of the group.
  struct Block {
    /// Its rows of A in shared memory, or `nil` if A is in Tensor Memory.
    var a: TensorMultiplyCase.SharedOperand?
    /// Its rows of B.
    var b: TensorMultiplyCase.SharedOperand
    /// Its Tensor Memory: 128 lanes of `columnCount` cells.
    var cells: [UInt32]
  }

  /// One instruction.
  struct Step {
    /// The instruction descriptor.
    var instruction: UInt32
    /// The column of A, if A is in Tensor Memory.
    var columnOfA = 0
    /// The columns of the scales of A and of B, if there are any.
    var scales: (a: Int, b: Int)?
  }

  /// The modifiers after the group in the mnemonic: `kind::f16`.
  var words: String
  /// The contents of one or two blocks.
  var blocks: [Block]
  /// The number of columns of each block's cells.
  var columnCount: Int
  /// The instructions.
  var steps: [Step]
  /// Whether the first step adds to the cells.
  var accumulates = true
  /// The lane of D and of A.
  var lane = 0
  /// The masks of lanes that are not written, four or eight.
  var disabledLanes: [UInt32]?
  /// The block that issues the instructions.
  var issuer = 0

  /// Returns the words of a block's image in shared memory.
  private func image(_ block: Block) -> [UInt32] {
    var bytes = block.a?.bytes ?? []
    while bytes.count % 1024 != 0 { bytes.append(0) }
    bytes += block.b.bytes
    while bytes.count % 4 != 0 { bytes.append(0) }
    return stride(from: 0, to: bytes.count, by: 4).map { index in
      (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
    }
  }

  /// The number of words of the buffer for each block: the image, the initial cells, the final
  /// cells.
  private var blockWordCount: Int { image(blocks[0]).count + 2 * 128 * columnCount }

  /// Returns the instructions that move eight columns of cells between the buffer and Tensor
  /// Memory.
  private func move(_ column: Int, isLoad: Bool) -> String {
    let registers = (0..<8).map { "%r\(100 + $0)" }.joined(separator: ", ")
    let words = (0..<8).map { index in
      isLoad
        ? "st.global.u32 [%rd4+\((128 * columnCount + column + index) * 4)], %r\(100 + index);"
        : "ld.global.u32 %r\(100 + index), [%rd4+\((column + index) * 4)];"
    }.joined(separator: " ")
    return isLoad
      ? """
      tcgen05.ld.sync.aligned.32x32b.x8.b32 {\(registers)}, [%r12+\(column)];
      tcgen05.wait::ld.sync.aligned;
      \(words)
      """
      : """
      \(words)
      tcgen05.st.sync.aligned.32x32b.x8.b32 [%r12+\(column)], {\(registers)};
      """
  }

  /// The instructions of the issuing thread.
  private var issue: String {
    let offsetOfB = ((blocks[0].a?.bytes.count ?? 0) + 1023) / 1024 * 1024
    let group = "cta_group::\(blocks.count)"
    var text = ""
    for (index, mask) in (disabledLanes ?? []).enumerated() {
      text += "mov.b32 %r\(20 + index), \(mask);\n"
    }
    let masks = (disabledLanes ?? []).indices.map { "%r\(20 + $0)" }.joined(separator: ", ")
    for (index, step) in steps.enumerated() {
      let b = blocks[0].b.descriptors[index] + UInt64(offsetOfB >> 4)
      text += "add.u64 %rd3, %rd5, \(b);\n"
      var first = "[%r13+\(step.columnOfA)]"
      if let a = blocks[0].a {
        text += "add.u64 %rd2, %rd5, \(a.descriptors[index]);\n"
        first = "%rd2"
      }
      let scales = step.scales.map { "[%r11+\($0.a)], [%r11+\($0.b)], " } ?? ""
      text += """
        tcgen05.mma.\(group).\(words) [%r13], \(first), %rd3, \(step.instruction), \(scales)\
        \(masks.isEmpty ? "" : "{\(masks)}, ")\(index > 0 || accumulates ? 1 : 0);

        """
    }
    let commit = "tcgen05.commit.\(group).mbarrier::arrive::one.shared::cluster"
    return text
      + (blocks.count == 1
        ? "\(commit).b64 [%r10];" : "\(commit).multicast::cluster.b64 [%r10], 3;")
  }

  /// The program, whose buffer holds each block's words.
  var program: SmallProgram {
    let imageCount = image(blocks[0]).count
    let allocated = [32, 64, 128, 256, 512].first { $0 >= columnCount } ?? 512
    let group = "cta_group::\(blocks.count)"
    let meet =
      blocks.count == 1
      ? "bar.sync 0;" : "barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;"
    let columns = stride(from: 0, to: columnCount, by: 8)
    return SmallProgram(
      body: """
        mov.u32 %rank, %cluster_ctarank;
        mad.wide.u32 %rd6, %rank, \(blockWordCount * 4), %out;
        setp.eq.u32 %p2, %warp, 0;
        @%p2 tcgen05.alloc.\(group).sync.aligned.shared::cta.b32 [place], \(allocated);
        mov.u32 %r10, bar;
        setp.eq.u32 %p3, %t, 0;
        @%p3 mbarrier.init.shared::cta.b64 [%r10], 1;
        @%p3 fence.mbarrier_init.release.cluster;
        mov.u32 %r1, tile;
        mov.u32 %r3, %t;
        COPY: mad.wide.u32 %rd1, %r3, 4, %rd6;
        ld.global.u32 %r2, [%rd1];
        mad.lo.u32 %r4, %r3, 4, %r1;
        st.shared.u32 [%r4], %r2;
        add.u32 %r3, %r3, 128;
        setp.lt.u32 %p1, %r3, \(imageCount);
        @%p1 bra COPY;
        fence.proxy.async.shared::cta;
        bar.sync 0;
        ld.shared.u32 %r11, [place];
        shl.b32 %r12, %warp, 21;
        add.u32 %r12, %r12, %r11;
        mad.wide.u32 %rd4, %t, \(columnCount * 4), %rd6;
        add.u64 %rd4, %rd4, \(imageCount * 4);
        \(columns.map { move($0, isLoad: false) }.joined(separator: "\n"))
        tcgen05.wait::st.sync.aligned;
        tcgen05.fence::before_thread_sync;
        bar.sync 0;
        \(meet)
        tcgen05.fence::after_thread_sync;
        setp.eq.u32 %p5, %rank, \(issuer);
        and.pred %p5, %p5, %p3;
        @!%p5 bra WAIT;
        and.b32 %r5, %r1, 0x3FFFF;
        shr.u32 %r5, %r5, 4;
        cvt.u64.u32 %rd5, %r5;
        add.u32 %r13, %r11, \(lane << 16);
        \(issue)
        WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p4, [%r10], 0;
        @!%p4 bra WAIT;
        tcgen05.fence::after_thread_sync;
        bar.warp.sync 0xffffffff;
        \(columns.map { move($0, isLoad: true) }.joined(separator: "\n"))
        tcgen05.fence::before_thread_sync;
        bar.sync 0;
        \(meet)
        @%p2 tcgen05.dealloc.\(group).sync.aligned.b32 %r11, \(allocated);
        """,
      declarations: """
        .reg .b32 %rank;
        .shared .align 1024 .b8 tile[\(imageCount * 4)]; .shared .b32 place; .shared .b64 bar;
        """, target: "sm_100a", block: 128, grid: Dimensions(blocks.count),
      cluster: Dimensions(blocks.count), wordCount: blockWordCount * blocks.count)
  }

  /// The initial contents of the buffer.
  var input: [UInt32] {
    blocks.flatMap { block in
      image(block) + block.cells + [UInt32](repeating: .max, count: 128 * columnCount)
    }
  }

  /// Runs the kernel, and returns the cells of each block, 128 lanes of `columnCount`.
  func run(_ schedule: Schedule = .eager) throws -> [[UInt32]] {
    let words = try program.run(schedule: schedule, input: input).words
    return blocks.indices.map { index in
      Array(words[(index + 1) * blockWordCount - 128 * columnCount..<(index + 1) * blockWordCount])
    }
  }
}
