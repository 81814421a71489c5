// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations in flight: the times of their reads and of their results.
extension ClusterRunner {
  /// Starts an operation that lanes of its warp issue; in the eager schedule it takes effect
  /// immediately.
  func issue(_ operation: PendingOperation, by lanes: UInt32) throws(Trap) {
    operation.number = operationCount
    operationCount += 1
    tell(
      .issue(operation: operation.number), lanes: lanes, of: operation.warp, at: operation.pc)
    if isEager {
      try complete(operation)
    } else {
      pending.append(operation)
    }
  }

  /// Advances the oldest operation of a queue by one step: read, then write.
  ///
  /// In the late schedule both happen together. An operation that is ordered among the clusters
  /// waits for its turn.
  func advance(_ operation: PendingOperation) throws(Trap) {
    let position = pending.firstIndex { $0.queue == operation.queue } ?? 0
    let oldest = pending[position]
    if isRandom, !oldest.hasRead, try readAhead(oldest) {
      oldest.hasRead = true
      return
    }
    guard order.isGranted || !oldest.isOrdered else {
      order = .wantedBy(oldest)
      return
    }
    try finish(oldest)
  }

  /// Executes the rest of an operation and removes it from those in flight.
  func finish(_ oldest: PendingOperation) throws(Trap) {
    try complete(oldest)
    // The operation may have issued others after itself, but none before.
    if let position = pending.firstIndex(where: { $0 === oldest }) {
      pending.remove(at: position)
    }
  }

  /// Reads the sources of a copy into its own buffer.
  ///
  /// - Returns: Whether the operation reads separately from writing.
  private func readAhead(_ operation: PendingOperation) throws(Trap) -> Bool {
    let byteCount: Int
    do {
      switch operation.work {
      case .boxLoad(let transfer):
        try readBox(transfer, operation)
        byteCount = transfer.map.boxByteCount
      case .boxStore(let transfer):
        try readSharedBox(transfer, operation)
        byteCount = transfer.map.boxByteCount
      case .bulkCopy(let transfer):
        try readBulk(transfer, operation)
        byteCount = transfer.byteCount
      case .asyncStore, .wgmma, .tensorMultiply, .tensorCopy, .tensorCommit, .tensorLoad,
        .tensorStore, .launchResponse:
        return false
      }
    } catch {
      throw located(error, operation.warp, operation.pc, lanes: nil)
    }
    tell(.sourcesRead, by: operation)
    operation.buffer = [UInt8](UnsafeRawBufferPointer(start: scratch, count: byteCount))
    if checksInitialization {
      operation.shadow = [UInt8](UnsafeBufferPointer(start: scratchShadow, count: byteCount))
    }
    return true
  }

  /// Executes the rest of an operation.
  private func complete(_ operation: PendingOperation) throws(Trap) {
    do {
      try effect(operation)
    } catch {
      throw located(error, operation.warp, operation.pc, lanes: nil)
    }
    tell(.completion, by: operation)
    operation.hasRead = true
    operation.isDone = true
    operation.buffer = []
    changeCount &+= 1
  }

  /// Restores the data that an operation has read earlier.
  private func restore(_ operation: PendingOperation) {
    operation.buffer.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { scratch.copyMemory(from: base, byteCount: bytes.count) }
    }
    operation.shadow.withUnsafeBufferPointer { bytes in
      if let base = bytes.baseAddress { scratchShadow.update(from: base, count: bytes.count) }
    }
  }

  /// Reads the sources of a copy, unless that was done earlier.
  private func readOnce(
    _ operation: PendingOperation, _ read: () throws(Trap) -> Void
  ) throws(Trap) {
    guard !operation.hasRead else { return restore(operation) }
    try read()
    tell(.sourcesRead, by: operation)
  }

  /// Reads, unless that was done earlier, and writes.
  private func effect(_ operation: PendingOperation) throws(Trap) {
    switch operation.work {
    case .boxLoad(let transfer):
      try readOnce(operation) { () throws(Trap) in try self.readBox(transfer, operation) }
      try writeBox(transfer, operation)
    case .boxStore(let transfer):
      try readOnce(operation) { () throws(Trap) in try self.readSharedBox(transfer, operation) }
      try writeGlobalBox(transfer, operation)
    case .bulkCopy(let transfer):
      try readOnce(operation) { () throws(Trap) in try self.readBulk(transfer, operation) }
      try writeBulk(transfer, operation)
    case .asyncStore(let store): try storeAsync(store, operation)
    case .wgmma(_, let block, let warpgroup):
      try multiplyWarpgroup(block: block, warpgroup: warpgroup, operation)
    case .tensorMultiply(let multiplication):
      try multiplyTensor(multiplication, operation)
    case .tensorCopy(let transfer): try copyToTensorMemory(transfer, operation)
    case .tensorCommit(let barriers):
      for (rank, offset) in barriers {
        let index = try liveBarrier(blocks[rank], offset)
        tell(arrival(blocks[rank], index, count: 1, at: operation.pc), by: operation)
        try arrive(blocks[rank], index, count: 1)
      }
    case .tensorLoad(let warp, let instruction, let address):
      try loadTensor(warp: warp, instruction: instruction, address: address, operation)
      warps[warp].pendingTensorLoads -= 1
    case .tensorStore(let store):
      try storeTensor(store, operation)
      warps[store.warp].pendingTensorStores -= 1
    case .launchResponse(let transfer): try writeResponse(transfer, operation)
    }
  }
}
