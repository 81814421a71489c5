// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import TileLayout

/// Multiplies a tile of A by a tile of B, by `tcgen05.mma`; one thread issues.
///
/// In a CTA pair each block holds half of A's rows and half of B's, and one thread of the pair
/// issues.
public struct TensorMemoryTileOp<Machine: HasTensorMemory, Element: TensorCoreElement>: TileOp {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The descriptors of stage 0; nil if those of each stage are made from its address.
  private let first: (a: OperandDescriptors, b: OperandDescriptors)?

  /// Prepares the multiplications of a payload's tiles.
  ///
  /// The descriptors of stage 0 are in registers from here on, and those of other stages follow by
  /// one addition.
  public init(
    _ k: KernelContext<Machine>, of payload: OperandTiles<Element>, group: CTAGroup = .one,
    file: String = #fileID, line: Int = #line
  ) {
    self.k = k
    first = k.inlined(at: file, line) {
      let (a, b) = (payload.a, payload.b)
      _ = k.instruction(
        of: Element.self, m: a.tile.rows * group.rawValue, n: b.tile.rows * group.rawValue,
        a.tile.layout.majorness, b.tile.layout.majorness, group)
      return (
        OperandDescriptors(k.matrixDescriptor(of: a[0]), layout: a.tile.layout),
        OperandDescriptors(k.matrixDescriptor(of: b[0]), layout: b.tile.layout)
      )
    }
  }

  /// Creates an operation that makes the descriptors of each stage from its address.
  init(_ k: KernelContext<Machine>, of type: Element.Type) {
    self.k = k
    first = nil
  }

  /// Issues the multiplications of one stage, over its whole extent along k.
  public func multiply(
    _ stage: OperandTiles<Element>.Stage, into accumulators: TensorMemoryAccumulators<Machine>,
    accumulates: Predicate, file: String = #fileID, line: Int = #line
  ) {
    k.inlined(at: file, line) {
      guard let a = first?.a.stage(stage.index) ?? descriptors(of: stage.a),
        let b = first?.b.stage(stage.index) ?? descriptors(of: stage.b)
      else { return }
      accumulators.multiply(.shared(a), by: b, of: Element.self, accumulates: accumulates)
    }
  }

  /// Returns the descriptors of a tile; nil, and a finding, if `tcgen05.mma` cannot read it.
  private func descriptors(of tile: TileTensor<Element, Shared>) -> OperandDescriptors? {
    guard let layout = tile.operandLayout else { return nil }
    return OperandDescriptors(k.matrixDescriptor(of: tile), layout: layout)
  }
}
