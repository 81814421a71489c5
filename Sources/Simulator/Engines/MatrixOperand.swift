import TileLayout

/// Where the elements of a matrix in shared memory lie, as a descriptor says it.
///
/// - SeeAlso: PTX ISA, "Matrix Descriptor Format", "Canonical Layouts".
struct MatrixOperand: Hashable {
  /// The address of the first element, an offset in the block's memory.
  var start: Int
  /// The leading byte offset.
  var leading: Int
  /// The stride byte offset.
  var stride: Int
  /// The bytes of a swizzle row: 32, 64 or 128; 16 without a swizzle.
  var span: Int
  /// The bits 4 to 6 that the swizzle flips.
  var mask: Int
  /// The phase of the pattern at the start of the matrix.
  var baseOffset: Int
  /// Whether consecutive elements go along m or n, not along k.
  var isTransposed: Bool

  /// Reads a `wgmma` descriptor.
  init(_ descriptor: HopperMatrixDescriptor, isTransposed: Bool) {
    self.init(
      start: descriptor.startAddress, leading: descriptor.leadingByteOffset,
      stride: descriptor.strideByteOffset, baseOffset: descriptor.baseOffset,
      mode: descriptor.swizzleMode, isTransposed: isTransposed)
  }

  /// Reads a `tcgen05` descriptor; nil where its layout is one that 16-bit elements do not have.
  init?(_ descriptor: BlackwellMatrixDescriptor, isTransposed: Bool) {
    let mode: SwizzleMode
    switch descriptor.layout {
    case .some(.none): mode = .none
    case .bytes32: mode = .bytes32
    case .bytes64: mode = .bytes64
    case .bytes128: mode = .bytes128
    case .bytes128Atoms32, nil: return nil
    }
    self.init(
      start: descriptor.startAddress, leading: descriptor.leadingByteOffset,
      stride: descriptor.strideByteOffset, baseOffset: descriptor.baseOffset, mode: mode,
      isTransposed: isTransposed)
  }

  /// Creates an operand from its parts.
  private init(
    start: Int, leading: Int, stride: Int, baseOffset: Int, mode: SwizzleMode, isTransposed: Bool
  ) {
    self.start = start
    self.leading = leading
    self.stride = stride
    self.baseOffset = baseOffset
    self.isTransposed = isTransposed
    span = mode.spanByteCount
    switch mode {
    case .none: mask = 0
    case .bytes32: mask = 0x10
    case .bytes64: mask = 0x30
    case .bytes128: mask = 0x70
    }
  }

  /// Returns where a linear offset from the start lies: the swizzle works on the final address.
  @inline(__always)
  func physical(_ linear: Int) -> Int {
    let address = start &+ linear
    guard mask != 0 else { return address }
    let row = (address >> 7) &- baseOffset
    return address ^ ((row << 4) & mask)
  }

  /// Returns the linear offset of the 16 bytes that hold k of `8 * chunk` and up of a row,
  /// K-major.
  @inline(__always)
  func rowChunk(_ row: Int, _ chunk: Int) -> Int {
    mask == 0
      ? (row & 7) &* 16 &+ (row >> 3) &* stride &+ chunk &* leading
      : (row & 7) &* span &+ (row >> 3) &* stride &+ chunk &* 16
  }

  /// Returns the linear offset of the 16 bytes that hold m or n of `8 * chunk` and up at one k,
  /// MN-major.
  @inline(__always)
  func columnChunk(_ chunk: Int, _ k: Int) -> Int {
    if mask == 0 {
      return chunk &* stride &+ (k & 7) &* 16 &+ (k >> 3) &* leading
    }
    let chunksPerRow = span / 16
    let panel = chunk / chunksPerRow
    return (chunk % chunksPerRow) &* 16 &+ panel &* leading &+ (k & 7) &* span &+ (k >> 3) &* stride
  }
}

/// Memory in which the operands of one matrix instruction are laid out densely.
struct MatrixScratch {
  /// A: up to 128 rows of 16 elements.
  let a = UnsafeMutablePointer<UInt16>.allocate(capacity: 128 * 16)
  /// B: up to 256 rows of 16 elements.
  let b = UnsafeMutablePointer<UInt16>.allocate(capacity: 256 * 16)
  /// D: up to 128 rows of 256 elements of 32 bits.
  let d = UnsafeMutablePointer<UInt32>.allocate(capacity: 128 * 256)

  /// Gives the memory back.
  func deallocate() {
    a.deallocate()
    b.deallocate()
    d.deallocate()
  }
}

extension ClusterRunner {
  /// Lays out rows of 16 elements of a matrix in shared memory.
  func gather(
    _ operand: MatrixOperand, rows: Int, into target: UnsafeMutablePointer<UInt16>,
    block: BlockState, access: Access
  ) throws(Trap) {
    if operand.isTransposed {
      for chunk in 0..<rows / 8 {
        for k in 0..<16 {
          let place = operand.physical(operand.columnChunk(chunk, k))
          let source = try sharedBytes(block, place, 16, access)
          let values = source.loadUnaligned(as: SIMD8<UInt16>.self)
          for index in 0..<8 { target[(chunk * 8 + index) * 16 + k] = values[index] }
        }
      }
    } else {
      let bytes = UnsafeMutableRawPointer(target)
      var row = 0
      while row < rows {
        for chunk in 0..<2 {
          let place = operand.physical(operand.rowChunk(row, chunk))
          let source = try sharedBytes(block, place, 16, access)
          (bytes + (row &* 32 &+ chunk &* 16)).storeBytes(
            of: source.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
        }
        row &+= 1
      }
    }
    countConflicts(of: operand, rows: rows, at: access.pc)
    totals.pointee.sharedRead &+= UInt64(rows * 32)
  }
}
