// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import TileLayout

extension Hopper: HasTileOp {
  /// `wgmma`, with accumulators in registers.
  public typealias Operation = WarpgroupTileOp
}

/// Multiplies tiles by `wgmma`, with the accumulators in registers; warpgroups divide the rows
/// among themselves.
public struct WarpgroupTileOp: TileOp {
  /// Hopper.
  public typealias Machine = Hopper

  /// The number of rows of one instruction.
  private static let instructionRows = 64

  /// The kernel.
  private let k: KernelContext<Hopper>

  /// The shape of the accumulators.
  private let shape: AccumulatorShape

  /// The registers of each block of 64 rows.
  private let accumulators: [[Variable<Float>]]

  /// The index of the caller's warpgroup.
  private let warpgroup: DeviceValue<UInt32>

  /// Returns one arrival for each warp.
  public static func arrivalCount(of shape: AccumulatorShape) -> Int { 4 * shape.warpgroups }

  /// Records `body` with accumulators that are initially zero.
  public static func withAccumulators<Result>(
    _ k: KernelContext<Hopper>, _ shape: AccumulatorShape, file: String, line: Int,
    _ body: (WarpgroupTileOp) -> Result
  ) -> Result {
    let shape = shape.checked(
      k, rowMultiple: instructionRows.saturatingProduct(max(shape.warpgroups, 1)),
      columnMultiple: 8, columnLimit: 256, file, line)
    let (accumulators, warpgroup) = k.inlined(at: file, line) {
      let accumulators = (0..<blockCount(shape)).map { _ in
        (0..<WarpgroupAccumulator.registerCount(n: shape.columns)).map { _ in
          k.variable(Float(0))
        }
      }
      return (accumulators, shape.warpgroups == 1 ? k.constant(0) : k.warpIndex / 4)
    }
    return body(
      WarpgroupTileOp(k: k, shape: shape, accumulators: accumulators, warpgroup: warpgroup))
  }

  /// Waits for the tiles, multiplies, waits for completion, and arrives with one lane of each warp.
  public func multiply<Element: TensorCoreElement>(
    _ a: TileTensor<Element, Shared>, _ b: TileTensor<Element, Shared>, once loaded: SharedBarrier,
    parity: DeviceValue<UInt32>, accumulates: Predicate, signalling barrier: SharedBarrier,
    file: String, line: Int
  ) {
    k.inlined(at: file, line) {
      loaded.wait(parity: parity)
      let share = a.tile(shape.rows / shape.warpgroups, a.columns, at: warpgroup, 0)
      guard let aOperand = WarpgroupOperandTile(k, share),
        let bOperand = WarpgroupOperandTile(k, b)
      else { return }
      k.wgmmaFence()
      for (block, registers) in accumulators.enumerated() {
        for step in 0..<min(aOperand.layout.stepCount, bOperand.layout.stepCount) {
          k.wgmmaMmaAsync(
            registers, a: aOperand.descriptor(step: step, row: block * Self.instructionRows),
            b: bOperand.descriptor(step: step, row: 0), of: Element.self,
            accumulates: step == 0 ? accumulates : k.always,
            aMajorness: aOperand.layout.majorness, bMajorness: bOperand.layout.majorness)
        }
      }
      k.wgmmaCommitGroup()
      k.wgmmaWaitGroup(0)
      k.elected { barrier.arrive() }
    }
  }

  /// Returns the registers, which are zero if there was no multiplication.
  public func values(
    isEmpty: Predicate, file: String, line: Int
  ) -> TileTensor<Float, Registers> {
    TileTensor(
      accumulators.flatMap { $0 },
      layout: WarpgroupAccumulator.threadLayout(n: shape.columns, blocks: accumulators.count))
  }

  /// Returns the warp's 16 of each 64 rows of its warpgroup.
  public static func warpTile<Element, Space>(
    _ k: KernelContext<Hopper>, of tile: TileTensor<Element, Space>, _ shape: AccumulatorShape,
    file: String, line: Int
  ) -> TileTensor<Element, Space> {
    let shape = shape.checked(
      k, rowMultiple: instructionRows.saturatingProduct(max(shape.warpgroups, 1)),
      columnMultiple: 8, columnLimit: 256, file, line)
    let rows = Layout([16, .leaf(blockCount(shape))], stride: [1, .leaf(instructionRows)])
    return k.inlined(at: file, line) {
      tile.tile(rows, .contiguous(shape.columns), at: k.warpIndex, 0)
    }
  }

  /// Returns the index of the warp that holds an accumulator.
  public static func warp(row: Int, column: Int, of shape: AccumulatorShape) -> Int {
    let rows = max(shape.rows / max(shape.warpgroups, 1), 1)
    return WarpgroupAccumulator.warp(ofRow: row, rowsPerWarpgroup: rows)
  }

  /// Returns the number of blocks of 64 rows that each warpgroup has.
  private static func blockCount(_ shape: AccumulatorShape) -> Int {
    shape.rows / shape.warpgroups / instructionRows
  }
}

/// An operand of `wgmma`: the descriptor of its first step, from which the others follow.
private struct WarpgroupOperandTile {
  /// The layout of the tile.
  let layout: CanonicalLayout

  /// The descriptor of the first row and step.
  private let first: MatrixDescriptor

  /// Makes the descriptor of a tile.
  init?<Element>(_ k: KernelContext<Hopper>, _ tile: TileTensor<Element, Shared>) {
    first = k.matrixDescriptor(of: tile)
    guard let layout = tile.operandLayout else { return nil }
    self.layout = layout
  }

  /// Returns the descriptor of a step along k.
  func descriptor(step: Int, row: Int) -> MatrixDescriptor {
    first.advanced(byByteCount: layout.descriptorByteOffset(step: step, row: row))
  }
}
