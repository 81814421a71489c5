// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// The functions of the host's mathematical library under descriptive names.

/// Returns the sine of an angle in radians.
func sine(_ angle: Double) -> Double { sin(angle) }

/// Returns the cosine of an angle in radians.
func cosine(_ angle: Double) -> Double { cos(angle) }

/// Returns the logarithm to base 2.
func binaryLogarithm(_ value: Double) -> Double { log2(value) }

/// Returns 2 to the power of an exponent.
func powerOfTwo(_ exponent: Double) -> Double { exp2(exponent) }

/// Returns the hyperbolic tangent.
func hyperbolicTangent(_ value: Double) -> Double { tanh(value) }
