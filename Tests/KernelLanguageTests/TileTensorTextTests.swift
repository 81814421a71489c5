// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import Testing
import TileLayout

/// The instructions that tensors record.
@Suite struct TileTensorTextTests {
  @Test func `a chain of views costs one sum of products`() throws {
    let kernel = Kernel<AnyArchitecture, GlobalBuffer<BFloat16>, UInt32, UInt32>(
      "chain", block: 128
    ) { k, c, m, n in
      let fragment = TileTensor(c, rows: m, columns: n)
        .tile(64, 64, at: k.blockIndex.y, k.blockIndex.x)
        .tile(16, 64, at: k.warpIndex, 0)
        .vectorized(1, 2)
        .distributed(over: .rowMajor(8, 4), at: k.laneIndex)
      #expect([fragment.rows, fragment.columns, fragment.vectorCount] == [2, 8, 2])
      for row in 0..<2 {
        let part = fragment.row(row)
        for column in 0..<8 { _ = part.pointer(to: 0, column) }
      }
    }
    #expect(
      try kernel.instructions() == [
        "cvta.to.global.u64 %rd1, %rd0;",
        // The number of bytes in a row.
        "shl.b32 %r2, %r1, 1;",
        // The position of the block's tile, and of the warp's tile in it.
        "mov.u32 %r3, %ctaid.y;", "mov.u32 %r4, %ctaid.x;", "shl.b32 %r5, %r3, 6;",
        "shl.b32 %r6, %r4, 6;", "mov.u32 %r7, %tid.x;", "shr.u32 %r8, %r7, 5;",
        "shl.b32 %r9, %r8, 4;", "add.u32 %r10, %r5, %r9;",
        // The position of the lane's first pair in that tile.
        "mov.u32 %r11, %laneid;", "shr.u32 %r12, %r11, 2;", "and.b32 %r13, %r11, 3;",
        "shl.b32 %r14, %r13, 1;", "add.u32 %r15, %r10, %r12;", "add.u32 %r16, %r6, %r14;",
        // The rows and columns that remain from there, and the address.
        "sub.s32 %r17, %r0, %r15;", "sub.s32 %r18, %r1, %r16;",
        "mad.wide.u32 %rd2, %r16, 2, %rd1;", "mad.wide.u32 %rd3, %r15, %r2, %rd2;",
        // The second row, eight rows down. Columns cost nothing.
        "mad.wide.u32 %rd4, 8, %r2, %rd3;",
      ])
  }

  @Test func `known coordinates of a swizzled tile cost one exclusive or at most`() throws {
    let tile = try SharedTile<BFloat16>("tile", rows: 64, columns: 128, swizzle: .bytes128)
    let kernel = Kernel<Hopper, GlobalBuffer<UInt32>>("swizzled", block: 128) { k, output in
      let placed = k.shared(tile)
      // The host knows both indices: it applies the swizzle while recording.
      _ = placed.address(of: 9, 70).value
      let rows = placed.tile(16, 128, at: k.warpIndex, 0).vectorized(1, 8)
        .distributed(over: .columnMajor(16, 2), at: k.laneIndex)
      _ = rows.address(of: 0, 0)
      _ = rows.address(of: 0, 4)
      _ = rows.address(of: 0, 3)
    }
    #expect(
      try kernel.instructions().dropFirst() == [
        // The second box, row 9, chunk 0 moved to 1, element 6: 8192 + 9 · 128 + 16 + 6 · 2.
        "mov.u32 %r0, shared_memory+9372;",
        "mov.u32 %r1, %tid.x;", "shr.u32 %r2, %r1, 5;", "shl.b32 %r3, %r2, 11;",
        "mov.u32 %r4, %laneid;", "and.b32 %r5, %r4, 15;", "shl.b32 %r6, %r5, 7;",
        "shr.u32 %r7, %r4, 4;", "shl.b32 %r8, %r7, 4;", "add.u32 %r9, %r3, %r6;",
        "add.u32 %r10, %r9, %r8;", "and.b32 %r11, %r10, 896;", "shr.u32 %r12, %r11, 3;",
        "xor.b32 %r13, %r10, %r12;", "mov.u32 %r14, shared_memory;", "add.u32 %r15, %r14, %r13;",
        // Step 4 is the second box; step 3 is 96 bytes further, in bits below those of the row.
        "xor.b32 %r16, %r15, 96;",
      ])
  }

  @Test func `lanes and columns of Tensor Memory are one number`() throws {
    let kernel = Kernel<Blackwell, UInt32>("lanes", block: 128) { k, address in
      for rows in [64, 128] {
        let accumulators = TileTensor<Float, TensorMemory>(
          TensorMemoryAddress(address), rows: rows, columns: 64)
        let own = accumulators.tile(rows / 4, 64, at: k.warpIndex, 0).anchored()
        let registers = (0..<16).map { _ in k.variable(Float(0)) }
        for block in 0..<rows / 64 {
          k.tcgen05Ld(
            registers, from: own.tile(16, 32, at: block, 1).address, shape: .lanes16Bits256)
        }
      }
    }
    let lines = try kernel.instructions().filter { !$0.hasPrefix("mov.f32") }
    let loads = lines.filter { $0.hasPrefix("tcgen05.ld") }.map {
      $0.split(separator: "[").last.map(String.init) ?? ""
    }
    #expect(loads == ["%r4+32];", "%r8+32];", "%r8+0x100020];"])
    #expect(
      lines.filter { !$0.hasPrefix("tcgen05.ld") } == [
        "mov.u32 %r1, %tid.x;", "shr.u32 %r2, %r1, 5;", "shl.b32 %r3, %r2, 21;",
        "add.u32 %r4, %r0, %r3;", "mov.u32 %r5, %tid.x;", "shr.u32 %r6, %r5, 5;",
        "shl.b32 %r7, %r6, 21;", "add.u32 %r8, %r0, %r7;",
      ])
  }

  @Test func `registers are named by integers`() throws {
    let kernel = Kernel<AnyArchitecture, GlobalBuffer<Float>>("registers") { k, output in
      let variables = (0..<16).map { k.variable(Float($0)) }
      let accumulators = TileTensor(
        variables, layout: WarpgroupAccumulator.threadLayout(n: 32))
      #expect([accumulators.rows, accumulators.columns] == [2, 8])
      let pairs = accumulators.vectorized(1, 2)
      #expect([pairs.rows, pairs.columns, pairs.vectorCount] == [2, 4, 2])
      let eighthPair = accumulators.tile(1, 2, at: 0, 3).vectorized(1, 2)
      for variable in pairs[1, 2] + eighthPair[0, 0] { output[0] = variable.value }
    }
    let moves = try kernel.instructions().filter { $0.hasPrefix("mov.f32") }.dropFirst(16)
    // Rows are two registers apart, groups of eight columns four.
    #expect(
      moves == [
        "mov.f32 %f16, %f10;", "mov.f32 %f17, %f11;", "mov.f32 %f18, %f12;", "mov.f32 %f19, %f13;",
      ])
  }
}
