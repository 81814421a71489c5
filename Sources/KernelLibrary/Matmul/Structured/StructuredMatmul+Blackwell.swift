import KernelLanguage
import StructuredKernels
import TileLayout

extension Blackwell: StructuredMachine {
  /// 128 × 256 tiles in pairs of blocks, four stages, two accumulators.
  public static var shippedConfiguration: StructuredConfiguration { StructuredConfiguration() }

  /// One thread multiplies, four warps store.
  public static var structuredRules: StructuredRules {
    StructuredRules(tileM: 128, consumerCount: 1, storingWarpCount: 4, accumulatorColumns: 512)
  }

  /// Records the roles, with as many accumulators as there is room for.
  public static func record<Element: TensorCoreElement, Output, Post>(
    _ parts: MatmulParts<Blackwell, TileIO<Blackwell, Element>, Output, Post>
  ) {
    let stageCount = structuredRules.accumulatorColumns / parts.configuration.tileN
    parts.recordRoles(accumulatorCount: stageCount) { _ in
      TensorMemoryMultiplication(parts.k, of: parts.tiles)
    }
  }
}

extension MatmulParts where Machine == Blackwell {
  /// Records the roles: four warps that store, one that loads, one that multiplies.
  ///
  /// - `accumulatorCount`: The accumulators in Tensor Memory.
  /// - `makeOperation`: Makes what multiplies, in the thread that does it. It is given the columns of
  ///   Tensor Memory behind the accumulators.
  func recordRoles<Operation: StageMultiplication>(
    accumulatorCount stageCount: Int,
    _ makeOperation: @escaping @Sendable (TensorMemoryAddress) -> Operation
  ) where Operation.Stage == Loader.Payload.Stage {
    let columnCount = Machine.structuredRules.accumulatorColumns
    let accumulated = k.sharedBarriers("accumulated", stages: stageCount, arrivals: 1)
    let drained = k.sharedBarriers("drained", stages: stageCount, arrivals: 4)
    initialize {
      accumulated.initialize()
      drained.initialize()
    }
    // Blocks that wait for Tensor Memory of one another, across clusters, would wait for ever.
    k.claimMultiprocessor()
    k.withTensorMemory("accumulators", columns: columnCount) { address in
      let accumulators = AccumulatorRing(
        k, full: accumulated, empty: drained, at: address, columns: configuration.tileN)
      k.roles {
        Role("store", warps: 4) { warps in drain(accumulators, warps) }
        Role("load", warps: 1) { load() }
        Role("multiply", warps: 1) {
          multiply(into: accumulators) {
            makeOperation(address.advanced(columns: stageCount * configuration.tileN))
          }
        }
      }
    }
  }

  /// Records the role that multiplies: one thread fills one accumulator after another.
  private func multiply<Operation: StageMultiplication>(
    into accumulators: AccumulatorRing<Blackwell>, by makeOperation: @Sendable () -> Operation
  ) where Operation.Stage == Loader.Payload.Stage {
    k.elected {
      let operation = makeOperation()
      accumulators.withProducer { producer in
        pipeline.withIssuer { issuer in
          forEachTile { tile in
            producer.withStage { accumulator in
              k.loop(kTileCount) { kTile in
                issuer.withStage { stage in
                  operation.multiply(stage, into: accumulator, accumulates: kTile > 0)
                }
              }
            }
          }
        }
      }
    }
  }

  /// Records the role that stores: each warp drains its 32 rows of one accumulator after another.
  func drain(_ accumulators: AccumulatorRing<Blackwell>, _ warps: RoleWarps) {
    let columns = TileStore<Blackwell, Output>.boxColumns
    let registers = (0..<columns / 2).map { _ in k.variable(Float(0)) }
    let places = (0..<2).flatMap { half in
      (0..<configuration.tileN / columns).map { (half: half, box: $0) }
    }
    let store = TileStore(
      k, to: dMap, through: boxes, warp: warps.warpIndex, warpCount: warps.warpCount,
      boxesPerTile: places.count)
    accumulators.withConsumer { consumer in
      forEachTile { tile in
        consumer.withStage { accumulator, token in
          let lanes = accumulator.advanced(byLanes: warps.warpIndex * 32)
          let firstRow = tileIO.firstRow(of: tile) + warps.warpIndex * 32
          /// Loads the sums of a place; with no k there are none.
          func load(_ place: (half: Int, box: Int)) {
            k.if(kTileCount == 0) {
              for register in registers { register.value = k.constant(Float(0)) }
            } else: {
              k.tcgen05Ld(
                registers,
                from: lanes.advanced(lanes: place.half * 16, columns: place.box * columns),
                shape: .lanes16Bits256)
              k.tcgen05WaitLd()
            }
          }
          /// Stores the sums of a place.
          func storeSums(_ index: Int) {
            let place = places[index]
            self.store(
              store, registers.map(\.current), box: place.box, index: index,
              row: firstRow + place.half * 16, of: tile)
          }
          for index in places.indices.dropLast() {
            load(places[index])
            storeSums(index)
          }
          load(places[places.count - 1])
          token.release()
          storeSums(places.count - 1)
        }
      }
    }
    store.finish()
  }
}
