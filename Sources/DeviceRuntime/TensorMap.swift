// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import TileLayout

/// The description of a tensor in global memory, and of the boxes that TMA copies.
///
/// Dimension 0 is the innermost one; its elements are contiguous.
///
/// Two effects of copies are easy to miss:
/// - If the bytes of a row of the tensor are not a multiple of 16, stores and reductions write up
///   to the next multiple of 16, and so overwrite the bytes after the row. Pad the rows. A map of a
///   part of a larger tensor needs rows that end at a multiple of 16 bytes. Loads are exact to the
///   element.
/// - Each inner row of a swizzled box takes the swizzle's whole span in shared memory, even if it
///   is shorter. The bytes after it are not written, and an mbarrier does not count them.
///
/// - SeeAlso: CUDA driver API, `cuTensorMapEncodeTiled`.
public struct TensorMapDescription: Hashable, Sendable {
  /// The permutation of the 16-byte chunks of a box in shared memory.
  public enum Swizzle: Int, CaseIterable, Hashable, Sendable {
    case none = 0
    case bytes32 = 1
    case bytes64 = 2
    case bytes128 = 3

    /// The maximum length of an inner row of a box in bytes.
    public var span: Int {
      switch self {
      case .none: .max
      case .bytes32: 32
      case .bytes64: 64
      case .bytes128: 128
      }
    }
  }

  /// The value that a load writes where a box extends outside the tensor.
  public enum Fill: Int, Hashable, Sendable {
    case zeros = 0
    /// 0x7FF7 in every 16 bits, for every floating-point type.
    case notANumber = 1
  }

  /// The treatment of f32 elements by copies.
  ///
  /// Stores never change the bits.
  public enum FloatMode: Int, CaseIterable, Hashable, Sendable {
    /// Loads keep the bits, and reductions keep subnormals: `FLOAT32`.
    case exact = 0
    /// Loads keep the bits; reductions flush subnormal inputs and results to zero: `FLOAT32_FTZ`.
    case flushing = 1
    /// Loads round to the nearest tf32, and NaN to 0x7FFFE000; reductions are as for `exact`:
    /// `TFLOAT32`.
    case tensorFloat32 = 2
    /// Loads are as for `tensorFloat32`, and keep subnormals; reductions are as for `flushing`:
    /// `TFLOAT32_FTZ`.
    case flushingTensorFloat32 = 3
  }

  /// The type of the elements.
  public var elementType: ElementType

  /// The address of element zero in global memory.
  public var address: UInt64

  /// The extents of the tensor in elements.
  public var extents: [Int]

  /// The distance in bytes between neighbouring indices, for dimensions 1 and up.
  public var byteStrides: [Int]

  /// The extents of a box in elements of the tensor.
  public var box: [Int]

  /// The steps between the elements of a box: 1 in every dimension for a dense box; that of
  /// dimension 0 has no effect.
  public var elementStrides: [Int]

  /// The permutation of a box in shared memory.
  public var swizzle: Swizzle

  /// The value of elements outside the tensor.
  public var fill: Fill

  /// The treatment of f32 elements by copies.
  public var floatMode: FloatMode

  /// Creates a description.
  public init(
    elementType: ElementType, address: UInt64, extents: [Int], byteStrides: [Int], box: [Int],
    elementStrides: [Int]? = nil, swizzle: Swizzle = .none, fill: Fill = .zeros,
    floatMode: FloatMode = .exact
  ) {
    self.elementType = elementType
    self.address = address
    self.extents = extents
    self.byteStrides = byteStrides
    self.box = box
    self.elementStrides = elementStrides ?? [Int](repeating: 1, count: extents.count)
    self.swizzle = swizzle
    self.fill = fill
    self.floatMode = floatMode
  }

  /// The number of dimensions.
  public var rank: Int { extents.count }

  /// The number of inner rows of a box.
  private var boxRowCount: Int {
    zip(box, elementStrides).dropFirst().reduce(1) { count, dimension in
      count.saturatingProduct(dimension.0.elementCount(step: dimension.1))
    }
  }

  /// The bytes of the inner row of a box; none where the box has no dimensions.
  private var boxRowByteCount: Int { (box.first ?? 0).saturatingProduct(elementType.byteCount) }

  /// The bytes of the elements of a whole box, as an mbarrier counts them.
  ///
  /// Of a description that breaks a rule of `validate`, it says nothing of use.
  public var boxByteCount: Int { boxRowByteCount.saturatingProduct(boxRowCount) }

  /// The bytes from the start of a box in shared memory to its end, including those between its
  /// rows.
  public var boxSharedByteCount: Int {
    (swizzle == .none ? boxRowByteCount : swizzle.span).saturatingProduct(boxRowCount)
  }

  /// Checks that the tensor begins in a buffer, and has elements of a type.
  func checkMemory(
    _ buffer: GlobalBuffer<some BufferElement>, elementType type: ElementType
  ) throws(TensorMapError) {
    guard elementType == type else { throw .elementType(elementType, kernel: type) }
    let memory = buffer.allocation
    guard address >= memory.address, address - memory.address <= UInt64(memory.byteCount) else {
      throw .outsideBuffer(address)
    }
  }

  /// Checks the rules that the driver checks.
  ///
  /// - Throws: `TensorMapError` for the first rule that is broken.
  public func validate() throws(TensorMapError) {
    guard (1...5).contains(rank) else { throw .rank(rank) }
    guard byteStrides.count == rank - 1, box.count == rank, elementStrides.count == rank else {
      throw .dimensionCount(
        rank: rank, strides: byteStrides.count, box: box.count, steps: elementStrides.count)
    }
    guard address % 16 == 0 else { throw .misalignedAddress(address) }
    let longest = 1 << 32
    for (dimension, extent) in extents.enumerated() where extent < 1 || extent > longest {
      throw .extent(dimension: dimension, extent: extent, limit: longest)
    }
    let strideLimit = 1 << 40
    for (index, stride) in byteStrides.enumerated()
    where stride <= 0 || stride % 16 != 0 || stride >= strideLimit {
      throw .stride(dimension: index + 1, byteStride: stride)
    }
    for (dimension, extent) in box.enumerated() where extent < 1 || extent > 256 {
      throw .box(dimension: dimension, extent: extent)
    }
    for (dimension, step) in elementStrides.enumerated() where step < 1 || step > 8 {
      throw .elementStride(dimension: dimension, step: step)
    }
    let innerByteCount = box[0] * elementType.byteCount
    guard innerByteCount % 16 == 0 else { throw .innerBox(byteCount: innerByteCount) }
    guard innerByteCount <= swizzle.span else {
      throw .swizzleSpan(innerByteCount: innerByteCount, span: swizzle.span)
    }
    let canBeFilled = [ElementType.f16, .bf16, .f32, .f64].contains(elementType)
    guard fill == .zeros || canBeFilled else { throw .fill(elementType) }
    guard floatMode == .exact || elementType == .f32 else { throw .floatMode(elementType) }
  }
}

extension TensorMapDescription {
  /// Returns the layout of a box in shared memory.
  ///
  /// - Throws: `BoxLayoutError` if boxes of this shape have no layout with the swizzle.
  public func boxLayout() throws(BoxLayoutError) -> BoxLayout {
    let outer = zip(box, elementStrides).dropFirst().map { $0.elementCount(step: $1) }
    return try BoxLayout(
      extents: box.prefix(1) + outer, elementByteCount: elementType.byteCount,
      swizzleMode: SwizzleMode(tensorMapCode: swizzle.rawValue) ?? .none)
  }

  /// Returns whether the tensor contains an element, given its coordinates, innermost first.
  public func contains(_ coordinates: [Int]) -> Bool {
    zip(coordinates, extents).allSatisfy { (0..<$1).contains($0) }
  }
}

extension Int {
  /// Returns the number of elements of a range that are copied with a step between them.
  fileprivate func elementCount(step: Int) -> Int {
    let step = Swift.max(step, 1)
    return self / step + (self % step > 0 ? 1 : 0)
  }
}

/// A rule that a tensor map breaks.
public enum TensorMapError: Error, Equatable, Sendable {
  case rank(Int)
  case dimensionCount(rank: Int, strides: Int, box: Int, steps: Int)
  case misalignedAddress(UInt64)
  case extent(dimension: Int, extent: Int, limit: Int)
  case stride(dimension: Int, byteStride: Int)
  case box(dimension: Int, extent: Int)
  case elementStride(dimension: Int, step: Int)
  case innerBox(byteCount: Int)
  case swizzleSpan(innerByteCount: Int, span: Int)
  case fill(ElementType)
  case floatMode(ElementType)
  case elementType(ElementType, kernel: ElementType)
  case outsideBuffer(UInt64)
}

extension TensorMapError: CustomStringConvertible {
  /// The rule and the value that breaks it, in one sentence.
  public var description: String {
    switch self {
    case .rank(let rank): "A tensor map must have 1 to 5 dimensions, not \(rank)."
    case .dimensionCount(let rank, let strides, let box, let steps):
      """
      A tensor map of \(rank) dimensions needs \(rank - 1) strides, \(rank) box extents and \
      \(rank) element strides, not \(strides), \(box) and \(steps).
      """
    case .misalignedAddress(let address):
      "A tensor must start at a multiple of 16 bytes, not at 0x\(String(address, radix: 16))."
    case .extent(let dimension, let extent, let limit):
      "Dimension \(dimension) of a tensor must have 1 to \(limit) elements, not \(extent)."
    case .stride(let dimension, let stride):
      """
      The stride of dimension \(dimension) of a tensor must be a positive multiple of 16 bytes \
      below 2^40, not \(stride).
      """
    case .box(let dimension, let extent):
      "Dimension \(dimension) of a box must have 1 to 256 elements, not \(extent)."
    case .elementStride(let dimension, let step):
      "The element stride of dimension \(dimension) must be 1 to 8, not \(step)."
    case .innerBox(let byteCount):
      "The inner row of a box must be a multiple of 16 bytes, not \(byteCount)."
    case .swizzleSpan(let innerByteCount, let span):
      "The inner row of a box with a \(span)-byte swizzle must have at most \(span) bytes, not \(innerByteCount)."
    case .fill(let type):
      "Only tensors of f16, bf16, f32 and f64 can be filled with NaN, not tensors of \(type.rawValue)."
    case .floatMode(let type):
      "Only tensors of f32 can be flushed or rounded to tf32, not tensors of \(type.rawValue)."
    case .elementType(let described, let type):
      "A map of \(described.rawValue) elements cannot be one of \(type.rawValue)."
    case .outsideBuffer(let address):
      "A tensor must begin inside its buffer, not at 0x\(String(address, radix: 16))."
    }
  }
}

/// A kernel's requirement on a tensor map: the tile that its boxes fill.
public struct TensorMapRequirement: Hashable, Sendable {
  /// The tile's name in the kernel.
  public var tileName: String

  /// The type of the elements.
  public var elementType: ElementType

  /// The extents of a box.
  public var box: [Int]

  /// The permutation of a box in shared memory.
  public var swizzle: TensorMapDescription.Swizzle

  /// Creates a requirement.
  public init(
    tileName: String, elementType: ElementType, box: [Int], swizzle: TensorMapDescription.Swizzle
  ) {
    self.tileName = tileName
    self.elementType = elementType
    self.box = box
    self.swizzle = swizzle
  }

  /// Returns whether a map was made for this tile.
  public func isMet(by map: TensorMapDescription) -> Bool {
    map.elementType == elementType && map.box == box && map.swizzle == swizzle
  }
}

/// A tensor map as an argument of a kernel: 128 bytes that its device encoded.
///
/// It keeps the memory of its tensor allocated.
public struct TensorMap<Element: BufferElement>: Sendable {
  /// The description from which the map was made.
  public let description: TensorMapDescription

  /// The 128 bytes, in the encoding of the device.
  public let image: [UInt8]

  /// The memory in which the tensor lies.
  public let memory: Allocation

  /// Creates a map from the bytes that a device encoded.
  public init(description: TensorMapDescription, image: [UInt8], memory: Allocation) {
    self.description = description
    self.image = image
    self.memory = memory
  }
}
