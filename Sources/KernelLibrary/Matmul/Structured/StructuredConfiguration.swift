// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import NumberFormats
import StructuredKernels
import TileLayout

/// The division of output tiles among the warpgroups of a block that multiply by `wgmma`.
public enum ConsumerPlan: String, CaseIterable, Hashable, Sendable {
  /// One warpgroup computes every tile.
  case single

  /// Two warpgroups compute the upper and the lower half of every tile.
  case cooperative

  /// Two warpgroups alternate on whole tiles: one stores while the other multiplies.
  case pingPong

  /// The number of warpgroups.
  public var warpgroupCount: Int { self == .single ? 1 : 2 }

  /// The number of warpgroups that divide a tile among themselves, and so read each stage.
  public var warpgroupsPerTile: Int { self == .cooperative ? 2 : 1 }

  /// The suffix in entry names.
  fileprivate var suffix: String {
    switch self {
    case .single: "_one_consumer"
    case .cooperative: ""
    case .pingPong: "_ping_pong"
    }
  }
}

/// The extents of tiles and rings, and the choices, of the production matmul.
public struct StructuredConfiguration: Hashable, Sendable {
  /// The number of rows of an output tile of one block.
  public var tileM: Int

  /// The number of columns of an output tile.
  public var tileN: Int

  /// The extent of a stage along k, in elements.
  public var tileK: Int

  /// The number of stages of the ring of A and B tiles.
  public var stageCount: Int

  /// The number of blocks of a cluster along M.
  public var clusterM: Int

  /// The number of blocks of a cluster along N.
  public var clusterN: Int

  /// The number of blocks whose tensor cores multiply together: 1, or 2 for CTA pairs, each block
  /// of which loads half of a tile of B.
  public var ctasPerMMA: Int

  /// The division of tiles among warpgroups; always `cooperative` on architectures with
  /// accumulators in Tensor Memory.
  public var consumers: ConsumerPlan

  /// The number of boxes through which each warp stores.
  public var storeBoxCount: Int

  /// The number of rows of cluster tiles in an L2 supergroup, if `order` is `supergroups`.
  public var supergroupRows: Int

  /// The numbering of the tiles.
  public var order: TileOrder

  /// The scheduler of the tiles.
  public var scheduler: SchedulerKind

  /// The number of splits along k of each tile of the last wave, if `scheduler` is `splitK`.
  public var splitFactor: Int

  /// Whether a tile's rounded accumulators stay in registers and are stored while the next tile is
  /// multiplied.
  public var defersStores: Bool

  /// Whether a launch may begin before the preceding launch in a graph has ended: programmatic
  /// dependent launch.
  ///
  /// It initializes its own barriers and maps, and waits before it accesses a matrix.
  public var usesProgrammaticDependentLaunch: Bool

  /// Creates a configuration; without arguments, the one that is fastest at large sizes on an H100.
  public init(
    tileM: Int = 128, tileN: Int = 256, tileK: Int = 64, stageCount: Int = 4, clusterM: Int = 2,
    clusterN: Int = 1, ctasPerMMA: Int = 1, consumers: ConsumerPlan = .cooperative,
    storeBoxCount: Int = 2, supergroupRows: Int = 8,
    order: TileOrder = .supergroups, scheduler: SchedulerKind = .persistent, splitFactor: Int = 2,
    defersStores: Bool = false, usesProgrammaticDependentLaunch: Bool = false
  ) {
    self.tileM = tileM
    self.tileN = tileN
    self.tileK = tileK
    self.stageCount = stageCount
    self.clusterM = clusterM
    self.clusterN = clusterN
    self.ctasPerMMA = ctasPerMMA
    self.consumers = consumers
    self.storeBoxCount = storeBoxCount
    self.supergroupRows = supergroupRows
    self.order = order
    self.scheduler = scheduler
    self.splitFactor = splitFactor
    self.defersStores = defersStores
    self.usesProgrammaticDependentLaunch = usesProgrammaticDependentLaunch
  }
}

extension StructuredConfiguration: CustomStringConvertible {
  /// The configuration in the form used in entry names.
  public var description: String {
    """
    \(tileM)x\(tileN)x\(tileK)_stages\(stageCount)_cluster\(clusterM)\(clusterN == 1 ? "" : "x\(clusterN)")\
    \(ctasPerMMA == 1 ? "" : "_2cta")_boxes\(storeBoxCount)\
    _\(order == .supergroups ? "supergroup\(supergroupRows)" : order.rawValue)\
    \(scheduler == .persistent ? "" : "_\(scheduler.rawValue)")\
    \(scheduler == .splitK ? "\(splitFactor)" : "")\(consumers.suffix)\
    \(defersStores ? "_deferred" : "")\(usesProgrammaticDependentLaunch ? "_pdl" : "")
    """
  }
}

extension StructuredConfiguration {
  /// The number of blocks of a cluster.
  public var clusterBlockCount: Int { clusterM.saturatingProduct(clusterN) }

  /// The CTA group: one block, or a CTA pair.
  ///
  /// - Precondition: The configuration is legal.
  var group: CTAGroup { ctasPerMMA == 1 ? .one : .two }

  /// The largest amount of shared memory of a block, less a reserve for barriers, in bytes.
  private static var tileByteLimit: Int { SharedMemoryLayout.limit - 1024 }

  /// Checks the rules of an architecture.
  func check(
    _ rules: StructuredRules, elementByteCount: Int, outputByteCount: Int
  ) throws(ConfigurationError) {
    guard rules.choosesConsumers || consumers == .cooperative else {
      throw .consumers(consumers.rawValue, allowed: [ConsumerPlan.cooperative.rawValue])
    }
    guard rules.tileRows.contains(tileM) else {
      let wanted = min(max(tileM, 0), 1 << 32)
      let nearest = rules.tileRows.min { abs($0 - wanted) < abs($1 - wanted) }
      throw .tileRows(tileM, allowed: rules.tileRows, nearest: nearest ?? tileM)
    }
    for (name, value, range) in [
      ("stages", stageCount, 2...16), ("blocks of a cluster along M", clusterM, 1...4),
      ("blocks of a cluster along N", clusterN, 1...(ctasPerMMA > 1 ? 1 : 4)),
      ("blocks of a cluster", clusterBlockCount, 1...4),
      (
        "CTAs per MMA", ctasPerMMA, 1...rules.ctasPerMMALimit
      ),
      ("store boxes of a warp", storeBoxCount, 1...8),
      ("splits of a tile", splitFactor, 2...32), ("rows of a supergroup", supergroupRows, 1...4096),
    ] where !range.contains(value) {
      throw .count(
        of: name, value, range: range,
        nearest: min(max(value, range.lowerBound), range.upperBound))
    }
    let boxColumns = 128 / outputByteCount
    let columnStep = rules.overlapsBoxes ? 8 * clusterM : max(boxColumns, 8 * clusterM)
    let columnLimit = rules.columnLimit / columnStep * columnStep
    guard tileN % columnStep == 0, (boxColumns...columnLimit).contains(tileN) else {
      let nearest = max(boxColumns, nearestMultiple(of: columnStep, to: tileN))
      throw .tileColumns(
        tileN, multiple: columnStep, limit: columnLimit, nearest: min(columnLimit, nearest))
    }
    let depthStep = 128 / elementByteCount
    guard tileK % depthStep == 0, tileK > 0 else {
      throw .tileDepth(
        tileK, multiple: depthStep, nearest: nearestMultiple(of: depthStep, to: tileK))
    }
    guard clusterM % ctasPerMMA == 0 else {
      throw .clusterOfPairs(clusterM, nearest: clusterM + 1)
    }
    guard tileM % (8 * clusterN) == 0 else { throw .clusterColumns(clusterN, nearest: 2) }
    guard rules.schedulers.contains(scheduler) else {
      throw .scheduler(
        scheduler.rawValue, allowed: rules.schedulers.map(\.rawValue),
        nearest: SchedulerKind.persistent.rawValue)
    }
    try checkDeferredStores(rules, outputByteCount: outputByteCount)
    let rowByteCount = (tileM + tileN / ctasPerMMA) * elementByteCount
    let stageByteCount = rowByteCount.saturatingProduct(tileK)
    try checkSharedMemory(stageByteCount: stageByteCount, rules)
  }

  /// Checks that stores can be deferred, if they are.
  private func checkDeferredStores(
    _ rules: StructuredRules, outputByteCount: Int
  ) throws(ConfigurationError) {
    guard defersStores else { return }
    let threadCount = 128 * consumers.warpgroupsPerTile
    let sumCount = tileM * tileN / threadCount
    let registerCount = sumCount + sumCount * outputByteCount / 4
    let limit = rules.registerLimit
    guard limit > 0 else { throw .deferredStores(reason: "its accumulators are not in registers") }
    guard consumers != .pingPong else {
      throw .deferredStores(reason: "its warpgroups alternate, so one is storing anyway")
    }
    guard scheduler != .splitK else {
      throw .deferredStores(reason: "it splits tiles, whose partial sums are handed off")
    }
    guard registerCount <= limit else {
      let columns = limit * threadCount / tileM * 4 / (4 + outputByteCount)
      throw .deferredRegisters(
        count: registerCount, limit: limit, nearestTileColumns: columns / 64 * 64)
    }
  }

  /// Checks that the stages and store boxes fit into a block's shared memory.
  func checkSharedMemory(
    stageByteCount: Int, _ rules: StructuredRules
  ) throws(ConfigurationError) {
    let boxByteCount = rules.storingWarpCount * storeBoxCount * 16 * 128
    let byteCount = stageCount.saturatingProduct(stageByteCount).saturatingSum(boxByteCount)
    guard byteCount <= Self.tileByteLimit else {
      throw .stagesExceedSharedMemory(
        byteCount: byteCount, limit: Self.tileByteLimit,
        nearestStageCount: (Self.tileByteLimit - boxByteCount) / stageByteCount)
    }
  }

  /// Returns the positive multiple of a step that is nearest to a value.
  private func nearestMultiple(of step: Int, to value: Int) -> Int {
    max(1, (min(max(value, 0), 1 << 32) + step / 2) / step) * step
  }
}
