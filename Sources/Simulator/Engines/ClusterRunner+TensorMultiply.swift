// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TensorCoreArithmetic
import TileLayout

// Blackwell's multiplications with accumulators in Tensor Memory, by single blocks and CTA pairs.
extension ClusterRunner {
  /// `tcgen05.mma`, issued by one thread.
  func issueTensorMultiply(
    _ instruction: UnsafeMutablePointer<DecodedInstruction>, _ mask: UInt32, _ warpIndex: Int,
    _ pc: Int32
  ) throws(Trap) {
    let warp = warps[warpIndex]
    let lane = instruction.pointee.lane
    let (kind, form) = instruction.pointee.tensorMultiply
    try forEachLane(mask) { (index) throws(Trap) in
      let isSet = warp.memory.predicate(lane.sources.3) >> UInt32(index) & 1 == 1
      let extras = self.kernel.extraOffsets + Int(instruction.pointee.extra)
      var disabledLanes = SIMD8<UInt32>()
      if form.contains(.hasDisabledLanes) {
        for word in 0..<Int(instruction.pointee.extraCount) {
          disabledLanes[word] = warp.memory.lanes(extras[word], as: UInt32.self)[index]
        }
      }
      var scales: TensorMultiplication.Scales?
      if form.contains(.hasScales) {
        let addresses = (0..<2).map { operand in
          warp.memory.lanes(extras[2 * operand], as: UInt32.self)[index]
            &+ UInt32(bitPattern: extras[2 * operand + 1])
        }
        scales = TensorMultiplication.Scales(
          block: form.contains(.hasShortScaleBlocks) ? .block16 : .block32, a: addresses[0],
          b: addresses[1])
      }
      let a: TensorMultiplication.Source
      if form.contains(.hasTensorA) {
        let base = warp.memory.lanes(lane.sources.0, as: UInt32.self)[index]
        a = .tensor(base &+ UInt32(truncatingIfNeeded: instruction.pointee.literal))
      } else {
        a = .shared(warp.memory.lanes(lane.sources.0, as: UInt64.self)[index])
      }
      let multiplication = TensorMultiplication(
        block: warp.block, isForPair: instruction.pointee.isForPair,
        kind: kind,
        accumulator: UInt32(
          truncatingIfNeeded: self.address(instruction, warp.memory, index)),
        a: a, b: warp.memory.lanes(lane.sources.1, as: UInt64.self)[index],
        instruction: warp.memory.lanes(lane.sources.2, as: UInt32.self)[index],
        accumulates: isSet != form.contains(.accumulatesIsNegated),
        shift: Int32(instruction.pointee.count), disabledLanes: disabledLanes,
        scales: scales)
      try self.issue(
        PendingOperation(
          .tensorMultiply(multiplication), queue: self.tensorQueue(warp.block), pc: pc,
          warp: warpIndex), by: 1 << UInt32(index))
    }
  }

  /// Executes a multiplication.
  func multiplyTensor(
    _ work: TensorMultiplication, _ operation: PendingOperation
  ) throws(Trap) {
    let descriptor = TensorMultiplyDescriptor(work)
    try check(descriptor, work)
    let types = descriptor.types
    let (m, n) = (descriptor.m, descriptor.n)
    let access = Access(operation, .read)
    var group = [blocks[work.block]]
    if work.isForPair {
      let peer = try peer(of: blocks[work.block])
      group = work.block % 2 == 0 ? [group[0], peer] : [peer, group[0]]
    }
    // Each block of a pair has half of B's rows, and both read all of them.
    let operand = try operand(work.b, "B", types.b, isTransposed: descriptor.bMajorness == .mn)
    let share = n / group.count
    for (index, block) in group.enumerated() {
      try gather(
        operand, rows: share, into: matrices.b + index * share * MatrixOperand.rowByteCount,
        block: block, access: access)
    }
    for block in group {
      let rows = m / group.count
      if case .shared(let value) = work.a {
        let operand = try self.operand(
          value, "A", types.a, isTransposed: descriptor.aMajorness == .mn)
        try gather(operand, rows: rows, into: matrices.a, block: block, access: access)
      }
      for part in try parts(work, descriptor, of: block, operation) {
        try multiply(part, work, descriptor, types, access)
      }
    }
    let k = MatrixOperand.rowByteCount * types.codesPerByte / types.a.byteCount
    totals.pointee.multiplyAdds &+= UInt64(m * n * k)
  }

  /// Multiplies for one part of D.
  private func multiply(
    _ part: AccumulatorPart, _ work: TensorMultiplication, _ descriptor: TensorMultiplyDescriptor,
    _ types: TensorMultiplyTypes, _ access: Access
  ) throws(Trap) {
    if case .tensor(let address) = work.a {
      guard descriptor.aMajorness == .k else {
        throw Trap(
          .illegalDescriptor, "A in Tensor Memory is K-major and cannot be M-major.")
      }
      try gatherTensorA(
        part, address, types.a, accumulatorLane: Int(work.accumulator >> 16), access)
    }
    let isHalf = types.accumulator == TC_D_F16
    if work.accumulates { try readAccumulator(part, work, isHalf: isHalf) }
    let pitch = MatrixOperand.rowByteCount
    let rowsOfB = matrices.b + part.firstColumn * pitch
    if let scales = work.scales, let scaled = descriptor.scaled {
      try gatherScales(part, scales, scaled, access)
      var product = tc_scaled_product(
        a: types.a.element, b: types.b.element,
        scale: scaled.operands == .mxf4nvf4(scale: .ue4m3) ? TC_UE4M3 : TC_UE8M0,
        scale_count: Int32(scaled.kind.scaleCount(scales.block)), m: Int32(part.rowCount),
        n: Int32(part.columnCount), accumulates: work.accumulates,
        negates_a: scaled.negatesA, negates_b: scaled.negatesB)
      let codesA = matrices.a.assumingMemoryBound(to: UInt8.self)
      let codesB = rowsOfB.assumingMemoryBound(to: UInt8.self)
      if scaled.kind == .mxf8f6f4 {
        tc_multiply_scaled(
          &product, codesA, codesB, matrices.scalesA, matrices.scalesB, matrices.d)
      } else {
        tc_multiply_grouped(
          &product, codesA, codesB, matrices.scalesA, matrices.scalesB, matrices.d)
      }
    } else {
      var product = tc_product(
        a: types.a.element, b: types.b.element, accumulator: types.accumulator,
        fraction_bits: TC_FRACTION_BITS, m: Int32(part.rowCount), n: Int32(part.columnCount),
        k: Int32(pitch / types.a.byteCount), steps: 1, accumulates: work.accumulates,
        d_shift: work.shift, negates_a: descriptor.negatesA, negates_b: descriptor.negatesB,
        saturates: descriptor.saturates)
      tc_multiply_accumulate(
        &product, matrices.a, pitch, rowsOfB, pitch, matrices.d, part.columnCount)
    }
    writeAccumulator(part, work, isHalf: isHalf)
  }

  // MARK: - Rules of multiplications

  /// Throws if an instruction descriptor breaks a rule.
  private func check(
    _ descriptor: TensorMultiplyDescriptor, _ work: TensorMultiplication
  ) throws(Trap) {
    let key = CheckedInstruction(
      kind: work.kind, isForPair: work.isForPair, block: work.scales?.block, bits: work.instruction)
    guard key != checkedInstruction else { return }
    if let finding = descriptor.findings(for: work).first {
      throw Trap(
        .illegalDescriptor,
        "The instruction descriptor \(hexadecimal(work.instruction)) is invalid: \(finding).")
    }
    checkedInstruction = key
  }

  /// Returns the parts of D, each in one block's lanes.
  ///
  /// - SeeAlso: PTX ISA, "Data path layout organization" of `tcgen05.mma`.
  private func parts(
    _ work: TensorMultiplication, _ descriptor: TensorMultiplyDescriptor, of block: BlockState,
    _ operation: PendingOperation
  ) throws(Trap) -> [AccumulatorPart] {
    let (m, n) = (descriptor.m, descriptor.n)
    let lane = Int(work.accumulator >> 16)
    let column = Int(work.accumulator & 0xFFFF)
    let layout = TensorMemoryAccumulator(m: m, group: work.isForPair ? .two : .one)
    guard lane == 0 || (layout == .f && lane == 16) else {
      throw Trap(
        .tensorMemory,
        "The accumulator of a multiplication with m = \(m) must start at lane 0\(layout == .f ? " or 16" : ""), not \(lane)."
      )
    }
    let columnCount = layout?.columnCount(n: n) ?? n
    let access = Access(operation, work.accumulates ? .combine : .replace)
    let memory = try tensorMemory(block)
    let rows = m / (work.isForPair ? 2 : 1)
    var parts = [
      AccumulatorPart(
        block: block, memory: memory, rowCount: rows, firstLane: lane, isSpread: layout == .f,
        column: column, firstColumn: 0, columnCount: columnCount)
    ]
    if layout == .b {
      // The right half of D's columns is in the upper lanes.
      var other = parts[0]
      other.firstLane = 64
      other.firstColumn = columnCount
      parts.append(other)
    }
    for part in parts {
      _ = try tensorCells(
        block, lanes: part.lanes.filter { !work.disables($0.lowerBound, of: block) },
        column: column, columnCount: columnCount, access, "The accumulator takes")
    }
    return parts
  }

  /// Reads a descriptor of A or B in shared memory.
  private func operand(
    _ value: UInt64, _ name: String, _ type: TensorMultiplyTypes.Operand, isTransposed: Bool
  ) throws(Trap) -> MatrixOperand {
    let descriptor = BlackwellMatrixDescriptor(rawValue: value)
    if value >> 14 != checkedMatrix {
      try check(descriptor.findings, name, value)
      checkedMatrix = value >> 14
    }
    // Only MN-major 32-bit elements are permuted in units of 32 bytes.
    let hasWideAtoms = descriptor.layout == .bytes128Atoms32
    guard hasWideAtoms == (isTransposed && type.byteCount == 4),
      var operand = MatrixOperand(descriptor, isTransposed: isTransposed)
    else {
      throw Trap(
        .illegalDescriptor,
        """
        The descriptor \(hexadecimal(value)) of \(name) has a layout that \
        \(type.byteCount * 8)-bit elements do not support \
        \(isTransposed ? "along m or n" : "along k").
        """)
    }
    guard !isTransposed || type.packing == .dense else {
      throw Trap(
        .notSimulated, "MN-major elements of 4 and 6 bits are not simulated")
    }
    operand.elementByteCount = type.byteCount
    operand.packing = type.packing
    return operand
  }

  // MARK: - Tensor Memory

  /// Gathers A from Tensor Memory: eight columns, in the lanes of D's rows.
  private func gatherTensorA(
    _ part: AccumulatorPart, _ address: UInt32, _ type: TensorMultiplyTypes.Operand,
    accumulatorLane: Int, _ access: Access
  ) throws(Trap) {
    let (lane, column) = (Int(address >> 16), Int(address & 0xFFFF))
    guard lane == accumulatorLane else {
      throw Trap(
        .tensorMemory, "A starts at lane \(lane), but the accumulator at lane \(accumulatorLane).")
    }
    let count = MatrixOperand.rowByteCount / 4
    _ = try tensorCells(
      part.block, lanes: part.lanes, column: column, columnCount: count, access, "A takes")
    let words = matrices.a.assumingMemoryBound(to: UInt32.self)
    for row in 0..<part.rowCount {
      let start = part.lane(row) * TensorMemory.columnCount + column
      try checkWritten(part.memory, start, count, "A's")
      for index in 0..<count {
        let cell = part.memory.cells[start + index]
        // Elements of 4 bits are in the middle of their bytes.
        words[row * count + index] = type.packing == .fourBits ? cell >> 2 & 0x0F0F_0F0F : cell
      }
    }
  }

  /// Gathers the scales of a part's rows and columns.
  private func gatherScales(
    _ part: AccumulatorPart, _ scales: TensorMultiplication.Scales,
    _ descriptor: BlockScaledInstructionDescriptor, _ access: Access
  ) throws(Trap) {
    let count = descriptor.kind.scaleCount(scales.block)
    // If D's right half is in the upper lanes, so are the scales of its columns.
    let half = part.firstLane / 32
    let isSplit = part.rowCount == 64
    try gatherScales(
      part, "A", scales.a, rows: part.rowCount, first: descriptor.scaleFactorA, count: count,
      quarters: 0..<4, into: matrices.scalesA, access)
    try gatherScales(
      part, "B", scales.b, rows: part.columnCount, first: descriptor.scaleFactorB, count: count,
      quarters: isSplit ? half..<half + 2 : 0..<4, into: matrices.scalesB, access)
  }

  /// Gathers scales: those of row r are in lane r % 32 of each quarter, column r / 32, from byte
  /// `first` on.
  private func gatherScales(
    _ part: AccumulatorPart, _ name: String, _ address: UInt32, rows: Int, first: Int, count: Int,
    quarters: Range<Int>, into target: UnsafeMutablePointer<UInt8>, _ access: Access
  ) throws(Trap) {
    // The upper two bits may repeat the scale factor ID of the instruction descriptor.
    let (lane, column) = (Int(address >> 16 & 0x3FFF), Int(address & 0xFFFF))
    guard lane == 0, address >> 30 == 0 || Int(address >> 30) == first else {
      throw Trap(
        .tensorMemory,
        "The scales of \(name) must start at lane 0 with ID \(first) in their cells, but their address is \(hexadecimal(address))."
      )
    }
    _ = try tensorCells(
      part.block, lanes: [32 * quarters.lowerBound..<32 * quarters.upperBound], column: column,
      columnCount: (rows + 31) / 32, access, "The scales of \(name) take")
    let mask: UInt32 = count == 4 ? .max : (1 << UInt32(8 * count)) - 1
    for row in 0..<rows {
      var bits: UInt32?
      for quarter in quarters {
        let cell = (32 * quarter + row % 32) * TensorMemory.columnCount + column + row / 32
        try checkWritten(part.memory, cell, 1, "\(name)'s scale")
        let found = part.memory.cells[cell] >> UInt32(8 * first) & mask
        guard bits == nil || bits == found else {
          throw Trap(
            .tensorMemory,
            "The four groups of 32 lanes have different scales for row \(row) of \(name); each group needs a copy of the same scales."
          )
        }
        bits = found
      }
      for index in 0..<count {
        target[row * count + index] = UInt8(truncatingIfNeeded: (bits ?? 0) >> UInt32(8 * index))
      }
    }
  }

  /// Throws if a cell that was never written is read.
  private func checkWritten(
    _ memory: TensorMemory, _ start: Int, _ count: Int, _ owner: String
  ) throws(Trap) {
    guard checksInitialization, !isWritten(memory.shadow + start, count) else { return }
    let first = (0..<count).first { memory.shadow[start + $0] != 1 } ?? 0
    let (lane, column) = (start + first).quotientAndRemainder(
      dividingBy: TensorMemory.columnCount)
    throw Trap(
      .uninitialized,
      "\(owner) cell at lane \(lane), column \(column) is read by a multiplication but was never written."
    )
  }

  /// Gathers the old accumulators densely.
  private func readAccumulator(
    _ part: AccumulatorPart, _ work: TensorMultiplication, isHalf: Bool
  ) throws(Trap) {
    let halves = UnsafeMutableRawPointer(matrices.d).assumingMemoryBound(to: UInt16.self)
    let n = part.columnCount
    for row in 0..<part.rowCount {
      let lane = part.lane(row)
      let start = lane * TensorMemory.columnCount + part.column
      // Lanes that are not written need no initialization.
      if !work.disables(lane, of: part.block) {
        try checkWritten(part.memory, start, n, "The accumulator's")
      }
      if isHalf {
        for index in 0..<n {
          halves[row * n + index] = UInt16(truncatingIfNeeded: part.memory.cells[start + index])
        }
      } else {
        (matrices.d + row * n).update(from: part.memory.cells + start, count: n)
      }
    }
  }

  /// Writes the new accumulators to Tensor Memory, except for disabled lanes.
  private func writeAccumulator(
    _ part: AccumulatorPart, _ work: TensorMultiplication, isHalf: Bool
  ) {
    let halves = UnsafeMutableRawPointer(matrices.d).assumingMemoryBound(to: UInt16.self)
    let n = part.columnCount
    for row in 0..<part.rowCount {
      let lane = part.lane(row)
      if work.disables(lane, of: part.block) { continue }
      let start = lane * TensorMemory.columnCount + part.column
      if isHalf {
        for index in 0..<n { part.memory.cells[start + index] = UInt32(halves[row * n + index]) }
      } else {
        (part.memory.cells + start).update(from: matrices.d + row * n, count: n)
      }
      (part.memory.shadow + start).update(repeating: 1, count: n)
    }
  }
}

/// A part of D in one block's lanes, with each row in one lane.
struct AccumulatorPart {
  /// The block.
  var block: BlockState
  /// The block's Tensor Memory.
  var memory: TensorMemory
  /// The number of rows.
  var rowCount: Int
  /// The lane of the first row.
  var firstLane: Int
  /// Whether each quarter of the lanes has 16 rows.
  var isSpread: Bool
  /// The first column of Tensor Memory of the rows.
  var column: Int
  /// The column of D in that column.
  var firstColumn: Int
  /// The number of columns.
  var columnCount: Int

  /// Returns the lane of a row.
  @inline(__always)
  func lane(_ row: Int) -> Int {
    firstLane + (isSpread ? row % 16 + 32 * (row / 16) : row)
  }

  /// The lane of each row, as a range of one.
  var lanes: [Range<Int>] { (0..<rowCount).map { lane($0)..<lane($0) + 1 } }
}

/// The instruction descriptor of a kind with or without block scales.
struct TensorMultiplyDescriptor {
  /// The descriptor of a kind without block scales.
  let plain: TensorCoreInstructionDescriptor?
  /// The descriptor of a kind with block scales.
  let scaled: BlockScaledInstructionDescriptor?

  /// Reads the descriptor of a multiplication.
  init(_ work: TensorMultiplication) {
    switch work.kind {
    case .plain(let kind):
      plain = TensorCoreInstructionDescriptor(rawValue: work.instruction, kind: kind)
      scaled = nil
    case .scaled(let kind):
      plain = nil
      scaled = BlockScaledInstructionDescriptor(rawValue: work.instruction, kind: kind)
    }
  }

  /// Returns the rules that the descriptor breaks.
  func findings(for work: TensorMultiplication) -> [DescriptorFinding] {
    let group: CTAGroup = work.isForPair ? .two : .one
    let block = work.scales?.block ?? .block32
    return (plain?.findings(for: .group(group), isSparse: false) ?? [])
      + (scaled?.findings(for: group, block: block) ?? [])
  }

  /// The number of rows of D.
  var m: Int { plain?.m ?? scaled?.m ?? 0 }
  /// The number of columns of D.
  var n: Int { plain?.n ?? scaled?.n ?? 0 }
  /// The contiguous index of A.
  var aMajorness: Majorness { plain?.aMajorness ?? scaled?.aMajorness ?? .k }
  /// The contiguous index of B.
  var bMajorness: Majorness { plain?.bMajorness ?? scaled?.bMajorness ?? .k }
  /// Whether A is negated.
  var negatesA: Bool { plain?.negatesA ?? scaled?.negatesA ?? false }
  /// Whether B is negated.
  var negatesB: Bool { plain?.negatesB ?? scaled?.negatesB ?? false }
  /// Whether integer accumulators saturate.
  var saturates: Bool { plain?.saturates ?? false }

  /// The types of the operands.
  var types: TensorMultiplyTypes {
    if let plain { return TensorMultiplyTypes(plain) }
    guard case .mxf8f6f4(let a, let b)? = scaled?.operands else { return .packedPairs }
    return TensorMultiplyTypes(
      a: TensorMultiplyTypes.Operand(a), b: TensorMultiplyTypes.Operand(b))
  }
}

/// Options of a `tcgen05.mma`.
struct TensorMultiplyForm: OptionSet {
  let rawValue: UInt8
  /// The predicate for reading D is negated.
  static let accumulatesIsNegated = TensorMultiplyForm(rawValue: 1)
  /// A is in Tensor Memory.
  static let hasTensorA = TensorMultiplyForm(rawValue: 2)
  /// Some lanes of D are not written.
  static let hasDisabledLanes = TensorMultiplyForm(rawValue: 4)
  /// Blocks of A and B have scales.
  static let hasScales = TensorMultiplyForm(rawValue: 8)
  /// A scale applies to 16 elements rather than 32.
  static let hasShortScaleBlocks = TensorMultiplyForm(rawValue: 16)
}

/// An instruction descriptor that was checked against the rules of its kind.
struct CheckedInstruction: Equatable {
  /// The kind of instruction.
  var kind: TensorMultiplyKind
  /// Whether it acts on a CTA pair.
  var isForPair: Bool
  /// The number of elements that share a scale, if there are scales.
  var block: ScaleBlock?
  /// The descriptor.
  var bits: UInt32
}

/// The types of a `tcgen05.mma` in arithmetic and in shared memory.
struct TensorMultiplyTypes {
  /// The type of A or of B.
  struct Operand {
    /// The element type of the arithmetic.
    var element: tc_element
    /// The packing of elements in shared memory.
    var packing = MatrixOperand.Packing.dense

    /// The bytes of an element or of its container.
    var byteCount: Int { element.bitWidth / 8 }
  }

  /// The type of A.
  let a: Operand
  /// The type of B.
  let b: Operand
  /// The type of D.
  let accumulator: tc_accumulator
  /// The number of elements in a byte of A or of B.
  private(set) var codesPerByte = 1

  /// Creates narrow types with f32 accumulators.
  init(a: Operand, b: Operand) {
    self.a = a
    self.b = b
    accumulator = TC_D_F32
  }

  /// e2m1, two in a byte.
  static var packedPairs: TensorMultiplyTypes {
    let operand = Operand(element: TC_E2M1)
    var result = TensorMultiplyTypes(a: operand, b: operand)
    result.codesPerByte = 2
    return result
  }

  /// Reads the types from a valid descriptor.
  init(_ descriptor: TensorCoreInstructionDescriptor) {
    switch descriptor.operands {
    case .f16(let accumulator):
      a = Operand(element: TC_F16)
      b = a
      self.accumulator = accumulator == .f16 ? TC_D_F16 : TC_D_F32
    case .tf32:
      a = Operand(element: TC_TF32)
      b = a
      accumulator = TC_D_F32
    case .f8f6f4(let first, let second, let accumulator):
      a = Operand(first)
      b = Operand(second)
      self.accumulator = accumulator == .f16 ? TC_D_F16 : TC_D_F32
    case .i8(let first, let second):
      a = Operand(element: first == .s8 ? TC_S8 : TC_U8)
      b = Operand(element: second == .s8 ? TC_S8 : TC_U8)
      accumulator = TC_D_S32
    case .bf16, nil:
      a = Operand(element: TC_BF16)
      b = a
      accumulator = TC_D_F32
    }
  }
}

extension TensorMultiplyTypes.Operand {
  /// Creates the type of a narrow float.
  init(_ type: NarrowFloat) {
    switch type {
    case .e4m3: self.init(element: TC_E4M3)
    case .e5m2: self.init(element: TC_E5M2)
    case .e2m3: self.init(element: TC_E2M3, packing: .sixBits)
    case .e3m2: self.init(element: TC_E3M2, packing: .sixBits)
    case .e2m1: self.init(element: TC_E2M1, packing: .fourBits)
    }
  }
}
