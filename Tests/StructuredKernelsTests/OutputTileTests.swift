// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import Simulator
import StructuredKernels
import Testing
import TileLayout

/// A placement of 64 × 64 elements of 16 bits in shared memory.
enum OutputTile: CaseIterable {
  /// Rows of 128 bytes, one after the other.
  case plain

  /// Rows of 128 bytes with the 128-byte swizzle.
  case swizzled

  /// Eight columns of core matrices, each 16 bytes wide.
  case coreMatrices

  /// Returns the tensor of a tile.
  func tensor(_ elements: DevicePointer<BFloat16, Shared>) -> TileTensor<BFloat16, Shared> {
    switch self {
    case .plain: TileTensor(elements, layout: .rowMajor(64, 64))
    case .swizzled: TileTensor(elements, layout: .rowMajor(64, 64), swizzle: .bytes128)
    case .coreMatrices:
      TileTensor(elements, layout: Layout([64, [8, 8]], stride: [8, [1, 512]]))
    }
  }

  /// Returns the offset of an element, counted in elements.
  func offset(_ row: Int, _ column: Int) -> Int {
    switch self {
    case .plain: row * 64 + column
    case .swizzled: row * 64 + (column / 8 ^ row % 8) * 8 + column % 8
    case .coreMatrices: column / 8 * 512 + row * 8 + column % 8
    }
  }

  /// The wavefronts beyond the first that 64 matrices of 8 × 8 need.
  var conflictCount: UInt64 {
    // Eight rows of 128 bytes begin in the same bank: seven too many for each matrix.
    self == .plain ? 64 * 7 : 0
  }
}

@Suite struct OutputTileTests {
  /// A kernel in which each thread has the accumulators of a `wgmma`, with the element's number in
  /// the bits that bf16 keeps; warps store them by `stmatrix`, and the memory is dumped.
  private func kernel(_ tile: OutputTile) -> Kernel<Hopper, GlobalBuffer<BFloat16>> {
    Kernel("store_matrices", block: 128) { k, output in
      let elements = k.sharedField("c", of: BFloat16.self, count: 64 * 64, alignment: 1024)
      let firstRow = k.warpIndex * 16 + k.laneIndex / 4
      let firstColumn = k.laneIndex % 4 * 2
      let registers = (0..<32).map { register in
        let position = WarpgroupAccumulator.position(thread: 0, register: register)
        let row = firstRow + position.row
        let number = row * 64 + firstColumn + (position.column + 0x4000)
        return k.variable((number << 16).asFloat)
      }
      let accumulator = TileTensor(registers, layout: WarpgroupAccumulator.threadLayout(n: 64))
      tile.tensor(elements).tile(16, 64, at: k.warpIndex, 0).storeMatrices(k, rounding: accumulator)
      k.synchronize()
      k.loop(from: k.threadIndex.x, to: 64 * 64, by: 128) { output[$0] = elements[$0] }
    }
  }

  @Test(arguments: OutputTile.allCases)
  func `a tile is stored as it lies, and its rows conflict where they are plain`(
    tile: OutputTile
  ) throws {
    let device = SimulatedDevice(.hopper)
    let output = try device.makeBuffer(of: BFloat16.self, count: 64 * 64)
    let counters = try #require(try device.launch(kernel(tile), grid: 1, output).counters)
    let found = try output.read()
    for row in 0..<64 {
      for column in 0..<64 {
        let bits = found[tile.offset(row, column)].bitPattern
        #expect(Int(bits) == 0x4000 + row * 64 + column)
      }
    }
    #expect(counters.instructions["stmatrix"] == 16)
    #expect(counters.bankConflicts["stmatrix"] ?? 0 == tile.conflictCount)
  }
}

/// Boxes that fill 64 × 64 elements of 16 bits, and the conflicts that the model predicts.
struct BoxPattern: Sendable, CustomTestStringConvertible {
  /// The number of elements in a row of a box.
  var width: Int

  /// The permutation of chunks of 16 bytes.
  var swizzle = TensorMapDescription.Swizzle.none

  /// The number of wavefronts of all boxes beyond one for each core matrix.
  var conflictCount: UInt64

  var testDescription: String { "\(width) wide, \(swizzle)" }

  static let all = [
    // Eight rows of 128 bytes begin in the same bank. There are 64 core matrices.
    BoxPattern(width: 64, conflictCount: 64 * 7),
    BoxPattern(width: 64, swizzle: .bytes128, conflictCount: 0),
    // Of eight rows of 64 bytes four begin in the same bank, of eight rows of 32 bytes two.
    BoxPattern(width: 32, conflictCount: 64 * 3),
    BoxPattern(width: 32, swizzle: .bytes64, conflictCount: 0),
    BoxPattern(width: 16, conflictCount: 64 * 1),
    BoxPattern(width: 16, swizzle: .bytes32, conflictCount: 0),
    // Eight rows of 16 bytes are a line of all banks.
    BoxPattern(width: 8, conflictCount: 0),
  ]
}

@Suite struct CopyEngineModelTests {
  /// A kernel that loads boxes side by side, and stores them again.
  private func kernel(_ width: Int) -> Kernel<Hopper, TensorMap<BFloat16>> {
    Kernel("boxes", block: 32) { k, map in
      let elements = k.sharedField("tile", of: BFloat16.self, count: 64 * 64, alignment: 1024)
      let loaded = k.sharedBarrier("loaded", arrivals: 1)
      let leader = LeaderThread(k)
      leader {
        loaded.initialize()
        k.fenceBarrierInitialization()
        loaded.arrive(expectingByteCount: 64 * 64 * 2)
      }
      k.synchronize()
      leader {
        let zero = k.constant(UInt32(0))
        let boxes = stride(from: 0, to: 64, by: width).map { column in
          (k.constant(UInt32(column)), elements.advanced(by: 64 * column).address)
        }
        for (column, address) in boxes {
          k.cpAsyncBulkTensor(map, [column, zero], to: address, signalling: loaded)
        }
        loaded.wait(parity: zero)
        for (column, address) in boxes {
          k.cpAsyncBulkTensor(from: address, to: map, [column, zero])
        }
        k.cpAsyncBulkCommitGroup()
        k.cpAsyncBulkWaitGroup(0)
      }
    }
  }

  @Test(arguments: BoxPattern.all, [Schedule.eager, .late, .random(seed: 1)])
  func `boxes conflict as their rows do`(pattern: BoxPattern, schedule: Schedule) throws {
    let device = SimulatedDevice(.hopper, multiprocessors: 1, schedule: schedule)
    let matrix = try device.makeBuffer([BFloat16](repeating: 1, count: 64 * 64))
    let map = try device.makeTensorMap(
      TensorMapDescription(
        elementType: .bf16, address: matrix.address, extents: [64, 64], byteStrides: [128],
        box: [pattern.width, 64], swizzle: pattern.swizzle), of: BFloat16.self, over: matrix)
    let counters = try #require(
      try device.launch(kernel(pattern.width), grid: 1, map).counters)
    for name in ["cp.async.bulk.tensor.load", "cp.async.bulk.tensor.store"] {
      #expect(counters.instructions[name] == UInt64(64 / pattern.width))
      #expect(counters.modelledBankConflicts[name] ?? 0 == pattern.conflictCount)
    }
    #expect(counters.bankConflicts.isEmpty)
  }
}
