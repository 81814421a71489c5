// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import Simulator
import StructuredKernels
import Testing

/// A kernel that counts how often each stage of each tile is given to a cluster, and after them how
/// often a tile is completed; and, in a second buffer, the stages of each cluster and its tiles.
private let stageVisits = Kernel<
  Hopper, GlobalBuffer<UInt32>, GlobalBuffer<UInt32>, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32
>("stage_visits", block: 32, cluster: 2) {
  k, counts, loads, rows, columns, depth, wholeTileCount, splitTileCount, splitFactor in
  k.claimMultiprocessor()
  let scheduler = SplitKScheduler(
    k, SupergroupNumbering(rows: 3), kTileCount: depth,
    SplitKCounts(
      wholeTileCount: wholeTileCount, splitTileCount: splitTileCount, splitFactor: splitFactor))
  let grid = TileGrid(m: rows * 8, n: columns * 4, tileM: 8, tileN: 4)
  let load = loads.advanced(by: k.clusterIndex.x * 2)
  k.if(k.clusterRank == 0) {
    k.elected {
      scheduler.forEachTile(of: grid, as: .thread) { tile in
        guard let split = tile.split else { preconditionFailure("Tiles may be split.") }
        let number = tile.row * columns + tile.column
        k.loop(from: split.firstStage, to: split.endStage) { stage in
          _ = counts.advanced(by: number * depth + stage).atomic(.add, k.constant(1))
          _ = load.atomic(.add, k.constant(1))
        }
        _ = load.advanced(by: 1).atomic(.add, k.constant(1))
        k.if(split.completesTile(k)) {
          let completed = counts.advanced(by: rows * columns * depth + number)
          _ = completed.atomic(.add, k.constant(1))
        }
      }
    }
  }
}

@Suite struct SplitKTests {
  @Test(arguments: GridExtents.all, [2, 3, 7])
  func `every stage of every tile has one cluster, and every tile one that completes it`(
    grid: GridExtents, parts: Int
  ) throws {
    for depth in [0, 1, 2, 7, 16] {
      let device = SimulatedDevice(.hopper, multiprocessors: 6)
      let tileCount = grid.rows * grid.columns
      let plan = SplitKPlan(
        splitFactor: parts, tileCount: tileCount, depth: depth, clusterLimit: 3)
      let count = tileCount * (depth + 1)
      let counts = try device.makeBuffer([UInt32](repeating: 0, count: count))
      let loads = try device.makeBuffer([UInt32](repeating: 0, count: 6))
      try device.launch(
        stageVisits, grid: Dimensions(2 * plan.clusterCount), counts, loads,
        UInt32(grid.rows), UInt32(grid.columns), UInt32(depth), UInt32(plan.wholeTileCount),
        UInt32(plan.splitTileCount), UInt32(plan.splitFactor))
      #expect(try counts.read() == [UInt32](repeating: 1, count: count), "\(depth)")
      // No cluster has more than its waves of whole tiles, its rounds of splits, and their stages.
      let rounds =
        (plan.splitTileCount * plan.splitFactor + plan.clusterCount - 1) / plan.clusterCount
      let waves = tileCount / plan.clusterCount
      let splitStages = (depth + plan.splitFactor - 1) / plan.splitFactor
      let found = try loads.read()
      for cluster in 0..<plan.clusterCount {
        #expect(Int(found[2 * cluster]) <= waves * depth + rounds * splitStages)
        #expect(Int(found[2 * cluster + 1]) <= waves + rounds)
      }
    }
  }

  @Test(
    arguments: [
      // Less than a wave; exactly one; several and a rest; fewer stages than splits; no k.
      (parts: 2, tiles: 20, depth: 16, clusters: 40, splits: 20, slots: 20),
      (4, 20, 16, 66, 20, 60), (2, 66, 16, 66, 0, 0), (2, 688, 128, 66, 28, 28),
      (3, 100, 128, 66, 34, 68), (4, 20, 3, 60, 20, 40), (2, 20, 0, 20, 0, 0),
    ])
  func `a plan has a cluster for each split, and slots for all splits but one`(
    test: (parts: Int, tiles: Int, depth: Int, clusters: Int, splits: Int, slots: Int)
  ) {
    let plan = SplitKPlan(
      splitFactor: test.parts, tileCount: test.tiles, depth: test.depth, clusterLimit: 66)
    #expect(plan.clusterCount == test.clusters)
    #expect(plan.splitTileCount == test.splits && plan.slotCount == test.slots)
  }
}
