import DeviceRuntime
import KernelLanguage

/// Sums of parts of output tiles, on their way through global memory to the warps that complete the tiles.
///
/// For each part but a tile's last one there is a slot, and each warp has its own place in it, and a flag. A warp
/// writes its sums, and raises its flag with release semantics. The warp with the same place in the cluster that
/// completes the tile takes the flag down with acquire semantics, which leaves all flags as the next launch needs
/// them. No warp waits for another of its own block.
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
    _ parameters: Parameters.InKernel, warpCount: Int
  ) {
    self.k = k
    (slots, flags) = parameters
    self.warpCount = warpCount
  }

  /// Returns what a launch brings.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - plan: How tiles are split.
  ///   - warpCount: The warps of a cluster that hold the sums of a tile together.
  ///   - registerCount: The sums of a thread.
  /// - Returns: The arguments.
  /// - Throws: What the device throws where it has no memory left.
  public static func makeParameters(
    on device: any Device, for plan: SplitKPlan, warpCount: Int, registerCount: Int
  ) throws(DeviceError) -> Parameters {
    // There are no empty buffers.
    let count = max(1, plan.slotCount * warpCount)
    return Parameters(
      try device.makeBuffer(of: Float.self, count: count * 32 * registerCount),
      try device.makeBuffer([UInt32](repeating: 0, count: count)))
  }

  /// Records what becomes of a warp's sums of a part: whoever completes the tile adds those of the other parts and
  /// goes on with `body`, and the others hand theirs over.
  ///
  /// - `sums`: The registers of a thread, in fours.
  /// - `share`: The part.
  /// - `warp`: The warp's number among those of its block that hold the sums of the tile.
  /// - `body`: What happens to the sums of a whole tile.
  public func complete(
    _ sums: [Variable<Float>], _ share: TileShare, warp: DeviceValue<UInt32>,
    file: String = #fileID, line: Int = #line, _ body: @Sendable () -> Void
  ) {
    k.if(share.completesTile) {
      k.part(calledAt: file, line) {
        waitForFlags(share, warp, sumCount: sums.count)
        k.loop(share.otherCount) { other in
          let slot = share.firstSlot + other * share.slotStep
          add(place(in: slot, warp, sumCount: sums.count).sums, to: sums)
        }
      }
      body()
    } else: {
      k.part(calledAt: file, line) { handOver(sums, slot: share.slot, warp) }
    }
  }

  /// Returns the warp's place in a slot, and its flag.
  private func place(
    in slot: DeviceValue<UInt32>, _ warp: DeviceValue<UInt32>, sumCount: Int
  ) -> (sums: DevicePointer<Float, Global>, flag: DevicePointer<UInt32, Global>) {
    let block = slot * k.clusterSize + k.clusterRank
    let index = block * warpCount + warp
    let sums = slots.advanced(by: index * (32 * sumCount) + k.laneIndex * 4)
    return (sums, flags.advanced(by: index))
  }

  /// Writes the warp's sums into a slot, and raises its flag.
  private func handOver(
    _ sums: [Variable<Float>], slot: DeviceValue<UInt32>, _ warp: DeviceValue<UInt32>
  ) {
    let place = place(in: slot, warp, sumCount: sums.count)
    for first in stride(from: 0, to: sums.count, by: 4) {
      place.sums.advanced(by: first * 32).storeVector(sums[first..<first + 4].map(\.current))
    }
    k.synchronizeWarp()
    k.elected { place.flag.reduce(.add, k.constant(1), order: .release, scope: .device) }
  }

  /// Waits until the sums of all other parts are there: each lane waits for those of one.
  private func waitForFlags(_ share: TileShare, _ warp: DeviceValue<UInt32>, sumCount: Int) {
    k.if(k.laneIndex < share.otherCount) {
      let slot = share.firstSlot + k.laneIndex * share.slotStep
      let flag = place(in: slot, warp, sumCount: sumCount).flag
      let found = k.variable(UInt32(0))
      k.while({ found.alias == 0 }) {
        found.value = flag.atomicCompareAndSwap(
          expected: k.constant(1), new: k.constant(0), order: .acquire, scope: .device)
      }
    }
    k.synchronizeWarp()
  }

  /// Adds sums that are there.
  private func add(_ others: DevicePointer<Float, Global>, to sums: [Variable<Float>]) {
    for first in stride(from: 0, to: sums.count, by: 4) {
      let four = others.advanced(by: first * 32).loadVector(count: 4)
      for (sum, other) in zip(sums[first..<first + 4], four) { sum += other }
    }
  }
}
