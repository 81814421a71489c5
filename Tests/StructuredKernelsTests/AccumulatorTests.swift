// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import Simulator
import StructuredKernels
import Testing
import TileLayout

/// Products of 64 × 64 matrices whose A is where the accumulators are.
@Suite struct AccumulatorTests {
  /// A kernel with A as pairs of neighbours along k, B as a tensor map, and D.
  private typealias ProductKernel<Machine: Architecture> = Kernel<
    Machine, GlobalBuffer<UInt32>, TensorMap<BFloat16>, GlobalBuffer<Float>
  >

  /// The tile of B.
  private let tile: SharedTile<BFloat16>

  init() throws {
    tile = try SharedTile("b", rows: 64, columns: 64, swizzle: .bytes128)
  }

  /// Loads B, and returns its tile; all threads of the block call it together.
  private func load<Machine: HasTMA>(
    _ k: KernelContext<Machine>, _ map: DeviceTensorMap<BFloat16>
  ) -> TileTensor<BFloat16, Shared> {
    let b = k.shared(tile)
    let loaded = k.sharedBarrier("loaded", arrivals: 1)
    let loader = TileLoader(k, from: map, filling: tile)
    let leader = LeaderThread(k)
    let zero = k.constant(UInt32(0))
    leader {
      loaded.initialize()
      k.fenceBarrierInitialization()
      loaded.arrive(expectingByteCount: loader.byteCount)
      loader.load(b, row: zero, column: zero, signalling: loaded)
    }
    k.synchronize()
    loaded.wait(parity: zero)
    return b
  }

  /// Stores the accumulators of a thread, as `WarpgroupAccumulator` places them.
  private func store<Machine: Architecture>(
    _ k: KernelContext<Machine>, _ registers: [Variable<Float>],
    _ output: DevicePointer<Float, Global>
  ) {
    let first = (k.warpIndex * 16 + k.laneIndex / 4) * 64 + k.laneIndex % 4 * 2
    for (register, value) in registers.enumerated() {
      let position = WarpgroupAccumulator.position(thread: 0, register: register)
      output[first + (position.row * 64 + position.column)] = value.current
    }
  }

  /// Multiplies fragments of A in registers, by `wgmma`.
  private func registerKernel() -> ProductKernel<Hopper> {
    ProductKernel<Hopper>("registers", block: 128) { k, a, map, output in
      let b = load(k, map)
      let row = k.warpIndex * 16 + k.laneIndex / 4
      let start = row * 32 + k.laneIndex % 4
      // Of each 16 columns: rows r and r + 8 of the first 8, then of the last 8.
      let fragments = (0..<4).map { step -> [DeviceValue<UInt32>] in
        [0, 8 * 32, 4, 8 * 32 + 4].map { offset -> DeviceValue<UInt32> in
          a[start + (offset + step * 8)]
        }
      }
      let sums = RegisterAccumulators(k, rowBlockCount: 1, columns: 64)
      let operand = OperandDescriptors(k.matrixDescriptor(of: b), layout: tile.layout)
      for accumulates in [k.never, k.always] {
        k.wgmmaFence()
        sums.multiply(
          .local([fragments]), by: operand, of: BFloat16.self, accumulates: accumulates)
        k.wgmmaCommitGroup()
        k.wgmmaWaitGroup(0)
      }
      store(k, sums.blocks[0], output)
    }
  }

  /// Multiplies A in Tensor Memory, by `tcgen05.mma`.
  private func tensorMemoryKernel() -> ProductKernel<Blackwell> {
    ProductKernel<Blackwell>("tensor_memory", block: 128) { k, a, map, output in
      let b = load(k, map)
      let multiplied = k.sharedBarrier("multiplied", arrivals: 1)
      let leader = LeaderThread(k)
      leader {
        multiplied.initialize()
        k.fenceBarrierInitialization()
      }
      var plan = TensorMemoryPlan()
      let sums = plan.region("sums", columns: 64)
      let operand = plan.region("a", columns: 32)
      k.withTensorMemory(plan) { memory in
        // Each of four warps has 16 of the 64 rows, in the first lanes of its quarter.
        let lanes = memory[operand].advanced(byLanes: k.warpIndex * 32)
        let row = k.warpIndex * 16 + k.laneIndex % 16
        let words = (0..<32).map { k.variable(a[row * 32 + $0]) }
        k.tcgen05St(words, to: lanes, shape: .lanes32Bits32)
        k.tcgen05WaitSt()
        k.tcgen05FenceBeforeThreadSync()
        k.synchronize()
        k.tcgen05FenceAfterThreadSync()
        let accumulators = TensorMemoryAccumulators(k, at: memory[sums], rows: 64, columns: 64)
        leader {
          let tiles = OperandDescriptors(k.matrixDescriptor(of: b), layout: tile.layout)
          for accumulates in [k.never, k.always] {
            accumulators.multiply(
              .local(memory[operand]), by: tiles, of: BFloat16.self, accumulates: accumulates)
          }
          k.tcgen05Commit(multiplied)
        }
        multiplied.wait(parity: k.constant(0))
        k.tcgen05FenceAfterThreadSync()
        let registers = (0..<32).map { _ in k.variable(Float(0)) }
        k.tcgen05Ld(
          registers, from: memory[sums].advanced(byLanes: k.warpIndex * 32), shape: .lanes16Bits256)
        k.tcgen05WaitLd()
        store(k, registers, output)
      }
    }
  }

  /// Checks a kernel on a simulated machine.
  private func check<Machine: Architecture>(
    _ kernel: ProductKernel<Machine>, on machine: SimulatedMachine
  ) throws {
    let device = SimulatedDevice(machine)
    /// Returns an element of A or B.
    func element(_ row: Int, _ column: Int, _ factor: Int) -> Int {
      (row * factor + column * 5) % 13 - 6
    }
    let a = try device.makeBuffer(
      (0..<64 * 32).map { index in
        let (row, column) = (index / 32, index % 32 * 2)
        let pair = [0, 1].map { BFloat16(Float(element(row, column + $0, 3))).bitPattern }
        return UInt32(pair[0]) | UInt32(pair[1]) << 16
      })
    let b = try device.makeBuffer(
      (0..<64 * 64).map { BFloat16(Float(element($0 / 64, $0 % 64, 7))) })
    let map = try device.makeTensorMap(
      tile.tensorMapDescription(of: b, rows: 64, columns: 64, pitch: 64), of: BFloat16.self,
      over: b)
    let output = try device.makeBuffer([Float](repeating: .nan, count: 64 * 64))
    try device.launch(kernel, grid: 1, a, map, output)
    let found = try output.read()
    for row in 0..<64 {
      for column in 0..<64 {
        let sum = (0..<64).reduce(0) { $0 + element(row, $1, 3) * element(column, $1, 7) }
        #expect(found[row * 64 + column] == Float(2 * sum), "row \(row), column \(column)")
      }
    }
  }

  @Test func `wgmma multiplies A from registers`() throws {
    try check(registerKernel(), on: .hopper)
  }

  @Test func `tcgen05 multiplies A from Tensor Memory`() throws {
    try check(tensorMemoryKernel(), on: .blackwell)
  }
}
