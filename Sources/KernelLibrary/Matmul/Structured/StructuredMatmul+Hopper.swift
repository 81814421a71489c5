import KernelLanguage
import StructuredKernels
import TileLayout

extension Hopper: StructuredMachine {
  /// 128 × 256 tiles in pairs of blocks, four stages.
  public static var shippedConfiguration: StructuredConfiguration { StructuredConfiguration() }

  /// The most sums that a thread has registers for.
  private static var sumLimit: Int { 192 }

  /// One or two warpgroups multiply 64 or 128 rows each and store them.
  public static func structuredRules(
    for configuration: StructuredConfiguration, readingMatrix: Bool
  ) -> StructuredRules {
    let consumers = configuration.consumers
    let share = consumers.readerCount
    let blockCount = max(1, configuration.tileM / (64 * share))
    return StructuredRules(
      tileRows: [64 * share, 128 * share], columnLimit: min(256, 2 * sumLimit / blockCount),
      storingWarpCount: 4 * consumers.warpgroupCount, choosesConsumers: true,
      overlapsBoxes: !readingMatrix, schedulers: [.singleTile, .persistent, .splitK])
  }

  /// Records the roles: warpgroups that multiply and store, and one thread that loads.
  public static func record<Element: TensorCoreElement, Output, Post>(
    _ parts: MatmulParts<Hopper, TileIO<Hopper, Element>, Output, Post>
  ) {
    let k = parts.k
    guard parts.configuration.consumers != .single else {
      parts.initialize()
      // One warpgroup has registers enough, and several blocks may share a multiprocessor.
      return k.roles {
        Role("multiply", warps: 4) { warps in parts.multiply(warps) }
        Role("load", warps: 1) { parts.load() }
      }
    }
    let turns = parts.configuration.consumers == .pingPong ? WarpgroupTurns(k) : nil
    parts.initialize { turns?.initialize() }
    k.roles {
      Role("load", warps: 4, registers: 40) { warps in
        k.if(warps.warpIndex == 0) { parts.load() }
      }
      Role("multiply", warps: 8, registers: 232) { warps in
        parts.multiply(warps, turns?.turn(of: warps))
      }
    }
  }
}

extension MatmulParts where Machine == Hopper {
  /// Records the role that multiplies, and stores the sums from its registers.
  ///
  /// - `turn`: The warpgroup's turn, where two take the tiles by turns.
  func multiply<Element: TensorCoreElement>(
    _ warps: RoleWarps, _ turn: WarpgroupTurns<Hopper>.Turn? = nil
  ) where Loader == TileIO<Hopper, Element> {
    let share = configuration.consumers.readerCount
    let sharesRows = share > 1
    let sums = WarpgroupAccumulators(
      k, of: tiles, rowBlockCount: configuration.tileM / (64 * share),
      part: sharesRows ? warps.warpgroupIndex : k.constant(UInt32(0)))
    let columns = TileStore<Hopper, Output>.boxColumns
    // Where a tile ends within a box, the last one overlaps the one before, and stores some sums twice.
    let firstColumns = stride(from: 0, to: configuration.tileN, by: columns).map {
      min($0, configuration.tileN - columns)
    }
    let store = TileStore(
      k, to: dMap, through: boxes, warp: warps.warpIndex, warpCount: warps.warpCount,
      boxesPerTile: sums.blocks.count * firstColumns.count,
      policy: configuration.hints & 8 != 0 ? k.cachePolicy(.first) : nil)
    pipeline.withConsumer(warps) { consumer in
      /// Computes and stores a tile.
      @Sendable func compute(_ tile: OutputTile) {
        turn?.begin()
        forEachStage(of: tile) { kTile in
          consumer.withStage { stage in
            sums.multiply(stage, accumulates: kTile > (tile.share?.firstStage ?? k.constant(0)))
          }
        }
        turn?.end()
        consumer.finish()
        guard let partialSums, let share = tile.share else { return storeSums(of: tile) }
        partialSums.complete(
          sums.blocks.flatMap(\.self), share, warp: sharesRows ? warps.warpIndex : warps.warpIndexInGroup
        ) { storeSums(of: tile) }
      }
      /// Stores the sums of a whole tile.
      @Sendable func storeSums(of tile: OutputTile) {
        let firstRow = tileIO.firstRow(of: tile)
        for (block, registers) in sums.blocks.enumerated() {
          let row = firstRow + sums.firstRow(ofBlock: block, of: warps)
          for (box, column) in firstColumns.enumerated() {
            let first = WarpgroupAccumulator.registerCount(n: column)
            self.store(
              store, registers[first..<first + columns / 2].map(\.current), column: column,
              index: block * firstColumns.count + box, row: row, of: tile)
          }
        }
      }
      guard turn != nil else { return forEachTile(compute) }
      let next = k.variable(UInt32(0))
      forEachTile { tile in
        k.if(next.alias == warps.warpgroupIndex) {
          compute(tile)
        } else: {
          consumer.skip(stageCount(of: tile))
        }
        next.value = next.alias ^ 1
      }
    }
    store.finish()
  }
}
