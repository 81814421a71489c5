// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The rules of an architecture for configurations of the production matmul.
public struct StructuredRules: Sendable {
  /// The allowed numbers of rows of a block's output tile.
  public var tileRows: [Int]

  /// The largest number of columns.
  public var columnLimit: Int

  /// The number of warps that store.
  public var storingWarpCount: Int

  /// Whether plans other than `cooperative` are allowed.
  public var choosesConsumers: Bool

  /// Whether an output tile may end within a store box, so that its last box overlaps the preceding
  /// one.
  public var overlapsBoxes: Bool

  /// The largest number of blocks that can multiply together.
  public var ctasPerMMALimit: Int

  /// The largest number of registers of a thread for accumulators, including deferred ones; 0 if
  /// accumulators are in Tensor Memory.
  public var registerLimit: Int

  /// The allowed schedulers.
  public var schedulers: [SchedulerKind]

  /// Creates rules; what is not given is not allowed.
  public init(
    tileRows: [Int], columnLimit: Int = 256, storingWarpCount: Int, choosesConsumers: Bool = false,
    overlapsBoxes: Bool = false, ctasPerMMALimit: Int = 1, registerLimit: Int = 0,
    schedulers: [SchedulerKind] = [.singleTile, .persistent]
  ) {
    self.tileRows = tileRows
    self.columnLimit = columnLimit
    self.storingWarpCount = storingWarpCount
    self.choosesConsumers = choosesConsumers
    self.overlapsBoxes = overlapsBoxes
    self.ctasPerMMALimit = ctasPerMMALimit
    self.registerLimit = registerLimit
    self.schedulers = schedulers
  }
}
