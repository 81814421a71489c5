import DeviceRuntime
import KernelLanguage

/// Sums of parts of output tiles, on their way through global memory to the warps that complete the tiles.
///
/// For each part but a tile's last one there is a slot, and each warp has its own place in it, and a flag. A warp
/// writes its sums, and raises its flag with release semantics. The warp with the same place in the cluster that
/// completes the tile takes the flag down with acquire semantics, which leaves all flags as the next launch needs
/// them. No warp waits for another of its own block.
public struct PartialSums<Machine: HasTMA & HasClusters>: Sendable {
  /// What a launch brings: the slots, the flags, which are 0, and the counts of its `SplitKPlan`: whole tiles, split
  /// tiles, parts.
  public typealias Parameters = ParameterList<
    GlobalBuffer<Float>, GlobalBuffer<UInt32>, UInt32, UInt32, UInt32
  >

  /// What reports call them.
  public static var parameterNames: [String] {
    ["partial_sums", "partial_sum_flags", "whole_tiles", "split_tiles", "split_factor"]
  }

  /// The kernel.
  fileprivate let k: KernelContext<Machine>

  /// The slots.
  private let slots: DevicePointer<Float, Global>

  /// The flags.
  private let flags: DevicePointer<UInt32, Global>

  /// How the launch splits tiles.
  public let counts: SplitKCounts

  /// The warps of a block that hold the sums of a tile together.
  private let warpCount: Int

  /// Creates the slots and flags of a kernel.
  ///
  /// - `warpCount`: The warps of a block that hold the sums of a tile together.
  public init(
    _ k: KernelContext<Machine>, _ parameters: Parameters.InKernel, warpCount: Int
  ) {
    self.k = k
    (slots, flags) = (parameters.0, parameters.1)
    counts = SplitKCounts(
      wholeTileCount: parameters.2, splitTileCount: parameters.3, splitFactor: parameters.4)
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
      try device.makeBuffer([UInt32](repeating: 0, count: count)),
      UInt32(plan.wholeTileCount), UInt32(plan.splitTileCount), UInt32(plan.splitFactor))
  }

  /// Begins what a warp does with its sums of a part: whoever completes the tile waits until those of the other parts
  /// are there.
  ///
  /// - `share`: The part.
  /// - `warp`: The warp's number among those of its block that hold the sums of the tile.
  /// - `sumCount`: The sums of a thread.
  /// - Returns: What takes the sums, all of them, and is finished then.
  public func exchange(
    _ share: TileSplit, warp: DeviceValue<UInt32>, sumCount: Int, file: String = #fileID,
    line: Int = #line
  ) -> PartialSumExchange<Machine> {
    let exchange = PartialSumExchange(self, share, warp, sumCount)
    k.inlined(at: file, line) { exchange.waitForOthers() }
    return exchange
  }

  /// Returns the warp's place in a slot, and its flag.
  fileprivate func place(
    in slot: DeviceValue<UInt32>, _ warp: DeviceValue<UInt32>, sumCount: Int
  ) -> (sums: DevicePointer<Float, Global>, flag: DevicePointer<UInt32, Global>) {
    let block = slot * k.clusterSize + k.clusterRank
    let index = block * warpCount + warp
    let sums = slots.advanced(by: index * (32 * sumCount) + k.laneIndex * 4)
    return (sums, flags.advanced(by: index))
  }
}

/// What a warp does with its sums of a part of a tile.
public struct PartialSumExchange<Machine: HasTMA & HasClusters>: Sendable {
  /// The slots and flags.
  private let partialSums: PartialSums<Machine>

  /// The part.
  private let share: TileSplit

  /// The warp's number among those of its block that hold the sums of the tile.
  private let warp: DeviceValue<UInt32>

  /// The sums of a thread.
  private let sumCount: Int

  /// The kernel.
  private var k: KernelContext<Machine> { partialSums.k }

  /// Creates an exchange.
  fileprivate init(
    _ partialSums: PartialSums<Machine>, _ share: TileSplit, _ warp: DeviceValue<UInt32>,
    _ sumCount: Int
  ) {
    self.partialSums = partialSums
    self.share = share
    self.warp = warp
    self.sumCount = sumCount
  }

  /// Records what becomes of some sums: where the tile is completed, `body`, behind the sums of other parts; else
  /// they are handed over.
  ///
  /// - `sums`: The registers of a thread, in quads.
  /// - `first`: The number of the first among all sums of the thread, a multiple of 4.
  /// - `body`: What happens to sums of the whole tile.
  public func handOff(
    _ sums: [Variable<Float>], first: Int = 0, file: String = #fileID, line: Int = #line,
    _ body: @Sendable () -> Void
  ) {
    k.if(share.completesTile(k)) {
      k.inlined(at: file, line) {
        k.loop(share.otherCount(k)) { other in
          add(part(share.slot(ofSplit: other)).sums, first, to: sums)
        }
      }
      body()
    } else: {
      k.inlined(at: file, line) {
        let place = part(share.slot).sums.advanced(by: first * 32)
        for index in stride(from: 0, to: sums.count, by: 4) {
          place.advanced(by: index * 32).storeVector(sums[index..<index + 4].map(\.current))
        }
      }
    }
  }

  /// Adds sums that are there.
  private func add(
    _ others: DevicePointer<Float, Global>, _ first: Int, to sums: [Variable<Float>]
  ) {
    for index in stride(from: 0, to: sums.count, by: 4) {
      let four = others.advanced(by: (first + index) * 32).loadVector(count: 4)
      for (sum, other) in zip(sums[index..<index + 4], four) { sum += other }
    }
  }

  /// Returns the warp's place in a slot, and its flag.
  private func part(
    _ slot: DeviceValue<UInt32>
  ) -> (sums: DevicePointer<Float, Global>, flag: DevicePointer<UInt32, Global>) {
    partialSums.place(in: slot, warp, sumCount: sumCount)
  }

  /// Waits until the sums of all other parts are there: each lane waits for those of one.
  fileprivate func waitForOthers() {
    k.if(share.completesTile(k) && k.laneIndex < share.otherCount(k)) {
      let flag = part(share.slot(ofSplit: k.laneIndex)).flag
      let found = k.variable(UInt32(0))
      k.while({ found.current == 0 }) {
        found.value = flag.atomicCompareAndSwap(
          expected: k.constant(1), new: k.constant(0), order: .acquire, scope: .device)
      }
    }
    k.synchronizeWarp()
  }

  /// Says that all sums are handed over, if they are.
  public func finish(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) {
      k.if(!share.completesTile(k)) {
        k.synchronizeWarp()
        k.elected {
          part(share.slot).flag.reduce(.add, k.constant(1), order: .release, scope: .device)
        }
      }
    }
  }
}
