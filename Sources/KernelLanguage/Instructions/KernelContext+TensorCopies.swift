// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import TileLayout

extension KernelContext where Machine: HasTMA {
  /// Copies a box of a tensor to shared memory; one thread calls it.
  ///
  /// Elements outside of the tensor are filled as the map says. The barrier's phase counts the
  /// bytes of the whole box.
  ///
  /// - `map`: The tensor and its boxes.
  /// - `coordinates`: The first element of the box, innermost first: 1 to 5 of them, signed. The
  ///   first one's bytes are a multiple of 16.
  /// - `destination`: The address of the box in shared memory, a multiple of 128 bytes.
  /// - `barrier`: The barrier, in the same block as the destination.
  /// - `mask`: The blocks of the cluster, one bit for each rank, whose same addresses are written
  ///   and whose same barriers count; nil for this block only.
  /// - SeeAlso: PTX ISA, "cp.async.bulk.tensor".
  public func cpAsyncBulkTensor<Element>(
    _ map: DeviceTensorMap<Element>, _ coordinates: [DeviceValue<UInt32>],
    to destination: SharedAddress, signalling barrier: SharedBarrier,
    multicastTo mask: DeviceValue<UInt16>? = nil, file: String = #fileID, line: Int = #line
  ) {
    cpAsyncBulkTensor(
      map, coordinates, to: destination, signalling: CopyBarrier(barrier), multicastTo: mask,
      file: file, line: line)
  }

  /// Copies a box of a tensor to shared memory, and signals a barrier of the block or of its CTA
  /// pair; one thread calls it.
  ///
  /// - `map`: The tensor and its boxes.
  /// - `coordinates`: The first element of the box, innermost first: 1 to 5 of them, signed.
  /// - `destination`: The address of the box in shared memory, a multiple of 128 bytes.
  /// - `barrier`: The barrier.
  /// - `mask`: The blocks of the cluster, one bit for each rank, whose same addresses are written.
  ///   The bytes of each block are counted by its own same barrier, or by that of its CTA pair.
  /// - SeeAlso: PTX ISA, "cp.async.bulk.tensor".
  public func cpAsyncBulkTensor<Element>(
    _ map: DeviceTensorMap<Element>, _ coordinates: [DeviceValue<UInt32>],
    to destination: SharedAddress, signalling barrier: CopyBarrier,
    multicastTo mask: DeviceValue<UInt16>? = nil, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(barrier.recorder)
    load(
      map, coordinates, to: destination, signalling: barrier.operand, group: barrier.group,
      multicastTo: mask)
  }

  /// Records a copy to shared memory with what is special to it.
  fileprivate func load<Element>(
    _ map: DeviceTensorMap<Element>, _ coordinates: [DeviceValue<UInt32>],
    to destination: SharedAddress, signalling barrier: Operand, group: CTAGroup?,
    multicastTo mask: DeviceValue<UInt16>?
  ) {
    check(map, coordinates, destination)
    if let mask { recorder.check(mask.recorder) }
    emit(
      BulkInstruction.tensorLoad(
        TensorLoad(
          box(map, coordinates), to: destination.operand, barrier: barrier, group: group,
          mask: mask.map { .register($0.register) })))
  }

  /// Copies a box of shared memory to a tensor; one thread calls it.
  ///
  /// Elements outside of the tensor are not written, except for the rest of the last 16 bytes of
  /// its rows. The copy belongs to the thread's next bulk group.
  ///
  /// - `source`: The address of the box in shared memory, a multiple of 128 bytes. Ordinary writes
  ///   to it are fenced by `fenceProxyAsync` before.
  /// - `map`: The tensor and its boxes.
  /// - `coordinates`: The first element of the box, innermost first, not negative. The first one's
  ///   bytes are a multiple of 16.
  /// - SeeAlso: PTX ISA, "cp.async.bulk.tensor".
  public func cpAsyncBulkTensor<Element>(
    from source: SharedAddress, to map: DeviceTensorMap<Element>,
    _ coordinates: [DeviceValue<UInt32>], file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    check(map, coordinates, source)
    emit(
      BulkInstruction.tensorStore(TensorStore(box(map, coordinates), from: source.operand)))
  }

  /// Combines a box of shared memory with a tensor; one thread calls it.
  ///
  /// Each element is combined as by a relaxed atomic operation. Elements outside of the tensor are
  /// not changed, except for the rest of the last 16 bytes of its rows. The reduction belongs to
  /// the thread's next bulk group.
  ///
  /// - `operation`: The operation. Integers of 32 bits and unsigned ones of 64 bits have `add`,
  ///   `min`, `max`, `and`, `or` and `xor`, and `UInt32` besides `increment` and `decrement`;
  ///   `Int64` has `min` and `max`, 16-bit floats `add`, `min` and `max`, `Float` and `Double`
  ///   `add`.
  /// - `source`: The address of the box in shared memory, a multiple of 128 bytes. Ordinary writes
  ///   to it are fenced by `fenceProxyAsync` before.
  /// - `map`: The tensor and its boxes.
  /// - `coordinates`: The first element of the box, innermost first, not negative. The first one's
  ///   bytes are a multiple of 16.
  /// - SeeAlso: PTX ISA, "cp.reduce.async.bulk.tensor".
  public func cpReduceAsyncBulkTensor<Element>(
    _ operation: ReductionOperation, from source: SharedAddress,
    to map: DeviceTensorMap<Element>, _ coordinates: [DeviceValue<UInt32>],
    file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    check(map, coordinates, source)
    recorder.expect(
      operation.canReduce(Element.elementType),
      "a tensor of \(Element.elementType.rawValue) cannot be reduced by '\(operation.rawValue)'")
    emit(
      BulkInstruction.tensorStore(
        TensorStore(box(map, coordinates), from: source.operand, operation.update)))
  }

  /// Fetches a box of a tensor into L2; one thread is enough.
  ///
  /// - SeeAlso: PTX ISA, "cp.async.bulk.prefetch.tensor".
  public func cpAsyncBulkPrefetchTensor<Element>(
    _ map: DeviceTensorMap<Element>, _ coordinates: [DeviceValue<UInt32>],
    file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    check(map, coordinates)
    emit(BulkInstruction.tensorPrefetch(TensorPrefetch(box(map, coordinates))))
  }

  /// Closes the group of the bulk copies that the thread has issued since the last one.
  ///
  /// - SeeAlso: PTX ISA, "cp.async.bulk.commit_group".
  public func cpAsyncBulkCommitGroup(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(BulkInstruction.commitGroup)
  }

  /// Waits until at most `count` of the thread's newest bulk groups are still on their way.
  ///
  /// - `count`: The groups that need not be done.
  /// - `reading`: Whether it is enough that their sources have been read.
  /// - SeeAlso: PTX ISA, "cp.async.bulk.wait_group".
  public func cpAsyncBulkWaitGroup(
    _ count: Int, reading: Bool = false, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.expect(
      (0...Int(Int32.max)).contains(count),
      "the number of pending groups must not be negative, unlike \(count)")
    emit(BulkInstruction.waitGroup(pending: Int64(count), forReads: reading))
  }

  /// Prefetches a tensor map into the descriptor cache; one thread is enough.
  ///
  /// - SeeAlso: PTX ISA, "prefetch".
  public func prefetchTensorMap<Element>(
    _ map: DeviceTensorMap<Element>, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(map.recorder)
    emit(.prefetch, ["tensormap"], [.memory(map.register)])
  }

  /// Checks that everything in a copy belongs to this kernel, and that there are 1 to 5
  /// coordinates.
  private func check<Element>(
    _ map: DeviceTensorMap<Element>, _ coordinates: [DeviceValue<UInt32>],
    _ address: SharedAddress? = nil
  ) {
    recorder.check(map.recorder)
    if let address { recorder.check(address.recorder) }
    for coordinate in coordinates { recorder.check(coordinate.recorder) }
    let rank = coordinates.count
    recorder.expect((1...5).contains(rank), "a tensor must have 1 to 5 dimensions, not \(rank)")
  }

  /// Returns the box at some coordinates.
  private func box<Element>(
    _ map: DeviceTensorMap<Element>, _ coordinates: [DeviceValue<UInt32>]
  ) -> TransferBox {
    TransferBox(rank: coordinates.count, map.operand(coordinates))
  }
}

/// A barrier that TMA signals: the block's own, or one of its CTA pair.
public struct CopyBarrier: Sendable {
  /// The recorder of the kernel.
  let recorder: Recorder

  /// The address in an instruction.
  let operand: Operand

  /// The group of copies that may signal the other block of a pair.
  let group: CTAGroup?
}

extension CopyBarrier {
  /// Creates the name of a barrier of the block itself.
  public init(_ barrier: SharedBarrier) {
    self.init(recorder: barrier.recorder, operand: barrier.address.operand, group: nil)
  }
}

extension KernelContext where Machine: HasTMA & HasTensorMemory {
  /// Copies a box of a tensor to shared memory, and signals a barrier of the CTA pair; one thread
  /// calls it.
  ///
  /// - `map`: The tensor and its boxes.
  /// - `coordinates`: The first element of the box, innermost first: 1 to 5 of them, signed.
  /// - `destination`: The address of the box in shared memory, a multiple of 128 bytes.
  /// - `barrier`: The barrier, of this block or of the other block of the pair; `leaderAddress`
  ///   returns that of the leader.
  /// - `mask`: The blocks of the cluster, one bit for each rank, whose same addresses are written.
  ///   The bytes of each block are counted by the barrier in the block of its pair whose rank has
  ///   the same parity as that of the given barrier.
  /// - SeeAlso: PTX ISA, "cp.async.bulk.tensor", `.cta_group::2`.
  public func cpAsyncBulkTensor<Element>(
    _ map: DeviceTensorMap<Element>, _ coordinates: [DeviceValue<UInt32>],
    to destination: SharedAddress, signallingInPair barrier: ClusterAddress,
    multicastTo mask: DeviceValue<UInt16>? = nil, file: String = #fileID, line: Int = #line
  ) {
    cpAsyncBulkTensor(
      map, coordinates, to: destination,
      signalling: CopyBarrier(
        recorder: barrier.recorder, operand: barrier.operand, group: .two),
      multicastTo: mask, file: file, line: line)
  }

  /// Returns the barrier of the CTA pair's leader, the even block, at the same offset as a barrier
  /// of this block, for TMA to signal.
  public func leaderBarrier(
    of barrier: SharedBarrier, file: String = #fileID, line: Int = #line
  ) -> CopyBarrier {
    let address = leaderAddress(of: barrier.address, file: file, line: line)
    return CopyBarrier(recorder: recorder, operand: address.operand, group: .two)
  }

  /// Returns the address in the CTA pair's leader, the even block, at the same offset as an address
  /// in this block.
  ///
  /// In the leader it is the same address. A block's rank is in bits 24 and up of an address, so
  /// that clearing bit 24 is enough.
  public func leaderAddress(
    of address: SharedAddress, file: String = #fileID, line: Int = #line
  ) -> ClusterAddress {
    at(file, line)
    recorder.check(address.recorder)
    let leader = address.value & 0xFEFF_FFFF
    return ClusterAddress(recorder: recorder, register: leader.register)
  }
}

extension ReductionOperation {
  /// Returns whether TMA supports the operation for an element type.
  ///
  /// - SeeAlso: PTX ISA, "cp.reduce.async.bulk.tensor".
  fileprivate func canReduce(_ type: ElementType) -> Bool {
    switch type {
    case .u32: true
    case .s32, .u64: self != .increment && self != .decrement
    case .s64: self == .min || self == .max
    case .f16, .bf16: [.add, .min, .max].contains(self)
    case .f32, .f64: self == .add
    default: false
    }
  }
}
