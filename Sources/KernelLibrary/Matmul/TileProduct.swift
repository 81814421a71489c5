// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import StructuredKernels
import TileLayout

/// The loop of steps 2 to 4: TMA loads tiles of A and B, and the tensor cores multiply them.
///
/// One thread, the leader, issues the loads. The tensor cores multiply a tile when its bytes have
/// arrived, and the leader refills it when it has been multiplied. With one stage nothing overlaps
/// within a block; with more, the next tiles are loaded meanwhile.
struct TileProduct<Machine: HasTileOp, Element: TensorCoreElement>: Sendable {
  /// The configuration.
  let configuration: TensorCoreConfiguration

  /// The tile of A: [tileM, tileK].
  let a: SharedTile<Element>

  /// The tile of B: [tileN, tileK].
  let b: SharedTile<Element>

  /// Creates the loop of a configuration that has been checked.
  init(_ configuration: TensorCoreConfiguration) {
    self.configuration = configuration
    a = makeTile(
      "a", rows: configuration.tileM, columns: configuration.tileK,
      swizzle: configuration.swizzle, of: Element.self)
    b = makeTile(
      "b", rows: configuration.tileN, columns: configuration.tileK,
      swizzle: configuration.swizzle, of: Element.self)
  }

  /// Records the loop, and returns the accumulators that the thread holds.
  ///
  /// - Parameters:
  ///   - k: The kernel.
  ///   - aMap: A, [m, k].
  ///   - bMap: B, [n, k].
  ///   - row: The first row of the tile of C.
  ///   - column: The first column of the tile of C.
  ///   - depth: The extent along k.
  /// - Returns: The accumulators of the warp's subtile.
  func accumulate(
    _ k: KernelContext<Machine>, _ aMap: DeviceTensorMap<Element>,
    _ bMap: DeviceTensorMap<Element>, row: DeviceValue<UInt32>, column: DeviceValue<UInt32>,
    depth: DeviceValue<UInt32>
  ) -> TileTensor<Float, Registers> {
    // Shared memory: the tiles and the barriers.
    let (stages, tileK, shape) = (configuration.stages, configuration.tileK, configuration.shape)
    let tiles = OperandTiles(a: k.shared(a, stages: stages), b: k.shared(b, stages: stages))
    let loaded = k.sharedBarriers("loaded", stages: stages, arrivals: 1)
    let multiplied = k.sharedBarriers(
      "multiplied", stages: stages, arrivals: Machine.Operation.arrivalCount(of: shape))

    let leader = LeaderThread(k)
    let aLoader = TileLoader(k, from: aMap, filling: a)
    let bLoader = TileLoader(k, from: bMap, filling: b)
    let kTileCount = (depth + (tileK - 1)) / tileK

    leader {
      loaded.initialize()
      multiplied.initialize()
      k.fenceBarrierInitialization()
    }
    k.synchronize()

    /// Loads a stage when its last tiles have been multiplied; the leader calls it.
    @Sendable func load(_ kTile: DeviceValue<UInt32>) {
      let (stage, round) = (kTile % stages, kTile / stages)
      // In the first round of a barrier the preceding phase counts as complete.
      multiplied[stage].wait(parity: (round + 1) % 2)
      loaded[stage].arrive(expectingByteCount: aLoader.byteCount + bLoader.byteCount)
      aLoader.load(tiles.a[stage], row: row, column: kTile * tileK, signalling: loaded[stage])
      bLoader.load(tiles.b[stage], row: column, column: kTile * tileK, signalling: loaded[stage])
    }

    return Machine.Operation.withAccumulators(k, shape) { block in
      let tileOp = block.tileOp(of: Element.self)
      let ahead = stages - 1
      if ahead > 0 {
        leader {
          for kTile in 0..<ahead { k.if(kTileCount > kTile) { load(k.constant(UInt32(kTile))) } }
        }
      }
      k.loop(kTileCount) { kTile in
        leader {
          if ahead == 0 {
            load(kTile)
          } else {
            k.if(kTile + ahead < kTileCount) { load(kTile + ahead) }
          }
        }
        let stage = kTile % stages
        block.multiply(
          tiles[stage], by: tileOp, once: loaded[stage], parity: kTile / stages % 2,
          accumulates: kTile > 0, releasing: multiplied[stage])
      }
      return block.values(isEmpty: kTileCount == 0)
    }
  }
}
