// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats

/// The workspace in global memory through which splits of output tiles hand off their partial sums.
///
/// Each split except a tile's last has a slot, in which each warp has a section and a flag. A warp
/// writes its accumulators to its section, and sets its flag with release semantics. The
/// corresponding warp of the cluster that completes the tile clears the flag with acquire
/// semantics, so that all flags are zero again for the next launch. No warp waits for another of
/// its own block.
public struct PartialSums<Machine: HasTMA & HasClusters>: Sendable {
  /// The arguments of a launch: the slots; the flags, all zero; and from its `SplitKPlan` the
  /// number of whole tiles, the number of split tiles, and the split factor.
  public typealias Parameters = ParameterList<
    GlobalBuffer<Float>, GlobalBuffer<UInt32>, UInt32, UInt32, UInt32
  >

  /// The names of the parameters.
  public static var parameterNames: [String] {
    ["partial_sums", "partial_sum_flags", "whole_tiles", "split_tiles", "split_factor"]
  }

  /// The kernel.
  fileprivate let k: KernelContext<Machine>

  /// The slots.
  private let slots: DevicePointer<Float, Global>

  /// The flags.
  private let flags: DevicePointer<UInt32, Global>

  /// The counts by which the launch splits tiles.
  public let counts: SplitKCounts

  /// The number of warps of a block that hold a tile's accumulators.
  private let warpCount: Int

  /// Creates the slots and flags of a kernel.
  ///
  /// - `warpCount`: The number of warps of a block that hold a tile's accumulators.
  public init(
    _ k: KernelContext<Machine>, _ parameters: Parameters.InKernel, warpCount: Int
  ) {
    self.k = k
    (slots, flags) = (parameters.0, parameters.1)
    counts = SplitKCounts(
      wholeTileCount: parameters.2, splitTileCount: parameters.3, splitFactor: parameters.4)
    self.warpCount = warpCount
  }

  /// Allocates the workspace, and returns the arguments of a launch.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - plan: The split of the launch's tiles.
  ///   - warpCount: The number of warps of a cluster that hold a tile's accumulators.
  ///   - registerCount: The number of accumulators of each thread.
  /// - Returns: The arguments.
  /// - Throws: The device's error if it is out of memory.
  public static func makeParameters(
    on device: any Device, for plan: SplitKPlan, warpCount: Int, registerCount: Int
  ) throws(DeviceError) -> Parameters {
    // There are no empty buffers.
    let count = max(1, plan.slotCount.saturatingProduct(warpCount))
    let sumCount = count.saturatingProduct(32).saturatingProduct(max(1, registerCount))
    return Parameters(
      try device.makeBuffer(of: Float.self, count: sumCount),
      try device.makeBuffer([UInt32](repeating: 0, count: count)),
      UInt32(plan.wholeTileCount), UInt32(plan.splitTileCount), UInt32(clamping: plan.splitFactor))
  }

  /// Begins the exchange of a warp's accumulators; a warp that completes a split tile first waits
  /// until the partial sums of all other splits have arrived.
  ///
  /// - `share`: The split that the warp has multiplied.
  /// - `warp`: The warp's index among those of its block that hold the tile's accumulators.
  /// - `sumCount`: The number of accumulators of each thread.
  /// - Returns: The exchange, to which all accumulators are handed off before it is finished.
  public func exchange(
    _ share: TileSplit, warp: DeviceValue<UInt32>, sumCount: Int
  ) -> PartialSumExchange<Machine> {
    let exchange = PartialSumExchange(self, share, warp, sumCount)
    exchange.waitForOthers()
    return exchange
  }

  /// Returns the address of the lane's first partial sum in a slot, and the warp's flag.
  fileprivate func place(
    in slot: DeviceValue<UInt32>, _ warp: DeviceValue<UInt32>, sumCount: Int
  ) -> (sums: DevicePointer<Float, Global>, flag: DevicePointer<UInt32, Global>) {
    let block = slot * k.clusterSize + k.clusterRank
    let index = block * warpCount + warp
    let sums = slots.advanced(by: index * (32 * sumCount) + k.laneIndex * 4)
    return (sums, flags.advanced(by: index))
  }
}

/// The exchange of one warp's accumulators for one split of a tile.
public struct PartialSumExchange<Machine: HasTMA & HasClusters>: AccumulatorExchange {
  /// The slots and flags.
  private let partialSums: PartialSums<Machine>

  /// The split.
  private let share: TileSplit

  /// The warp's index among those of its block that hold the tile's accumulators.
  private let warp: DeviceValue<UInt32>

  /// The number of accumulators of each thread.
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

  /// Adds the partial sums of the other splits and records `body`, if the cluster completes the
  /// tile; otherwise writes the accumulators to the split's slot.
  ///
  /// - `sums`: Registers of each thread, a multiple of 4.
  /// - `first`: The index of the first among all accumulators of the thread, a multiple of 4.
  /// - `body`: Uses the accumulators of the whole tile.
  public func handOff(
    _ sums: [Variable<Float>], first: Int, _ body: @Sendable () -> Void
  ) {
    guard
      k.recorder.expect(
        sums.count % 4 == 0,
        "partial sums are handed off four at a time, unlike these \(sums.count)")
    else { return }
    k.if(share.completesTile(k)) {
      k.loop(share.otherCount(k)) { other in
        add(part(share.slot(ofSplit: other)).sums, first, to: sums)
      }
      body()
    } else: {
      let place = part(share.slot).sums.advanced(by: first * 32)
      for index in stride(from: 0, to: sums.count, by: 4) {
        place.advanced(by: index * 32).storeVector(sums[index..<index + 4].map(\.current))
      }
    }
  }

  /// Adds partial sums that have arrived.
  private func add(
    _ others: DevicePointer<Float, Global>, _ first: Int, to sums: [Variable<Float>]
  ) {
    for index in stride(from: 0, to: sums.count, by: 4) {
      let four = others.advanced(by: (first + index) * 32).loadVector(count: 4)
      for (sum, other) in zip(sums[index..<index + 4], four) { sum += other }
    }
  }

  /// Returns the address of the lane's first partial sum in a slot, and the warp's flag.
  private func part(
    _ slot: DeviceValue<UInt32>
  ) -> (sums: DevicePointer<Float, Global>, flag: DevicePointer<UInt32, Global>) {
    partialSums.place(in: slot, warp, sumCount: sumCount)
  }

  /// Waits until the partial sums of all other splits have arrived; each lane waits for one split.
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

  /// Sets the warp's flag, if its accumulators were written to the slot rather than completed.
  public func finish() {
    k.if(!share.completesTile(k)) {
      k.synchronizeWarp()
      k.elected {
        part(share.slot).flag.reduce(.add, k.constant(1), order: .release, scope: .device)
      }
    }
  }
}
