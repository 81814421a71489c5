// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Names and layouts of a kernel for reports, which its instructions do not contain.
///
/// The map never changes execution. It names objects, and checkers compare its declarations with
/// the events of a run. The text carries it as comment lines that start with `//@`.
public struct KernelMap: Hashable, Sendable {
  /// The tiles in shared memory.
  public var tiles: [Tile] = []

  /// The mbarriers in shared memory.
  public var barriers: [Barrier] = []

  /// The other declarations in shared memory.
  public var fields: [Field] = []

  /// The named barriers of the block: `bar.sync 1, 128`.
  public var namedBarriers: [NamedBarrier] = []

  /// The roles of the warps.
  public var roles: [Role] = []

  /// The accumulators in Tensor Memory.
  public var tensorMemory: [TensorMemoryRegion] = []

  /// Creates an empty map.
  public init() {}

  /// Whether the map has no entries.
  public var isEmpty: Bool { self == KernelMap() }

  /// A ring of equal tiles in shared memory.
  public struct Tile: Hashable, Sendable {
    /// The author's name for it.
    public var name: String
    /// The variable that contains it.
    public var symbol: String
    /// The offset of stage 0 in the variable in bytes.
    public var offset: Int
    /// The number of stages, which are contiguous.
    public var stageCount: Int
    /// The number of rows of a stage.
    public var rowCount: Int
    /// The number of columns of a stage.
    public var columnCount: Int
    /// The short name of the element type: `bf16`.
    public var element: String
    /// The swizzle: `none`, `32B`, `64B` or `128B`.
    public var swizzle: String
    /// The size of a stage in bytes.
    public var byteCount: Int
    /// The index that is contiguous, that of the columns (`k`) or that of the rows (`mn`).
    public var majorness: String

    /// Creates the entry of a tile.
    public init(
      name: String, symbol: String, offset: Int, stageCount: Int, rowCount: Int,
      columnCount: Int, element: String, swizzle: String, byteCount: Int, majorness: String = "k"
    ) {
      self.name = name
      self.symbol = symbol
      self.offset = offset
      self.stageCount = stageCount
      self.rowCount = rowCount
      self.columnCount = columnCount
      self.element = element
      self.swizzle = swizzle
      self.byteCount = byteCount
      self.majorness = majorness
    }
  }

  /// A ring of mbarriers, eight bytes each.
  public struct Barrier: Hashable, Sendable {
    /// The author's name for it.
    public var name: String
    /// The variable that contains it.
    public var symbol: String
    /// The offset of the barrier of stage 0 in the variable in bytes.
    public var offset: Int
    /// The number of stages, eight bytes apart.
    public var stageCount: Int
    /// The number of arrivals that complete a phase.
    public var arrivalCount: Int

    /// Creates the entry of a barrier.
    public init(name: String, symbol: String, offset: Int, stageCount: Int, arrivalCount: Int) {
      self.name = name
      self.symbol = symbol
      self.offset = offset
      self.stageCount = stageCount
      self.arrivalCount = arrivalCount
    }
  }

  /// Other bytes in shared memory, such as the address that `tcgen05.alloc` returns.
  public struct Field: Hashable, Sendable {
    /// The author's name for it.
    public var name: String
    /// The variable that contains it.
    public var symbol: String
    /// The offset in the variable in bytes.
    public var offset: Int
    /// The size in bytes.
    public var byteCount: Int

    /// Creates the entry of a field.
    public init(name: String, symbol: String, offset: Int, byteCount: Int) {
      self.name = name
      self.symbol = symbol
      self.offset = offset
      self.byteCount = byteCount
    }
  }

  /// A barrier of the block by its number.
  public struct NamedBarrier: Hashable, Sendable {
    /// The author's name for it.
    public var name: String
    /// The number, 0 to 15.
    public var index: Int
    /// The number of participating threads.
    public var threadCount: Int

    /// Creates the entry of a named barrier.
    public init(name: String, index: Int, threadCount: Int) {
      self.name = name
      self.index = index
      self.threadCount = threadCount
    }
  }

  /// A range of warps with one job.
  public struct Role: Hashable, Sendable {
    /// The author's name for it.
    public var name: String
    /// The first warp.
    public var firstWarp: Int
    /// The number of warps.
    public var warpCount: Int

    /// Creates the entry of a role.
    public init(name: String, firstWarp: Int, warpCount: Int) {
      self.name = name
      self.firstWarp = firstWarp
      self.warpCount = warpCount
    }
  }

  /// A range of columns in Tensor Memory.
  public struct TensorMemoryRegion: Hashable, Sendable {
    /// The author's name for it.
    public var name: String
    /// The number of 32-bit columns.
    public var columnCount: Int
    /// The short name of the element type: `f32`.
    public var element: String

    /// Creates the entry of a region.
    public init(name: String, columnCount: Int, element: String) {
      self.name = name
      self.columnCount = columnCount
      self.element = element
    }
  }
}
