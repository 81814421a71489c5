// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import StructuredKernels
import TileLayout

extension Blackwell: StructuredMachine {
  /// 256 × 256 tiles by CTA pairs, six stages, two accumulators, launch control.
  public static var defaultConfiguration: StructuredConfiguration {
    StructuredConfiguration(stageCount: 6, ctasPerMMA: 2, scheduler: .launchControl)
  }

  /// Returns the default configuration: no Blackwell has been measured.
  public static func configuration(
    for shape: MatmulShape, multiprocessorCount: Int
  ) -> StructuredConfiguration { defaultConfiguration }

  /// One thread multiplies, four warps store.
  public static func structuredRules(
    for configuration: StructuredConfiguration, readingMatrix: Bool
  ) -> StructuredRules {
    StructuredRules(
      tileRows: [128], storingWarpCount: storingWarpCount, ctasPerMMALimit: 2,
      schedulers: SchedulerKind.allCases)
  }

  /// The number of warps that store.
  static var storingWarpCount: Int { 4 }

  /// The number of columns of Tensor Memory, all of which one block allocates.
  static var accumulatorColumns: Int { 512 }

  /// Returns the number of warps that store.
  public static func accumulatorWarpCount(_ configuration: StructuredConfiguration) -> Int {
    storingWarpCount
  }

  /// Returns which thread holds the sum of an element: one of the warps that store, the first of
  /// the block, 32 rows each.
  public static func owner(
    row: Int, column: Int, in configuration: StructuredConfiguration
  ) -> ElementOwner {
    configuration.owner(row: row, column: column, warp: row % configuration.tileM / 32)
  }

  /// Returns a pipeline whose stages each block consumes itself, or the leader of each CTA pair for
  /// both blocks.
  public static func pipeline<Payload>(
    _ k: KernelContext<Blackwell>, _ tiles: Payload, _ configuration: StructuredConfiguration
  ) -> TilePipeline<Blackwell, Payload> {
    let blocks = configuration.clusterBlockCount
    return switch configuration.group {
    case .one: TilePipeline(k, tiles, consumers: 1, sharingBlocks: blocks)
    case .two: TilePipeline(inPairs: k, tiles, sharingBlocks: blocks)
    }
  }

  /// Returns a scheduler of any kind.
  public static func scheduling(
    for configuration: StructuredConfiguration
  ) -> any TileScheduling<Blackwell> {
    guard configuration.scheduler == .launchControl else {
      return staticScheduling(for: configuration)
    }
    // The clients are four storing warps and a loading thread in each block, and the multiplying
    // threads.
    let blocks = configuration.clusterBlockCount
    return LaunchControlScheduling(
      readers: blocks * (storingWarpCount + 1) + blocks / configuration.ctasPerMMA)
  }

  /// Records the roles, with as many accumulators as fit into Tensor Memory.
  public static func record<Element: TensorCoreElement, Output, Post>(
    _ components: MatmulComponents<Blackwell, TileIO<Blackwell, Element>, Output, Post>
  ) {
    var plan = TensorMemoryPlan()
    let columns = components.configuration.tileN
    let region = plan.region(
      "accumulators", columns: accumulatorColumns / columns * columns)
    components.recordRoles(plan, accumulatingIn: region) { _ in
      TensorMemoryTileOp(components.k, of: components.tiles, group: components.configuration.group)
    }
  }
}

extension MatmulComponents where Machine == Blackwell {
  /// Records the roles: four warps that store, one that loads, one that multiplies.
  ///
  /// - `plan`: The regions of Tensor Memory.
  /// - `region`: The region of the accumulators, as many as it has room for.
  /// - `makeOperation`: Makes the operation, in the thread that issues it. Its argument has the
  ///   columns of the plan.
  func recordRoles<Operation: TileOp>(
    _ plan: TensorMemoryPlan, accumulatingIn region: TensorMemoryPlan.Region,
    _ makeOperation: @escaping @Sendable (TensorMemoryColumns) -> Operation
  )
  where
    Operation.Stage == Loader.Payload.Stage,
    Operation.Target == TensorMemoryAccumulators<Blackwell>
  {
    let group = configuration.group
    let ring = StageRing(
      k, stages: region.columnCount / configuration.tileN, full: ("accumulated", arrivals: 1),
      empty: ("drained", arrivals: Blackwell.storingWarpCount * configuration.ctasPerMMA))
    initialize { ring.initialize() }
    // Blocks of different clusters that wait for each other's Tensor Memory would deadlock.
    k.claimMultiprocessor()
    k.withTensorMemory(plan, columns: Blackwell.accumulatorColumns, group: group) { memory in
      let accumulators = AccumulatorRing(
        k, ring, at: memory[region], rows: configuration.tileM, columns: configuration.tileN,
        group: group, pairs: configuration.clusterM / 2)
      k.roles {
        Role("store", warps: 4) { warps in drain(accumulators, warps) }
        Role("load", warps: 1) { load() }
        Role("multiply", warps: 1) {
          multiply(into: accumulators) { makeOperation(memory) }
        }
        scheduler.roles
      }
    }
  }

  /// Records the role that multiplies: one thread, in a CTA pair that of the leader, fills one
  /// accumulator after another.
  private func multiply<Operation: TileOp>(
    into accumulators: AccumulatorRing<Blackwell>,
    by makeOperation: @Sendable () -> Operation
  )
  where
    Operation.Stage == Loader.Payload.Stage,
    Operation.Target == TensorMemoryAccumulators<Blackwell>
  {
    k.if(k.isLeader(of: configuration.group)) {
      k.elected { issueMultiplications(into: accumulators, by: makeOperation()) }
    }
  }

  /// Records the loop of the thread that multiplies.
  private func issueMultiplications<Operation: TileOp>(
    into accumulators: AccumulatorRing<Blackwell>, by operation: Operation
  )
  where
    Operation.Stage == Loader.Payload.Stage,
    Operation.Target == TensorMemoryAccumulators<Blackwell>
  {
    accumulators.withProducer { producer in
      pipeline.withIssuer { issuer in
        forEachTile(as: .thread) { tile in
          producer.withStage { accumulator in
            k.loop(stageCount(of: tile)) { index in
              issuer.withStage { stage in
                operation.multiply(stage, into: accumulator, accumulates: index > 0)
              }
            }
          }
        }
      }
    }
  }

  /// Records the role that stores: each warp drains its 32 rows of one accumulator after another.
  func drain(_ accumulators: AccumulatorRing<Blackwell>, _ warps: RoleWarps) {
    let columns = AccumulatorStore<Blackwell, Output>.boxColumns
    let registers = (0..<columns / 2).map { _ in k.variable(Float(0)) }
    let places = (0..<2).flatMap { half in
      (0..<configuration.tileN / columns).map { (half: half, box: $0) }
    }
    let store = AccumulatorStore(
      k, to: dMap, through: boxes, warp: warps.warpIndex, warpCount: warps.warpCount,
      boxesPerTile: places.count)
    accumulators.withConsumer { consumer in
      forEachTile { tile in
        consumer.withStage { accumulator, token in
          let lanes = accumulator.advanced(byLanes: warps.warpIndex * 32)
          let firstRow = tileIO.firstRow(of: tile) + warps.warpIndex * 32
          /// Loads the accumulators of a box; with k = 0 they are zeros.
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
          /// Stores the accumulators of a box.
          @Sendable func storeAccumulators(_ index: Int) {
            let place = places[index]
            self.store(
              store, registers.map(\.current), column: place.box * columns, index: index,
              row: firstRow + place.half * 16, of: tile)
          }
          let exchange = scheduler.exchange(
            tile, warp: warps.warpIndex, accumulatorCount: places.count * registers.count)
          /// Stores the accumulators of a box, or exchanges them if tiles are split.
          func give(_ index: Int) {
            guard let exchange else { return storeAccumulators(index) }
            exchange.handOff(registers, first: index * registers.count) { storeAccumulators(index) }
          }
          for index in places.indices.dropLast() {
            load(places[index])
            give(index)
          }
          load(places[places.count - 1])
          token.release()
          give(places.count - 1)
          exchange?.finish()
        }
      }
    }
    store.finish()
  }
}
