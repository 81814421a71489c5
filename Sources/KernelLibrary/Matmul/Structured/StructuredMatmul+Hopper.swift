import KernelLanguage
import StructuredKernels
import TileLayout

extension Hopper: StructuredMachine {
  /// 128 × 256 tiles in pairs of blocks, four stages.
  public static var shippedConfiguration: StructuredConfiguration { StructuredConfiguration() }

  /// Two warpgroups multiply 64 rows each and store them.
  public static var structuredRules: StructuredRules {
    StructuredRules(tileM: 128, consumerCount: 2, storingWarpCount: 8, accumulatorColumns: 256)
  }

  /// Records the roles: a warpgroup of which one thread loads, and two that multiply and store.
  public static func record<Element: TensorCoreElement, Output, Post>(
    _ parts: MatmulParts<Hopper, TileIO<Hopper, Element>, Output, Post>
  ) {
    let k = parts.k
    parts.initialize()
    k.roles {
      Role("load", warps: 4, registers: 40) { warps in
        k.if(warps.warpIndex == 0) { parts.load() }
      }
      Role("multiply", warps: 8, registers: 232) { warps in
        let sums = WarpgroupAccumulators(k, of: parts.tiles, rowBlock: warps.warpgroupIndex)
        let count = TileStore<Hopper, Output>.boxColumns / 2
        let store = TileStore(
          k, to: parts.dMap, through: parts.boxes, warp: warps.warpIndex,
          warpCount: warps.warpCount, boxesPerTile: sums.registers.count / count)
        parts.pipeline.withConsumer(warps) { consumer in
          parts.forEachTile { tile in
            k.loop(parts.kTileCount) { kTile in
              consumer.withStage { stage in sums.multiply(stage, accumulates: kTile > 0) }
            }
            consumer.finish()
            let row = parts.tileIO.firstRow(of: tile) + warps.warpIndex * 16
            for box in 0..<sums.registers.count / count {
              let values = sums.registers[box * count..<(box + 1) * count].map(\.current)
              parts.store(store, values, box: box, index: box, row: row, of: tile)
            }
          }
        }
        store.finish()
      }
    }
  }
}
