/// A kernel as a device takes it: PTX text, and what a launch must know of it.
public struct Program: Hashable, Sendable {
  /// What a launch must know of one parameter.
  public struct Parameter: Hashable, Sendable {
    /// The parameter's name in the text.
    public var name: String

    /// The bytes of an argument.
    public var byteCount: Int

    /// The alignment of an argument in bytes.
    public var alignment: Int

    /// What the argument must be, where the parameter is a tensor map.
    public var tensorMap: TensorMapRequirement?

    /// Creates the description of a parameter.
    public init(
      name: String, byteCount: Int, alignment: Int, tensorMap: TensorMapRequirement? = nil
    ) {
      self.name = name
      self.byteCount = byteCount
      self.alignment = alignment
      self.tensorMap = tensorMap
    }
  }

  /// The PTX text.
  public var text: String

  /// The kernel to launch, by its name in the text.
  public var entry: String

  /// The parameters, in order.
  public var parameters: [Parameter]

  /// The dynamic shared memory that every block needs, in bytes.
  public var dynamicSharedByteCount: Int

  /// The threads of a block, where the kernel fixes them.
  public var block: Dimensions?

  /// The blocks of a cluster, where the kernel fixes them.
  public var cluster: Dimensions?

  /// Whether the kernel itself waits for the grids ahead of it, so that it may start before they end.
  public var waitsForEarlierGrids: Bool

  /// Creates a program.
  public init(
    text: String, entry: String, parameters: [Parameter], dynamicSharedByteCount: Int = 0,
    block: Dimensions? = nil, cluster: Dimensions? = nil, waitsForEarlierGrids: Bool = false
  ) {
    self.text = text
    self.entry = entry
    self.parameters = parameters
    self.dynamicSharedByteCount = dynamicSharedByteCount
    self.block = block
    self.cluster = cluster
    self.waitsForEarlierGrids = waitsForEarlierGrids
  }
}

/// One argument of a launch: the bytes that the kernel finds in its parameter.
public struct KernelArgument: Hashable, Sendable {
  /// The bytes, little-endian.
  public var bytes: [UInt8]

  /// The alignment in bytes, a power of two.
  public var alignment: Int

  /// The memory that the bytes name, which stays allocated as long as the argument; it plays no part
  /// in comparisons.
  public var memory: Allocation?

  /// Creates an argument from bytes.
  ///
  /// - Parameters:
  ///   - bytes: The bytes, little-endian.
  ///   - alignment: The alignment in bytes, a power of two.
  ///   - memory: The memory that the bytes name, if any.
  public init(bytes: [UInt8], alignment: Int, memory: Allocation? = nil) {
    self.bytes = bytes
    self.alignment = alignment
    self.memory = memory
  }

  /// Creates the argument that is the address of a buffer, which it keeps.
  public init<Element>(_ buffer: GlobalBuffer<Element>) {
    self.init(buffer.address)
    memory = buffer.allocation
  }

  /// Creates the argument that is a tensor map, whose memory it keeps.
  public init<Element>(_ map: TensorMap<Element>) {
    self.init(bytes: map.image, alignment: 64, memory: map.memory)
  }

  /// Creates the argument whose bytes are those of an integer.
  public init(_ value: some FixedWidthInteger) {
    let byteCount = value.bitWidth / 8
    let bits = UInt64(truncatingIfNeeded: value)
    bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
    alignment = byteCount
  }

  /// Creates the argument whose bytes are those of a float.
  public init(_ value: Float) { self.init(value.bitPattern) }

  /// Creates the argument whose bytes are those of a double.
  public init(_ value: Double) { self.init(value.bitPattern) }

  /// Returns whether two arguments are the same bytes at the same alignment.
  public static func == (lhs: KernelArgument, rhs: KernelArgument) -> Bool {
    lhs.bytes == rhs.bytes && lhs.alignment == rhs.alignment
  }

  /// Hashes the bytes and their alignment.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
    hasher.combine(alignment)
  }
}

/// How a kernel is launched.
public struct LaunchConfiguration: Hashable, Sendable {
  /// The blocks of the grid.
  public var grid: Dimensions

  /// The threads of a block.
  public var block: Dimensions

  /// The blocks of a cluster.
  public var cluster: Dimensions

  /// The dynamic shared memory of a block in bytes.
  public var dynamicSharedByteCount: Int

  /// Creates a configuration.
  public init(
    grid: Dimensions, block: Dimensions, cluster: Dimensions = 1, dynamicSharedByteCount: Int = 0
  ) {
    self.grid = grid
    self.block = block
    self.cluster = cluster
    self.dynamicSharedByteCount = dynamicSharedByteCount
  }
}
