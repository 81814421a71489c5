import KernelLanguage

/// Two sums of an output tile that are neighbours in a row.
public struct AccumulatorPair: Sendable {
  /// The left sum.
  public var left: DeviceValue<Float>

  /// The right sum.
  public var right: DeviceValue<Float>

  /// Creates a pair.
  public init(left: DeviceValue<Float>, right: DeviceValue<Float>) {
    self.left = left
    self.right = right
  }

  /// Returns the pair of what a function makes of each sum.
  public func map(_ transform: (DeviceValue<Float>) -> DeviceValue<Float>) -> AccumulatorPair {
    AccumulatorPair(left: transform(left), right: transform(right))
  }
}

/// Where a pair of sums lies in the output matrix.
public struct ElementPosition: Sendable {
  /// The row.
  public let row: DeviceValue<UInt32>

  /// The column of the left sum, an even one.
  public let column: DeviceValue<UInt32>

  /// The rows of the matrix.
  public let rowCount: DeviceValue<UInt32>

  /// The columns of the matrix.
  public let columnCount: DeviceValue<UInt32>

  /// Creates a place.
  public init(
    row: DeviceValue<UInt32>, column: DeviceValue<UInt32>, rowCount: DeviceValue<UInt32>,
    columnCount: DeviceValue<UInt32>
  ) {
    self.row = row
    self.column = column
    self.rowCount = rowCount
    self.columnCount = columnCount
  }
}

/// What happens between the sums and global memory.
///
/// The type chooses the kernel: it says which instructions are recorded. The value holds the numbers and
/// buffers, which a launch takes as arguments. Epilogues are built from the inside out:
/// `Identity().scaled(by: 0.5).adding(columnBias: bias).activated(by: ReLU.self)`.
public protocol Epilogue: Sendable {
  /// What a launch takes for it.
  associatedtype Parameters: KernelParameter

  /// The arguments of a launch.
  var parameters: Parameters { get }

  /// What entry names say of it, empty for nothing.
  static var name: String { get }

  /// Whether the epilogue reads a matrix where it stores, which may be the one that is written.
  static var readsMatrix: Bool { get }

  /// Records what becomes of two sums.
  ///
  /// - `sums`: The sums.
  /// - `place`: Where they lie; it may lie outside of the matrix, where nothing may be read.
  /// - `parameters`: What the kernel has of the arguments.
  static func transform<Machine: Architecture>(
    _ sums: AccumulatorPair, at place: ElementPosition, _ parameters: Parameters.InKernel,
    _ k: KernelContext<Machine>
  ) -> AccumulatorPair
}

/// Leaves the sums as they are.
public struct Identity: Epilogue {
  /// Creates the epilogue.
  public init() {}

  /// None.
  public var parameters: NoParameters { NoParameters() }

  /// Nothing.
  public static var name: String { "" }

  /// Nothing is read.
  public static var readsMatrix: Bool { false }

  /// Returns the sums.
  public static func transform<Machine: Architecture>(
    _ sums: AccumulatorPair, at place: ElementPosition, _ parameters: NoParameters,
    _ k: KernelContext<Machine>
  ) -> AccumulatorPair { sums }
}

/// A parameter that is none.
public struct NoParameters: KernelParameter {
  /// Creates it.
  public init() {}

  /// Declares nothing.
  public static func declare(in declaration: ParameterDeclaration) -> NoParameters {
    NoParameters()
  }

  /// Passes on nothing.
  public func pass(to arguments: inout LaunchArguments) {}
}
