// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// Adds beta times a matrix: C of a GEMM, or a residual with beta = 1.
public struct MatrixAdded<Base: Epilogue, Element: PairedElement>: Epilogue {
  /// The epilogue that is applied first.
  private let base: Base

  /// The matrix.
  private let matrix: GlobalBuffer<Element>

  /// The factor.
  private let factor: Float

  /// Creates the epilogue.
  init(_ base: Base, _ factor: Float, _ matrix: GlobalBuffer<Element>) {
    self.base = base
    self.matrix = matrix
    self.factor = factor
  }

  /// The parameters of the first epilogue, followed by the factor and the matrix.
  public var parameters: ParameterList<Base.Parameters, Float, GlobalBuffer<Element>> {
    ParameterList(base.parameters, factor, matrix)
  }

  /// `add`.
  public static var name: String { Base.name + "_add\(Element.arithmeticType)" }

  /// Whether the epilogue reads a matrix.
  public static var readsMatrix: Bool { true }

  /// Returns the accumulators plus the scaled elements of the matrix, each by one `fma`.
  public static func transform<Machine: Architecture>(
    _ pair: AccumulatorPair, at place: ElementPosition,
    _ parameters: (Base.Parameters.InKernel, DeviceValue<Float>, DevicePointer<Element, Global>),
    _ k: KernelContext<Machine>
  ) -> AccumulatorPair {
    let pair = Base.transform(pair, at: place, parameters.0, k)
    let left = k.variable(Float(0))
    let right = k.variable(Float(0))
    k.if(place.row < place.rowCount) {
      let rowStart = place.row.multipliedWide(by: place.columnCount)
      let address = parameters.2.advanced(by: rowStart + place.column.converted(to: UInt64.self))
      k.if(place.column < place.columnCount) {
        left.value = address.load().converted(to: Float.self)
      }
      k.if(place.column + 1 < place.columnCount) {
        right.value = address.advanced(by: 1).load().converted(to: Float.self)
      }
    }
    return AccumulatorPair(
      left: k.fma(left.current, parameters.1, pair.left),
      right: k.fma(right.current, parameters.1, pair.right))
  }
}

extension Epilogue {
  /// Returns the epilogue that then adds `factor` times a matrix.
  ///
  /// - Parameters:
  ///   - factor: The factor, beta.
  ///   - matrix: The matrix, [m, n], row-major without gaps.
  /// - Returns: The epilogue.
  public func adding<Element: PairedElement>(
    _ factor: Float, times matrix: GlobalBuffer<Element>
  ) -> MatrixAdded<Self, Element> {
    MatrixAdded(self, factor, matrix)
  }

  /// Returns the epilogue that then adds a matrix.
  ///
  /// - Parameter matrix: The matrix, [m, n], row-major without gaps.
  /// - Returns: The epilogue.
  public func adding<Element: PairedElement>(
    residual matrix: GlobalBuffer<Element>
  ) -> MatrixAdded<Self, Element> {
    MatrixAdded(self, 1, matrix)
  }
}
