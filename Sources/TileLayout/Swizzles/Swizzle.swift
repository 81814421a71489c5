// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// A permutation of offsets by exclusive or, which spreads tile columns over the banks of shared
/// memory.
///
/// In an offset `0bxxxYYYxxxxZZZxxxx`, `ZZZ` becomes `YYY ^ ZZZ`: `base` is the number of low bits
/// that stay constant, `bits` the width of `YYY` and of `ZZZ`, and `shift` the distance from `ZZZ`
/// up to `YYY`. With a negative shift `YYY` is the lower field. The function is its own inverse.
public struct Swizzle: Hashable, Sendable {
  /// The number of bits in each of the two fields.
  public let bits: Int

  /// The number of low bits that stay constant.
  public let base: Int

  /// The distance from the target field up to the source field.
  public let shift: Int

  /// Creates a swizzle.
  ///
  /// - Parameters:
  ///   - bits: The width of each field.
  ///   - base: The number of low bits that stay constant.
  ///   - shift: The distance between the fields, no smaller than their width, so that they are
  ///     disjoint.
  public init(bits: Int, base: Int, shift: Int) {
    require(bits >= 0 && base >= 0, "The number of bits of a swizzle must not be negative.")
    require(
      abs(shift) >= bits,
      "The fields of a swizzle overlap if its shift \(shift) is less than its \(bits) bits.")
    self.bits = bits
    self.base = base
    self.shift = shift
  }

  /// The target bits: `ZZZ`.
  public var targetMask: Int { fieldMask << (base - min(0, shift)) }

  /// The source bits: `YYY`.
  public var sourceMask: Int { fieldMask << (base + max(0, shift)) }

  /// A mask of the width of a field.
  private var fieldMask: Int { (1 << bits) - 1 }

  /// Returns the offset with its target bits changed by its source bits.
  public func callAsFunction(_ offset: Int) -> Int {
    // Swift's `>>` shifts left by a negative count, as the definition needs.
    offset ^ ((offset & sourceMask) >> shift)
  }

  /// Returns this swizzle of byte offsets as a swizzle of element offsets.
  ///
  /// - Parameter byteCount: The bytes of an element, a power of two, at most `1 << base`.
  /// - Returns: The swizzle `s` with `s(i) * byteCount == self(i * byteCount)`.
  public func counted(inElementsOf byteCount: Int) -> Swizzle {
    let exponent = byteCount.trailingZeroBitCount
    require(
      byteCount == 1 << exponent && exponent <= base,
      "A swizzle that keeps \(base) low bits splits elements of \(byteCount) bytes.")
    return Swizzle(bits: bits, base: base - exponent, shift: shift)
  }
}

extension Swizzle: CustomStringConvertible {
  /// The swizzle as CUTLASS prints it: `Sw<3,4,3>`.
  public var description: String { "Sw<\(bits),\(base),\(shift)>" }
}
