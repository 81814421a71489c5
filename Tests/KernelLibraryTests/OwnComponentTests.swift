// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats
import Simulator
import StructuredKernels
import Testing

// Everything here is declared with what another package can reach.

/// Persistent clusters that take tiles in the order of a table, which the host makes.
private struct TableScheduling<Machine: HasTMA & HasClusters>: TileScheduling {
  /// The buffer of tile numbers, and their count.
  typealias Parameters = ParameterList<GlobalBuffer<UInt32>, UInt32>

  var name: String { "table" }

  func summary(of kernel: StructuredKernels.ScheduledKernel) -> String {
    "tiles in the order of a table"
  }

  func clusterCount(of tiles: ScheduledTiles) -> Int {
    max(1, min(tiles.count, tiles.clusterLimit))
  }

  func arguments(
    for tiles: ScheduledTiles, on device: any Device
  ) throws(DeviceError) -> [any KernelParameter] {
    let numbers = (0..<UInt32(tiles.count)).reversed()
    return [Parameters(try device.makeBuffer(Array(numbers)), UInt32(tiles.count))]
  }

  func scheduler(
    _ k: KernelContext<Machine>, _ parameters: AddedParameters, _ numbering: any TileNumbering,
    kTileCount: DeviceValue<UInt32>, of kernel: StructuredKernels.ScheduledKernel
  ) -> any TileScheduler<Machine> {
    let (numbers, count) = parameters.declare(
      Parameters.self, as: ["tile_numbers", "tile_count"])
    return TableScheduler(k: k, numbering: numbering, numbers: numbers, count: count)
  }
}

/// The scheduler in the kernel.
private struct TableScheduler<Machine: HasTMA & HasClusters>: TileScheduler {
  let k: KernelContext<Machine>
  let numbering: any TileNumbering
  let numbers: DevicePointer<UInt32, Global>
  let count: DeviceValue<UInt32>

  func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient, file: String, line: Int,
    _ body: @Sendable (StructuredKernels.OutputTile) -> Void
  ) {
    k.inlined(at: file, line) {
      k.loop(from: k.clusterIndex.x, to: count, by: k.clusterCount.x) { index in
        body(numbering.tile(numbers[index], of: grid, k))
      }
    }
  }
}

/// Accumulators stored as integers.
extension Int32: StoredElement {
  /// `s32`.
  public static var storedName: String { "s32" }

  /// Rounds the accumulators.
  public static func words<Machine: HasTMA>(
    of pairs: [AccumulatorPair], _ k: KernelContext<Machine>
  ) -> [DeviceValue<Int32>] {
    pairs.flatMap { [$0.left, $0.right] }.map {
      $0.converted(to: Int32.self, rounding: .toNearestEven)
    }
  }

  /// Stores two neighbours at a time.
  public static func write<Machine: HasTMA>(
    at lane: LaneAddressing, boxOffset: Int, _ k: KernelContext<Machine>,
    _ words: (_ number: Int) -> [DeviceValue<Int32>]
  ) {
    for number in 0..<2 {
      let values = words(number)
      for index in 0..<4 {
        let chunk = lane.chunk ^ ((2 * number + index / 2) * 32)
        let address = SharedAddress(lane.rowAddress + chunk)
        let pointer = DevicePointer<Int32, Shared>(
          address.advanced(byByteCount: boxOffset + index % 2 * 8 * 128))
        pointer.storeVector([values[2 * index], values[2 * index + 1]])
      }
    }
  }
}

/// Hopper, with roles of its own: one warpgroup multiplies and stores tiles of 64 rows.
private enum OwnMachine: StructuredMachine, HasWGMMA {
  static var name: String { "own" }

  static var baseNumber: Int { 90 }

  static var defaultConfiguration: StructuredConfiguration {
    StructuredConfiguration(tileM: 64, tileN: 128, clusterM: 1, consumers: .single)
  }

  static func configuration(
    for shape: MatmulShape, multiprocessorCount: Int
  ) -> StructuredConfiguration { defaultConfiguration }

  static func structuredRules(
    for configuration: StructuredConfiguration, readingMatrix: Bool
  ) -> StructuredRules {
    StructuredRules(tileRows: [64], storingWarpCount: 4, choosesConsumers: true)
  }

  static func accumulatorWarpCount(_ configuration: StructuredConfiguration) -> Int { 4 }

  static func owner(
    row: Int, column: Int, in configuration: StructuredConfiguration
  ) -> ElementOwner {
    configuration.owner(row: row, column: column, warp: row % 64 / 16)
  }

  static func record<Element: TensorCoreElement, Output, Post>(
    _ components: MatmulComponents<OwnMachine, TileIO<OwnMachine, Element>, Output, Post>
  ) {
    components.initialize()
    components.k.roles {
      Role("multiply", warps: 4) { warps in multiply(components, warps) }
      Role("load", warps: 1) { components.load() }
    }
  }

  /// Records the role that multiplies and stores.
  private static func multiply<Element: TensorCoreElement, Output, Post>(
    _ components: MatmulComponents<OwnMachine, TileIO<OwnMachine, Element>, Output, Post>,
    _ warps: RoleWarps
  ) {
    let (k, tileN) = (components.k, components.configuration.tileN)
    let rows = WarpgroupRows(k, of: 64, blockCount: 1, index: k.constant(0))
    let accumulators = RegisterAccumulators(k, rowBlockCount: 1, columns: tileN)
    let tileOp = WarpgroupTileOp(k, of: components.tiles, rows: rows)
    let columns = AccumulatorStore<OwnMachine, Output>.boxColumns
    let store = AccumulatorStore(
      k, to: components.dMap, through: components.boxes, warp: warps.warpIndex, warpCount: 4,
      boxesPerTile: tileN / columns)
    components.pipeline.withConsumer(warps) { consumer in
      components.forEachTile { tile in
        k.loop(components.stageCount(of: tile)) { index in
          consumer.withStage { tileOp.multiply($0, into: accumulators, accumulates: index > 0) }
        }
        consumer.finish()
        let row = components.tileIO.firstRow(of: tile) + rows.firstRow(ofBlock: 0, of: warps)
        for box in 0..<tileN / columns {
          let registers = accumulators.blocks[0][box * columns / 2..<(box + 1) * columns / 2]
          components.store(
            store, registers.map(\.current), column: box * columns, index: box, row: row, of: tile)
        }
      }
    }
    store.finish()
  }
}

@Suite struct OwnComponentTests {
  /// Computes a product of small integers with a scheduler of this file, and compares every element.
  private func check<Machine: StructuredMachine>(
    _ machine: Machine.Type,
    _ configuration: StructuredConfiguration = Machine.defaultConfiguration,
    on device: SimulatedDevice
  ) throws {
    let kernel = try StructuredMatmul<Machine, BFloat16, Int32, Identity>(
      configuration, scheduling: TableScheduling())
    #expect(kernel.entry.hasSuffix("_table"))
    let shape = MatmulShape(m: 200, n: 264, k: 136)
    let inputs = MatmulInputs.integers
    let a = inputs.matrix(of: BFloat16.self, rows: shape.m, columns: shape.k, seed: 1)
    let b = inputs.matrix(of: BFloat16.self, rows: shape.n, columns: shape.k, seed: 2)
    let d = try device.makeBuffer([Int32](repeating: .min, count: shape.m * shape.n))
    try kernel.prepare(
      on: device, a: device.makeBuffer(a), b: device.makeBuffer(b), d: d, shape: shape,
      epilogue: Identity()
    ).launch()
    let expected = (0..<shape.m * shape.n).map { index -> Int32 in
      let (row, column) = (index / shape.n, index % shape.n)
      return (0..<shape.k).reduce(0) {
        $0 + Int32(Float(a[row * shape.k + $1]) * Float(b[column * shape.k + $1]))
      }
    }
    #expect(try d.read() == expected)
    let parameters = try kernel.module().functions[0].parameters.map(\.name)
    #expect(parameters.suffix(2) == ["tile_numbers", "tile_count"])
  }

  @Test func `a scheduler with a buffer and an element type of another package serve the library`()
    throws
  {
    try check(Hopper.self, on: SimulatedDevice(.hopper, multiprocessors: 4))
    try check(
      Blackwell.self, StructuredConfiguration(tileN: 128),
      on: SimulatedDevice(.blackwell, multiprocessors: 4))
  }

  @Test func `a machine of another package has roles of its own`() throws {
    try check(OwnMachine.self, on: SimulatedDevice(.hopper, multiprocessors: 2))
  }
}
