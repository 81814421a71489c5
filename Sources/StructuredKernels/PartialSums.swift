import DeviceRuntime
import KernelLanguage

/// Sums of a share of an output tile, on their way through global memory to the warps that complete the tile.
///
/// Each warp has a slot, into which it writes its sums at most once in a launch, and a flag. It raises the flag with
/// release semantics when the slot is full. The warp with the same place in a cluster that completes the tile takes
/// the flag down with acquire semantics, which leaves all flags as the next launch needs them. No warp waits for
/// another of its own block.
public struct PartialSums<Machine: HasTMA & HasClusters>: Sendable {
  /// What a launch brings: the slots, and the flags, which are 0.
  public typealias Parameters = ParameterList<GlobalBuffer<Float>, GlobalBuffer<UInt32>>

  /// The kernel.
  private let k: KernelContext<Machine>

  /// The slots.
  private let slots: DevicePointer<Float, Global>

  /// The flags.
  private let flags: DevicePointer<UInt32, Global>

  /// The warps of a block that hold the sums of a tile together.
  private let warpCount: Int

  /// Creates the slots and flags of a kernel.
  ///
  /// - `warpCount`: The warps of a block that hold the sums of a tile together.
  public init(
    _ k: KernelContext<Machine>,
    _ parameters: (DevicePointer<Float, Global>, DevicePointer<UInt32, Global>), warpCount: Int
  ) {
    self.k = k
    (slots, flags) = parameters
    self.warpCount = warpCount
  }

  /// Returns what a launch brings.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - warpCount: The warps that hold the sums of a tile together, those of all blocks.
  ///   - registerCount: The sums of a thread.
  /// - Returns: The arguments.
  /// - Throws: What the device throws where it has no memory left.
  public static func makeParameters(
    on device: any Device, warpCount: Int, registerCount: Int
  ) throws(DeviceError) -> Parameters {
    Parameters(
      try device.makeBuffer(of: Float.self, count: warpCount * 32 * registerCount),
      try device.makeBuffer([UInt32](repeating: 0, count: warpCount)))
  }

  /// Records what becomes of a warp's sums of a share: whoever completes the tile adds those of the others and
  /// goes on with `body`, and the others hand theirs over.
  ///
  /// - `sums`: The registers of a thread, in fours.
  /// - `share`: The share.
  /// - `warp`: The warp's number among those of its block that hold the sums of the tile.
  /// - `body`: What happens to the sums of a whole tile.
  public func complete(
    _ sums: [Variable<Float>], _ share: TileShare, warp: DeviceValue<UInt32>, file: String = #fileID,
    line: Int = #line, _ body: @Sendable () -> Void
  ) {
    k.if(share.completesTile) {
      k.part(calledAt: file, line) {
        k.if(share.isContinued) { add(to: sums, share, warp: warp) }
      }
      body()
    } else: {
      k.part(calledAt: file, line) { handOver(sums, warp: warp) }
    }
  }

  /// Returns the slot of the warp with this one's place in a cluster, and its flag.
  private func slot(
    of cluster: DeviceValue<UInt32>, warp: DeviceValue<UInt32>, size: Int
  ) -> (sums: DevicePointer<Float, Global>, flag: DevicePointer<UInt32, Global>) {
    let block = cluster * k.clusterSize + k.clusterRank
    let slot = block * warpCount + warp
    let element = slot * (32 * size) + k.laneIndex * 4
    return (slots.advanced(by: element), flags.advanced(by: slot))
  }

  /// Writes the sums into the warp's slot, and raises its flag.
  private func handOver(_ sums: [Variable<Float>], warp: DeviceValue<UInt32>) {
    let slot = slot(of: k.clusterIndex.x, warp: warp, size: sums.count)
    for first in stride(from: 0, to: sums.count, by: 4) {
      slot.sums.advanced(by: first * 32).storeVector(sums[first..<first + 4].map(\.current))
    }
    k.synchronizeWarp()
    k.elected { slot.flag.reduce(.add, k.constant(1), order: .release, scope: .device) }
  }

  /// Adds the sums of all clusters that have later stages of the tile, in the order of k.
  private func add(to sums: [Variable<Float>], _ share: TileShare, warp: DeviceValue<UInt32>) {
    let cluster = k.variable(k.clusterIndex.x + 1)
    k.while({ share.division.start(of: cluster.current, k) < share.splitEnd }) {
      let slot = slot(of: cluster.current, warp: warp, size: sums.count)
      k.elected {
        let found = k.variable(UInt32(0))
        k.while({ found.alias == 0 }) {
          found.value = slot.flag.atomicCompareAndSwap(
            expected: k.constant(1), new: k.constant(0), order: .acquire, scope: .device)
        }
      }
      k.synchronizeWarp()
      for first in stride(from: 0, to: sums.count, by: 4) {
        let others = slot.sums.advanced(by: first * 32).loadVector(count: 4)
        for (sum, other) in zip(sums[first..<first + 4], others) { sum += other }
      }
      cluster += 1
    }
  }
}
