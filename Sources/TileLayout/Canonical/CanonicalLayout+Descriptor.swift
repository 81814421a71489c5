import NumberFormats

extension CanonicalLayout {
  /// The leading byte offset of a matrix descriptor.
  ///
  /// Without a swizzle: from one 16-byte column of core matrices along k to the next (K-major), or
  /// from 8 k to the next 8 (MN-major). With one: from one box to the next along m or n (MN-major);
  /// K-major instructions ignore it, and this is then 16, the conventional field value of 1.
  public var leadingByteOffset: Int {
    switch (majorness, swizzleMode) {
    case (.k, .none): boxByteCount
    case (.k, .bytes32), (.k, .bytes64), (.k, .bytes128): 16
    case (.mn, .none): swizzleMode.patternByteCount
    case (.mn, .bytes32), (.mn, .bytes64), (.mn, .bytes128): boxByteCount
    }
  }

  /// The stride byte offset of a matrix descriptor.
  ///
  /// From 8 rows to the next 8 (K-major), from 8 k to the next 8 (MN-major with a swizzle), or from
  /// 16 bytes of m or n to the next (MN-major without).
  public var strideByteOffset: Int {
    switch (majorness, swizzleMode) {
    case (.k, _), (.mn, .bytes32), (.mn, .bytes64), (.mn, .bytes128): swizzleMode.patternByteCount
    case (.mn, .none): boxByteCount
    }
  }

  /// Returns what to add to a descriptor's start address for an instruction, in bytes.
  ///
  /// - Parameters:
  ///   - step: The instruction's number along k, in `0..<stepCount`.
  ///   - row: The first row that it reads, the beginning of an atom.
  /// - Returns: The distance from the tile's beginning.
  public func descriptorByteOffset(step: Int, row: Int = 0) -> Int {
    let rowsPerAtom = majorness == .k ? 8 : spanElementCount
    require(
      (0..<stepCount).contains(step), "The tile \(self) has \(stepCount) steps, so none is \(step)."
    )
    require(
      (0..<rows).contains(row) && row % rowsPerAtom == 0,
      "An instruction begins at a multiple of \(rowsPerAtom) rows below \(rows), not at \(row).")
    return layout(row, step * stepElementCount)
  }

  /// Returns the descriptor with which `wgmma` reads the tile at an address.
  ///
  /// MN-major tiles are readable only where elements have 2 bytes.
  ///
  /// - Parameter address: The tile's shared address, aligned to `alignment`.
  /// - Returns: The descriptor for the first step; `advanced(byByteCount:)` makes the others.
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
  /// - Returns: The descriptor for the first step; `advanced(byByteCount:)` makes the others.
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
