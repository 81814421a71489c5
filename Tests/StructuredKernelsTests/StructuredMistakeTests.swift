// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import NumberFormats
import StructuredKernels
import Testing
import TileLayout

/// A mistake with a structured component, and the diagnostic that the recording reports.
private struct Mistake: Sendable, CustomTestStringConvertible {
  /// The text of the diagnostic.
  let text: String

  /// The line of the mistake.
  let line: Int

  /// Records the kernel and creates its program.
  let record: @Sendable () throws(KernelError) -> Void

  /// The text and the line.
  var testDescription: String { "\(text) (line \(line))" }

  /// The values that a body receives besides the context.
  typealias Arguments = (
    map: DeviceTensorMap<BFloat16>, matrix: DevicePointer<BFloat16, Global>,
    index: DeviceValue<UInt32>
  )

  /// Creates a mistake in a kernel for an architecture.
  private init<Machine: Architecture>(
    _ text: String, _ line: Int, on machine: Machine.Type,
    _ body: @escaping @Sendable (KernelContext<Machine>, Arguments) -> Void
  ) {
    self.text = text
    self.line = line
    record = { () throws(KernelError) in
      _ = try Kernel<Machine, TensorMap<BFloat16>, GlobalBuffer<BFloat16>, UInt32>("k") {
        k, map, matrix, index in body(k, (map, matrix, index))
      }.program()
    }
  }

  /// A mistake in a kernel for Hopper, some lines after this one.
  static func hopper(
    _ text: String, offset: Int = 1, line: Int = #line,
    _ body: @escaping @Sendable (KernelContext<Hopper>, Arguments) -> Void
  ) -> Mistake { Mistake(text, line + offset, on: Hopper.self, body) }

  /// A mistake in a kernel for Blackwell, some lines after this one.
  static func blackwell(
    _ text: String, offset: Int = 1, line: Int = #line,
    _ body: @escaping @Sendable (KernelContext<Blackwell>, Arguments) -> Void
  ) -> Mistake { Mistake(text, line + offset, on: Blackwell.self, body) }
}

@Suite struct StructuredMistakeTests {
  /// Returns a tile of the given extents.
  private static func tile(
    _ name: String, _ rows: Int = 64, _ columns: Int = 64, slices: Int = 1
  ) -> SharedTile<BFloat16> {
    do {
      return try SharedTile(
        name, rows: rows, columns: columns, swizzle: .bytes128, slices: slices)
    } catch {
      fatalError("\(error)")
    }
  }

  /// Returns the tiles of A and B.
  private static func tiles<Machine: Architecture>(
    _ k: KernelContext<Machine>, rows: Int = 64
  ) -> OperandTiles<BFloat16> {
    OperandTiles(
      a: k.shared(tile("a", rows), stages: 2), b: k.shared(tile("b"), stages: 2))
  }

  /// Returns a store of two boxes of a tile, at the line of its call.
  private static func store(
    _ k: KernelContext<Hopper>, _ a: Mistake.Arguments, warpCount: Int, file: String = #fileID,
    line: Int = #line
  ) -> AccumulatorStore<Hopper, BFloat16> {
    let boxes = k.shared(AccumulatorStore<Hopper, BFloat16>.box("boxes"), stages: 4)
    return AccumulatorStore(
      k, to: a.map, through: boxes, warp: a.index, warpCount: warpCount, boxesPerTile: 2,
      file: file, line: line)
  }

  /// Roles.
  private static let roles: [Mistake] = [
    .hopper("the role 'load' must have at least one warp") { k, _ in
      k.roles { Role("load", warps: 0) {} }
    },
    .hopper("the role 'load' must have at least one warp") { k, _ in
      k.roles { Role("load", warps: -1) {} }
    },
    .hopper("must have 1 to 32 warps in total, not 9223372036854775807") { k, _ in
      k.roles { Role("load", warps: .max) {} }
    },
    .hopper("the roles of a block must have 1 to 32 warps in total, not 0") { k, _ in
      k.roles {}
    },
    .hopper("so every role must have a multiple of four warps; 'load' has 1") { k, _ in
      k.roles { Role("load", warps: 1, registers: 40) {} }
    },
    .hopper("'load' has 9223372036854775807, and the nearest is 256") { k, _ in
      k.roles { Role("load", warps: 4, registers: .max) {} }
    },
    .hopper("'load' has 0, and the nearest is 24") { k, _ in
      k.roles { Role("load", warps: 4, registers: 0) {} }
    },
    .hopper("the name of a role must consist of printable characters") { k, _ in
      k.roles { Role("load\n", warps: 4) {} }
    },
    .hopper("a wait must leave 0 to 7 groups pending, not 9", offset: 3) { k, _ in
      k.roles {
        Role("load", warps: 4) {
          k.wgmmaWaitGroup(9)
        }
      }
    },
  ]

  /// Pipelines, rings and their tiles.
  private static let pipelines: [Mistake] = [
    .hopper("one to four blocks, and only whole CTA pairs, can share stages, not 0") { k, _ in
      TilePipeline(k, tiles(k), consumers: 1, sharingBlocks: 0).initialize()
    },
    .blackwell("only whole CTA pairs, can share stages, not 3") { k, _ in
      TilePipeline(inPairs: k, tiles(k), sharingBlocks: 3).initialize()
    },
    .hopper("a phase of 'empty' must expect 1 to 1,048,575 arrivals, not 0") { k, _ in
      TilePipeline(k, tiles(k), consumers: 0).initialize()
    },
    .hopper("a phase of 'empty' must expect 1 to 1,048,575 arrivals") { k, _ in
      TilePipeline(k, tiles(k), consumers: .max, sharingBlocks: 2).initialize()
    },
    .hopper("a payload must have the same number of stages, not 2 and 3", offset: 2) { k, _ in
      let a = k.shared(tile("a"), stages: 2)
      let b = k.shared(tile("b"), stages: 3)
      _ = OperandTiles(a: a, b: b)
    },
    .hopper("a payload must have the same columns, not 64 and 128", offset: 2) { k, _ in
      let a = k.shared(tile("a"), stages: 2)
      let b = k.shared(tile("b", 64, 128), stages: 2)
      _ = OperandTiles(a: a, b: b)
    },
    .hopper("of 'drained' must expect 1 to 1,048,575 arrivals, not 0") { k, _ in
      StageRing(k, stages: 2, full: ("filled", 1), empty: ("drained", 0)).initialize()
    },
    .blackwell("a cluster must have 1 or 2 pairs, not 3", offset: 2) { k, a in
      let ring = StageRing(k, stages: 2, full: ("filled", 1), empty: ("drained", 4))
      _ = AccumulatorRing(
        k, ring, at: TensorMemoryAddress(a.index), columns: 64, group: .two, pairs: 3)
    },
    .hopper("the blocks of a cluster, at most 16, not by 64", offset: 5) { k, a in
      let tiles = OperandTiles(
        a: k.shared(tile("a", slices: 8), stages: 1), b: k.shared(tile("b", slices: 8), stages: 1)
      )
      let rank = k.constant(UInt32(0))
      k.synchronize()
      _ = TileIO(k, from: a.map, a.map, filling: tiles, rank: rank)
    },
  ]

  /// Operations, accumulators and stores.
  private static let operations: [Mistake] = [
    .hopper("accumulators must have 1 to 8 warpgroups, a multiple of 64 rows") { k, _ in
      WarpgroupBlockOp.withAccumulators(k, AccumulatorShape(rows: 60, columns: 64)) { _ in }
    },
    .hopper("accumulators must have 1 to 8 warpgroups") { k, _ in
      WarpgroupBlockOp.withAccumulators(k, .noWarpgroups) { _ in }
    },
    .hopper("up to 256, not 1, 64 and -8") { k, _ in
      WarpgroupBlockOp.withAccumulators(k, AccumulatorShape(rows: 64, columns: -8)) { _ in }
    },
    .blackwell("up to 512, not 1, 9223372036854775807 and 64") { k, _ in
      TensorMemoryBlockOp.withAccumulators(k, AccumulatorShape(rows: .max, columns: 64)) { _ in }
    },
    .hopper("cannot be divided into 2 blocks of 64 rows") { k, a in
      _ = WarpgroupRows(k, of: 64, blockCount: 2, index: a.index)
    },
    .hopper("64 rows of a tile cannot be divided into -1 blocks") { k, a in
      _ = WarpgroupRows(k, of: 64, blockCount: -1, index: a.index)
    },
    .hopper("A must have fragments of 1 blocks of 64 rows and 4 steps, not of [3]", offset: 4) {
      k, a in
      let b = OperandDescriptors(k.matrixDescriptor(of: tiles(k).b[0]), layout: tile("b").layout)
      let sums = RegisterAccumulators(k, rowBlockCount: 1, columns: 64)
      sums.multiply(
        .local([[[], [], []]]), by: b, of: BFloat16.self, accumulates: k.always)
    },
    .blackwell("there is no such instruction: ", offset: 2) { k, a in
      let tiles = tiles(k, rows: 32)
      _ = TensorMemoryTileOp(k, of: tiles)
    },
    .hopper("the tensor must have the same number of pairs", offset: 3) { k, a in
      let pair = TileTensor([k.variable(Float(0)), k.variable(Float(0))], layout: .rowMajor(1, 2))
      let matrix = TileTensor(a.matrix, rows: a.index, columns: a.index).tile(8, 8, at: 0, 0)
      matrix.vectorized(1, 2).store(k, rounding: pair.vectorized(1, 2))
    },
    .hopper("the same number of boxes, and a tile at least one, not 0") { k, a in
      _ = store(k, a, warpCount: 0)
    },
    .hopper("the same number of boxes, and a tile at least one, not 3") { k, a in
      _ = store(k, a, warpCount: 3)
    },
    .hopper("a lane must store 32 accumulators of a box, not 1", offset: 2) { k, a in
      let store = store(k, a, warpCount: 2)
      store.store([k.constant(0)], box: 0, row: a.index, column: a.index) { sums, _ in sums }
    },
    .hopper("a lane must store 16 words of a box, not 0", offset: 2) { k, a in
      let store = store(k, a, warpCount: 2)
      store.store(words: [], box: 0, row: a.index, column: a.index)
    },
    .hopper("a tile has 2 boxes, but no box -1", offset: 3) { k, a in
      let store = store(k, a, warpCount: 2)
      let words = [DeviceValue<UInt32>](repeating: k.constant(0), count: 16)
      store.store(words: words, box: -1, row: a.index, column: a.index)
    },
    .blackwell("a cluster must have 1 to 16 blocks, not 0") { k, _ in
      _ = LaunchControlScheduler(k, SupergroupNumbering(rows: 1), blocks: 0, readers: 1)
    },
    .blackwell("a cluster must have 1 to 16 blocks, not 9223372036854775807") { k, _ in
      _ = LaunchControlScheduler(k, SupergroupNumbering(rows: 1), blocks: .max, readers: 1)
    },
    .hopper("a supergroup must have at least one row, not 0", offset: 2) { k, a in
      let grid = TileGrid(m: a.index, n: a.index, tileM: 64, tileN: 64)
      SingleTileScheduler(k, SupergroupNumbering(rows: 0)).forEachTile(of: grid) { _ in }
    },
    .hopper("a device value is divided by the constant zero") { k, a in
      a.matrix[0] = k.constant(BFloat16(0))
      _ = TileGrid(m: a.index, n: a.index, tileM: 0, tileN: 64)
    },
    .blackwell("must have 32, 64, 128, 256 or 512 columns, not 0") { k, _ in
      k.withTensorMemory(TensorMemoryPlan()) { _ in }
    },
    .blackwell("must have different names and fit into 64 allocated columns", offset: 5) {
      k, _ in
      var plan = TensorMemoryPlan()
      _ = plan.region("sums", columns: 32)
      _ = plan.region("sums", columns: 32)
      k.withTensorMemory(plan) { _ in }
    },
    .blackwell("not [\"sums\"] with 96", offset: 3) { k, _ in
      var plan = TensorMemoryPlan()
      _ = plan.region("sums", columns: 96)
      k.withTensorMemory(plan, columns: 64) { _ in }
    },
  ]

  @Test(arguments: roles + pipelines + operations)
  private func `a mistake is a finding at its line`(_ mistake: Mistake) {
    let error = #expect(throws: KernelError.self) { try mistake.record() }
    guard case .invalid("k", let diagnostics)? = error else {
      Issue.record("\(mistake.text): \(String(describing: error))")
      return
    }
    let found = diagnostics.map { "\($0.place?.file ?? "?"):\($0.place?.line ?? 0): \($0.message)" }
    #expect(
      diagnostics.contains {
        $0.message.contains(mistake.text) && $0.place?.line == mistake.line
      }, "\(mistake.text), line \(mistake.line): \(found)")
  }

  @Test(arguments: [(rows: 0, slices: 1), (-128, 1), (100, 1), (.max, 1), (128, 0), (128, 3)])
  func `scale factors that cannot be are refused`(rows: Int, slices: Int) {
    #expect(throws: CanonicalLayoutError.self) {
      try ScaleFactorTile("scales", rows: rows, slices: slices)
    }
  }

  @Test(arguments: [Int.min, -1, 0, 1, 1 << 40, .max])
  func `a plan of any extents has counts`(extent: Int) {
    let plans = [
      SplitKPlan(splitFactor: extent, tileCount: 7, depth: 5, clusterLimit: 3),
      SplitKPlan(splitFactor: 2, tileCount: extent, depth: 5, clusterLimit: 3),
      SplitKPlan(splitFactor: extent, tileCount: extent, depth: extent, clusterLimit: extent),
    ]
    for plan in plans {
      #expect(plan.clusterCount >= 1 && plan.splitFactor >= 1)
      #expect(plan.wholeTileCount >= 0 && plan.splitTileCount >= 0 && plan.slotCount >= 0)
    }
  }

  @Test func `a curve over no tiles is an error`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = HilbertCurve(rows: 0, columns: 3)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("A curve must visit 1 to 4294967295 tiles, not 0 x 3."), "\(text)")
  }
}

extension AccumulatorShape {
  /// A shape without warpgroups.
  fileprivate static let noWarpgroups = AccumulatorShape(rows: 64, columns: 64, warpgroups: 0)
}
