// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

extension CanonicalLayout {
  /// The leading byte offset (LBO) of a matrix descriptor.
  ///
  /// Without a swizzle: the distance between 16-byte columns of core matrices along k (K-major), or
  /// between groups of 8 k (MN-major). With a swizzle: the distance between boxes along m or n
  /// (MN-major). Swizzled K-major instructions ignore it; it is then 16, the conventional field
  /// value of 1.
  public var leadingByteOffset: Int {
    switch (majorness, swizzleMode) {
    case (.k, .none): boxByteCount
    case (.k, .bytes32), (.k, .bytes64), (.k, .bytes128): 16
    case (.mn, .none): swizzleMode.patternByteCount
    case (.mn, .bytes32), (.mn, .bytes64), (.mn, .bytes128): boxByteCount
    }
  }

  /// The stride byte offset (SBO) of a matrix descriptor.
  ///
  /// The distance between groups of 8 rows (K-major), between groups of 8 k (MN-major with a
  /// swizzle), or between 16-byte chunks of m or n (MN-major without a swizzle).
  public var strideByteOffset: Int {
    switch (majorness, swizzleMode) {
    case (.k, _), (.mn, .bytes32), (.mn, .bytes64), (.mn, .bytes128): swizzleMode.patternByteCount
    case (.mn, .none): boxByteCount
    }
  }

  /// Returns the offset in bytes to add to a descriptor's start address for one instruction.
  ///
  /// - Parameters:
  ///   - step: The index of the instruction along k, in `0..<stepCount`.
  ///   - row: The first row that it reads, the start of an atom.
  /// - Returns: The distance from the start of the tile.
  public func descriptorByteOffset(step: Int, row: Int = 0) -> Int {
    let rowsPerAtom = majorness == .k ? 8 : spanElementCount
    require(
      (0..<stepCount).contains(step),
      "The tile \(self) has \(stepCount) steps; there is no step \(step)."
    )
    require(
      (0..<rows).contains(row) && row % rowsPerAtom == 0,
      "An instruction must begin at a multiple of \(rowsPerAtom) rows below \(rows), not at \(row)."
    )
    return layout(row, step * stepElementCount)
  }

  /// Returns the descriptor with which `wgmma` reads the tile at an address.
  ///
  /// MN-major tiles are readable only with elements of 2 bytes.
  ///
  /// - Parameter address: The tile's shared address, aligned to `alignment`.
  /// - Returns: The descriptor of the first step; `advanced(byByteCount:)` gives the others.
  /// - Throws: `DescriptorFinding` if the address is not aligned.
  public func hopperDescriptor(at address: Int) throws(DescriptorFinding) -> HopperMatrixDescriptor
  {
    try checkAlignment(of: address)
    return try HopperMatrixDescriptor(
      startAddress: address, leadingByteOffset: leadingByteOffset,
      strideByteOffset: strideByteOffset, swizzleMode: swizzleMode)
  }

  /// Returns the descriptor with which `tcgen05.mma` reads the tile at an address.
  ///
  /// - Parameter address: The tile's shared address, aligned to `alignment`.
  /// - Returns: The descriptor of the first step; `advanced(byByteCount:)` gives the others.
  /// - Throws: `DescriptorFinding` if the address is not aligned.
  public func blackwellDescriptor(
    at address: Int
  ) throws(DescriptorFinding) -> BlackwellMatrixDescriptor {
    try checkAlignment(of: address)
    return try BlackwellMatrixDescriptor(
      startAddress: address, leadingByteOffset: leadingByteOffset,
      strideByteOffset: strideByteOffset, layout: .init(swizzleMode))
  }

  /// Checks that the swizzle's pattern begins at the address.
  private func checkAlignment(of address: Int) throws(DescriptorFinding) {
    guard address % alignment == 0 else {
      throw DescriptorFinding(.startAddress, value: address, rule: .multipleOf(alignment))
    }
  }
}
