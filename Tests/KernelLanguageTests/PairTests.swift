// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import PTX
import Simulator
import TestSupport
import Testing
import TileLayout

/// A product by CTA pairs: C[256, n] = A[256, 64 * steps] · B[n, 64 * steps]ᵀ, in f32.
///
/// Each block loads half the rows of A and of B; the leader's barriers count the bytes of both
/// blocks, and its multiplications release the stages of both.
private func pairMatmul(
  n: Int, stages: Int, kTiles: Int
) throws -> Kernel<Blackwell, TensorMap<BFloat16>, TensorMap<BFloat16>, GlobalBuffer<Float>> {
  let tileA = try SharedTile<BFloat16>("a", rows: 128, columns: 64, swizzle: .bytes128)
  let tileB = try SharedTile<BFloat16>("b", rows: n / 2, columns: 64, swizzle: .bytes128)
  let instruction = try TensorCoreInstructionDescriptor(.bf16, m: 256, n: n, use: .group(.two))
  let columns = [32, 64, 128, 256].first { $0 >= n } ?? 256
  return Kernel("pair_matmul", block: 128, cluster: 2) { k, mapA, mapB, c in
    let (a, b) = (k.shared(tileA, stages: stages), k.shared(tileB, stages: stages))
    let full = k.sharedBarriers("full", stages: stages, arrivals: 1)
    let empty = k.sharedBarriers("empty", stages: stages, arrivals: 1)
    let done = k.sharedBarrier("done", arrivals: 1)
    let field = k.sharedField("address", of: UInt32.self)
    mapA.require(tileA.tensorMapRequirement)
    mapB.require(tileB.tensorMapRequirement)
    let warp = k.warpIndex
    let rank = k.clusterRank
    let isLeader = rank == 0
    k.if(warp == 0) {
      k.elected {
        full.initialize()
        empty.initialize()
        done.initialize()
        k.fenceBarrierInitialization()
      }
      k.tcgen05Alloc(columns: columns, to: field, group: .two)
      k.tcgen05RelinquishAllocPermit(group: .two)
    }
    k.tcgen05FenceBeforeThreadSync()
    k.synchronizeCluster()
    k.tcgen05FenceAfterThreadSync()
    let memory = TensorMemoryAddress(field.load())
    let pair = k.constant(UInt16(3))
    k.if(warp == 0) {
      k.elected {
        for tile in 0..<kTiles {
          let stage = tile % stages
          let parity = k.constant(UInt32(tile / stages % 2))
          empty[stage].wait(parity: parity ^ 1)
          k.if(isLeader) {
            full[stage].arrive(expectingByteCount: 2 * (tileA.byteCount + tileB.byteCount))
          }
          let column = k.constant(UInt32(64 * tile))
          let leader = k.leaderAddress(of: full[stage].address)
          k.cpAsyncBulkTensor(
            mapA, [column, rank * 128], to: a[stage].address, signallingInPair: leader)
          k.cpAsyncBulkTensor(
            mapB, [column, rank * (n / 2)], to: b[stage].address, signallingInPair: leader)
        }
      }
    }
    k.if(warp == 1 && isLeader) {
      k.elected {
        for tile in 0..<kTiles {
          let stage = tile % stages
          full[stage].wait(parity: k.constant(UInt32(tile / stages % 2)))
          k.tcgen05FenceAfterThreadSync()
          for step in 0..<4 {
            k.tcgen05Mma(
              memory, a: k.matrixDescriptor(of: a[stage]).advanced(byByteCount: 32 * step),
              b: k.matrixDescriptor(of: b[stage]).advanced(byByteCount: 32 * step), instruction,
              accumulates: tile + step > 0 ? k.always : k.never, group: .two)
          }
          k.tcgen05Commit(empty[stage], multicastTo: pair, group: .two)
        }
        k.tcgen05Commit(done, multicastTo: pair, group: .two)
      }
    }
    k.synchronizeWarp()
    done.wait(parity: k.constant(0))
    k.tcgen05FenceAfterThreadSync()
    let row = rank * 128 + k.threadIndex.x
    let own = memory.advanced(byLanes: warp * 32)
    for first in stride(from: 0, to: n, by: 16) {
      let accumulators = (0..<16).map { _ in k.variable(Float(0)) }
      k.tcgen05Ld(accumulators, from: own.advanced(columns: first), shape: .lanes32Bits32)
      k.tcgen05WaitLd()
      let start = c.advanced(by: row * n + first)
      for (index, accumulator) in accumulators.enumerated() { start[index] = accumulator.value }
    }
    k.tcgen05FenceBeforeThreadSync()
    k.synchronizeCluster()
    k.if(warp == 0) { k.tcgen05Dealloc(memory, columns: columns, group: .two) }
  }
}

@Suite struct PairTests {
  @Test(arguments: [Schedule.eager, .late] + (0..<6).map { .random(seed: $0) })
  func `a pair of blocks loads, multiplies and stores a tile`(schedule: Schedule) throws {
    let (n, kTiles) = (64, 5)
    let k = 64 * kTiles
    var random = SplitMix64(seed: 3)
    let a = (0..<256 * k).map { _ in Int.random(in: -4...4, using: &random) }
    let b = (0..<n * k).map { _ in Int.random(in: -4...4, using: &random) }
    let device = SimulatedDevice(.blackwell, options: SimulationOptions(schedule: schedule))
    let kernel = try pairMatmul(n: n, stages: 2, kTiles: kTiles)
    let tileA = try SharedTile<BFloat16>("a", rows: 128, columns: 64, swizzle: .bytes128)
    let tileB = try SharedTile<BFloat16>("b", rows: n / 2, columns: 64, swizzle: .bytes128)
    let bufferA = try device.makeBuffer(a.map { BFloat16(Float($0)) })
    let bufferB = try device.makeBuffer(b.map { BFloat16(Float($0)) })
    let c = try device.makeBuffer([Float](repeating: .nan, count: 256 * n))
    let mapA = try device.makeTensorMap(
      tileA.tensorMapDescription(of: bufferA, rows: 256, columns: k, pitch: k), of: BFloat16.self,
      over: bufferA)
    let mapB = try device.makeTensorMap(
      tileB.tensorMapDescription(of: bufferB, rows: n, columns: k, pitch: k), of: BFloat16.self,
      over: bufferB)
    try device.launch(kernel, grid: 2, mapA, mapB, c)
    let found = try c.read()
    for row in 0..<256 {
      for column in 0..<n {
        var sum = 0
        for index in 0..<k { sum += a[row * k + index] * b[column * k + index] }
        #expect(found[row * n + column] == Float(sum), "row \(row), column \(column)")
      }
    }
  }

  @Test func `ptxas accepts the kernel`() throws {
    let module = try pairMatmul(n: 256, stages: 4, kTiles: 8).module()
    let report = try assemble(module.ptx(), architecture: "sm_100a")
    #expect(report.isAccepted, "\(report.log)")
  }
}
