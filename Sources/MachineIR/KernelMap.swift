/// What reports need of a kernel and its instructions do not say.
///
/// It never changes what runs: it names things, and checkers compare what it declares with what
/// happens. The text carries it as comment lines that begin `//@`.
public struct KernelMap: Hashable, Sendable {
  /// The tiles in shared memory.
  public var tiles: [Tile] = []

  /// The mbarriers in shared memory.
  public var barriers: [Barrier] = []

  /// What else is declared in shared memory.
  public var fields: [Field] = []

  /// The named barriers of the block: `bar.sync 1, 128`.
  public var namedBarriers: [NamedBarrier] = []

  /// Which warps do what.
  public var roles: [Role] = []

  /// The accumulators in Tensor Memory.
  public var tensorMemory: [TensorMemoryRegion] = []

  /// Creates an empty map.
  public init() {}

  /// Whether the map says nothing.
  public var isEmpty: Bool { self == KernelMap() }

  /// A ring of equal tiles in shared memory.
  public struct Tile: Hashable, Sendable {
    /// What the author calls it.
    public var name: String
    /// The variable in which it lies, and the bytes from there to stage 0.
    public var symbol: String
    /// The bytes from the start of the variable to stage 0.
    public var offset: Int
    /// The number of stages, one behind the other.
    public var stageCount: Int
    /// The rows of one stage.
    public var rowCount: Int
    /// The columns of one stage.
    public var columnCount: Int
    /// The element type, in the field's short name: `bf16`.
    public var element: String
    /// The swizzle: `none`, `32B`, `64B` or `128B`.
    public var swizzle: String
    /// The bytes of one stage.
    public var byteCount: Int
    /// Which index is contiguous, that of the columns or that of the rows: `k` or `mn`.
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
    /// What the author calls it.
    public var name: String
    /// The variable in which it lies.
    public var symbol: String
    /// The bytes from the start of the variable to the barrier of stage 0.
    public var offset: Int
    /// The number of stages, eight bytes apart.
    public var stageCount: Int
    /// The arrivals that complete a phase.
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

  /// Some other bytes in shared memory, such as the address that `tcgen05.alloc` returns.
  public struct Field: Hashable, Sendable {
    /// What the author calls it.
    public var name: String
    /// The variable in which it lies.
    public var symbol: String
    /// The bytes from the start of the variable.
    public var offset: Int
    /// The number of bytes.
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
    /// What the author calls it.
    public var name: String
    /// The number, 0 to 15.
    public var index: Int
    /// The threads that take part.
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
    /// What the author calls it.
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

  /// Columns of Tensor Memory.
  public struct TensorMemoryRegion: Hashable, Sendable {
    /// What the author calls it.
    public var name: String
    /// The columns of 32 bits.
    public var columnCount: Int
    /// The element type, in the field's short name: `f32`.
    public var element: String

    /// Creates the entry of a region.
    public init(name: String, columnCount: Int, element: String) {
      self.name = name
      self.columnCount = columnCount
      self.element = element
    }
  }
}
