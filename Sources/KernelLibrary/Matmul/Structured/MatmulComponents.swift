// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import StructuredKernels
import TileLayout

/// The epilogue's launch arguments, as seen inside the kernel.
public struct EpilogueArguments<Post: Epilogue>: Sendable {
  /// The arguments.
  let parameters: Post.Parameters.InKernel
}

/// The components of a production matmul, which its roles use.
///
/// The loader decides which tiles the stages hold, and how they are loaded.
public struct MatmulComponents<
  Machine: StructuredMachine, Loader: StageLoader, Output: StoredElement, Post: Epilogue
>: Sendable where Loader.Machine == Machine {
  /// The kernel.
  public let k: KernelContext<Machine>

  /// The configuration.
  public let configuration: StructuredConfiguration

  /// The operand tiles of the stages.
  public let tiles: Loader.Payload

  /// The boxes through which sums are stored.
  public let boxes: SharedTileRing<Output>

  /// The loader of the tiles.
  public let tileIO: Loader

  /// The pipeline of the tiles.
  public let pipeline: TilePipeline<Machine, Loader.Payload>

  /// The scheduler of the output tiles.
  public let scheduler: any TileScheduler<Machine>

  /// D, [m, n].
  public let dMap: DeviceTensorMap<Output>

  /// The number of rows of A and D.
  public let m: DeviceValue<UInt32>

  /// The number of rows of B, and of columns of D.
  public let n: DeviceValue<UInt32>

  /// The number of tiles along k.
  public let kTileCount: DeviceValue<UInt32>

  /// The epilogue.
  public let post: EpilogueArguments<Post>
}

extension MatmulComponents {
  /// Records `body` for each output tile of the cluster.
  public func forEachTile(
    as reader: SchedulerClient = .warps, _ body: @Sendable (OutputTile) -> Void
  ) {
    let grid = TileGrid(
      m: m, n: n, tileM: configuration.tileM * configuration.clusterM,
      tileN: configuration.tileN * configuration.clusterN)
    scheduler.forEachTile(of: grid, as: reader, body)
  }

  /// Returns the range of stages along k that the cluster multiplies of an output tile: the first,
  /// and the one after the last.
  public func stages(of tile: OutputTile) -> (first: DeviceValue<UInt32>, end: DeviceValue<UInt32>)
  {
    guard let split = tile.split else { return (k.constant(0), kTileCount) }
    return (split.firstStage, split.endStage)
  }

  /// Returns the number of stages along k that the cluster multiplies of an output tile.
  public func stageCount(of tile: OutputTile) -> DeviceValue<UInt32> {
    guard let split = tile.split else { return kTileCount }
    return split.endStage - split.firstStage
  }

  /// Records the role that loads: one thread fills one stage after another.
  public func load() {
    k.elected {
      pipeline.withProducer { producer in
        forEachTile(as: .loadingThread) { tile in
          let stages = stages(of: tile)
          k.loop(from: stages.first, to: stages.end) { kTile in
            producer.withStage { stage, barrier in
              tileIO.load(stage, of: tile, kTile, signalling: barrier)
            }
          }
        }
      }
    }
  }

  /// Records the initialization of barriers and the prefetch of tensor maps by one thread, and
  /// waits for it.
  ///
  /// - `extraInitialization`: Initializes further barriers.
  public func initialize(_ extraInitialization: @Sendable () -> Void = {}) {
    if configuration.usesProgrammaticDependentLaunch { k.griddepcontrolLaunchDependents() }
    let leader = LeaderThread(k)
    leader {
      pipeline.initialize()
      scheduler.initialize()
      extraInitialization()
      k.fenceBarrierInitialization()
      tileIO.prefetchMaps()
      k.prefetchTensorMap(dMap)
    }
    // The other blocks of the cluster copy into this one's tiles, and arrive at its barriers.
    if configuration.clusterBlockCount > 1 { k.synchronizeCluster() } else { k.synchronize() }
    // The preceding launch may write A and B, and read D.
    if configuration.usesProgrammaticDependentLaunch { k.griddepcontrolWait() }
  }

  /// Stores 16 rows of accumulators, one box wide, after the epilogue.
  ///
  /// - `store`: The warp's boxes.
  /// - `accumulators`: The accumulators.
  /// - `column`: The first column in the tile.
  /// - `index`: The index among all boxes that the warp stores.
  /// - `row`: The first row in D.
  /// - `tile`: The output tile.
  public func store(
    _ store: AccumulatorStore<Machine, Output>, _ accumulators: [DeviceValue<Float>], column: Int,
    index: Int,
    row: DeviceValue<UInt32>, of tile: OutputTile
  ) {
    let column = tileIO.firstColumn(of: tile) + column
    store.store(accumulators, box: index, row: row, column: column) { pair, offset in
      transformed(pair, offset, row: row, column: column)
    }
  }

  /// Applies the epilogue to 16 rows of accumulators, one box wide, and returns the words to store
  /// later.
  public func words(
    _ store: AccumulatorStore<Machine, Output>, _ accumulators: [DeviceValue<Float>], column: Int,
    row: DeviceValue<UInt32>, of tile: OutputTile
  ) -> [DeviceValue<Output.Word>] {
    let column = tileIO.firstColumn(of: tile) + column
    return store.words(of: accumulators) { pair, offset in
      transformed(pair, offset, row: row, column: column)
    }
  }

  /// Applies the epilogue to two accumulators.
  private func transformed(
    _ pair: AccumulatorPair, _ offset: AccumulatorOffset, row: DeviceValue<UInt32>,
    column: DeviceValue<UInt32>
  ) -> AccumulatorPair {
    // The identity needs no position, and should not pay for one.
    if Post.self == Identity.self { return pair }
    let place = offset.place(row: row, column: column, rowCount: m, columnCount: n)
    return Post.transform(pair, at: place, post.parameters, k)
  }
}
