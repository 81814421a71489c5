// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A kernel for a device: PTX text, and the facts that a launch needs.
public struct Program: Hashable, Sendable {
  /// A parameter of the kernel.
  public struct Parameter: Hashable, Sendable {
    /// The parameter's name in the text.
    public var name: String

    /// The size of an argument in bytes.
    public var byteCount: Int

    /// The alignment of an argument in bytes.
    public var alignment: Int

    /// The requirement on the argument, if the parameter is a tensor map.
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

  /// The name of the kernel in the text.
  public var entry: String

  /// The parameters in order.
  public var parameters: [Parameter]

  /// The dynamic shared memory of each block in bytes.
  public var dynamicSharedByteCount: Int

  /// The number of threads of a block, if the kernel fixes it.
  public var block: Dimensions?

  /// The number of blocks of a cluster, if the kernel fixes it.
  public var cluster: Dimensions?

  /// Whether the kernel waits for the preceding grids itself (programmatic dependent launch).
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

/// An argument of a launch: the bytes of one parameter.
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

  /// Creates an argument from the bytes of an integer.
  public init(_ value: some FixedWidthInteger) {
    let byteCount = value.bitWidth / 8
    let bits = UInt64(truncatingIfNeeded: value)
    bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
    alignment = byteCount
  }

  /// Creates an argument from the bytes of a float.
  public init(_ value: Float) { self.init(value.bitPattern) }

  /// Creates an argument from the bytes of a double.
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

/// The extents and the dynamic shared memory of a launch.
public struct LaunchConfiguration: Hashable, Sendable {
  /// The number of blocks of the grid.
  public var grid: Dimensions

  /// The number of threads of a block.
  public var block: Dimensions

  /// The number of blocks of a cluster.
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
