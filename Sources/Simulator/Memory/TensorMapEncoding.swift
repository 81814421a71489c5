// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The simulator's own encoding of a tensor map in 128 bytes.
///
/// Sixteen little-endian 64-bit words: a magic number; the address; rank, element type, swizzle,
/// fill and float mode in bytes; five extents; four strides; box extents in 16-bit fields; element
/// strides in bytes.
struct TensorMapImage {
  /// The first word of every image.
  private static let magic: UInt64 = 0x5457_4D41_5030_3031

  /// The number of dimensions.
  var rank = 0
  /// The type of the elements.
  var elementType = ElementType.u8
  /// The address of element zero.
  var address: UInt64 = 0
  /// The extents, 1 beyond the rank.
  var extents = SIMD8<Int64>(repeating: 1)
  /// The strides in bytes; dimension 0 has the element's size.
  var strides = SIMD8<Int64>(repeating: 0)
  /// The box, 1 beyond the rank.
  var box = SIMD8<Int64>(repeating: 1)
  /// The element strides, 1 beyond the rank.
  var steps = SIMD8<Int64>(repeating: 1)
  /// The swizzle.
  var swizzle = TensorMapDescription.Swizzle.none
  /// The fill.
  var fill = TensorMapDescription.Fill.zeros
  /// The treatment of f32 elements by copies.
  var floatMode = TensorMapDescription.FloatMode.exact

  /// Creates the image of a valid description.
  init(_ description: TensorMapDescription) {
    rank = description.rank
    elementType = description.elementType
    address = description.address
    swizzle = description.swizzle
    fill = description.fill
    floatMode = description.floatMode
    strides[0] = Int64(elementType.byteCount)
    for dimension in 0..<rank {
      extents[dimension] = Int64(description.extents[dimension])
      box[dimension] = Int64(description.box[dimension])
      steps[dimension] = Int64(description.elementStrides[dimension])
      if dimension > 0 { strides[dimension] = Int64(description.byteStrides[dimension - 1]) }
    }
    steps[0] = 1
  }

  /// Reads an image; returns `nil` if the bytes are not one.
  init?(_ bytes: UnsafeRawPointer) {
    /// Returns the word at an index.
    func word(_ index: Int) -> UInt64 {
      bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
    }
    guard word(0) == TensorMapImage.magic else { return nil }
    address = word(1)
    let kinds = word(2)
    rank = Int(kinds & 0xFF)
    let types = ElementType.allCases
    let type = Int(kinds >> 8 & 0xFF)
    guard (1...5).contains(rank), type < types.count,
      let swizzle = TensorMapDescription.Swizzle(rawValue: Int(kinds >> 16 & 0xFF)),
      let fill = TensorMapDescription.Fill(rawValue: Int(kinds >> 24 & 0xFF)),
      let floatMode = TensorMapDescription.FloatMode(rawValue: Int(kinds >> 32 & 0xFF))
    else { return nil }
    elementType = types[type]
    self.swizzle = swizzle
    self.fill = fill
    self.floatMode = floatMode
    strides[0] = Int64(elementType.byteCount)
    for dimension in 0..<rank {
      extents[dimension] = Int64(bitPattern: word(3 + dimension))
      if dimension > 0 { strides[dimension] = Int64(bitPattern: word(7 + dimension)) }
      let boxWord = dimension < 4 ? word(12) : word(13)
      box[dimension] = Int64(boxWord >> UInt64(16 * (dimension % 4)) & 0xFFFF)
      steps[dimension] = Int64(word(14) >> UInt64(8 * dimension) & 0xFF)
    }
  }

  /// The 128 bytes.
  var bytes: [UInt8] {
    var words = [UInt64](repeating: 0, count: 16)
    words[0] = TensorMapImage.magic
    words[1] = address
    let type = ElementType.allCases.firstIndex(of: elementType) ?? 0
    words[2] =
      UInt64(rank) | UInt64(type) << 8 | UInt64(swizzle.rawValue) << 16
      | UInt64(fill.rawValue) << 24 | UInt64(floatMode.rawValue) << 32
    for dimension in 0..<rank {
      words[3 + dimension] = UInt64(bitPattern: extents[dimension])
      if dimension > 0 { words[7 + dimension] = UInt64(bitPattern: strides[dimension]) }
      words[dimension < 4 ? 12 : 13] |= UInt64(box[dimension]) << UInt64(16 * (dimension % 4))
      words[14] |= UInt64(steps[dimension]) << UInt64(8 * dimension)
    }
    return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
    }
  }

  /// Returns the number of elements of a box along a dimension.
  func boxCount(_ dimension: Int) -> Int {
    Int((box[dimension] + steps[dimension] - 1) / steps[dimension])
  }

  /// The bytes of the inner row of a box.
  var innerByteCount: Int { boxCount(0) * elementType.byteCount }

  /// The number of rows of a box, in all dimensions other than 0.
  var rowCount: Int { (1..<5).reduce(1) { $0 * ($1 < rank ? boxCount($1) : 1) } }

  /// The bytes of the elements of a whole box.
  var boxByteCount: Int { innerByteCount * rowCount }

  /// The bytes from one inner row of a box to the next in shared memory: with a swizzle the whole
  /// span, even if the rows are shorter.
  var sharedPitch: Int { swizzle == .none ? innerByteCount : swizzle.span }

  /// The bits of an absolute shared address that the swizzle xors into bits 4 to 6.
  var swizzleMask: Int {
    switch swizzle {
    case .none: 0
    case .bytes32: 0x10
    case .bytes64: 0x30
    case .bytes128: 0x70
    }
  }
}
