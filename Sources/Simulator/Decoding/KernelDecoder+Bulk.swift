// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension KernelDecoder {
  /// Decodes what TMA executes, and what groups it.
  mutating func decode(
    _ instruction: BulkInstruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    switch instruction {
    case .copy(let copy): return try decode(copy)
    case .prefetch(let address, let byteCount, _):
      var result = DecodedInstruction(.bulkPrefetch)
      try setAddress(address, in: &result)
      result.lane.sources.0 = try resolve(byteCount, .b32)
      return result
    case .tensorLoad(let load): return try decode(load)
    case .tensorStore(let store):
      var result = try decode(store.box, .bulkTensorStore)
      try setDestination(store.source, in: &result)
      result.boxReduction = store.reduction
      return result
    case .tensorPrefetch(let prefetch): return try decode(prefetch.box, .bulkTensorPrefetch)
    case .commitGroup: return DecodedInstruction(.bulkCommit)
    case .waitGroup(let count, let forReads):
      var result = DecodedInstruction(.bulkWait)
      result.bulkWait = (count, forReads)
      return result
    }
  }

  /// Decodes `cp.async.bulk` and `cp.reduce.async.bulk`.
  private mutating func decode(
    _ copy: BulkCopy
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = DecodedInstruction(.bulkCopy)
    switch copy.route {
    case .globalToCluster, .globalToBlock: result.bulkFlags = .readsGlobal
    case .toGlobal: result.bulkFlags = .writesGlobal
    case .sharedToCluster: break
    }
    try setDestination(copy.destination, in: &result)
    try setAddress(copy.source, in: &result)
    result.lane.sources.3 = try resolve(copy.byteCount, .b32)
    if let barrier = copy.barrier { try setBarrier(barrier, in: &result) }
    if let mask = copy.mask { try setMask(mask, in: &result) }
    if let reduction = copy.reduction {
      result.bulkFlags.insert(.reduces)
      result.bulkReduction = Reduction(
        operation: reduction.operation, format: try reductionFormat(of: reduction.type))
    }
    return result
  }

  /// Decodes `cp.async.bulk.tensor` to shared memory.
  private mutating func decode(
    _ load: TensorLoad
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = try decode(load.box, .bulkTensorLoad)
    try setDestination(load.destination, in: &result)
    try setBarrier(load.barrier, in: &result)
    if let mask = load.mask { try setMask(mask, in: &result) }
    if load.group == .two { result.bulkFlags.insert(.isForPair) }
    return result
  }

  /// Decodes the box of an instruction: the map's address, and a table of the coordinates.
  private mutating func decode(
    _ box: TransferBox, _ kind: DecodedInstruction.Kind
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    switch box.mode {
    case nil, .tile: break
    case .gatheredRows?, .scatteredRows?, .image?, .imageWindows?, .wideImageWindows?,
      .imageWithoutOffsets?:
      throw UnsupportedInstruction(
        reason: "copies by '.\(box.mode?.rawValue ?? "")' are not simulated")
    }
    var result = DecodedInstruction(kind)
    try setAddress(box.place, in: &result)
    result.count = UInt8(box.coordinates.count)
    var places: [LaneOffset] = []
    for coordinate in box.coordinates { places.append(try resolve(coordinate, .b32)) }
    setExtras(places, in: &result)
    return result
  }

  // MARK: - Operands

  /// Stores the address of the destination, or of a box's shared side, in an instruction.
  private mutating func setDestination(
    _ operand: Operand, in result: inout DecodedInstruction
  ) throws(UnsupportedInstruction) {
    let address = try resolveAddress(operand)
    result.lane.sources.0 = address.base
    result.lane.immediate = UInt32(truncatingIfNeeded: address.offset)
    if address.isWide { result.bulkFlags.insert(.hasWideDestination) }
  }

  /// Stores the address of a barrier in an instruction.
  mutating func setBarrier(
    _ operand: Operand, in result: inout DecodedInstruction
  ) throws(UnsupportedInstruction) {
    let address = try resolveAddress(operand)
    result.lane.sources.1 = address.base
    result.literal = address.offset
    if address.isWide { result.bulkFlags.insert(.hasWideBarrier) }
  }

  /// Stores the blocks of a multicast in an instruction.
  private mutating func setMask(
    _ operand: Operand, in result: inout DecodedInstruction
  ) throws(UnsupportedInstruction) {
    result.bulkFlags.insert(.isMulticast)
    result.lane.sources.2 = try resolve(operand, .b16)
  }

  /// Returns the format of the reduction for a type.
  func reductionFormat(
    of type: ScalarType
  ) throws(UnsupportedInstruction) -> Reduction.Format {
    guard let format = Reduction.Format(type) else {
      throw UnsupportedInstruction(reason: "reductions of \(type.rawValue) are not simulated")
    }
    return format
  }
}

extension DecodedInstruction {
  /// The options of a bulk copy or an asynchronous store.
  var bulkFlags: BulkFlags {
    get { BulkFlags(rawValue: variant) }
    set { variant = newValue.rawValue }
  }

  /// The operation and the format, if this is a `cp.reduce.async.bulk`.
  var bulkReduction: Reduction {
    get {
      Reduction(
        operation: AtomicOperation(rawValue: width) ?? .add,
        format: Reduction.Format(rawValue: count) ?? .u32)
    }
    set { (width, count) = (newValue.operation.rawValue, newValue.format.rawValue) }
  }

  /// The operation, if this is a `cp.reduce.async.bulk.tensor`.
  var boxReduction: AtomicOperation? {
    get { width == 0 ? nil : AtomicOperation(rawValue: width - 1) }
    set { width = newValue.map { $0.rawValue + 1 } ?? 0 }
  }

  /// The groups that may be pending, and whether reading their sources is enough, if this is a
  /// `cp.async.bulk.wait_group`.
  var bulkWait: (pending: Int64, forReads: Bool) {
    get { (literal, variant == 1) }
    set { (literal, variant) = (newValue.pending, newValue.forReads ? 1 : 0) }
  }
}
