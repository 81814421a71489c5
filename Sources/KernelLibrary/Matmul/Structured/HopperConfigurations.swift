// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import StructuredKernels

// The choice of a configuration for each product on Hopper. Change this file for other schedules.

/// A configuration, and its measured costs on an H100.
struct MeasuredConfiguration: Sendable {
  /// The configuration.
  let configuration: StructuredConfiguration

  /// The cycles in which a block multiplies 64 elements along k, if nothing else limits it.
  let depthCycles: Double

  /// The additional cycles for each output tile: first loads, last stores, and a fraction of the
  /// launch.
  let tileCycles: Double

  /// The slowdown of long launches, which the GPU's power limits: larger if more bytes are moved
  /// for each multiplication.
  let powerFactor: Double

  /// Creates a measured configuration.
  init(
    _ configuration: StructuredConfiguration, depthCycles: Double, tileCycles: Double,
    powerFactor: Double = 1.05
  ) {
    self.configuration = configuration
    self.depthCycles = depthCycles
    self.tileCycles = tileCycles
    self.powerFactor = powerFactor
  }
}

extension Hopper {
  /// The configurations to choose from, with cycles fitted to the times of an H100 in
  /// `Documentation/Results/configurations-h100.csv`.
  static let measuredConfigurations: [MeasuredConfiguration] = {
    /// Tiles of 256 rows in clusters whose two blocks share A.
    func tall(_ columns: Int) -> StructuredConfiguration {
      StructuredConfiguration(
        tileM: 256, tileN: columns, stageCount: 3, clusterM: 1, clusterN: 2, supergroupRows: 16,
        usesProgrammaticDependentLaunch: true)
    }
    /// Tiles of 256 × 192 in clusters whose two blocks share B, with the last wave split along k.
    func split(_ splits: Int) -> StructuredConfiguration {
      StructuredConfiguration(
        tileM: 256, tileN: 192, stageCount: 3, supergroupRows: 4, scheduler: .splitK,
        splitFactor: splits,
        usesProgrammaticDependentLaunch: true)
    }
    /// Tiles of 128 rows in clusters whose two blocks share B.
    func flat(_ columns: Int, splits: Int? = nil) -> StructuredConfiguration {
      StructuredConfiguration(
        tileN: columns, stageCount: 6, storeBoxCount: columns == 128 ? 1 : 2,
        scheduler: splits == nil ? .persistent : .splitK, splitFactor: splits ?? 2,
        usesProgrammaticDependentLaunch: true)
    }
    /// Tiles of 64 rows for one warpgroup.
    func small(
      _ columns: Int, depth: Int, stages: Int, splits: Int? = nil
    ) -> StructuredConfiguration {
      StructuredConfiguration(
        tileM: 64, tileN: columns, tileK: depth, stageCount: stages, clusterM: 1,
        consumers: .single, scheduler: splits == nil ? .persistent : .splitK,
        splitFactor: splits ?? 2, usesProgrammaticDependentLaunch: true)
    }
    let large = StructuredConfiguration(
      order: .hilbert, defersStores: true, usesProgrammaticDependentLaunch: true)
    return [
      .init(large, depthCycles: 1190, tileCycles: 4850, powerFactor: 1.045),
      .init(tall(192), depthCycles: 1825, tileCycles: 1000, powerFactor: 1.005),
      .init(tall(176), depthCycles: 1625, tileCycles: 4600, powerFactor: 1.02),
      .init(tall(160), depthCycles: 1470, tileCycles: 5400, powerFactor: 1.025),
    ]
      + [2, 3].map {
        .init(split($0), depthCycles: 1815, tileCycles: 2700, powerFactor: 1.005)
      }
      + [nil, 2, 4].map {
        .init(flat(128, splits: $0), depthCycles: 660, tileCycles: 4000, powerFactor: 1.05)
      }
      + [.init(flat(64), depthCycles: 335, tileCycles: 4500, powerFactor: 1.05)]
      + [nil, 2].flatMap { splits -> [MeasuredConfiguration] in
        [
          .init(
            small(64, depth: 128, stages: 6, splits: splits), depthCycles: 370, tileCycles: 2600),
          .init(
            small(128, depth: 64, stages: 8, splits: splits), depthCycles: 420, tileCycles: 3200),
          .init(
            small(192, depth: 64, stages: 6, splits: splits), depthCycles: 555, tileCycles: 7500),
        ]
      }
      + [.init(small(96, depth: 128, stages: 5), depthCycles: 305, tileCycles: 8000)]
  }()

  /// The configurations that the library chooses from.
  public static var libraryConfigurations: [StructuredConfiguration] {
    measuredConfigurations.map(\.configuration)
  }

  /// Returns the configuration with the lowest estimated number of cycles for a product.
  public static func configuration(
    for shape: MatmulShape, multiprocessorCount: Int
  ) -> StructuredConfiguration {
    let best = measuredConfigurations.min {
      $0.cycles(for: shape, multiprocessorCount) < $1.cycles(for: shape, multiprocessorCount)
    }
    return best?.configuration ?? defaultConfiguration
  }
}

extension MeasuredConfiguration {
  /// The bytes that L2 delivers to all SMs together in a cycle.
  private static var cacheBytesPerCycle: Double { 6300 }

  /// The bytes that global memory delivers in a cycle.
  private static var memoryBytesPerCycle: Double { 1400 }

  /// The number of operations above which the GPU's power limits a launch: about two milliseconds.
  private static var longLaunch: Double { 1.5e12 }

  /// The cycles for the partial sums of a split to reach the cluster that completes the tile.
  private static var exchangeCycles: Double { 10_000 }

  /// The cycles for a launch to begin if the blocks of the preceding launch leave no room for its
  /// own.
  private static var launchCycles: Double { 1800 }

  /// Returns the number of lines of L2 that 128 bytes of a row occupy.
  ///
  /// Rows of k 2-byte elements that are not a multiple of a line begin in the middle of one. Rows
  /// that are not a multiple of 16 bytes are replaced by copies that are aligned to lines.
  private func linesOfBox(_ k: Int) -> Double { k % 8 == 0 && k % 64 != 0 ? 2 : 1 }

  /// Estimates the cycles of a product.
  ///
  /// All clusters compute the same number of waves, and of rounds of splits if tiles are split. In
  /// each, a tile takes its stages, each of which lasts as long as the slower of the
  /// multiplications and the reads of all blocks from L2. No product is faster than memory.
  func cycles(for shape: MatmulShape, _ multiprocessorCount: Int) -> Double {
    let blocks = configuration.clusterBlockCount
    let limit = max(1, multiprocessorCount / blocks)
    let scheduled = configuration.scheduledTiles(shape, clusterLimit: limit)
    let tiles = scheduled.count
    let plan =
      configuration.scheduler != .splitK
      ? nil
      : SplitKPlan(
        splitFactor: configuration.splitFactor, tileCount: tiles, depth: scheduled.depth,
        clusterLimit: limit)
    let clusters = Hopper.scheduling(for: configuration).clusterCount(of: scheduled)
    let turns = Double(plan == nil ? (tiles + clusters - 1) / clusters : tiles / clusters)
    let splits = Double(plan?.splitFactor ?? 1)
    let rounds = plan.map { ($0.splitTileCount * $0.splitFactor + clusters - 1) / clusters } ?? 0
    let rows = Double(min(configuration.tileM, shape.m)) / Double(configuration.clusterN)
    let columns = Double(min(configuration.tileN, shape.n)) / Double(configuration.clusterM)
    let bytes = (rows + columns) * 128 * Double(clusters * blocks) * linesOfBox(shape.k)
    let readCycles = bytes / Self.cacheBytesPerCycle
    let factor = shape.operationCount > Self.longLaunch ? powerFactor : 1
    let stageCycles = max(depthCycles * factor, readCycles)
    let depth = Double((shape.k + 63) / 64)
    var working = turns * (depth * stageCycles + tileCycles)
    if rounds > 0 {
      working += Double(rounds) * (depth / splits * stageCycles + tileCycles)
      working += (splits - 1) * Self.exchangeCycles
    }
    let (m, n, k) = (Double(shape.m), Double(shape.n), Double(shape.k))
    let memory = 2 * (m * k + n * k + m * n) / Self.memoryBytesPerCycle
    let launch = 2 * clusters * blocks > multiprocessorCount ? Self.launchCycles : 0
    // If memory is the limit, less work still leaves it more bandwidth.
    return max(working, memory) + working * 0.055 + launch
  }
}
