// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import TileLayout

/// The origin of a tile in shared memory; distances are bytes, and are swizzled.
public struct SharedOrigin: TensorOrigin {
  /// The address that offsets count from, a multiple of what the swizzle's pattern repeats after.
  let base: SharedAddress

  /// The distance of the tensor from the tile's address, before the swizzle.
  let start: TensorOffset

  /// The permutation of offsets.
  let swizzle: Swizzle

  /// The swizzled address of the computed part of the start, if it has been computed.
  let anchor: SharedAddress?

  /// The layout of the whole tile, if matrix instructions can read it.
  let canonicalLayout: CanonicalLayout?

  /// Creates the beginning of a tile.
  init(_ base: SharedAddress, swizzle: Swizzle, canonicalLayout: CanonicalLayout?) {
    self.init(
      base: base, start: TensorOffset(), swizzle: swizzle, anchor: nil,
      canonicalLayout: canonicalLayout)
  }

  /// Creates a beginning of all that it has.
  private init(
    base: SharedAddress, start: TensorOffset, swizzle: Swizzle, anchor: SharedAddress?,
    canonicalLayout: CanonicalLayout?
  ) {
    self.base = base
    self.start = start
    self.swizzle = swizzle
    self.anchor = anchor
    self.canonicalLayout = canonicalLayout
  }

  /// The recording.
  public var owner: KernelRecording { base.owner }

  /// Returns the address at a distance.
  ///
  /// The swizzle is an exclusive or of bits, and so applies separately to terms that have no bit in
  /// common: a constant term then costs one instruction at most.
  public func place(at distance: TensorDistance) -> SharedAddress {
    let total = distance.total
    let offset = start + total
    let isApart = offset.known & offset.computedBits == 0 || swizzle.bits == 0
    guard let anchor, total.computed == nil, isApart else { return address(of: offset) }
    let known = swizzle(offset.known)
    return anchor.flipping(bits: known & swizzle.targetMask)
      .advanced(byByteCount: known & ~swizzle.targetMask)
  }

  /// Returns the beginning of a tensor at a distance.
  public func anchored(at distance: TensorDistance) -> SharedOrigin {
    let total = distance.total
    let offset = start + total
    return SharedOrigin(
      base: base, start: offset, swizzle: swizzle,
      anchor: total.computed == nil ? anchor : address(of: offset.computedPart),
      canonicalLayout: canonicalLayout)
  }

  /// Whether the pattern begins at a distance, so that the swizzle leaves the address as it is.
  func isAtPattern(_ distance: TensorDistance) -> Bool {
    let bits = TensorOffset.possibleBits(ofSum: [start, distance.rows, distance.columns])
    return bits & swizzle.sourceMask == 0
  }

  /// Returns the address of an offset, recording all of what computes it.
  private func address(of offset: TensorOffset) -> SharedAddress {
    guard let computed = offset.computed else {
      return base.advanced(byByteCount: swizzle(offset.known))
    }
    guard (offset.known | offset.computedBits) & swizzle.sourceMask != 0 else {
      return base.advanced(byByteCount: computed).advanced(byByteCount: offset.known)
    }
    let linear = computed + offset.known
    let flipped = (linear & swizzle.sourceMask) >> swizzle.shift
    return base.advanced(byByteCount: linear ^ flipped)
  }
}

extension SharedAddress {
  /// Returns the address with some bits flipped, which are zero in the base of the kernel's array.
  fileprivate func flipping(bits: Int) -> SharedAddress {
    guard bits != 0 else { return self }
    let flipped = advanced(byByteCount: -byteOffset).value ^ bits
    return SharedAddress(flipped).advanced(byByteCount: byteOffset)
  }
}

extension TileTensor where Space == Shared {
  /// Creates the tensor of a tile that lies as declared.
  init(_ tile: SharedTile<Element>, at address: SharedAddress) {
    let origin = SharedOrigin(
      address, swizzle: tile.layout.swizzleMode.swizzle, canonicalLayout: tile.layout)
    self.init(origin, tile.layout.layout)
  }

  /// The address of the first element.
  public var address: SharedAddress { place }

  /// The layout of the whole tile, if it was declared as a `SharedTile`.
  public var canonicalLayout: CanonicalLayout? { origin.canonicalLayout }

  /// Returns the address of the first element of the vector at the coordinates.
  public func address(
    of row: some KernelIndex, _ column: some KernelIndex, file: String = #fileID,
    line: Int = #line
  ) -> SharedAddress {
    recorder.setPlace(file, line)
    return origin.place(at: distance(to: row, column))
  }
}

extension TileTensor where Space == Shared, Element: DeviceElement {
  /// Creates the tensor of elements that lie in some layout, which no matrix instruction need read.
  ///
  /// - Parameters:
  ///   - elements: The first element, at a multiple of the bytes that the swizzle's pattern repeats
  ///     after.
  ///   - layout: From rows and columns to distances in elements.
  ///   - swizzle: The permutation of 16-byte chunks.
  public init(
    _ elements: DevicePointer<Element, Shared>, layout: Layout, swizzle: SwizzleMode = .none
  ) {
    let origin = SharedOrigin(elements.address, swizzle: swizzle.swizzle, canonicalLayout: nil)
    self.init(origin, layout.scaled(by: Element.elementType.byteCount))
  }
}

extension Layout {
  /// Returns the layout with its offsets multiplied.
  fileprivate func scaled(by factor: Int) -> Layout {
    Layout(shape, stride: stride.scaled(by: factor))
  }
}

extension IntTuple {
  /// Returns the tuple with its integers multiplied.
  fileprivate func scaled(by factor: Int) -> IntTuple {
    switch self {
    case .leaf(let value): .leaf(value * factor)
    case .nested(let modes): .nested(modes.map { $0.scaled(by: factor) })
    }
  }
}
