// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats

/// A monolithic matmul: A, B and D as tensor maps, and the extents m, n and k.
public typealias Monolith<Machine: Architecture> = Kernel<
  Machine, TensorMap<BFloat16>, TensorMap<BFloat16>, TensorMap<BFloat16>, UInt32, UInt32, UInt32
>

/// Creates a kernel for Hopper, D[m, n] = A[m, k] · B[n, k]ᵀ, bf16 in f32, without components.
///
/// A cluster of two blocks computes every Nth 256 × 256 tile of D, where N is the number of
/// clusters. A block has three warpgroups: one thread of the first loads 64 of k at a time
/// into a ring of four stages; the other two multiply 64 rows each and store them. Boxes:
/// A 128 × 64, B 128 × 64, D 16 × 64, all with a swizzle of 128 bytes.
public func makeHopperMonolith() -> Monolith<Hopper> {
  Monolith<Hopper>(
    "matmul_monolith_hopper", parameters: ["a_map", "b_map", "d_map", "m", "n", "k"],
    block: Dimensions(384), cluster: Dimensions(2), minimumBlocksPerMultiprocessor: 1
  ) { k, aMap, bMap, dMap, m, n, depth in
    let a = k.sharedField("a", of: BFloat16.self, count: 4 * 128 * 64, alignment: 1024).address
    let b = k.sharedField("b", of: BFloat16.self, count: 4 * 256 * 64, alignment: 1024).address
    let full = k.sharedBarriers("full", stages: 4, arrivals: 1)
    // Two warpgroups of each block read the tiles that a producer loads, since B is multicast.
    let empty = k.sharedBarriers("empty", stages: 4, arrivals: 4)
    let d = k.sharedField("d", of: BFloat16.self, count: 8 * 2 * 16 * 64, alignment: 1024).address

    let rank = k.clusterRank
    let kTileCount = (depth + 63) / 64
    let isFirstWarp = k.threadIndex.x / 32 == 0
    k.if(isFirstWarp) {
      k.elected {
        for stage in 0..<4 { full[stage].initialize() }
        for stage in 0..<4 { empty[stage].initialize() }
        k.fenceBarrierInitialization()
        k.prefetchTensorMap(aMap)
        k.prefetchTensorMap(bMap)
        k.prefetchTensorMap(dMap)
      }
    }
    k.synchronizeCluster()
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
    /// Advances to the next stage; after the last stage the phase's parity changes.
    @Sendable func advance(_ stage: Variable<UInt32>, _ phase: Variable<UInt32>) {
      let next = stage.current + 1
      let wraps = next == 4
      phase.value = k.select(wraps, phase.current ^ 1, phase.current)
      stage.value = k.select(wraps, k.constant(0), next)
    }

    k.if(warp < 4) {
      k.setmaxnreg(.decrease, 40)
      k.if(warp == 0) {
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
              advance(stage, phase)
            }
          }
          // The other block may still arrive here: the ring drains before the block exits.
          k.loop(4) { _ in
            empty[stage.current].wait(parity: phase)
            advance(stage, phase)
          }
        }
      }
    } else: {
      k.setmaxnreg(.increase, 232)
      let consumer = warp - 4
      let group = consumer / 4
      let sums = (0..<128).map { _ in k.variable(Float(0)) }
      // 128-byte swizzle; eight rows are 1024 bytes.
      let layout = 0x4000_0040_0001_0000
      let aStart = ((a.value & 0x3FFFF) >> 4).converted(to: UInt64.self) | layout
      let aRows = MatrixDescriptor(aStart).advanced(by: group, elementByteCount: 64 * 128)
      let bStart = ((b.value & 0x3FFFF) >> 4).converted(to: UInt64.self) | layout
      let bRows = MatrixDescriptor(bStart)

      // The address of a lane's row in a box for stmatrix, and its first chunk of 16 bytes.
      let box = d.advanced(by: consumer, elementByteCount: 2 * 16 * 128)
      let lane = k.laneIndex
      let laneRow = box.value + lane % 16 * 128
      let chunk = (lane / 16 ^ lane % 8) * 16

      let isElected = k.electSync()
      // Two warps of a warpgroup release its stages, one in each block.
      let warpInGroup = consumer % 4
      let releases = isElected && warpInGroup < 2
      let peerEmpty = k.mapa(empty.address, toRank: warpInGroup % 2)

      let stage = k.variable(UInt32(0))
      let phase = k.variable(UInt32(0))
      // The stage that is being read and has not been released; 4 if there is none.
      let held = k.variable(UInt32(4))
      /// Releases the stage that is held.
      @Sendable func release() {
        k.arriveRemotely(
          at: peerEmpty.advanced(by: held.current, elementByteCount: 8), publishing: false,
          if: held.current != 4 && releases)
      }
      forEachTile { row, column in
        k.loop(kTileCount) { kTile in
          full[stage.current].wait(parity: phase)
          k.wgmmaFence()
          let aStage = aRows.advanced(by: stage.current, elementByteCount: 128 * 64 * 2)
          let bStage = bRows.advanced(by: stage.current, elementByteCount: 256 * 64 * 2)
          for step in 0..<4 {
            k.wgmmaMmaAsync(
              sums, a: aStage.advanced(byByteCount: step * 32),
              b: bStage.advanced(byByteCount: step * 32), of: BFloat16.self,
              accumulates: step == 0 ? kTile > 0 : k.always)
          }
          k.wgmmaCommitGroup()
          // One group is still running; the previous one has read its stage.
          k.wgmmaWaitGroup(1)
          release()
          held.value = stage.current
          advance(stage, phase)
        }
        k.wgmmaWaitGroup(0)
        release()
        held.value = k.constant(4)

        let firstRow = (row * 2 + rank) * 128 + consumer * 16
        for index in 0..<4 {
          let offset = index % 2 * 16 * 128
          let firstColumn = column * 256 + index * 64
          // This box reuses the memory of the copy before the last, which must have been read.
          k.if(isElected) { k.cpAsyncBulkWaitGroup(1, reading: true) }
          k.synchronizeWarp()
          let start = laneRow + offset
          for matrices in 0..<4 {
            let values = (0..<4).map { pair in
              let first = index * 32 + matrices * 8 + pair * 2
              return k.packed(sums[first].current, sums[first + 1].current, as: BFloat16.self)
            }
            k.stmatrix(values, to: SharedAddress(start + (chunk ^ (matrices * 32))))
          }
          k.fenceProxyAsync(.sharedBlock)
          k.synchronizeWarp()
          k.if(isElected) {
            k.cpAsyncBulkTensor(
              from: box.advanced(byByteCount: offset), to: dMap,
              [firstColumn, firstRow])
            k.cpAsyncBulkCommitGroup()
          }
        }
      }
      k.if(isElected) { k.cpAsyncBulkWaitGroup(0, reading: true) }
    }
  }
}
