// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TensorCoreArithmetic
import TileLayout

/// The layout of a matrix in shared memory, as a descriptor specifies it.
///
/// - SeeAlso: PTX ISA, "Matrix Descriptor Format", "Canonical Layouts".
struct MatrixOperand: Hashable {
  /// The packing of the elements of 16 bytes in shared memory.
  enum Packing {
    /// Contiguous elements.
    case dense
    /// Sixteen of 6 bits in the first 12 bytes.
    case sixBits
    /// Sixteen of 4 bits in the first 8 bytes.
    case fourBits
  }

  /// The bytes along k of each row that one instruction reads.
  static let rowByteCount = 32

  /// The address of the first element, an offset in the block's memory.
  var start: Int
  /// The leading byte offset.
  var leading: Int
  /// The stride byte offset.
  var stride: Int
  /// The bytes of a swizzle row: 32, 64 or 128; 16 without a swizzle.
  var span = 16
  /// The bits 4 to 6 that the swizzle xors.
  var mask = 0
  /// The bit that is xored with the lowest bit of the index of a 128-byte line.
  var flippedBit = 4
  /// The extent along k of a unit of the pattern in MN-major operands: 8 or 4.
  var unitDepth = 8
  /// The phase of the pattern at the start of the matrix.
  var baseOffset: Int
  /// Whether the matrix is MN-major.
  var isTransposed: Bool
  /// The bytes of an element in the arithmetic of the instruction.
  var elementByteCount = 2
  /// The packing of elements in shared memory.
  var packing = Packing.dense

  /// Reads a `wgmma` descriptor.
  init(_ descriptor: HopperMatrixDescriptor, isTransposed: Bool, element: tc_element) {
    start = descriptor.startAddress
    leading = descriptor.leadingByteOffset
    stride = descriptor.strideByteOffset
    baseOffset = descriptor.baseOffset
    self.isTransposed = isTransposed
    elementByteCount = max(1, element.bitWidth / 8)
    setSwizzle(descriptor.swizzleMode)
  }

  /// Reads a `tcgen05` descriptor; returns `nil` if its layout code is invalid.
  init?(_ descriptor: BlackwellMatrixDescriptor, isTransposed: Bool) {
    start = descriptor.startAddress
    leading = descriptor.leadingByteOffset
    stride = descriptor.strideByteOffset
    baseOffset = descriptor.baseOffset
    self.isTransposed = isTransposed
    switch descriptor.layout {
    case .some(.none): setSwizzle(.none)
    case .bytes32: setSwizzle(.bytes32)
    case .bytes64: setSwizzle(.bytes64)
    case .bytes128: setSwizzle(.bytes128)
    case .bytes128Atoms32:
      span = 128
      mask = 0x60
      flippedBit = 5
      unitDepth = 4
    case nil: return nil
    }
  }

  /// Applies a swizzle of 16-byte chunks.
  private mutating func setSwizzle(_ mode: SwizzleMode) {
    span = mode.spanByteCount
    switch mode {
    case .none: mask = 0
    case .bytes32: mask = 0x10
    case .bytes64: mask = 0x30
    case .bytes128: mask = 0x70
    }
  }

  /// Returns the address of a linear offset from the start; the swizzle applies to the final
  /// address.
  @inline(__always)
  func physical(_ linear: Int) -> Int {
    let address = start &+ linear
    guard mask != 0 else { return address }
    let row = (address >> 7) &- baseOffset
    return address ^ ((row << flippedBit) & mask)
  }

  /// Returns the linear offset of one of the 16-byte chunks of a row along k, K-major.
  @inline(__always)
  func rowChunk(_ row: Int, _ chunk: Int) -> Int {
    mask == 0
      ? (row & 7) &* 16 &+ (row >> 3) &* stride &+ chunk &* leading
      : (row & 7) &* span &+ (row >> 3) &* stride &+ chunk &* 16
  }

  /// Returns the linear offset of one of the 16-byte chunks along m or n at one k, MN-major.
  @inline(__always)
  func columnChunk(_ chunk: Int, _ k: Int) -> Int {
    if mask == 0 {
      return chunk &* stride &+ (k & 7) &* 16 &+ (k >> 3) &* leading
    }
    let chunksPerRow = span / 16
    let panel = chunk / chunksPerRow
    let (unit, row) = k.quotientAndRemainder(dividingBy: unitDepth)
    return (chunk % chunksPerRow) &* 16 &+ panel &* leading &+ row &* span &+ unit &* stride
  }
}

/// Memory for the dense operands of one matrix instruction.
struct MatrixScratch {
  /// A: up to 128 rows of 32 bytes.
  let a = UnsafeMutableRawPointer.allocate(byteCount: 128 * 32, alignment: 64)
  /// B: up to 256 rows of 32 bytes.
  let b = UnsafeMutableRawPointer.allocate(byteCount: 256 * 32, alignment: 64)
  /// The scales of A: up to 128 rows of 4.
  let scalesA = UnsafeMutablePointer<UInt8>.allocate(capacity: 128 * 4)
  /// The scales of B: up to 256 rows of 4.
  let scalesB = UnsafeMutablePointer<UInt8>.allocate(capacity: 256 * 4)
  /// D: up to 128 rows of 256 elements of 32 bits.
  let d = UnsafeMutablePointer<UInt32>.allocate(capacity: 128 * 256)

  /// Frees the memory.
  func deallocate() {
    a.deallocate()
    b.deallocate()
    scalesA.deallocate()
    scalesB.deallocate()
    d.deallocate()
  }
}

extension ClusterRunner {
  /// Gathers rows of 32 bytes of a matrix in shared memory.
  func gather(
    _ operand: MatrixOperand, rows: Int, into target: UnsafeMutableRawPointer,
    block: BlockState, access: Access
  ) throws(Trap) {
    switch (operand.isTransposed, operand.packing) {
    case (true, _):
      switch operand.elementByteCount {
      case 1: try gatherColumns(operand, of: UInt8.self, rows: rows, into: target, block, access)
      case 2: try gatherColumns(operand, of: UInt16.self, rows: rows, into: target, block, access)
      default: try gatherColumns(operand, of: UInt32.self, rows: rows, into: target, block, access)
      }
    case (false, .dense): try gatherRows(operand, rows: rows, into: target, block, access)
    case (false, .sixBits):
      try gatherRows(operand, rows: rows, into: target, block, access, packedByteCount: 12) {
        expandSixBits($0, $1, shift: 0)
      }
    case (false, .fourBits):
      try gatherRows(operand, rows: rows, into: target, block, access, packedByteCount: 8) {
        expandFourBits($0, $1, shift: 0)
      }
    }
    countConflicts(of: operand, rows: rows, at: access.pc)
    totals.pointee.sharedRead &+= UInt64(rows * MatrixOperand.rowByteCount)
  }

  /// Gathers rows whose elements are contiguous along k.
  @inline(__always)
  private func gatherRows(
    _ operand: MatrixOperand, rows: Int, into target: UnsafeMutableRawPointer,
    _ block: BlockState, _ access: Access
  ) throws(Trap) {
    var row = 0
    while row < rows {
      for chunk in 0..<2 {
        let offset = operand.physical(operand.rowChunk(row, chunk))
        let source = try sharedBytes(block, offset, 16, access)
        (target + (row &* 32 &+ chunk &* 16)).storeBytes(
          of: source.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
      }
      row &+= 1
    }
  }

  /// Gathers rows whose elements are packed along k, 16 in each chunk of 16 bytes.
  private func gatherRows(
    _ operand: MatrixOperand, rows: Int, into target: UnsafeMutableRawPointer,
    _ block: BlockState, _ access: Access, packedByteCount: Int,
    _ expand: (UnsafeRawPointer, UnsafeMutableRawPointer) -> Void
  ) throws(Trap) {
    for row in 0..<rows {
      for chunk in 0..<2 {
        let offset = operand.physical(operand.rowChunk(row, chunk))
        let source = try sharedBytes(block, offset, packedByteCount, access)
        expand(source, target + (row * 32 + chunk * 16))
      }
    }
  }

  /// Gathers rows whose elements are contiguous along m or n.
  @inline(__always)
  private func gatherColumns<Element: FixedWidthInteger>(
    _ operand: MatrixOperand, of type: Element.Type, rows: Int,
    into target: UnsafeMutableRawPointer, _ block: BlockState, _ access: Access
  ) throws(Trap) {
    let byteCount = MemoryLayout<Element>.size
    let chunkElements = 16 / byteCount
    for chunk in 0..<rows / chunkElements {
      for k in 0..<MatrixOperand.rowByteCount / byteCount {
        let offset = operand.physical(operand.columnChunk(chunk, k))
        let source = try sharedBytes(block, offset, 16, access)
        for index in 0..<chunkElements {
          let row = chunk &* chunkElements &+ index
          (target + (row &* 32 &+ k &* byteCount)).storeBytes(
            of: source.load(fromByteOffset: index &* byteCount, as: Element.self),
            as: Element.self)
        }
      }
    }
  }
}

/// Expands sixteen elements of 4 bits to bytes, in the bits from `shift` up.
func expandFourBits(
  _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, shift: UInt8
) {
  for index in 0..<16 {
    let byte = source.load(fromByteOffset: index / 2, as: UInt8.self)
    let code = index % 2 == 0 ? byte & 0xF : byte >> 4
    target.storeBytes(of: code << shift, toByteOffset: index, as: UInt8.self)
  }
}

/// Expands sixteen elements of 6 bits to bytes, in the bits from `shift` up.
func expandSixBits(
  _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, shift: UInt8
) {
  for group in 0..<4 {
    // Four elements take three bytes.
    let low = source.loadUnaligned(fromByteOffset: group * 3, as: UInt16.self)
    let high = source.load(fromByteOffset: group * 3 + 2, as: UInt8.self)
    let word = UInt32(low) | UInt32(high) << 16
    for index in 0..<4 {
      let code = UInt8(word >> UInt32(6 * index) & 0x3F)
      target.storeBytes(of: code << shift, toByteOffset: group * 4 + index, as: UInt8.self)
    }
  }
}
