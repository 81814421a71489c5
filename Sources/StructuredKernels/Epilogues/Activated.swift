// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// A scalar activation function.
public protocol Activation: Sendable {
  /// The name of the function in entry names.
  static var name: String { get }

  /// Records the function.
  static func apply<Machine: Architecture>(
    _ value: DeviceValue<Float>, _ k: KernelContext<Machine>
  ) -> DeviceValue<Float>
}

/// The rectified linear unit: max(x, 0), with NaN becoming 0.
public enum ReLU: Activation {
  /// `relu`.
  public static var name: String { "relu" }

  /// Returns the larger of the value and 0.
  public static func apply<Machine: Architecture>(
    _ value: DeviceValue<Float>, _ k: KernelContext<Machine>
  ) -> DeviceValue<Float> {
    k.max(value, k.constant(Float(0)))
  }
}

/// The Gaussian error linear unit in its tanh form: x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
///
/// The hyperbolic tangent is `tanh.approx`, whose relative error is at most 2⁻¹¹.
public enum GELU: Activation {
  /// `gelu`.
  public static var name: String { "gelu" }

  /// Returns the function's value.
  public static func apply<Machine: Architecture>(
    _ value: DeviceValue<Float>, _ k: KernelContext<Machine>
  ) -> DeviceValue<Float> {
    let square = value * value
    let factor = k.fma(square, k.constant(Float(0.044715)), k.constant(Float(1)))
    let argument = value * factor * Float(0.797_884_56)
    let half = value * Float(0.5)
    return k.fma(half, k.tanhApproximation(argument), half)
  }
}

/// The sigmoid linear unit: x / (1 + e⁻ˣ), by `tanh.approx`: x / 2 · (1 + tanh(x / 2)).
public enum SiLU: Activation {
  /// `silu`.
  public static var name: String { "silu" }

  /// Returns the function's value.
  public static func apply<Machine: Architecture>(
    _ value: DeviceValue<Float>, _ k: KernelContext<Machine>
  ) -> DeviceValue<Float> {
    let half = value * Float(0.5)
    return k.fma(half, k.tanhApproximation(half), half)
  }
}

/// Applies an activation function to each element.
public struct Activated<Base: Epilogue, Function: Activation>: Epilogue {
  /// The epilogue that is applied first.
  private let base: Base

  /// Creates the epilogue.
  init(_ base: Base) { self.base = base }

  /// The parameters of the epilogue that is applied first.
  public var parameters: Base.Parameters { base.parameters }

  /// The name of the first epilogue, followed by the function's.
  public static var name: String { Base.name + "_" + Function.name }

  /// Whether the epilogue reads a matrix.
  public static var readsMatrix: Bool { Base.readsMatrix }

  /// Returns the function's values.
  public static func transform<Machine: Architecture>(
    _ pair: AccumulatorPair, at place: ElementPosition, _ parameters: Base.Parameters.InKernel,
    _ k: KernelContext<Machine>
  ) -> AccumulatorPair {
    Base.transform(pair, at: place, parameters, k).map { Function.apply($0, k) }
  }
}

extension Epilogue {
  /// Returns the epilogue that then applies a function.
  public func activated<Function: Activation>(
    by function: Function.Type
  ) -> Activated<Self, Function> { Activated(self) }
}
