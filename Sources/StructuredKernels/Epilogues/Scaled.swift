// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// Multiplies by a factor: alpha.
public struct Scaled<Base: Epilogue>: Epilogue {
  /// The epilogue that is applied first.
  private let base: Base

  /// The factor.
  private let factor: Float

  /// Creates the epilogue.
  init(_ base: Base, by factor: Float) {
    self.base = base
    self.factor = factor
  }

  /// The parameters of the first epilogue, followed by the factor.
  public var parameters: ParameterList<Base.Parameters, Float> {
    ParameterList(base.parameters, factor)
  }

  /// `scale`.
  public static var name: String { Base.name + "_scale" }

  /// Whether the epilogue reads a matrix.
  public static var readsMatrix: Bool { Base.readsMatrix }

  /// Returns the accumulators times the factor.
  public static func transform<Machine: Architecture>(
    _ pair: AccumulatorPair, at place: ElementPosition,
    _ parameters: (Base.Parameters.InKernel, DeviceValue<Float>), _ k: KernelContext<Machine>
  ) -> AccumulatorPair {
    Base.transform(pair, at: place, parameters.0, k).map { $0 * parameters.1 }
  }
}

extension Epilogue {
  /// Returns the epilogue that then multiplies by a factor.
  public func scaled(by factor: Float) -> Scaled<Self> { Scaled(self, by: factor) }
}
