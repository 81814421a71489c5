// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TileLayout

extension KernelDecoder {
  /// Decodes `tcgen05`.
  mutating func decode(
    _ instruction: TensorInstruction
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result: DecodedInstruction
    switch instruction {
    case .allocate(_, let address, let columns, let namesSpace):
      result = DecodedInstruction(.tensorAllocate)
      result.space = namesSpace ? .shared : .generic
      try setAddress(address, in: &result)
      result.lane.sources.0 = try resolve(columns, .b32)
    case .deallocate(_, let address, let columns):
      result = DecodedInstruction(.tensorDeallocate)
      result.lane.sources.0 = try resolve(address, .b32)
      result.lane.sources.1 = try resolve(columns, .b32)
    case .relinquish: result = DecodedInstruction(.tensorRelinquish)
    case .multiply(let product): result = try decode(product)
    case .copy(let copy):
      result = DecodedInstruction(.tensorCopy)
      result.tensorCopy = (copy.shape, copy.packing)
      try setAddress(copy.address, in: &result)
      result.lane.sources.0 = try resolve(copy.source, .b64)
    case .commit(_, let barrier, let mask, _):
      result = DecodedInstruction(.tensorCommit)
      result.space = .sharedCluster
      try setAddress(barrier, in: &result)
      result.isMulticastCommit = mask != nil
      if let mask { result.lane.sources.0 = try resolve(mask, .b16) }
    case .load(let access): result = try decode(access, .tensorLoad)
    case .store(let access): result = try decode(access, .tensorStore)
    case .waitForLoads: result = DecodedInstruction(.tensorWaitLoad)
    case .waitForStores: result = DecodedInstruction(.tensorWaitStore)
    case .fenceBefore, .fenceAfter: result = DecodedInstruction(.fence)
    case .multiplyStationary, .shift:
      throw UnsupportedInstruction(reason: "the instruction is not simulated")
    }
    result.isForPair = instruction.group == .two
    return result
  }

  /// Decodes `tcgen05.mma`.
  ///
  /// The table has the offsets of the mask of lanes, or the addresses of the scales.
  private mutating func decode(
    _ product: TensorMultiply
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    guard product.metadata == nil else {
      throw UnsupportedInstruction(reason: "the instruction is not simulated")
    }
    guard !product.shiftsA else {
      throw UnsupportedInstruction(reason: "shifting the rows of A is not simulated")
    }
    var result = DecodedInstruction(.tensorMultiply)
    var form: TensorMultiplyForm = []
    try setAddress(product.d, in: &result)
    if case .memory(let address) = product.a {
      form.insert(.hasTensorA)
      let source = try resolve(address)
      result.lane.sources.0 = source.base
      result.literal = source.offset
    } else {
      result.lane.sources.0 = try resolve(product.a, .b64)
    }
    result.lane.sources.1 = try resolve(product.b, .b64)
    result.lane.sources.2 = try resolve(product.descriptor, .b32)
    if let mask = product.disabledLanes {
      form.insert(.hasDisabledLanes)
      setExtras(try resolveElements(mask, .b32), in: &result)
    }
    if let scalesOfA = product.scalesOfA, let scalesOfB = product.scalesOfB {
      form.insert(.hasScales)
      if product.scaleBlock == .block16 { form.insert(.hasShortScaleBlocks) }
      var places: [LaneOffset] = []
      for case .memory(let scales) in [scalesOfA, scalesOfB] {
        let address = try resolve(scales)
        places += [address.base, LaneOffset(truncatingIfNeeded: address.offset)]
      }
      setExtras(places, in: &result)
    }
    let predicate = try resolvePredicate(product.accumulates)
    result.lane.sources.3 = predicate.offset
    if predicate.isNegated { form.insert(.accumulatesIsNegated) }
    result.tensorMultiply = (product.kind, form)
    result.count = UInt8(clamping: product.accumulatorShift ?? 0)
    return result
  }

  /// Decodes `tcgen05.ld` or `tcgen05.st`.
  private mutating func decode(
    _ access: TensorMemoryAccess, _ kind: DecodedInstruction.Kind
  ) throws(UnsupportedInstruction) -> DecodedInstruction {
    var result = DecodedInstruction(kind)
    result.tensorAccess = (access.shape, access.isPacked, Int(access.splitOffset ?? 0))
    try setAddress(access.address, in: &result)
    setExtras(try resolveElements(access.registers, .b32), in: &result)
    return result
  }
}

extension DecodedInstruction {
  /// The kind and the options, if this is a `tcgen05.mma`.
  var tensorMultiply: (kind: TensorMultiplyKind, form: TensorMultiplyForm) {
    get { (TensorMultiplyKind.allCases[Int(width)], TensorMultiplyForm(rawValue: variant)) }
    set {
      width = UInt8(TensorMultiplyKind.allCases.firstIndex(of: newValue.kind) ?? 0)
      variant = newValue.form.rawValue
    }
  }

  /// The shape and the packing, if this is a `tcgen05.cp`.
  var tensorCopy: (shape: TensorMemoryCopyShape, packing: PackedElements?) {
    get {
      (
        TensorMemoryCopyShape.allCases[Int(variant)],
        width == 0 ? nil : PackedElements.allCases[Int(width) - 1]
      )
    }
    set {
      variant = UInt8(TensorMemoryCopyShape.allCases.firstIndex(of: newValue.shape) ?? 0)
      width =
        newValue.packing.flatMap(PackedElements.allCases.firstIndex).map { UInt8($0 + 1) } ?? 0
    }
  }

  /// The shape, whether a register has two cells, and the distance of the second half, if this is a
  /// `tcgen05.ld` or `tcgen05.st`.
  var tensorAccess: (shape: TensorMemoryShape, isPacked: Bool, splitOffset: Int) {
    get { (TensorMemoryShape.allCases[Int(variant)], width == 1, Int(literal)) }
    set {
      variant = UInt8(TensorMemoryShape.allCases.firstIndex(of: newValue.shape) ?? 0)
      width = newValue.isPacked ? 1 : 0
      literal = Int64(newValue.splitOffset)
    }
  }

  /// Whether the barriers of several blocks receive an arrival, if this is a `tcgen05.commit`.
  var isMulticastCommit: Bool {
    get { variant == 1 }
    set { variant = newValue ? 1 : 0 }
  }
}
