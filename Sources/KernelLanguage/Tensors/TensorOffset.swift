// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// A distance along one index of a tensor: the sum of a constant and a value in a register.
///
/// The unit depends on the space: rows or elements of a matrix in global memory, bytes of shared
/// memory, registers, lanes and columns of Tensor Memory.
public struct TensorOffset: Sendable {
  /// The possible bits of a value of which nothing is known.
  static let allBits = 0xFFFF_FFFF

  /// The constant.
  package let known: Int

  /// The value that the kernel computes, if there is one.
  package let computed: DeviceValue<UInt32>?

  /// The bits that the computed value may have; the others are zero in every thread.
  package let computedBits: Int

  /// Creates a distance that the host knows.
  package init(known: Int = 0) {
    self.known = known
    computed = nil
    computedBits = 0
  }

  /// Creates a distance that the running kernel computes.
  ///
  /// - Parameters:
  ///   - value: The distance, in which only `bits` can be set.
  ///   - bits: The bits.
  package init(_ value: DeviceValue<UInt32>, bits: Int = TensorOffset.allBits) {
    self.init(known: 0, computed: value, bits: bits)
  }

  /// Creates a distance from both terms; a computed value that is a constant is folded.
  private init(known: Int, computed: DeviceValue<UInt32>?, bits: Int) {
    let constant = computed?.constantValue
    self.known = known + Int(constant ?? 0)
    self.computed = constant == nil ? computed : nil
    computedBits = self.computed == nil ? 0 : bits
  }

  /// The distance without the constant.
  package var computedPart: TensorOffset {
    TensorOffset(known: 0, computed: computed, bits: computedBits)
  }

  /// Returns the sum of two distances.
  package static func + (lhs: TensorOffset, rhs: TensorOffset) -> TensorOffset {
    let known = lhs.known + rhs.known
    guard let first = lhs.computed, let second = rhs.computed else {
      return TensorOffset(
        known: known, computed: lhs.computed ?? rhs.computed,
        bits: lhs.computedBits | rhs.computedBits)
    }
    return TensorOffset(
      known: known, computed: first + second,
      bits: bitsOfSum(lhs.computedBits, rhs.computedBits))
  }

  /// Returns the bits that the sum of distances may have.
  static func possibleBits(ofSum offsets: [TensorOffset]) -> Int {
    offsets.reduce(0) { bits, offset in
      bitsOfSum(bitsOfSum(bits, offset.known), offset.computedBits)
    }
  }

  /// Returns the whole distance as a value of the recording.
  package func value(in recorder: Recorder) -> DeviceValue<UInt32> {
    (computed ?? DeviceValue(recorder, constant: 0)) + known
  }
}

/// A distance along both indices of a tensor.
public struct TensorDistance: Sendable {
  /// The distance along the first index.
  package let rows: TensorOffset

  /// The distance along the second index.
  package let columns: TensorOffset

  /// Creates a distance.
  package init(rows: TensorOffset = TensorOffset(), columns: TensorOffset = TensorOffset()) {
    self.rows = rows
    self.columns = columns
  }

  /// The sum of both, if they have the same unit.
  package var total: TensorOffset { rows + columns }

  /// Returns the sum of two distances.
  package static func + (lhs: TensorDistance, rhs: TensorDistance) -> TensorDistance {
    TensorDistance(rows: lhs.rows + rhs.rows, columns: lhs.columns + rhs.columns)
  }
}

extension SliceTerm {
  /// Returns the term as a distance.
  ///
  /// - Parameters:
  ///   - index: The dynamic coordinate.
  ///   - count: The exclusive upper bound of the coordinate.
  /// - Returns: The distance.
  func offset(at index: DeviceValue<UInt32>, below count: Int) -> TensorOffset {
    let quotient = index / divisor
    let coordinate = extent.map { quotient % $0 } ?? quotient
    let greatest = (extent ?? (count - 1) / divisor + 1) - 1
    let isPowerOfTwo = stride & (stride - 1) == 0
    let bits = isPowerOfTwo ? bitsCovering(greatest) * stride : bitsCovering(greatest * stride)
    return TensorOffset(coordinate * stride, bits: bits)
  }
}

/// Returns the bits that the sum of two numbers may have, given the bits that each may have.
private func bitsOfSum(_ first: Int, _ second: Int) -> Int {
  first & second == 0 ? first | second : bitsCovering(first + second)
}

/// Returns the bits of all numbers up to a largest one, at most 32.
private func bitsCovering(_ greatest: Int) -> Int {
  guard greatest > 0 else { return 0 }
  let width = Int.bitWidth - greatest.leadingZeroBitCount
  return width >= 32 ? TensorOffset.allBits : 1 << width - 1
}
