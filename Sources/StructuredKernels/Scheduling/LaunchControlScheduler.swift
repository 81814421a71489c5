// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// Dynamic scheduling by cluster launch control (CLC): one cluster is launched for each tile, and
/// running clusters cancel launches that are still pending and compute their tiles.
///
/// So a cluster that finishes early computes more tiles, and one that starts late, or shares its
/// multiprocessor with another kernel, fewer. The first tile is the cluster's own. For each
/// following tile, one thread of the cluster, in a separate role, issues
/// `clusterlaunchcontrol.try_cancel`. The response is written to a ring in the shared memory of
/// every block, from which each client reads it. Two barriers for each stage order the ring, as in
/// a `TilePipeline`:
/// - "response_full", in every block: one arrival, of the requesting thread, and the 16 bytes of
///   the response.
/// - "response_empty", in the first block: one arrival of each client of all blocks. Before it
///   arrives, a client fences its loads against the next response, which is written through the
///   async proxy.
///
/// The ring alone would let a cluster claim two tiles at its start, and keep them while others run
/// out of work. So requests are throttled: the next tile is requested when the first block's
/// loading thread starts the current one, which is as late as possible without waiting for the
/// response. The thread signals it at "tile_started". No barrier is needed in the other direction:
/// it starts no other tile before the requesting thread has seen that arrival and received the next
/// response.
///
/// At the end, when a response says that no tile is left, the requesting thread waits until all
/// clients have read it. So the first block does not exit while others may still arrive at its
/// barriers.
///
/// - SeeAlso: PTX ISA, "clusterlaunchcontrol.try_cancel".
public struct LaunchControlScheduler<Machine: HasTMA & HasClusterLaunchControl>: TileScheduler {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The numbering of the tiles.
  private let numbering: any TileNumbering

  /// The number of blocks of a cluster, along x.
  private let blockCount: Int

  /// The ring of responses.
  private let responses: SharedLaunchResponses

  /// The barriers of the responses: full when a response has arrived, empty when all clients have
  /// read it; "empty" is used in the first block only.
  private let ring: StageRing<Machine>

  /// The barrier that signals that a tile was started; only that of the first block is used.
  private let tileStarted: SharedBarrier

  /// Allocates the responses and barriers in shared memory.
  ///
  /// - `numbering`: The numbering of the tiles.
  /// - `blocks`: The number of blocks of a cluster, along x.
  /// - `readers`: The number of clients in all blocks of a cluster together: each thread or warp
  ///   counts one.
  /// - `stages`: The number of responses that can be pending or unread at the same time.
  public init(
    _ k: KernelContext<Machine>, _ numbering: any TileNumbering, blocks: Int, readers: Int,
    stages: Int = 2, file: String = #fileID, line: Int = #line
  ) {
    self.k = k
    self.numbering = numbering
    let isCluster = (1...16).contains(blocks)
    if !isCluster {
      k.findings(at: file, line).reject("a cluster must have 1 to 16 blocks, not \(blocks)")
    }
    blockCount = isCluster ? blocks : 1
    responses = k.sharedLaunchResponses("tile_responses", stages: stages, file: file, line: line)
    ring = StageRing(
      k, stages: stages, full: ("response_full", arrivals: 1),
      empty: ("response_empty", arrivals: readers), file: file, line: line)
    tileStarted = k.sharedBarrier("tile_started", arrivals: 1, file: file, line: line)
  }

  /// Initializes the barriers.
  public func initialize() {
    ring.initialize()
    tileStarted.initialize()
  }
}

// MARK: - Requesting tiles

extension LaunchControlScheduler {
  /// The role that requests tiles: one warp, of which one thread in the first block works.
  public var roles: [Role] {
    [
      Role("schedule", warps: 1) { k.if(k.clusterRank == 0) { k.elected { requestTiles() } } }
    ]
  }

  /// Requests one tile after another until none is left.
  private func requestTiles() {
    let end = ring.filler()
    let beginning = k.variable(UInt32(0))
    let peers = (1..<max(1, blockCount)).map { k.mapa(ring.full.address, toRank: $0) }
    let hasMoreTiles = k.variable(UInt32(1))
    k.while({ hasMoreTiles.current != 0 }) {
      tileStarted.wait(parity: beginning)
      beginning ^= 1
      end.wait()
      let barrier = end.announce(byteCount: SharedLaunchResponses.byteCount, if: k.always)
      for peer in peers {
        k.arriveRemotely(
          at: peer.advanced(by: end.stage, elementByteCount: 8),
          expectingByteCount: SharedLaunchResponses.byteCount)
      }
      k.clusterlaunchcontrolTryCancel(
        responses[end.stage], signalling: barrier, toAllBlocks: blockCount > 1)
      barrier.wait(parity: end.parity ^ 1)
      let response = k.clusterLaunchResponse(at: responses[end.stage])
      k.fenceProxyAsync(.sharedBlock)
      hasMoreTiles.value = k.select(response.isCanceled(), k.constant(1), k.constant(0))
      end.advance()
    }
    end.drain()
  }
}

// MARK: - Reading responses

extension LaunchControlScheduler {
  /// Records a loop over the cluster's own tile and those of the launches that it cancels.
  public func forEachTile(
    of grid: TileGrid, as reader: SchedulerClient, file: String, line: Int,
    _ body: @Sendable (OutputTile) -> Void
  ) {
    k.inlined(at: file, line) {
      let none = UInt32.max
      let end = ring.reader(arriving: reader == .warps ? .warps(inBlock: 0) : .thread(inBlock: 0))
      let number = k.variable(k.clusterIndex.x)
      k.while({ number.current != k.constant(none) }) {
        if case .loadingThread = reader { tileStarted.arrive(if: k.clusterRank == 0) }
        body(numbering.tile(number.current, of: grid, k))
        end.wait()
        let response = k.clusterLaunchResponse(at: responses[end.stage])
        k.fenceProxyAsync(.sharedBlock)
        number.value = k.constant(none)
        k.if(response.isCanceled()) {
          number.value = response.firstBlockIndex().x / blockCount
        }
        end.arrive()
        end.advance()
      }
    }
  }
}

// MARK: - The choice

/// Cluster launch control: `LaunchControlScheduler`.
public struct LaunchControlScheduling<Machine: HasTMA & HasClusterLaunchControl>: TileScheduling {
  /// The number of clients in all blocks of a cluster together.
  private let readers: Int

  /// Creates the choice.
  ///
  /// - `readers`: The number of clients in all blocks of a cluster together: each thread or warp
  ///   counts one.
  public init(readers: Int) { self.readers = readers }

  /// The name in entry names.
  public var name: String { "launchcontrol" }

  /// Returns a summary of how clusters get their tiles.
  public func summary(of kernel: ScheduledKernel) -> String { "persistent" }

  /// Returns the number of tiles.
  public func clusterCount(of tiles: ScheduledTiles) -> Int { max(1, tiles.count) }

  /// Records the scheduler.
  public func scheduler(
    _ k: KernelContext<Machine>, _ parameters: AddedParameters, _ numbering: any TileNumbering,
    kTileCount: DeviceValue<UInt32>, of kernel: ScheduledKernel
  ) -> any TileScheduler<Machine> {
    LaunchControlScheduler(k, numbering, blocks: kernel.blockCount, readers: readers)
  }
}
