// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import Simulator
import StructuredKernels
import Testing

/// The extents of a grid of tiles.
struct GridExtents: Hashable, Sendable, CustomTestStringConvertible {
  var rows: Int
  var columns: Int

  var testDescription: String { "\(rows) x \(columns)" }

  /// Squares and others, with and without sides that are powers of two.
  static let all = [
    (1, 1), (1, 7), (7, 1), (2, 2), (3, 5), (8, 8), (5, 16), (16, 5), (13, 11), (9, 30), (1, 40),
  ].map { GridExtents(rows: $0.0, columns: $0.1) }
}

@Suite struct HilbertCurveTests {
  /// Returns the tiles of a curve as pairs.
  private func tiles(_ curve: HilbertCurve) -> [(row: Int, column: Int)] {
    stride(from: 0, to: curve.coordinates.count, by: 2).map {
      (Int(curve.coordinates[$0]), Int(curve.coordinates[$0 + 1]))
    }
  }

  @Test func `every tile of every rectangle is visited once, each next to the one before`() {
    for rows in 1...33 {
      for columns in 1...33 {
        let tiles = tiles(HilbertCurve(rows: rows, columns: columns))
        var seen = Set<Int>()
        for (row, column) in tiles {
          #expect((0..<rows).contains(row) && (0..<columns).contains(column))
          seen.insert(row * columns + column)
        }
        #expect(tiles.count == rows * columns && seen.count == rows * columns)
        var diagonalCount = 0
        for (one, next) in zip(tiles, tiles.dropFirst()) {
          let (down, right) = (abs(next.row - one.row), abs(next.column - one.column))
          #expect(max(down, right) == 1, "\(rows) x \(columns): \(one) to \(next)")
          if down + right == 2 { diagonalCount += 1 }
        }
        #expect(diagonalCount <= 1, "\(rows) x \(columns)")
      }
    }
  }

  @Test func `a square whose side is a power of two has Hilbert's own curve`() {
    let tiles = tiles(HilbertCurve(rows: 4, columns: 4))
    // Every aligned quarter and every aligned sixteenth of the grid is a run of the curve.
    for first in stride(from: 0, to: 16, by: 4) {
      let quarter = tiles[first..<first + 4]
      #expect(Set(quarter.map { $0.row / 2 * 2 + $0.column / 2 }).count == 1)
    }
  }

  @Test func `runs of a curve are compact`() {
    // Row by row, 64 tiles of a 32 x 32 grid would span 2 rows and 32 columns, 34 in all.
    let tiles = tiles(HilbertCurve(rows: 32, columns: 32))
    for first in stride(from: 0, through: 1024 - 64, by: 16) {
      let run = tiles[first..<first + 64]
      let sides = Set(run.map(\.row)).count + Set(run.map(\.column)).count
      #expect(sides <= 24, "\(first): \(sides)")
    }
  }
}

/// A kernel that counts tiles.
private typealias VisitKernel<Machine: Architecture> = Kernel<
  Machine, GlobalBuffer<UInt32>, UInt32, UInt32, AddedArguments
>

/// A numbering of tiles under test.
private enum TileOrder: CaseIterable {
  case supergroups, hilbert

  /// The numbering, as the host sees it.
  var ordering: any TileOrdering {
    self == .hilbert ? HilbertOrdering() : SupergroupNumbering(rows: 3)
  }
}

/// Returns a kernel whose readers count, in one word for each tile, how often they receive it: a
/// thread that loads, another thread, and two warps of each block.
private func visits<Machine: HasTMA & HasClusters>(
  blocks: Int, _ order: TileOrder,
  _ scheduler:
    @escaping @Sendable (KernelContext<Machine>, any TileNumbering) -> any TileScheduler<Machine>
) -> VisitKernel<Machine> {
  Kernel("visits", cluster: Dimensions(blocks)) { k, counts, rows, columns, parameters in
    let numbering = order.ordering.numbering(parameters)
    let scheduler = scheduler(k, numbering)
    let grid = TileGrid(m: rows * 8, n: columns * 4, tileM: 8, tileN: 4)
    LeaderThread(k) {
      scheduler.initialize()
      k.fenceBarrierInitialization()
    }
    k.synchronizeCluster()
    // Large enough that an SM holds only one block.
    k.claimMultiprocessor()
    /// Counts a tile.
    @Sendable func count(_ tile: StructuredKernels.OutputTile) {
      let index = tile.row * columns + tile.column
      _ = counts.advanced(by: index).atomic(.add, k.constant(1))
    }
    k.roles {
      Role("load", warps: 1) {
        k.elected { scheduler.forEachTile(of: grid, as: .loadingThread, count) }
      }
      Role("multiply", warps: 1) {
        k.elected { scheduler.forEachTile(of: grid, as: .thread, count) }
      }
      Role("store", warps: 2) {
        scheduler.forEachTile(of: grid) { tile in k.elected { count(tile) } }
      }
      scheduler.roles
    }
  }
}

/// Launches a kernel on a grid, and expects each reader to receive every tile once.
private func expectEachOnce<Machine: HasTMA & HasClusters>(
  _ kernel: VisitKernel<Machine>, on device: SimulatedDevice, _ grid: GridExtents,
  _ order: TileOrder, clusters: Int, blocks: Int, sourceLocation: SourceLocation = #_sourceLocation
) throws -> LaunchResult {
  let count = grid.rows * grid.columns
  let counts = try device.makeBuffer([UInt32](repeating: 0, count: count))
  let tiles = ScheduledTiles(rows: grid.rows, columns: grid.columns, depth: 1, clusterLimit: 3)
  let result = try device.launch(
    kernel, grid: Dimensions(blocks * clusters), counts, UInt32(grid.rows), UInt32(grid.columns),
    AddedArguments(try order.ordering.arguments(for: tiles, on: device)))
  #expect(
    try counts.read() == [UInt32](repeating: UInt32(4 * blocks), count: count),
    sourceLocation: sourceLocation)
  return result
}

@Suite struct SchedulerTests {
  @Test(arguments: GridExtents.all, TileOrder.allCases)
  private func `every tile is given once to each reader`(
    grid: GridExtents, order: TileOrder
  ) throws {
    let device = SimulatedDevice(.hopper, multiprocessors: 6)
    let count = grid.rows * grid.columns
    _ = try expectEachOnce(
      visits(blocks: 2, order) { SingleTileScheduler<Hopper>($0, $1) }, on: device, grid, order,
      clusters: count, blocks: 2)
    _ = try expectEachOnce(
      visits(blocks: 2, order) { PersistentScheduler<Hopper>($0, $1) }, on: device, grid, order,
      clusters: PersistentScheduling<Hopper>().clusterCount(
        of: ScheduledTiles(rows: grid.rows, columns: grid.columns, depth: 1, clusterLimit: 3)),
      blocks: 2)
  }

  @Test(
    arguments: [Schedule.eager, .late] + (0..<20).map { Schedule.random(seed: $0) }, [1, 2, 4])
  func `launch control gives every tile once to each reader`(
    schedule: Schedule, blocks: Int
  ) throws {
    for (stages, grid) in [(1, GridExtents.all[8]), (2, GridExtents.all[4]), (3, .all[0])] {
      let device = SimulatedDevice(.blackwell, multiprocessors: 8, schedule: schedule)
      let kernel: VisitKernel<Blackwell> = visits(blocks: blocks, .supergroups) {
        LaunchControlScheduler($0, $1, blocks: blocks, readers: 4 * blocks, stages: stages)
      }
      let count = grid.rows * grid.columns
      let result = try expectEachOnce(
        kernel, on: device, grid, .supergroups, clusters: count, blocks: blocks)
      // One request for each tile that was not launched, and one refusal for each launched cluster.
      #expect(
        result.counters?.instructions["clusterlaunchcontrol.try_cancel"] == UInt64(count))
    }
  }

  @Test(arguments: [Schedule.eager, .late, .random(seed: 1), .random(seed: 2)])
  func `a cluster requests one tile ahead of its current tile`(schedule: Schedule) throws {
    // The first cluster stays at its own tile until all others are done, except one that it holds.
    let count = 12
    let kernel = Kernel<Blackwell, GlobalBuffer<UInt32>>("throttle") { k, done in
      let scheduler = LaunchControlScheduler(
        k, SupergroupNumbering(rows: 1), blocks: 1, readers: 1, stages: 3)
      LeaderThread(k) {
        scheduler.initialize()
        k.fenceBarrierInitialization()
      }
      k.synchronize()
      k.claimMultiprocessor()
      let grid = TileGrid(
        m: k.constant(1), n: k.constant(UInt32(count)), tileM: 1, tileN: 1)
      k.roles {
        Role("load", warps: 1) {
          k.elected {
            scheduler.forEachTile(of: grid, as: .loadingThread) { tile in
              k.if(tile.column == 0) {
                k.while({ done.atomic(.add, k.constant(0)) < (count - 2) }) {}
              }
              // The second is slow to begin, so that the first has time to take more.
              k.if(tile.column == 1) {
                k.loop(300) { _ in _ = done.atomic(.add, k.constant(0)) }
              }
              _ = done.atomic(.add, k.constant(1))
            }
          }
        }
        scheduler.roles
      }
    }
    let device = SimulatedDevice(.blackwell, multiprocessors: 2, schedule: schedule)
    let done = try device.makeBuffer([UInt32](repeating: 0, count: 1))
    try device.launch(kernel, grid: Dimensions(count), done)
    #expect(try done.read() == [UInt32(count)])
  }

  @Test
  func `a launch gives the arguments of added parameters where a kernel has them, and only there`()
    throws
  {
    let device = SimulatedDevice(.hopper)
    let counts = try device.makeBuffer([UInt32](repeating: 0, count: 4))
    /// Launches a kernel with or without the added buffer.
    func launch(_ order: TileOrder, _ places: GlobalBuffer<UInt32>?) throws {
      try device.launch(
        visits(blocks: 1, order) { PersistentScheduler<Hopper>($0, $1) }, grid: 1, counts, 1, 1,
        AddedArguments(places.map { [$0] } ?? []))
    }
    try launch(.supergroups, nil)
    #expect(throws: DeviceError.self) { try launch(.supergroups, counts) }
    #expect(throws: DeviceError.self) { try launch(.hilbert, nil) }
  }

  @Test func `persistent clusters are the fewest that need no further wave`() {
    /// Returns the number of clusters for some tiles, on a device that runs ten clusters at a time.
    func clusters(_ tiles: Int) -> Int {
      PersistentScheduling<Hopper>().clusterCount(
        of: ScheduledTiles(rows: 1, columns: tiles, depth: 1, clusterLimit: 10))
    }
    #expect([1, 10, 11, 20, 21, 25].map(clusters) == [1, 10, 6, 10, 7, 9])
    let tiles = ScheduledTiles(rows: 5, columns: 5, depth: 1, clusterLimit: 10)
    #expect(SingleTileScheduling<Hopper>().clusterCount(of: tiles) == 25)
  }
}
