// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import NumberFormats
import PTX
import TestSupport
import Testing
import TileLayout

/// A kernel that uses as many methods as its architecture has, only to be assembled by `ptxas`.
struct Tour: Sendable, CustomTestStringConvertible {
  let name: String
  let module: @Sendable () throws -> Module

  var testDescription: String { name }

  static let all = [
    Tour(name: "portable_tour") { try portableTour.module() },
    Tour(name: "control_flow_tour") { try controlFlowTour.module() },
    Tour(name: "hopper_tour") { try hopperTour().module() },
    Tour(name: "copies_tour") { try copiesTour.module() },
    Tour(name: "atomics_tour") { try atomicsTour.module() },
    Tour(name: "blackwell_tour") { try blackwellTour().module() },
    Tour(name: "blackwell_pair_tour") { try blackwellPairTour().module() },
    Tour(name: "blackwell_scales_tour") { try blackwellScalesTour().module() },
  ]
}

@Suite struct ToursTests {
  @Test(arguments: Tour.all)
  func `ptxas accepts every instruction`(tour: Tour) throws {
    let module = try tour.module()
    let report = try assemble(module.ptx(), architecture: module.target.description)
    #expect(report.isAccepted, "\(report.log)")
  }

  @Test(arguments: Tour.all)
  func `printed text parses back to the same module`(tour: Tour) throws {
    let module = try tour.module()
    #expect(try parse(module.ptx()) == module)
  }

  @Test(arguments: Tour.all)
  func `the plain text is what it was`(tour: Tour) throws {
    expectSnapshot(try tour.module().ptx(form: .plain), named: tour.name)
  }
}

/// Arithmetic, conversions, memory and warps.
private let portableTour = Kernel<
  AnyArchitecture, GlobalBuffer<UInt32>, GlobalBuffer<Float>, GlobalBuffer<BFloat16>,
  GlobalBuffer<HalfFloat>, Int32, Int64, Double
>("portable_tour", block: Dimensions(32, 4)) { k, words, floats, bfloats, halves, i32, i64, f64 in
  let lane = k.laneIndex
  let warp = k.warpIndex
  let word = words[lane]
  let remainder = ((word + 3) * warp - lane / 3) % 7
  let bits = ~word & 0xFF | lane
  let mixed = remainder ^ (bits << 2) ^ (bits >> 1)
  words[1] = mixed
  let signed = (i32 / 4 + -3) * i32 % 5
  words[2] = signed.converted(to: UInt32.self)
  let wide = (i64 - 1) * (lane.multipliedWide(by: word).converted(to: Int64.self)) >> 3
  words[3] = wide.converted(to: UInt32.self)
  let x = floats.load(at: lane, cache: .nonCoherent)
  let y = -x * 2 + floats[7] / 3 - 0.5
  let root = k.squareRoot(k.abs(k.fma(x, y, 1.5 - x)))
  let approximate = k.reciprocalApproximation(x) + k.exp2Approximation(y)
  let more = k.log2Approximation(root) * k.tanhApproximation(x)
  floats.store(
    k.max(approximate, k.min(more, k.reciprocalSquareRootApproximation(y))), at: lane,
    cache: .streaming)
  let double = f64 * 3 + x.converted(to: Double.self)
  floats[9] = double.converted(to: Float.self)
  floats[10] = word.converted(to: Float.self)
  words[11] = y.converted(to: UInt32.self)
  words[12] = y.bits + word.asFloat.bits
  bfloats[lane] = x.converted(to: BFloat16.self)
  halves[lane] = x.converted(to: HalfFloat.self)
  floats[13] = bfloats[3].converted(to: Float.self) + halves[4].converted(to: Float.self)
  words[14] = k.packed(x, y, as: BFloat16.self) + k.packed(x, y, as: HalfFloat.self)
  let four = floats.advanced(by: lane * 4).loadVector(count: 4, cache: .global)
  floats.advanced(by: lane * 4).storeVector([four[3], four[2], four[1], four[0]])
  words[15] = k.populationCount(word) + k.leadingZeroCount(word) + k.bitReversed(word)
  words[16] = k.permuteBytes(word, mixed, selector: 0x5410)
  let shuffled = k.shuffle(word, .butterfly, 16) + k.shuffle(word, .index, 0)
  words[17] = shuffled + k.shuffle(word, .up, 1) + k.shuffle(word, .down, lane)
  floats[18] = k.shuffle(x, .index, 3)
  let isLarge = word > 5 && lane != 3 || k.all(x > 0) && !k.any(x <= y)
  words[19] = k.select(isLarge, word, k.ballot(x == y))
  words[20] = k.select(!isLarge, word, lane)
  words[25] = k.multiplyHigh(word, lane) + k.extractBits(word, from: 3, count: lane)
  words[26] = k.insertBits(word, into: lane, at: 4, count: 8)
  words[27] = words.atomic(.add, word) + words.advanced(by: lane).atomic(.exchange, word)
  words[28] = words.atomic(.max, word) + words.atomic(.or, word)
  floats[29] = floats.advanced(by: 29).atomicAdd(x)
  k.synchronizeWarp()
  k.fence(.block)
  k.fence(.device)
  let meeting = k.namedBarrier("meeting", index: 3, threads: 64)
  k.arrive(at: meeting)
  k.synchronize(meeting)
  let shared = k.sharedField("scratch", of: UInt32.self, count: 128)
  shared[lane] = word
  k.synchronize()
  words[21] = shared.advanced(by: lane)[1]
  let matrices = k.ldmatrix(
    count: 4, from: shared.address.advanced(by: lane % 8, elementByteCount: 16))
  words[22] = matrices[0] + matrices[3]
  let result = k.variable(UInt32(0))
  k.ptx(".reg .b32 t; lop3.b32 t, $1, $2, $3, 0x96; add.u32 $0, t, 1;", result, word, lane, warp)
  words[23] = result.value
  words[24] = k.clock.converted(to: UInt32.self)
  words.store(word, at: lane, cache: .writeThrough)
  words.advanced(by: i64.converted(to: UInt64.self)).store(word, if: isLarge)
}

/// Nested conditions and loops.
private let controlFlowTour = Kernel<AnyArchitecture, GlobalBuffer<UInt32>, UInt32>(
  "control_flow_tour", block: 32
) { k, words, count in
  let total = k.variable(UInt32(0))
  k.loop(count) { i in
    k.if(i % 2 == 0) {
      total += i
    } else: {
      k.loop(4) { j in total += i * j }
    }
  }
  k.loop(from: 3, to: count, by: 5) { i in total ^= i }
  let rest = k.variable(count)
  k.while({ rest.value > 1 }) {
    rest.value = rest.value / 2
    total += 1
  }
  for unrolled in 0..<3 { words[unrolled] = total.value + unrolled }
  k.return(if: total.value > 100)
  words[k.threadIndex.x] = total.value
}

/// Barriers, copies, clusters and `wgmma`.
private func hopperTour() throws -> Kernel<
  Hopper, TensorMap<BFloat16>, GlobalBuffer<Float>, UInt32
> {
  let tile = try SharedTile<BFloat16>("tile", rows: 64, columns: 64, swizzle: .bytes128)
  return Kernel(
    "hopper_tour", block: 128, cluster: 2, minimumBlocksPerMultiprocessor: 1
  ) { k, map, output, stage in
    let ring = k.shared(tile, stages: 2)
    let full = k.sharedBarriers("full", stages: 2, arrivals: 1)
    let empty = k.sharedBarrier("empty", arrivals: 2)
    k.if(k.warpIndex == 0) {
      k.elected {
        k.prefetchTensorMap(map)
        full.initialize()
        empty.initialize()
        k.fenceBarrierInitialization()
      }
    }
    k.synchronizeCluster()
    k.griddepcontrolWait()
    let mask = k.constant(UInt16(3))
    let zero = k.constant(UInt32(0))
    k.if(k.electSync()) {
      full[stage].arrive(expectingByteCount: tile.byteCount)
      full[stage].expect(byteCount: stage)
      k.cpAsyncBulkTensor(
        map, [zero, stage], to: ring[stage].address, signalling: full[stage], multicastTo: mask)
      k.cpAsyncBulkTensor(map, [stage], to: ring[1].address, signalling: full[1])
      k.cpAsyncBulkTensor(
        map, [stage, zero, zero], to: ring.address, signalling: full[0])
      k.cpAsyncBulkTensor(
        map, [stage, zero, zero, zero], to: ring.address, signalling: full[0])
      k.cpAsyncBulkTensor(
        map, [stage, zero, zero, zero, stage], to: ring.address, signalling: full[0])
      k.arriveRemotely(at: k.mapa(empty.address, toRank: k.clusterRank ^ 1))
      empty.arrive()
    }
    full[stage].wait(parity: zero)
    k.if(full[0].test(parity: zero)) { empty.arrive() }
    let accumulators = (0..<32).map { _ in k.variable(Float(0)) }
    let descriptor = k.matrixDescriptor(of: ring[stage])
    k.wgmmaFence()
    k.wgmmaMmaAsync(
      accumulators, a: descriptor, b: descriptor.advanced(byByteCount: 32), of: BFloat16.self,
      accumulates: stage > 0)
    k.wgmmaMmaAsync(
      accumulators, a: descriptor, b: descriptor, of: HalfFloat.self, accumulates: !(stage > 0),
      bMajorness: .mn)
    k.wgmmaCommitGroup()
    k.wgmmaWaitGroup(0)
    let fragment = (0..<4).map { index in
      k.packed(accumulators[2 * index].value, accumulators[2 * index + 1].value, as: BFloat16.self)
    }
    k.wgmmaFence()
    k.wgmmaMmaAsync(
      accumulators, a: fragment, b: descriptor, of: BFloat16.self, accumulates: k.always)
    k.wgmmaCommitGroup()
    k.wgmmaWaitGroup(0)
    k.stmatrix(fragment, to: ring[0].address.advanced(byByteCount: k.laneIndex * 16))
    k.stmatrix([fragment[0]], to: ring[0].address, transposed: true)
    k.fenceProxyAsync(.sharedBlock)
    k.fenceProxyAsync()
    k.synchronize()
    k.elected {
      k.cpAsyncBulkTensor(from: ring[0].address, to: map, [zero, stage])
      k.cpAsyncBulkCommitGroup()
      k.cpAsyncBulkWaitGroup(0, reading: true)
      k.cpAsyncBulkWaitGroup(0)
    }
    output[k.linearThreadIndex] = accumulators[0].value
    k.clusterArrive(.relaxed)
    k.clusterWait()
    k.griddepcontrolLaunchDependents()
    k.if(k.threadIndex.x == 0) { empty.invalidate() }
    output[1] = (k.clusterSize + k.clusterIndex.x + k.clusterBlockIndex.x).converted(to: Float.self)
  }
}

/// Tensor Memory and `tcgen05`.
private func blackwellTour() throws -> Kernel<Blackwell, GlobalBuffer<Float>, UInt32> {
  let tile = try SharedTile<BFloat16>("tile", rows: 128, columns: 64, swizzle: .bytes64)
  let instruction = try TensorCoreInstructionDescriptor(.bf16, m: 128, n: 128)
  return Kernel("blackwell_tour", block: 128) { k, output, count in
    let operands = k.shared(tile)
    let done = k.sharedBarrier("done", arrivals: 1)
    let field = k.sharedField("address", of: UInt32.self)
    let next = k.sharedBarriers("next", stages: 2, arrivals: 1)
    let responses = k.sharedLaunchResponses("responses", stages: 2)
    let warp = k.warpIndex
    k.if(warp == 0) {
      k.elected {
        done.initialize()
        next.initialize()
        k.fenceBarrierInitialization()
      }
      k.tcgen05Alloc(columns: 128, to: field)
      k.tcgen05RelinquishAllocPermit()
    }
    k.tcgen05FenceBeforeThreadSync()
    k.synchronize()
    k.tcgen05FenceAfterThreadSync()
    let memory = TensorMemoryAddress(field.load())
    k.if(warp == 0) {
      k.elected {
        let descriptor = k.matrixDescriptor(of: operands)
        k.tcgen05Mma(
          memory, a: descriptor, b: descriptor, instruction, accumulates: count > 0)
        k.tcgen05Mma(
          memory, a: descriptor.advanced(byByteCount: 32), b: descriptor, instruction,
          accumulates: k.always)
        k.tcgen05Commit(done)
      }
    }
    done.wait(parity: k.constant(0))
    k.tcgen05FenceAfterThreadSync()
    let own = memory.advanced(byLanes: warp * 32)
    let registers = (0..<64).map { _ in k.variable(Float(0)) }
    k.tcgen05Ld(Array(registers[0..<32]), from: own, shape: .lanes32Bits32)
    k.tcgen05Ld(
      Array(registers[32..<64]), from: own.advanced(lanes: 16, columns: 32), shape: .lanes16Bits256)
    k.tcgen05WaitLd()
    k.tcgen05St(Array(registers[0..<16]), to: own, shape: .lanes16Bits128)
    k.tcgen05WaitSt()
    for (index, register) in registers.enumerated() { output[index] = register.value }
    k.tcgen05FenceBeforeThreadSync()
    k.synchronize()
    k.if(warp == 0) { k.tcgen05Dealloc(memory, columns: 128) }
    k.if(k.threadIndex.x == 0) {
      next[0].arrive(expectingByteCount: SharedLaunchResponses.byteCount)
      k.clusterlaunchcontrolTryCancel(responses[0], signalling: next[0])
      k.arriveRemotely(
        at: k.mapa(next[1].address, toRank: 0),
        expectingByteCount: SharedLaunchResponses.byteCount, if: count > 1)
      k.clusterlaunchcontrolTryCancel(
        responses[count], signalling: next[count], toAllBlocks: true)
    }
    next[0].wait(parity: k.constant(0))
    let response = k.clusterLaunchResponse(at: responses[0])
    k.fenceProxyAsync(.sharedBlock)
    k.if(response.isCanceled()) {
      let first = response.firstBlockIndex()
      output[first.x + first.y + first.z] = k.constant(1)
    }
  }
}

/// `tcgen05` for CTA pairs.
private func blackwellPairTour() throws -> Kernel<Blackwell, TensorMap<BFloat16>, UInt32> {
  let tile = try SharedTile<BFloat16>("tile", rows: 128, columns: 64, swizzle: .bytes128)
  let instruction = try TensorCoreInstructionDescriptor(
    .bf16, m: 256, n: 256, use: .group(.two))
  return Kernel("blackwell_pair_tour", block: 128, cluster: 2) { k, map, row in
    let operands = k.shared(tile)
    let full = k.sharedBarrier("full", arrivals: 1)
    let done = k.sharedBarrier("done", arrivals: 1)
    let field = k.sharedField("address", of: UInt32.self)
    let warp = k.warpIndex
    k.if(warp == 0) {
      k.elected {
        full.initialize()
        done.initialize()
        k.fenceBarrierInitialization()
      }
      k.tcgen05Alloc(columns: 256, to: field, group: .two)
      k.tcgen05RelinquishAllocPermit(group: .two)
    }
    k.tcgen05FenceBeforeThreadSync()
    k.synchronizeCluster()
    k.tcgen05FenceAfterThreadSync()
    let memory = TensorMemoryAddress(field.load())
    let zero = k.constant(UInt32(0))
    let pair = k.constant(UInt16(3))
    let isLeader = k.clusterRank == 0
    k.if(warp == 0) {
      k.elected {
        k.if(isLeader) { full.arrive(expectingByteCount: 2 * tile.byteCount) }
        let leader = k.leaderAddress(of: full.address)
        k.cpAsyncBulkTensor(
          map, [zero, row], to: operands.address, signallingInPair: leader)
        k.cpAsyncBulkTensor(
          map, [zero, row], to: operands.address, signallingInPair: leader, multicastTo: pair)
        k.if(isLeader) {
          full.wait(parity: zero)
          let descriptor = k.matrixDescriptor(of: operands)
          k.tcgen05Mma(
            memory, a: descriptor, b: descriptor, instruction, accumulates: k.never, group: .two)
          k.tcgen05Commit(done, multicastTo: pair, group: .two)
          k.tcgen05Commit(done, group: .two)
        }
      }
    }
    done.wait(parity: zero)
    k.tcgen05FenceAfterThreadSync()
    k.synchronizeCluster()
    k.if(warp == 0) { k.tcgen05Dealloc(memory, columns: 256, group: .two) }
  }
}

/// `tcgen05.mma` with block scales.
private func blackwellScalesTour() throws -> Kernel<Blackwell, UInt32> {
  let tile = try SharedTile<BFloat16>("tile", rows: 128, columns: 64, swizzle: .bytes128)
  return Kernel("blackwell_scales_tour", block: 32) { k, address in
    let descriptor = k.matrixDescriptor(of: k.shared(tile))
    let memory = TensorMemoryAddress(address)
    let scales = memory.advanced(columns: 128)
    let kinds: [(BlockScaledOperands, ScaleBlock)] = [
      (.mxf8f6f4(a: .e4m3, b: .e2m1), .block32), (.mxf4, .block32),
      (.mxf4nvf4(scale: .ue8m0), .block32), (.mxf4nvf4(scale: .ue4m3), .block16),
    ]
    for shape in TensorMemoryCopyShape.allCases {
      k.tcgen05Cp(to: scales, from: descriptor, shape: shape)
      for packing in PackedElements.allCases {
        k.tcgen05Cp(to: scales, from: descriptor, shape: shape, unpacking: packing)
      }
    }
    for (operands, block) in kinds {
      guard let instruction = try? BlockScaledInstructionDescriptor(operands, m: 128, n: 128)
      else { continue }
      k.tcgen05Mma(
        memory, a: descriptor, b: descriptor, instruction, aScales: scales,
        bScales: scales.advanced(columns: 4), block: block, accumulates: k.always)
      k.tcgen05Mma(
        memory, a: memory.advanced(columns: 256), b: descriptor, instruction, aScales: scales,
        bScales: scales.advanced(columns: 4), block: block, accumulates: address > 0)
    }
  }
}

/// Bulk copies and reductions, with and without a tensor map, and stores counted by a barrier.
private let copiesTour = Kernel<
  Hopper, TensorMap<Float>, TensorMap<UInt32>, GlobalBuffer<UInt32>, GlobalBuffer<BFloat16>, UInt32
>("copies_tour", block: 32, cluster: 2) { k, floats, words, output, halves, count in
  let tile = k.sharedField("tile", of: UInt32.self, count: 256, alignment: 128)
  let halfTile = k.sharedField("halves", of: BFloat16.self, count: 256, alignment: 128)
  let barrier = k.sharedBarrier("full", arrivals: 1)
  let zero = k.constant(UInt32(0))
  let other = k.mapa(tile, toRank: k.clusterRank ^ 1)
  let otherBarrier = k.mapa(barrier.address, toRank: k.clusterRank ^ 1)
  k.elected {
    k.cpAsyncBulkPrefetch(output.address, byteCount: 64)
    k.cpAsyncBulkPrefetchTensor(words, [zero, count, zero])
    k.cpAsyncBulk(
      from: output.address, to: tile.address, byteCount: count, signalling: barrier)
    k.cpAsyncBulk(
      from: output.advanced(by: 4).address, to: tile.advanced(by: 8).address, byteCount: 128,
      signalling: barrier, multicastTo: k.constant(UInt16(3)))
    k.cpAsyncBulk(
      from: tile.address, to: other.advanced(by: 64).address, byteCount: 256,
      signalling: otherBarrier)
    for operation in ReductionOperation.allCases {
      k.cpReduceAsyncBulk(
        operation, from: tile, to: other, byteCount: 64, signalling: otherBarrier)
      k.cpReduceAsyncBulk(operation, from: tile, to: output, byteCount: 1024)
      k.cpReduceAsyncBulkTensor(operation, from: tile.address, to: words, [zero, count])
    }
    k.cpReduceAsyncBulk(.add, from: halfTile, to: halves, byteCount: count)
    k.cpReduceAsyncBulk(.max, from: halfTile, to: halves, byteCount: count)
    k.cpReduceAsyncBulkTensor(.add, from: tile.address, to: floats, [zero])
    k.cpAsyncBulk(from: tile.address, to: output.advanced(by: count).address, byteCount: 512)
    k.cpAsyncBulkCommitGroup()
    k.cpAsyncBulkWaitGroup(0)
  }
  let word = output[k.laneIndex]
  let wide = word.converted(to: UInt64.self)
  let destination = other.advanced(by: k.laneIndex * 4)
  k.stAsync([word], to: destination, signalling: otherBarrier)
  k.stAsync([word, count], to: destination, signalling: otherBarrier)
  k.stAsync([word, count, word, zero], to: destination, signalling: otherBarrier)
  let wideOther = DevicePointer<UInt64, SharedCluster>(other.address)
  k.stAsync([wide, wide], to: wideOther, signalling: otherBarrier)
  for operation in ReductionOperation.allCases {
    k.redAsync(operation, word, to: other, signalling: otherBarrier)
  }
  k.redAsync(.add, wide, to: wideOther, signalling: otherBarrier)
  output[1] = other[k.laneIndex]
  other.advanced(by: 3).store(word)
}

/// Atomic operations of every form.
private let atomicsTour = Kernel<
  Hopper, GlobalBuffer<UInt32>, GlobalBuffer<Int64>, GlobalBuffer<UInt64>, GlobalBuffer<UInt16>,
  GlobalBuffer<Float>, GlobalBuffer<Double>, GlobalBuffer<HalfFloat>, GlobalBuffer<BFloat16>
>("atomics_tour", block: 32, cluster: 2) { k, words, longs, wides, shorts, f32, f64, f16, bf16 in
  let shared = k.sharedField("words", of: UInt32.self, count: 4)
  let singles = k.sharedField("floats", of: Float.self, count: 4)
  let remote = k.mapa(shared, toRank: 1)
  let word = words[k.laneIndex]
  let one = k.constant(UInt32(1))
  var sum = word
  for operation in [
    AtomicOperation.add, .min, .max, .increment, .decrement, .and, .or, .xor, .exchange,
  ] {
    sum = sum + words.atomic(operation, one, order: .acquireRelease, scope: .cluster)
    sum = sum + shared.atomic(operation, word) + remote.atomic(operation, word, order: .relaxed)
  }
  for operation in ReductionOperation.allCases {
    words.reduce(operation, word, order: .release, scope: .system)
    shared.reduce(operation, word)
  }
  sum = sum + remote.atomicCompareAndSwap(expected: word, new: one, scope: .block)
  words[0] = sum
  let long = longs[k.laneIndex]
  longs[1] = longs.atomic(.add, long) + longs.atomic(.min, long) + longs.atomic(.exchange, long)
  longs.reduce(.max, long)
  longs.reduce(.xor, long)
  let wide = wides[k.laneIndex]
  wides[1] = wides.atomicCompareAndSwap(expected: wide, new: wide, order: .acquire)
  let pair = wides.atomicExchangePair((low: wide, high: wide))
  let old = wides.atomicCompareAndSwapPair(
    expected: pair, new: (low: wide, high: k.constant(7)), order: .acquireRelease, scope: .device)
  wides[2] = old.low + old.high
  let short = shorts[k.laneIndex]
  shorts[1] = shorts.atomicCompareAndSwap(expected: short, new: short)
  let x = f32[k.laneIndex]
  f32[1] = f32.atomicAdd(x) + singles.atomicAdd(x) + f32.atomicExchange(x)
  singles.reduceAdd(x, scope: .block)
  f64[1] = f64.atomicAdd(f64[0]) + f64.atomicExchange(f64[0])
  f64.reduceAdd(f64[0])
  let (half, brain) = (f16[k.laneIndex], bf16[k.laneIndex])
  f16[1] = f16.atomicAdd(half)
  bf16[1] = bf16.atomicAdd(brain)
  f16.reduceAdd(half)
  bf16.reduceAdd(brain)
  words[3] = f16.atomicAddPair(word) + bf16.atomicAddPair(one)
  f16.reduceAddPair(word)
  bf16.reduceAddPair(k.constant(0x3F80))
  for count in [2, 4] {
    let old = f32.atomicVector(.add, [DeviceValue<Float>](repeating: x, count: count))
    f32[2] = old[0] + old[count - 1]
    f32.reduceVector(.add, old)
  }
  for operation in AtomicVectorOperation.allCases {
    for count in [2, 4, 8] {
      let old = f16.atomicVector(operation, [DeviceValue<HalfFloat>](repeating: half, count: count))
      f16.reduceVector(operation, old)
      let others = bf16.atomicVector(
        operation, [DeviceValue<BFloat16>](repeating: brain, count: count), order: .relaxed,
        scope: .device)
      bf16.reduceVector(operation, others)
    }
  }
}
