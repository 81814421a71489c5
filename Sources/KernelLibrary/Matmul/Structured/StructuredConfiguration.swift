import KernelLanguage
import StructuredKernels
import TileLayout

/// How the warpgroups that multiply by `wgmma` share the output tiles of a block.
public enum ConsumerPlan: String, CaseIterable, Hashable, Sendable {
  /// One warpgroup computes every tile.
  case single

  /// Two warpgroups compute the upper and the lower half of every tile.
  case cooperative

  /// Two warpgroups take whole tiles in turn: one stores while the other multiplies.
  case pingPong

  /// The warpgroups.
  var warpgroupCount: Int { self == .single ? 1 : 2 }

  /// The warpgroups that read a stage.
  var warpgroupsPerTile: Int { self == .cooperative ? 2 : 1 }

  /// What entry names say of it.
  fileprivate var suffix: String {
    switch self {
    case .single: "_one_consumer"
    case .cooperative: ""
    case .pingPong: "_ping_pong"
    }
  }
}

/// The extents of tiles and rings of the production matmul.
public struct StructuredConfiguration: Hashable, Sendable {
  /// The rows of an output tile of one block.
  public var tileM: Int

  /// The columns of an output tile.
  public var tileN: Int

  /// The extent of a stage along k, in elements.
  public var tileK: Int

  /// The stages of A and B.
  public var stageCount: Int

  /// The blocks of a cluster, below one another.
  public var clusterM: Int

  /// The blocks of a cluster, beside one another.
  public var clusterN: Int

  /// The blocks whose tensor cores multiply together, 1 or 2: of a pair, each has half of a tile of B.
  public var ctasPerMMA: Int

  /// How warpgroups share tiles; where the tensor cores keep the sums in Tensor Memory, there is no
  /// choice but `cooperative`.
  public var consumers: ConsumerPlan

  /// The boxes through which each warp stores.
  public var storeBoxCount: Int

  /// The rows of cluster tiles that are computed before the next column, where `order` is `supergroups`.
  public var supergroupRows: Int

  /// How the tiles are numbered.
  public var order: TileOrder

  /// How clusters come by their tiles.
  public var scheduler: SchedulerKind

  /// The parts along k into which the tiles of the last turn are split, where `scheduler` is `splitK`.
  public var splitFactor: Int

  /// Whether a tile's sums, rounded, wait in registers and are stored while the next tile is being multiplied.
  public var defersStores: Bool

  /// Whether a launch may begin before the one ahead of it in a graph has ended.
  ///
  /// It makes ready what is its own, and waits before it touches a matrix.
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
  /// The configuration as entry names have it.
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

/// What an architecture's production matmul asks of a configuration.
public struct StructuredRules: Sendable {
  /// The rows that a block's output tile may have.
  var tileRows: [Int]

  /// The most columns that it may have.
  var columnLimit = 256

  /// The warps that store.
  var storingWarpCount: Int

  /// Whether warpgroups may share tiles in other ways than `cooperative`.
  var choosesConsumers = false

  /// Whether an output tile may end within a box of its stores, where the last box overlaps the one before.
  var overlapsBoxes = false

  /// How many blocks can multiply together, at most.
  var ctasPerMMALimit: Int = 1

  /// The most registers of a thread for sums and what waits to be stored; none where sums are elsewhere.
  var registerLimit = 0

  /// How clusters can come by their tiles.
  var schedulers: [SchedulerKind] = [.singleTile, .persistent]
}

extension StructuredConfiguration {
  /// The blocks of a cluster.
  public var clusterBlockCount: Int { clusterM * clusterN }

  /// The blocks that multiply together.
  ///
  /// - Precondition: The configuration is legal.
  var group: CTAGroup { ctasPerMMA == 1 ? .one : .two }

  /// The most shared memory that a block may have, less what barriers take, in bytes.
  private static var tileByteLimit: Int { SharedMemoryLayout.limit - 1024 }

  /// Checks the rules of an architecture.
  func check(
    _ rules: StructuredRules, elementByteCount: Int, outputByteCount: Int
  ) throws(ConfigurationError) {
    guard rules.choosesConsumers || consumers == .cooperative else {
      throw .consumers(consumers.rawValue, allowed: [ConsumerPlan.cooperative.rawValue])
    }
    guard rules.tileRows.contains(tileM) else {
      let nearest = rules.tileRows.min { abs($0 - tileM) < abs($1 - tileM) }
      throw .tileRows(tileM, allowed: rules.tileRows, nearest: nearest ?? tileM)
    }
    for (name, value, range) in [
      ("stages", stageCount, 2...16), ("blocks of a cluster below one another", clusterM, 1...4),
      ("blocks of a cluster beside one another", clusterN, 1...(ctasPerMMA > 1 ? 1 : 4)),
      ("blocks of a cluster", clusterBlockCount, 1...4),
      (
        "blocks that multiply together", ctasPerMMA, 1...rules.ctasPerMMALimit
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
    let stageByteCount = (tileM + tileN / ctasPerMMA) * tileK * elementByteCount
    try checkSharedMemory(stageByteCount: stageByteCount, rules)
  }

  /// Checks that tiles can wait in registers, if they shall.
  private func checkDeferredStores(
    _ rules: StructuredRules, outputByteCount: Int
  ) throws(ConfigurationError) {
    guard defersStores else { return }
    let threadCount = 128 * consumers.warpgroupsPerTile
    let sumCount = tileM * tileN / threadCount
    let registerCount = sumCount + sumCount * outputByteCount / 4
    let limit = rules.registerLimit
    guard limit > 0 else { throw .deferredStores(reason: "its sums are not in registers") }
    guard consumers != .pingPong else {
      throw .deferredStores(reason: "its warpgroups take turns, one of which stores anyway")
    }
    guard scheduler != .splitK else {
      throw .deferredStores(reason: "it splits tiles, whose sums are handed over")
    }
    guard registerCount <= limit else {
      let columns = limit * threadCount / tileM * 4 / (4 + outputByteCount)
      throw .deferredRegisters(
        count: registerCount, limit: limit, nearestTileColumns: columns / 64 * 64)
    }
  }

  /// Checks that the stages and the boxes of stores fit a block's shared memory.
  func checkSharedMemory(
    stageByteCount: Int, _ rules: StructuredRules
  ) throws(ConfigurationError) {
    let boxByteCount = rules.storingWarpCount * storeBoxCount * 16 * 128
    let byteCount = stageCount * stageByteCount + boxByteCount
    guard byteCount <= Self.tileByteLimit else {
      throw .stagesExceedSharedMemory(
        byteCount: byteCount, limit: Self.tileByteLimit,
        nearestStageCount: (Self.tileByteLimit - boxByteCount) / stageByteCount)
    }
  }

  /// Returns the positive multiple of a step that is nearest to a value.
  private func nearestMultiple(of step: Int, to value: Int) -> Int {
    max(1, (max(value, 0) + step / 2) / step) * step
  }
}
