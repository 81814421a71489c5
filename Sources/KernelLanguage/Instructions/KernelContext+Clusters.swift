// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension KernelContext where Machine: HasClusters {
  /// The cluster's index in the grid.
  public var clusterIndex: DeviceDimensions {
    dimensions(.clusterIndexX, .clusterIndexY, .clusterIndexZ)
  }

  /// The clusters of the grid.
  public var clusterCount: DeviceDimensions {
    dimensions(.clusterCountX, .clusterCountY, .clusterCountZ)
  }

  /// The block's index in its cluster.
  public var clusterBlockIndex: DeviceDimensions {
    dimensions(.clusterBlockIndexX, .clusterBlockIndexY, .clusterBlockIndexZ)
  }

  /// The blocks of a cluster.
  public var clusterDimension: DeviceDimensions {
    dimensions(.clusterDimensionX, .clusterDimensionY, .clusterDimensionZ)
  }

  /// The block's number in its cluster, counted along x, then y, then z.
  public var clusterRank: DeviceValue<UInt32> { recorder.read(.clusterRank) }

  /// The number of blocks in the cluster.
  public var clusterSize: DeviceValue<UInt32> { recorder.read(.clusterSize) }

  /// The memory order of an arrival at the cluster's barrier.
  public enum ClusterArrival: String, Sendable {
    /// Memory accesses before the arrival come before those after the wait.
    case release

    /// Nothing.
    case relaxed
  }

  /// Arrives at the barrier of the cluster, without waiting.
  ///
  /// All threads of the warp call it together. Each arrival is followed by one wait.
  ///
  /// - SeeAlso: PTX ISA, "barrier.cluster".
  public func clusterArrive(
    _ order: ClusterArrival = .release, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    emit(
      BarrierInstruction.clusterArrive(order == .release ? .release : .relaxed, isAligned: true))
  }

  /// Waits until all threads of the cluster have arrived at its barrier.
  ///
  /// - SeeAlso: PTX ISA, "barrier.cluster".
  public func clusterWait(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(BarrierInstruction.clusterWait(.acquire, isAligned: true))
  }

  /// Waits until all threads of the cluster are here.
  public func synchronizeCluster(file: String = #fileID, line: Int = #line) {
    clusterArrive(file: file, line: line)
    clusterWait(file: file, line: line)
  }

  /// Returns the address that another block of the cluster has for what lies here in this block.
  ///
  /// - `address`: An address in this block's shared memory.
  /// - `rank`: The other block's rank in the cluster.
  /// - SeeAlso: PTX ISA, "mapa".
  public func mapa(
    _ address: SharedAddress, toRank rank: some KernelIndex, file: String = #fileID,
    line: Int = #line
  ) -> ClusterAddress {
    at(file, line)
    recorder.check(address.recorder)
    let rank = rank.deviceValue(in: self)
    let local = address.value
    let remote = local.emit(
      .mapToBlock, ["shared::cluster", "u32"], [local.operand, rank.operand], as: UInt32.self)
    return ClusterAddress(recorder: recorder, register: remote.register)
  }
}

extension KernelContext where Machine: HasClusters {
  /// Returns the address in another block of the cluster that corresponds to a pointer in this
  /// block.
  ///
  /// - `pointer`: A pointer to this block's shared memory.
  /// - `rank`: The other block's rank in the cluster.
  /// - SeeAlso: PTX ISA, "mapa".
  public func mapa<Element>(
    _ pointer: DevicePointer<Element, Shared>, toRank rank: some KernelIndex,
    file: String = #fileID, line: Int = #line
  ) -> DevicePointer<Element, SharedCluster> {
    DevicePointer(mapa(pointer.address, toRank: rank, file: file, line: line))
  }
}
