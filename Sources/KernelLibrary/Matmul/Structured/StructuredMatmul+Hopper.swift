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
    let k = components.k
    let consumers = components.configuration.consumers
    guard consumers != .single else {
      components.initialize()
      // One warpgroup has enough registers, and several blocks may share an SM.
      return k.roles {
        Role("multiply", warps: 4) { warps in components.multiply(warps) }
        Role("load", warps: 1) { components.load() }
      }
    }
    let turns = consumers == .pingPong ? WarpgroupTurns(k) : nil
    components.initialize { turns?.initialize() }
    k.roles {
      Role("load", warps: 4, registers: 40) { warps in
        k.if(warps.warpIndex == 0) { components.load() }
      }
      Role("multiply", warps: 8, registers: 232) { warps in
        components.multiply(warps, turns?.turn(of: warps))
      }
    }
  }
}

extension MatmulComponents where Machine == Hopper {
  /// Records the role that multiplies, and stores the accumulators from its registers.
  ///
  /// - `turn`: The warpgroup's turn, if two warpgroups alternate on tiles.
  func multiply<Element: TensorCoreElement>(
    _ warps: RoleWarps, _ turn: WarpgroupTurns<Hopper>.Turn? = nil
  ) where Loader == TileIO<Hopper, Element> {
    let share = configuration.consumers.warpgroupsPerTile
    let sums = WarpgroupAccumulators(
      k, of: tiles, rowBlockCount: configuration.tileM / (64 * share),
      part: share > 1 ? warps.warpgroupIndex : k.constant(UInt32(0)))
    let storing = WarpgroupStoring(self, sums, warps)
    pipeline.withConsumer(warps) { consumer in
      /// Computes and stores a tile.
      @Sendable func compute(_ tile: OutputTile) {
        turn?.begin()
        if let deferred = storing.deferred {
          multiply(sums, consumer) { storing.store(deferred) }
        } else {
          k.loop(stageCount(of: tile)) { index in
            consumer.withStage { sums.multiply($0, accumulates: index > 0) }
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
  private func multiply<Element: TensorCoreElement>(
    _ sums: WarpgroupAccumulators<Element>, _ consumer: TileConsumer<Hopper, OperandTiles<Element>>,
    during body: @Sendable () -> Void
  ) where Loader == TileIO<Hopper, Element> {
    k.if(kTileCount > 0) {
      consumer.withStage(isFirst: true) { sums.multiply($0, accumulates: !k.always) }
    }
    body()
    k.loop(from: 1, to: kTileCount) { _ in
      consumer.withStage { sums.multiply($0, accumulates: k.always) }
    }
  }

  /// Records `body` for the accumulators of a whole tile: at once, or after the exchange with other
  /// clusters if it is split.
  ///
  /// - `warp`: The warp's index among those of its block that hold the tile's accumulators.
  private func complete<Element: TensorCoreElement>(
    _ sums: WarpgroupAccumulators<Element>, of tile: OutputTile, warp: DeviceValue<UInt32>,
    _ body: @Sendable () -> Void
  ) {
    guard let partialSums, let share = tile.split else { return body() }
    let all = sums.blocks.flatMap(\.self)
    let exchange = partialSums.exchange(share, warp: warp, sumCount: all.count)
    exchange.handOff(all, body)
    exchange.finish()
  }
}
