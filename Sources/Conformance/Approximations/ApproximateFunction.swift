// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A function that instructions compute approximately.
enum ApproximateFunction: Hashable, Sendable {
  /// `div.approx`.
  case quotient
  /// `div.full`.
  case fullQuotient
  /// `rcp.approx`.
  case reciprocal
  /// `sqrt.approx`.
  case squareRoot
  /// `rsqrt.approx`.
  case reciprocalSquareRoot
  /// `sin.approx`.
  case sine
  /// `cos.approx`.
  case cosine
  /// `lg2.approx`.
  case log2
  /// `ex2.approx`.
  case exp2
  /// `tanh.approx`.
  case hyperbolicTangent

  /// Returns the value for operands in double precision, which is far more exact than any bound.
  ///
  /// The functions are those of the host's mathematical library, not the simulator's.
  func value(of operands: [Double]) -> Double {
    let x = operands[0]
    switch self {
    case .quotient, .fullQuotient: return x / operands[1]
    case .reciprocal: return 1 / x
    case .squareRoot: return x.squareRoot()
    case .reciprocalSquareRoot: return 1 / x.squareRoot()
    case .sine: return sin(x)
    case .cosine: return cos(x)
    case .log2: return logarithm(x)
    case .exp2: return powerOfTwo(x)
    case .hyperbolicTangent: return tanh(x)
    }
  }
}

/// Returns the logarithm to base 2; a case of the enumeration shadows the library function.
private func logarithm(_ value: Double) -> Double { log2(value) }

/// Returns 2 to the power of an exponent; a case of the enumeration shadows the library function.
private func powerOfTwo(_ exponent: Double) -> Double { exp2(exponent) }
