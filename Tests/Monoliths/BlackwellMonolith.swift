// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import TileLayout

/// Creates a kernel for Blackwell, D[m, n] = A[m, k] · B[n, k]ᵀ, bf16 in f32, without components.
///
/// A cluster of two blocks computes every Nth 256 × 256 tile of D, where N is the number of
/// clusters. In a block one thread loads 64 of k at a time into a ring of four stages, one
/// multiplies into two accumulators of 256 columns in turn, and four warps store 32 rows each.
/// Boxes: A 128 × 64, B 128 × 64, D 16 × 64, all with a swizzle of 128 bytes.
public func makeBlackwellMonolith() -> Monolith<Blackwell> {
  Monolith<Blackwell>(
    "matmul_monolith_blackwell", parameters: ["a_map", "b_map", "d_map", "m", "n", "k"],
    block: Dimensions(192), cluster: Dimensions(2)
  ) { k, aMap, bMap, dMap, m, n, depth in
    let a = k.sharedField("a", of: BFloat16.self, count: 4 * 128 * 64, alignment: 1024).address
    let b = k.sharedField("b", of: BFloat16.self, count: 4 * 256 * 64, alignment: 1024).address
    let full = k.sharedBarriers("full", stages: 4, arrivals: 1)
    // The tensor cores of both blocks read the tiles that a producer loads, since B is multicast.
    let empty = k.sharedBarriers("empty", stages: 4, arrivals: 2)
    let d = k.sharedField("d", of: BFloat16.self, count: 4 * 2 * 16 * 64, alignment: 1024).address
    let accumulated = k.sharedBarriers("accumulated", stages: 2, arrivals: 1)
    let drained = k.sharedBarriers("drained", stages: 2, arrivals: 4)
    let memory = k.sharedField("accumulators_address", of: UInt32.self)

    let rank = k.clusterRank
    let kTileCount = (depth + 63) / 64
    let isFirstWarp = k.threadIndex.x / 32 == 0
    k.if(isFirstWarp) {
      k.elected {
        for stage in 0..<4 { full[stage].initialize() }
        for stage in 0..<4 { empty[stage].initialize() }
        for stage in 0..<2 { accumulated[stage].initialize() }
        for stage in 0..<2 { drained[stage].initialize() }
        k.fenceBarrierInitialization()
        k.prefetchTensorMap(aMap)
        k.prefetchTensorMap(bMap)
        k.prefetchTensorMap(dMap)
      }
    }
    k.synchronizeCluster()
    k.if(isFirstWarp) {
      k.tcgen05Alloc(columns: 512, to: memory)
      k.tcgen05RelinquishAllocPermit()
    }
    k.tcgen05FenceBeforeThreadSync()
    k.synchronize()
    k.tcgen05FenceAfterThreadSync()
    let accumulators = TensorMemoryAddress(memory.load())
    let warp = k.shuffle(k.threadIndex.x / 32, .index, 0)

    /// Visits the cluster's tiles: they are numbered down eight rows, then in the next column.
    @Sendable func forEachTile(
      _ body: @Sendable (_ row: DeviceValue<UInt32>, _ column: DeviceValue<UInt32>) -> Void
    ) {
      let rowCount = (m + 255) / 256
      let columnCount = (n + 255) / 256
      k.loop(from: k.clusterIndex.x, to: rowCount * columnCount, by: k.clusterCount.x) { tile in
        let groupSize = columnCount * 8
        let group = tile / groupSize
        let firstRow = group * 8
        let height = k.min(rowCount - firstRow, k.constant(8))
        let rest = tile - group * groupSize
        let column = rest / height
        body(firstRow + (rest - column * height), column)
      }
    }
    /// Advances to the next stage of a ring; after the last stage the phase's parity changes.
    @Sendable func advance(
      _ stage: Variable<UInt32>, _ phase: Variable<UInt32>, of count: Int
    ) {
      let next = stage.current + 1
      let wraps = next == count
      phase.value = k.select(wraps, phase.current ^ 1, phase.current)
      stage.value = k.select(wraps, k.constant(0), next)
    }

    k.if(warp < 4) {
      // The address of a lane's row in a box for stmatrix, and its first chunk of 16 bytes.
      let box = d.advanced(by: warp, elementByteCount: 2 * 16 * 128)
      let lane = k.laneIndex
      let laneRow = box.value + lane % 16 * 128
      let chunk = (lane / 16 ^ lane % 8) * 16
      let isElected = k.electSync()
      let sums = (0..<32).map { _ in k.variable(Float(0)) }

      let stage = k.variable(UInt32(0))
      let phase = k.variable(UInt32(0))
      forEachTile { row, column in
        accumulated[stage.current].wait(parity: phase)
        k.tcgen05FenceAfterThreadSync()
        let lanes = accumulators.advanced(byColumns: stage.current * 256)
          .advanced(byLanes: warp * 32)
        let firstRow = (row * 2 + rank) * 128 + warp * 32
        for index in 0..<8 {
          let (half, part) = (index / 4, index % 4)
          k.if(kTileCount == 0) {
            for sum in sums { sum.value = k.constant(Float(0)) }
          } else: {
            k.tcgen05Ld(
              sums, from: lanes.advanced(lanes: half * 16, columns: part * 64),
              shape: .lanes16Bits256)
            k.tcgen05WaitLd()
          }
          if index == 7 {
            k.tcgen05FenceBeforeThreadSync()
            k.elected { drained[stage.current].arrive() }
          }
          let offset = index % 2 * 16 * 128
          let boxRow = firstRow + half * 16
          let boxColumn = column * 256 + part * 64
          // This box reuses the memory of the copy before the last, which must have been read.
          k.if(isElected) { k.cpAsyncBulkWaitGroup(1, reading: true) }
          k.synchronizeWarp()
          let start = laneRow + offset
          for matrices in 0..<4 {
            let values = (0..<4).map { pair in
              let first = matrices * 8 + pair * 2
              return k.packed(sums[first].current, sums[first + 1].current, as: BFloat16.self)
            }
            k.stmatrix(values, to: SharedAddress(start + (chunk ^ (matrices * 32))))
          }
          k.fenceProxyAsync(.sharedBlock)
          k.synchronizeWarp()
          k.if(isElected) {
            k.cpAsyncBulkTensor(
              from: box.advanced(byByteCount: offset), to: dMap,
              [boxColumn, boxRow])
            k.cpAsyncBulkCommitGroup()
          }
        }
        advance(stage, phase, of: 2)
      }
      k.if(isElected) { k.cpAsyncBulkWaitGroup(0, reading: true) }
    } else: {
      k.if(warp < 5) {
        k.elected {
          let stage = k.variable(UInt32(0))
          let phase = k.variable(UInt32(1))
          forEachTile { row, column in
            k.loop(kTileCount) { kTile in
              empty[stage.current].wait(parity: phase)
              let barrier = full[stage.current]
              barrier.arrive(expectingByteCount: 128 * 64 * 2 + 256 * 64 * 2)
              let aStage = a.advanced(by: stage.current, elementByteCount: 128 * 64 * 2)
              let bStage = b.advanced(by: stage.current, elementByteCount: 256 * 64 * 2)
              let first = kTile * 64
              k.cpAsyncBulkTensor(
                aMap, [first, (row * 2 + rank) * 128], to: aStage, signalling: barrier)
              // Each block fetches half of B's rows for both.
              k.cpAsyncBulkTensor(
                bMap, [first, column * 256 + rank * 128],
                to: bStage.advanced(by: rank, elementByteCount: 128 * 64 * 2),
                signalling: barrier, multicastTo: k.constant(0b11))
              advance(stage, phase, of: 4)
            }
          }
          // The other block may still arrive here: the ring drains before the block exits.
          k.loop(4) { _ in
            empty[stage.current].wait(parity: phase)
            advance(stage, phase, of: 4)
          }
        }
      } else: {
        k.elected {
          // 128-byte swizzle; eight rows are 1024 bytes.
          let layout = 0x4000_4040_0001_0000
          let aStart = ((a.value & 0x3FFFF) >> 4).converted(to: UInt64.self) | layout
          let bStart = ((b.value & 0x3FFFF) >> 4).converted(to: UInt64.self) | layout
          let (aRows, bRows) = (MatrixDescriptor(aStart), MatrixDescriptor(bStart))
          // bf16 × bf16 + f32, 128 × 256.
          let instruction = TensorCoreInstructionDescriptor(rawValue: 0x840_0490, kind: .f16)

          let accumulator = k.variable(UInt32(0))
          let drainedPhase = k.variable(UInt32(1))
          let stage = k.variable(UInt32(0))
          let phase = k.variable(UInt32(0))
          forEachTile { _, _ in
            drained[accumulator.current].wait(parity: drainedPhase)
            k.tcgen05FenceAfterThreadSync()
            let sums = accumulators.advanced(byColumns: accumulator.current * 256)
            k.loop(kTileCount) { kTile in
              full[stage.current].wait(parity: phase)
              k.tcgen05FenceAfterThreadSync()
              let aStage = aRows.advanced(by: stage.current, elementByteCount: 128 * 64 * 2)
              let bStage = bRows.advanced(by: stage.current, elementByteCount: 256 * 64 * 2)
              for step in 0..<4 {
                k.tcgen05Mma(
                  sums, a: aStage.advanced(byByteCount: step * 32),
                  b: bStage.advanced(byByteCount: step * 32), instruction,
                  accumulates: step == 0 ? kTile > 0 : k.always)
              }
              k.tcgen05Commit(empty[stage.current], multicastTo: k.constant(0b11))
              advance(stage, phase, of: 4)
            }
            k.tcgen05Commit(accumulated[accumulator.current])
            advance(accumulator, drainedPhase, of: 2)
          }
        }
      }
    }
    k.tcgen05FenceBeforeThreadSync()
    k.synchronize()
    k.if(isFirstWarp) { k.tcgen05Dealloc(accumulators, columns: 512) }
  }
}
