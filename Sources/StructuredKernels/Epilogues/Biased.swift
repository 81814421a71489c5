// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// Adds a bias to each column: bias[n], of f32.
public struct ColumnBiased<Base: Epilogue>: Epilogue {
  /// The epilogue that is applied first.
  private let base: Base

  /// The biases, one for each column.
  private let bias: GlobalBuffer<Float>

  /// Creates the epilogue.
  init(_ base: Base, _ bias: GlobalBuffer<Float>) {
    self.base = base
    self.bias = bias
  }

  /// The parameters of the first epilogue, followed by the buffer.
  public var parameters: ParameterList<Base.Parameters, GlobalBuffer<Float>> {
    ParameterList(base.parameters, bias)
  }

  /// `biasn`.
  public static var name: String { Base.name + "_biasn" }

  /// Whether the epilogue reads a matrix.
  public static var readsMatrix: Bool { Base.readsMatrix }

  /// Returns the accumulators plus the biases of their columns.
  public static func transform<Machine: Architecture>(
    _ pair: AccumulatorPair, at place: ElementPosition,
    _ parameters: (Base.Parameters.InKernel, DevicePointer<Float, Global>),
    _ k: KernelContext<Machine>
  ) -> AccumulatorPair {
    let pair = Base.transform(pair, at: place, parameters.0, k)
    let address = parameters.1.advanced(by: place.column)
    let left = k.variable(Float(0))
    let right = k.variable(Float(0))
    k.if(place.column < place.columnCount) { left.value = address.load() }
    k.if(place.column + 1 < place.columnCount) { right.value = address.advanced(by: 1).load() }
    return AccumulatorPair(left: pair.left + left.current, right: pair.right + right.current)
  }
}

/// Adds a bias to each row: bias[m], of f32.
public struct RowBiased<Base: Epilogue>: Epilogue {
  /// The epilogue that is applied first.
  private let base: Base

  /// The biases, one for each row.
  private let bias: GlobalBuffer<Float>

  /// Creates the epilogue.
  init(_ base: Base, _ bias: GlobalBuffer<Float>) {
    self.base = base
    self.bias = bias
  }

  /// The parameters of the first epilogue, followed by the buffer.
  public var parameters: ParameterList<Base.Parameters, GlobalBuffer<Float>> {
    ParameterList(base.parameters, bias)
  }

  /// `biasm`.
  public static var name: String { Base.name + "_biasm" }

  /// Whether the epilogue reads a matrix.
  public static var readsMatrix: Bool { Base.readsMatrix }

  /// Returns the accumulators plus the bias of their row.
  public static func transform<Machine: Architecture>(
    _ pair: AccumulatorPair, at place: ElementPosition,
    _ parameters: (Base.Parameters.InKernel, DevicePointer<Float, Global>),
    _ k: KernelContext<Machine>
  ) -> AccumulatorPair {
    let pair = Base.transform(pair, at: place, parameters.0, k)
    let bias = k.variable(Float(0))
    k.if(place.row < place.rowCount) { bias.value = parameters.1.advanced(by: place.row).load() }
    return pair.map { $0 + bias.current }
  }
}

extension Epilogue {
  /// Returns the epilogue that then adds a bias to each column.
  ///
  /// - Parameter bias: The biases, [n].
  /// - Returns: The epilogue.
  public func adding(columnBias bias: GlobalBuffer<Float>) -> ColumnBiased<Self> {
    ColumnBiased(self, bias)
  }

  /// Returns the epilogue that then adds a bias to each row.
  ///
  /// - Parameter bias: The biases, [m].
  /// - Returns: The epilogue.
  public func adding(rowBias bias: GlobalBuffer<Float>) -> RowBiased<Self> {
    RowBiased(self, bias)
  }
}
