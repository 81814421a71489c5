// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import StructuredKernels
import TileLayout

extension Hopper: StructuredMachine {
  /// 128 × 256 tiles in clusters of two, four stages.
  public static var defaultConfiguration: StructuredConfiguration { StructuredConfiguration() }

  /// The largest number of accumulators of a thread.
  private static var accumulatorLimit: Int { 192 }

  /// One or two warpgroups multiply 64 or 128 rows each and store them.
  public static func structuredRules(
    for configuration: StructuredConfiguration, readingMatrix: Bool
  ) -> StructuredRules {
    let consumers = configuration.consumers
    let share = consumers.warpgroupsPerTile
    let blockCount = max(1, configuration.tileM / (64 * share))
    return StructuredRules(
      tileRows: [64 * share, 128 * share], columnLimit: min(256, 2 * accumulatorLimit / blockCount),
      storingWarpCount: 4 * consumers.warpgroupCount, choosesConsumers: true,
      overlapsBoxes: !readingMatrix, registerLimit: accumulatorLimit,
      schedulers: [.singleTile, .persistent, .splitK])
  }

  /// Returns four or eight: the warps that read a stage together.
  public static func accumulatorWarpCount(_ configuration: StructuredConfiguration) -> Int {
    4 * configuration.consumers.warpgroupsPerTile
  }

  /// Returns the first warp of the role that multiplies: `record` has the role that loads before
  /// it, a warpgroup, but after a single consumer.
  private static func firstMultiplyingWarp(_ consumers: ConsumerPlan) -> Int {
    consumers == .single ? 0 : 4
  }

  /// Returns which thread holds the sum of an element: one of the warpgroup that multiplies its
  /// row.
  public static func owner(
    row: Int, column: Int, in configuration: StructuredConfiguration
  ) -> ElementOwner {
    let consumers = configuration.consumers
    let warp =
      firstMultiplyingWarp(consumers)
      + WarpgroupAccumulator.warp(
        ofRow: row % configuration.tileM,
        rowsPerWarpgroup: configuration.tileM / consumers.warpgroupsPerTile)
    return configuration.owner(
      row: row, column: column, warp: warp,
      alternateWarp: consumers == .pingPong ? warp + 4 : nil)
  }

  /// Records the roles: warpgroups that multiply and store, and one thread that loads.
  public static func record<Element: TensorCoreElement, Output, Post>(
    _ components: MatmulComponents<Hopper, TileIO<Hopper, Element>, Output, Post>
  ) {
    components.recordRoles { rows in
      WarpgroupTileOp(components.k, of: components.tiles, rows: rows)
    }
  }
}

extension MatmulComponents where Machine == Hopper {
  /// Records the roles: warpgroups that multiply and store, one warp that loads.
  ///
  /// - `makeOperation`: Makes the operation on a warpgroup's rows of a tile, in the role that
  ///   multiplies.
  func recordRoles<Operation: TileOp>(
    _ makeOperation: @escaping @Sendable (WarpgroupRows) -> Operation
  )
  where Operation.Stage == Loader.Payload.Stage, Operation.Target == RegisterAccumulators<Hopper> {
    let consumers = configuration.consumers
    guard consumers != .single else {
      initialize()
      // One warpgroup has enough registers, and several blocks may share a multiprocessor.
      return k.roles {
        Role("multiply", warps: 4) { warps in multiply(warps, nil, by: makeOperation) }
        Role("load", warps: 1) { load() }
      }
    }
    let turns = consumers == .pingPong ? WarpgroupTurns(k) : nil
    initialize { turns?.initialize() }
    k.roles {
      Role("load", warps: 4, registers: 40) { warps in
        k.if(warps.warpIndex == 0) { load() }
      }
      Role("multiply", warps: 8, registers: 232) { warps in
        multiply(warps, turns?.turn(of: warps), by: makeOperation)
      }
    }
  }

  /// Records the role that multiplies, and stores the accumulators from its registers.
  ///
  /// - `turn`: The warpgroup's turn, if two warpgroups alternate on tiles.
  /// - `makeOperation`: Makes the operation on a warpgroup's rows of a tile.
  private func multiply<Operation: TileOp>(
    _ warps: RoleWarps, _ turn: WarpgroupTurns<Hopper>.Turn?,
    by makeOperation: @Sendable (WarpgroupRows) -> Operation
  )
  where Operation.Stage == Loader.Payload.Stage, Operation.Target == RegisterAccumulators<Hopper> {
    let share = configuration.consumers.warpgroupsPerTile
    let rows = WarpgroupRows(
      k, of: configuration.tileM, blockCount: configuration.tileM / (64 * share),
      index: share > 1 ? warps.warpgroupIndex : k.constant(UInt32(0)))
    let sums = RegisterAccumulators(
      k, rowBlockCount: rows.blockCount, columns: configuration.tileN)
    let operation = makeOperation(rows)
    let storing = WarpgroupStoring(self, sums, rows, warps)
    pipeline.withConsumer(warps) { consumer in
      /// Computes and stores a tile.
      @Sendable func compute(_ tile: OutputTile) {
        turn?.begin()
        if let deferred = storing.deferred {
          multiply(operation, sums, consumer) { storing.store(deferred) }
        } else {
          k.loop(stageCount(of: tile)) { index in
            consumer.withStage { operation.multiply($0, into: sums, accumulates: index > 0) }
          }
        }
        turn?.end()
        consumer.finish()
        complete(sums, of: tile, warp: share > 1 ? warps.warpIndex : warps.warpIndexInWarpgroup) {
          storing.store(tile)
        }
      }
      guard turn != nil else { return forEachTile(compute) }
      let next = k.variable(UInt32(0))
      forEachTile { tile in
        k.if(next.current == warps.warpgroupIndex) {
          compute(tile)
        } else: {
          consumer.skip(stageCount(of: tile))
        }
        next.value = next.current ^ 1
      }
    }
    storing.finish()
  }

  /// Records the multiplications of a whole tile, and `body` while those of the first stage run.
  private func multiply<Operation: TileOp>(
    _ operation: Operation, _ sums: RegisterAccumulators<Hopper>,
    _ consumer: TileConsumer<Hopper, Loader.Payload>, during body: @Sendable () -> Void
  )
  where Operation.Stage == Loader.Payload.Stage, Operation.Target == RegisterAccumulators<Hopper> {
    k.if(kTileCount > 0) {
      consumer.withStage(isFirst: true) {
        operation.multiply($0, into: sums, accumulates: k.never)
      }
    }
    body()
    k.loop(from: 1, to: kTileCount) { _ in
      consumer.withStage { operation.multiply($0, into: sums, accumulates: k.always) }
    }
  }

  /// Records `body` for the accumulators of a whole tile: at once, or after the exchange with other
  /// clusters if it is split.
  ///
  /// - `warp`: The warp's index among those of its block that hold the tile's accumulators.
  private func complete(
    _ sums: RegisterAccumulators<Hopper>, of tile: OutputTile, warp: DeviceValue<UInt32>,
    _ body: @Sendable () -> Void
  ) {
    let all = sums.blocks.flatMap(\.self)
    guard let exchange = scheduler.exchange(tile, warp: warp, accumulatorCount: all.count) else {
      return body()
    }
    exchange.handOff(all, first: 0, body)
    exchange.finish()
  }
}
