// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

// Copies of bytes that lie side by side, without a tensor map. Addresses and sizes are multiples of
// 16 bytes; one thread calls each.
extension KernelContext where Machine: HasTMA {
  /// Copies bytes from global memory to shared memory; one thread calls it.
  ///
  /// - `source`: The address of the bytes, a multiple of 16.
  /// - `destination`: The destination, a multiple of 16.
  /// - `byteCount`: The number of bytes, a multiple of 16.
  /// - `barrier`: The barrier whose phase counts them, in the same block as the destination.
  /// - `mask`: The blocks of the cluster, one bit for each rank, whose same addresses are written
  ///   and whose same barriers count; nil for this block only.
  /// - SeeAlso: PTX ISA, "cp.async.bulk".
  public func cpAsyncBulk(
    from source: GlobalAddress, to destination: SharedAddress,
    byteCount: some KernelByteCount, signalling barrier: SharedBarrier,
    multicastTo mask: DeviceValue<UInt16>? = nil, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(source.recorder)
    recorder.check(destination.recorder)
    recorder.check(barrier.recorder)
    if let mask { recorder.check(mask.recorder) }
    emit(
      BulkInstruction.copy(
        BulkCopy(
          .globalToCluster, to: destination.operand, from: source.operand,
          byteCount: byteCount.operand(in: recorder), barrier: barrier.address.operand,
          mask: mask.map { .register($0.register) })))
  }

  /// Copies bytes from shared memory to global memory; one thread calls it.
  ///
  /// The copy belongs to the thread's next bulk group.
  ///
  /// - `source`: The address of the bytes, a multiple of 16. Ordinary writes to it are fenced by
  ///   `fenceProxyAsync` before.
  /// - `destination`: The destination, a multiple of 16.
  /// - `byteCount`: The number of bytes, a multiple of 16.
  /// - SeeAlso: PTX ISA, "cp.async.bulk".
  public func cpAsyncBulk(
    from source: SharedAddress, to destination: GlobalAddress,
    byteCount: some KernelByteCount, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(source.recorder)
    recorder.check(destination.recorder)
    emit(
      BulkInstruction.copy(
        BulkCopy(
          .toGlobal, to: destination.operand, from: source.operand,
          byteCount: byteCount.operand(in: recorder))))
  }

  /// Combines numbers in shared memory with those in global memory; one thread calls it.
  ///
  /// Each number is done by itself, as by a relaxed atomic operation; subnormal `Float` stay, other
  /// than with those. The reduction belongs to the thread's next bulk group.
  ///
  /// - `operation`: The operation.
  /// - `source`: The operands, aligned to 16 bytes.
  /// - `destination`: The elements to change, aligned to 16 bytes.
  /// - `byteCount`: The bytes of all numbers, a multiple of 16.
  /// - SeeAlso: PTX ISA, "cp.reduce.async.bulk".
  public func cpReduceAsyncBulk<Element>(
    _ operation: ReductionOperation, from source: DevicePointer<Element, Shared>,
    to destination: DevicePointer<Element, Global>, byteCount: some KernelByteCount,
    file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(source.recorder)
    recorder.check(destination.recorder)
    emit(
      BulkInstruction.copy(
        BulkCopy(
          .toGlobal, operation.reduction(of: Element.self), to: destination.address.operand,
          from: source.address.operand, byteCount: byteCount.operand(in: recorder))))
  }

  /// Fetches bytes of global memory into L2; one thread is enough.
  ///
  /// - SeeAlso: PTX ISA, "cp.async.bulk.prefetch".
  public func cpAsyncBulkPrefetch(
    _ source: GlobalAddress, byteCount: some KernelByteCount, file: String = #fileID,
    line: Int = #line
  ) {
    at(file, line)
    recorder.check(source.recorder)
    emit(
      BulkInstruction.prefetch(
        address: source.operand, byteCount: byteCount.operand(in: recorder), policy: nil))
  }
}

extension KernelContext where Machine: HasTMA & HasClusters {
  /// Copies bytes of this block's shared memory to that of a block of the cluster; one thread calls
  /// it.
  ///
  /// - `source`: The address of the bytes, a multiple of 16.
  /// - `destination`: The destination, an address of `mapa`, a multiple of 16.
  /// - `byteCount`: The number of bytes, a multiple of 16.
  /// - `barrier`: The barrier whose phase counts them, in the same block as the destination.
  /// - SeeAlso: PTX ISA, "cp.async.bulk".
  public func cpAsyncBulk(
    from source: SharedAddress, to destination: ClusterAddress,
    byteCount: some KernelByteCount, signalling barrier: ClusterAddress, file: String = #fileID,
    line: Int = #line
  ) {
    at(file, line)
    recorder.check(source.recorder)
    recorder.check(destination.recorder)
    recorder.check(barrier.recorder)
    emit(
      BulkInstruction.copy(
        BulkCopy(
          .sharedToCluster, to: destination.operand, from: source.operand,
          byteCount: byteCount.operand(in: recorder), barrier: barrier.operand)))
  }

  /// Combines integers in this block's shared memory with those in that of a block of the cluster;
  /// one thread calls it.
  ///
  /// - `operation`: The operation.
  /// - `source`: The operands, aligned to 16 bytes.
  /// - `destination`: The elements to change, aligned to 16 bytes.
  /// - `byteCount`: The bytes of all integers, a multiple of 16.
  /// - `barrier`: The barrier whose phase counts them, in the same block as the destination.
  /// - SeeAlso: PTX ISA, "cp.reduce.async.bulk".
  public func cpReduceAsyncBulk<Element: DeviceInteger>(
    _ operation: ReductionOperation, from source: DevicePointer<Element, Shared>,
    to destination: DevicePointer<Element, SharedCluster>, byteCount: some KernelByteCount,
    signalling barrier: ClusterAddress, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(source.recorder)
    recorder.check(destination.recorder)
    recorder.check(barrier.recorder)
    emit(
      BulkInstruction.copy(
        BulkCopy(
          .sharedToCluster, operation.reduction(of: Element.self),
          to: destination.address.operand, from: source.address.operand,
          byteCount: byteCount.operand(in: recorder), barrier: barrier.operand)))
  }

  /// Stores values into the shared memory of a block of the cluster, and has a barrier there count
  /// them.
  ///
  /// Every thread that calls it stores its own.
  ///
  /// - `values`: One value of 32 or 64 bits, two, or four of 32 bits.
  /// - `destination`: The address of the first, a multiple of the number of bytes of all of them.
  /// - `barrier`: The barrier whose phase counts the bytes, in the same block.
  /// - SeeAlso: PTX ISA, "st.async".
  public func stAsync<Element: DeviceElement>(
    _ values: [DeviceValue<Element>], to destination: DevicePointer<Element, SharedCluster>,
    signalling barrier: ClusterAddress, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    for value in values { recorder.check(value.recorder) }
    recorder.check(destination.recorder)
    recorder.check(barrier.recorder)
    guard
      recorder.expect(
        [1, 2, 4].contains(values.count),
        "an asynchronous store must have 1, 2 or 4 values, not \(values.count)")
    else { return }
    let type = Modifier(rawValue: "b\(Element.registerType.bitWidth)")
    let registers = values.map { Operand.register($0.register) }
    emit(
      .storeAsync,
      ["shared::cluster", "mbarrier::complete_tx::bytes"]
        + (values.count > 1 ? [Modifier(rawValue: "v\(values.count)")] : []) + [type],
      [
        destination.address.operand, values.count > 1 ? .vector(registers) : registers[0],
        barrier.operand,
      ])
  }

  /// Combines a value with an integer in the shared memory of a block of the cluster, and has a
  /// barrier there count its bytes.
  ///
  /// - `operation`: The operation.
  /// - `value`: The operand.
  /// - `destination`: The element to change.
  /// - `barrier`: The barrier whose phase counts the bytes, in the same block.
  /// - SeeAlso: PTX ISA, "red.async".
  public func redAsync<Element: DeviceInteger>(
    _ operation: ReductionOperation, _ value: DeviceValue<Element>,
    to destination: DevicePointer<Element, SharedCluster>, signalling barrier: ClusterAddress,
    file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(value.recorder)
    recorder.check(destination.recorder)
    recorder.check(barrier.recorder)
    emit(
      .reduceAsync,
      ["relaxed", "cluster", "shared::cluster", "mbarrier::complete_tx::bytes"]
        + operation.words(for: Element.self),
      [destination.address.operand, value.operand, barrier.operand])
  }
}
