import KernelLanguage

/// Multiplies by a number: alpha.
public struct Scaled<Base: Epilogue>: Epilogue {
  /// What comes before.
  private let base: Base

  /// The number.
  private let factor: Float

  /// Creates the epilogue.
  init(_ base: Base, by factor: Float) {
    self.base = base
    self.factor = factor
  }

  /// The number behind what comes before.
  public var parameters: ParameterList<Base.Parameters, Float> {
    ParameterList(base.parameters, factor)
  }

  /// `scale`.
  public static var name: String { Base.name + "_scale" }

  /// Whether a matrix is read.
  public static var readsMatrix: Bool { Base.readsMatrix }

  /// Returns the products.
  public static func transform<Machine: Architecture>(
    _ sums: AccumulatorPair, at place: ElementPosition,
    _ parameters: (Base.Parameters.InKernel, DeviceValue<Float>), _ k: KernelContext<Machine>
  ) -> AccumulatorPair {
    Base.transform(sums, at: place, parameters.0, k).map { $0 * parameters.1 }
  }
}

extension Epilogue {
  /// Returns the epilogue that then multiplies by a number.
  public func scaled(by factor: Float) -> Scaled<Self> { Scaled(self, by: factor) }
}
