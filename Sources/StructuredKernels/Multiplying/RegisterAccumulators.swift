// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import TileLayout

/// The accumulators of one warpgroup in its registers, for a multiple of 64 rows, and the `wgmma`
/// that add to them.
public struct RegisterAccumulators<Machine: HasWGMMA>: Accumulators {
  /// Fragments of A: for each block of 64 rows, and each step along k, four registers that are laid
  /// out as `WarpgroupOperand` says.
  public typealias LocalOperand = [[[DeviceValue<UInt32>]]]

  /// The kernel.
  private let k: KernelContext<Machine>

  /// The accumulators of each block of 64 rows, laid out as `WarpgroupAccumulator` says.
  public let blocks: [[Variable<Float>]]

  /// Creates accumulators that are all zero.
  ///
  /// - `rowBlockCount`: The number of blocks of 64 rows.
  /// - `columns`: The number of columns, a multiple of 8 up to 256.
  public init(
    _ k: KernelContext<Machine>, rowBlockCount: Int, columns: Int, file: String = #fileID,
    line: Int = #line
  ) {
    self.k = k
    blocks = k.inlined(at: file, line) {
      (0..<max(rowBlockCount, 1)).map { _ in
        (0..<WarpgroupAccumulator.registerCount(n: columns)).map { _ in k.variable(Float(0)) }
      }
    }
  }

  /// Issues the multiplications of A by B, step by step, and of each step for each block of rows.
  public func multiply<Element: TensorCoreElement>(
    _ a: LeftOperand<LocalOperand>, by b: OperandDescriptors, of type: Element.Type,
    accumulates: Predicate, file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      k.forEachStep(stepCount(a, b), accumulates: accumulates) { step, accumulates in
        let bStep = b.descriptor(step: step)
        for block in blocks.indices {
          issue(a, block, step, bStep, b.layout.majorness, of: type, accumulates)
        }
      }
    }
  }

  /// Issues the multiplications of A in shared memory by B, block by block, and of each block of
  /// rows step by step.
  func multiplyBlockByBlock<Element: TensorCoreElement>(
    _ a: OperandDescriptors, by b: OperandDescriptors, of type: Element.Type, accumulates: Predicate
  ) {
    for block in blocks.indices {
      k.forEachStep(stepCount(.shared(a), b), accumulates: accumulates) { step, accumulates in
        issue(
          .shared(a), block, step, b.descriptor(step: step), b.layout.majorness, of: type,
          accumulates)
      }
    }
  }

  /// Issues one multiplication.
  private func issue<Element: TensorCoreElement>(
    _ a: LeftOperand<LocalOperand>, _ block: Int, _ step: Int,
    _ b: @autoclosure () -> MatrixDescriptor, _ bMajorness: Majorness, of type: Element.Type,
    _ accumulates: Predicate
  ) {
    switch a {
    case .shared(let tile):
      k.wgmmaMmaAsync(
        blocks[block], a: tile.descriptor(step: step, row: 64 * block), b: b(), of: type,
        accumulates: accumulates, aMajorness: tile.layout.majorness, bMajorness: bMajorness)
    case .local(let fragments):
      k.wgmmaMmaAsync(
        blocks[block], a: fragments[block][step], b: b(), of: type, accumulates: accumulates,
        bMajorness: bMajorness)
    }
  }

  /// Returns the number of steps along k that both operands have; none, and a finding, if fragments
  /// are missing.
  private func stepCount(_ a: LeftOperand<LocalOperand>, _ b: OperandDescriptors) -> Int {
    switch a {
    case .shared(let tile): return min(tile.layout.stepCount, b.layout.stepCount)
    case .local(let fragments):
      let isWhole = k.recorder.expect(
        fragments.count == blocks.count
          && fragments.allSatisfy { $0.count == b.layout.stepCount },
        """
        A must have fragments of \(blocks.count) blocks of 64 rows and \(b.layout.stepCount) steps, \
        not of \(fragments.map(\.count))
        """)
      return isWhole ? b.layout.stepCount : 0
    }
  }
}

/// The rows of an output tile that a warpgroup multiplies: one of several equal ranges of whole
/// blocks of 64.
public struct WarpgroupRows: Sendable {
  /// The number of rows of the tile.
  public let tileRows: Int

  /// The number of blocks of 64 rows of a range.
  public let blockCount: Int

  /// The index of the warpgroup's range.
  public let index: DeviceValue<UInt32>

  /// Creates a range of the rows of a tile.
  public init<Machine: Architecture>(
    _ k: KernelContext<Machine>, of tileRows: Int, blockCount: Int, index: DeviceValue<UInt32>,
    file: String = #fileID, line: Int = #line
  ) {
    let isRange =
      blockCount > 0 && blockCount <= tileRows / 64 && tileRows % (64 * blockCount) == 0
    if !isRange {
      k.findings(at: file, line).reject(
        """
        \(tileRows) rows of a tile cannot be divided into \(blockCount) blocks of 64 rows for each \
        warpgroup
        """)
    }
    self.tileRows = tileRows
    self.blockCount = isRange ? blockCount : 1
    self.index = index
  }

  /// The number of rows of a range.
  public var count: Int { 64 * blockCount }

  /// Returns the first of a warp's 16 rows in a block of 64, counted from the first row of the
  /// output tile.
  public func firstRow(ofBlock block: Int, of warps: RoleWarps) -> DeviceValue<UInt32> {
    // With one block each, the rows of all warps of all warpgroups are consecutive.
    if blockCount == 1, tileRows > 64 { return warps.warpIndex * 16 }
    return index * count + 64 * block + warps.warpIndexInWarpgroup * 16
  }
}
