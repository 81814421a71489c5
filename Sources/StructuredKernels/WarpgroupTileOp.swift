import KernelLanguage
import TileLayout

extension Hopper: HasTileOp {
  /// `wgmma`, with sums in registers.
  public typealias Operation = WarpgroupTileOp
}

/// Multiplies tiles by `wgmma`, with the sums in the registers of one warpgroup.
public struct WarpgroupTileOp: TileOp {
  /// Hopper.
  public typealias Machine = Hopper

  /// The rows of one instruction.
  private static let instructionRows = 64

  /// The kernel.
  private let k: KernelContext<Hopper>

  /// The registers of each block of 64 rows.
  private let accumulators: [[Variable<Float>]]

  /// An arrival of each warp.
  public static var arrivalCount: Int { 4 }

  /// Records `body` with accumulators, which begin as zeros.
  public static func withAccumulators<Result>(
    _ k: KernelContext<Hopper>, rows: Int, columns: Int, file: String, line: Int,
    _ body: (WarpgroupTileOp) -> Result
  ) -> Result {
    precondition(rows % instructionRows == 0, "`wgmma` has 64 rows, so a tile has a multiple.")
    let accumulators = k.part(calledAt: file, line) {
      (0..<rows / instructionRows).map { _ in
        (0..<WarpgroupAccumulator.registerCount(n: columns)).map { _ in k.variable(Float(0)) }
      }
    }
    return body(WarpgroupTileOp(k: k, accumulators: accumulators))
  }

  /// Multiplies, waits, and has one lane of each warp arrive.
  public func multiply<Element: TensorCoreElement>(
    _ a: PlacedTile<Element>, _ b: PlacedTile<Element>, accumulates: Predicate,
    signalling barrier: SharedBarrier, file: String, line: Int
  ) {
    k.part(calledAt: file, line) {
      let (aLayout, bLayout) = (a.tile.layout, b.tile.layout)
      let aDescriptor = k.matrixDescriptor(of: a)
      let bDescriptor = k.matrixDescriptor(of: b)
      k.wgmmaFence()
      for (block, registers) in accumulators.enumerated() {
        let row = block * Self.instructionRows
        for step in 0..<aLayout.stepCount {
          let aOffset = aLayout.descriptorByteOffset(step: step, row: row)
          let bOffset = bLayout.descriptorByteOffset(step: step)
          k.wgmmaMmaAsync(
            registers, a: aDescriptor.advanced(byByteCount: aOffset),
            b: bDescriptor.advanced(byByteCount: bOffset), of: Element.self,
            accumulates: step == 0 ? accumulates : k.always, aMajorness: aLayout.majorness,
            bMajorness: bLayout.majorness)
        }
      }
      k.wgmmaCommitGroup()
      k.wgmmaWaitGroup(0)
      k.elected { barrier.arrive() }
    }
  }

  /// Returns the registers: they are zeros where there was no multiplication.
  public func sums(isEmpty: Predicate, file: String, line: Int) -> AccumulatorFragment {
    k.part(calledAt: file, line) {
      let blocks = accumulators.enumerated().map { block, registers in
        (row: block * Self.instructionRows, registers: registers)
      }
      return AccumulatorFragment(k, blocks: blocks, warpRows: 16)
    }
  }
}
