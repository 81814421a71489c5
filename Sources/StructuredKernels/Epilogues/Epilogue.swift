// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// Two accumulators of an output tile in neighbouring columns of a row.
public struct AccumulatorPair: Sendable {
  /// The left accumulator.
  public var left: DeviceValue<Float>

  /// The right accumulator.
  public var right: DeviceValue<Float>

  /// Creates a pair.
  public init(left: DeviceValue<Float>, right: DeviceValue<Float>) {
    self.left = left
    self.right = right
  }

  /// Returns the pair of results of a function.
  public func map(_ transform: (DeviceValue<Float>) -> DeviceValue<Float>) -> AccumulatorPair {
    AccumulatorPair(left: transform(left), right: transform(right))
  }
}

/// The position of a pair of accumulators in the output matrix.
public struct ElementPosition: Sendable {
  /// The row.
  public let row: DeviceValue<UInt32>

  /// The column of the left accumulator, an even number.
  public let column: DeviceValue<UInt32>

  /// The number of rows of the matrix.
  public let rowCount: DeviceValue<UInt32>

  /// The number of columns of the matrix.
  public let columnCount: DeviceValue<UInt32>

  /// Creates a position.
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

/// The arithmetic between the accumulators and the stores.
///
/// The type decides which instructions are recorded, and so selects the kernel. The value holds
/// numbers and buffers, which are arguments of a launch. Epilogues are built from the inside out:
/// `Identity().scaled(by: 0.5).adding(columnBias: bias).activated(by: ReLU.self)`.
public protocol Epilogue: Sendable {
  /// The parameters of a launch.
  associatedtype Parameters: KernelParameter

  /// The arguments of a launch.
  var parameters: Parameters { get }

  /// The name of the epilogue in entry names; empty for the identity.
  static var name: String { get }

  /// Whether the epilogue reads a matrix at the position it stores to, which may be the output
  /// matrix itself.
  static var readsMatrix: Bool { get }

  /// Records the arithmetic on two accumulators, and returns the results.
  ///
  /// - `pair`: The accumulators.
  /// - `place`: Their position, which may be outside of the matrix; nothing may be read there.
  /// - `parameters`: The arguments of the launch, as seen inside the kernel.
  static func transform<Machine: Architecture>(
    _ pair: AccumulatorPair, at place: ElementPosition, _ parameters: Parameters.InKernel,
    _ k: KernelContext<Machine>
  ) -> AccumulatorPair
}

/// Returns the accumulators unchanged.
public struct Identity: Epilogue {
  /// Creates the epilogue.
  public init() {}

  /// No parameters.
  public var parameters: NoParameters { NoParameters() }

  /// The empty name.
  public static var name: String { "" }

  /// False: nothing is read.
  public static var readsMatrix: Bool { false }

  /// Returns the accumulators.
  public static func transform<Machine: Architecture>(
    _ pair: AccumulatorPair, at place: ElementPosition, _ parameters: NoParameters,
    _ k: KernelContext<Machine>
  ) -> AccumulatorPair { pair }
}

/// An empty list of parameters.
public struct NoParameters: KernelParameter {
  /// Creates the empty list.
  public init() {}

  /// Declares nothing.
  public static func declare(in declaration: ParameterDeclaration) -> NoParameters {
    NoParameters()
  }

  /// Passes nothing.
  public func pass(to arguments: inout LaunchArguments) {}
}
