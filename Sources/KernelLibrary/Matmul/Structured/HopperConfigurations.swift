import KernelLanguage
import StructuredKernels

// Which configuration computes which product on Hopper. The file to change for other schedules.

/// A configuration, and what it takes on an H100.
struct MeasuredConfiguration: Sendable {
  /// The configuration.
  let configuration: StructuredConfiguration

  /// The cycles in which a block multiplies 64 elements along k, when nothing else holds it up.
  let depthCycles: Double

  /// The cycles for each output tile besides: first copies, last stores, and a share of the launch.
  let tileCycles: Double

  /// By how much long launches are slower, which the GPU's power limits: more, where more bytes are moved for each
  /// multiplication.
  var powerFactor = 1.0
}

extension Hopper {
  /// The configurations to choose from, with cycles fitted to times of an H100 in
  /// `Documentation/Results/configurations-h100.csv`.
  static let measuredConfigurations: [MeasuredConfiguration] = {
    /// Tiles of 256 rows in clusters whose two blocks share A.
    func tall(_ columns: Int, stages: Int = 3) -> StructuredConfiguration {
      StructuredConfiguration(
        tileM: 256, tileN: columns, stageCount: stages, clusterM: 1, clusterN: 2, bandRows: 16,
        overlapsLaunches: true)
    }
    /// Tiles of 128 rows in clusters whose two blocks share B.
    func flat(_ columns: Int, stages: Int) -> StructuredConfiguration {
      StructuredConfiguration(
        tileN: columns, stageCount: stages, storeBoxCount: columns == 128 ? 1 : 2,
        overlapsLaunches: true)
    }
    /// Tiles of 64 rows for one warpgroup.
    func small(_ columns: Int, depth: Int, stages: Int) -> StructuredConfiguration {
      StructuredConfiguration(
        tileM: 64, tileN: columns, tileK: depth, stageCount: stages, clusterM: 1,
        consumers: .single, overlapsLaunches: true)
    }
    return [
      .init(
        configuration: flat(256, stages: 4), depthCycles: 1262, tileCycles: 7000,
        powerFactor: 1.05),
      .init(configuration: tall(192), depthCycles: 1860, tileCycles: 8000),
      .init(configuration: tall(176), depthCycles: 1720, tileCycles: 8000),
      .init(configuration: tall(160), depthCycles: 1590, tileCycles: 7500, powerFactor: 1.01),
      .init(
        configuration: flat(128, stages: 6), depthCycles: 640, tileCycles: 5000, powerFactor: 1.1),
      .init(
        configuration: flat(64, stages: 6), depthCycles: 420, tileCycles: 4500, powerFactor: 1.1),
      .init(configuration: small(64, depth: 128, stages: 6), depthCycles: 345, tileCycles: 3000),
      .init(configuration: small(96, depth: 128, stages: 5), depthCycles: 390, tileCycles: 3500),
      .init(configuration: small(128, depth: 64, stages: 8), depthCycles: 410, tileCycles: 3800),
      .init(configuration: small(192, depth: 64, stages: 6), depthCycles: 620, tileCycles: 4000),
    ]
  }()

  /// Returns the configuration that should take the fewest cycles for a product.
  public static func configuration(
    for shape: MatmulShape, multiprocessorCount: Int
  ) -> StructuredConfiguration {
    let best = measuredConfigurations.min {
      $0.cycles(for: shape, multiprocessorCount) < $1.cycles(for: shape, multiprocessorCount)
    }
    return best?.configuration ?? shippedConfiguration
  }
}

extension MeasuredConfiguration {
  /// The bytes that the second-level cache gives all multiprocessors together in a cycle.
  private static var cacheBytesPerCycle: Double { 6000 }

  /// The bytes that global memory gives in a cycle.
  private static var memoryBytesPerCycle: Double { 1650 }

  /// The operations of a launch that the GPU's power limits: about two milliseconds.
  private static var longLaunch: Double { 1.5e12 }

  /// Estimates the cycles of a product.
  ///
  /// All clusters take equally many turns; in a turn a tile takes its stages, each of which lasts as long as the
  /// multiplications or what all blocks read from the cache meanwhile. No product is faster than memory.
  func cycles(for shape: MatmulShape, _ multiprocessorCount: Int) -> Double {
    let blocks = configuration.clusterBlockCount
    let tiles = configuration.clusterTiles(shape).count
    let clusters = max(1, min(tiles, multiprocessorCount / blocks))
    let turns = Double((tiles + clusters - 1) / clusters)
    let rows = Double(min(configuration.tileM, shape.m)) / Double(configuration.clusterN)
    let columns = Double(min(configuration.tileN, shape.n)) / Double(configuration.clusterM)
    let readCycles = (rows + columns) * 128 * Double(clusters * blocks) / Self.cacheBytesPerCycle
    let depth = Double((shape.k + 63) / 64)
    let factor = shape.operationCount > Self.longLaunch ? powerFactor : 1
    let working = turns * (depth * max(depthCycles * factor, readCycles) + tileCycles)
    let (m, n, k) = (Double(shape.m), Double(shape.n), Double(shape.k))
    let memory = 2 * (m * k + n * k + m * n) / Self.memoryBytesPerCycle
    // Where memory decides, less work still leaves it more room.
    return max(working, memory) + working / 10
  }
}
