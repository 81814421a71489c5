// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import NumberFormats

/// The effect of an atomic operation or a TMA reduction on a number in memory.
///
/// Integers wrap. Floats are rounded to the nearest; subnormals are kept unless they are flushed; a
/// NaN of `f32` is 0x7FFFFFFF, of `f16` and `bf16` 0x7FFF. The minimum and maximum of a number and
/// a NaN are the number; of two zeros, the minimum is the negative one.
struct Reduction {
  /// The interpretation of the bits of a number; untyped bits are unsigned.
  enum Format: UInt8, CaseIterable {
    case u32, s32, u64, s64, f16, bf16, f32, f64

    /// The size of a number in bytes.
    var byteCount: Int {
      switch self {
      case .f16, .bf16: 2
      case .u32, .s32, .f32: 4
      case .u64, .s64, .f64: 8
      }
    }

    /// Whether the number is a float.
    var isFloat: Bool {
      switch self {
      case .u32, .s32, .u64, .s64: false
      case .f16, .bf16, .f32, .f64: true
      }
    }

    /// Creates the format for the type of an instruction; pairs have the format of their halves.
    init?(_ type: ScalarType) {
      switch type {
      case .u32, .b32: self = .u32
      case .s32: self = .s32
      case .u64, .b64: self = .u64
      case .s64: self = .s64
      case .f16, .f16x2: self = .f16
      case .bf16, .bf16x2: self = .bf16
      case .f32: self = .f32
      case .f64: self = .f64
      default: return nil
      }
    }

    /// Creates the format for a tensor's elements, or `nil` if they cannot be reduced.
    init?(_ type: ElementType) {
      switch type {
      case .u32: self = .u32
      case .s32: self = .s32
      case .u64: self = .u64
      case .s64: self = .s64
      case .f16: self = .f16
      case .bf16: self = .bf16
      case .f32: self = .f32
      case .f64: self = .f64
      case .u8, .s8, .u16, .s16, .e4m3, .e5m2, .e2m3, .e3m2, .e2m1, .ue8m0, .ue4m3: return nil
      }
    }

    /// Returns whether a tensor of such elements can be reduced by an operation.
    func isReducible(by operation: AtomicOperation) -> Bool {
      switch operation {
      case .minimum, .maximum: self != .f32 && self != .f64
      case .add: self != .s64
      case .and, .or, .xor: self == .u32 || self == .s32 || self == .u64
      case .increment, .decrement: self == .u32
      case .exchange, .compareAndSwap: false
      }
    }
  }

  /// The operation.
  var operation: AtomicOperation

  /// The format of the numbers.
  var format: Format

  /// Whether subnormal `f32` inputs and results are flushed to zero.
  var flushesSubnormals = false

  /// Whether the SM performs the addition of `f64`, as in shared memory, rather than the L2 cache:
  /// they differ in the NaN.
  var isInCore = false

  /// Returns the number that replaces `old`; the bits above those of the format are zero.
  func combine(_ old: UInt64, _ value: UInt64) -> UInt64 {
    switch format {
    case .u32:
      UInt64(Simulator.combine(operation, UInt32(old), UInt32(value), isSigned: false))
    case .s32: UInt64(Simulator.combine(operation, UInt32(old), UInt32(value), isSigned: true))
    case .u64: Simulator.combine(operation, old, value, isSigned: false)
    case .s64: Simulator.combine(operation, old, value, isSigned: true)
    case .f16:
      UInt64(
        halves(HalfFloat(bitPattern: UInt16(old)), HalfFloat(bitPattern: UInt16(value)))
          .bitPattern)
    case .bf16:
      UInt64(
        halves(BFloat16(bitPattern: UInt16(old)), BFloat16(bitPattern: UInt16(value))).bitPattern)
    case .f32: UInt64(singles(UInt32(old), UInt32(value)))
    case .f64: doubles(old, value)
    }
  }

  /// Combines contiguous numbers.
  ///
  /// - Parameters:
  ///   - target: The old numbers, which are replaced by the new ones.
  ///   - source: The numbers with which they are combined.
  ///   - byteCount: The size of all numbers in bytes; bytes after the last whole number do not
  ///     change.
  func apply(
    to target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, byteCount: Int
  ) {
    let width = format.byteCount
    var offset = 0
    while offset + width <= byteCount {
      let old = bits(target, offset)
      let new = combine(old, bits(source, offset))
      switch width {
      case 2: target.storeBytes(of: UInt16(new), toByteOffset: offset, as: UInt16.self)
      case 4: target.storeBytes(of: UInt32(new), toByteOffset: offset, as: UInt32.self)
      default: target.storeBytes(of: new, toByteOffset: offset, as: UInt64.self)
      }
      offset += width
    }
  }

  /// Returns the bits of a number in memory.
  private func bits(_ memory: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    switch format.byteCount {
    case 2: UInt64(memory.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    case 4: UInt64(memory.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    default: memory.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
  }

  /// Combines 16-bit floats.
  ///
  /// The sum of two is computed in `f32`, which has more than twice their digits, so that rounding
  /// it again is correct.
  private func halves<Half: LaneHalf>(_ old: Half, _ value: Half) -> Half {
    switch operation {
    case .minimum, .maximum:
      if old.float.isNaN { return value.float.isNaN ? Half(bitPattern: 0x7FFF) : value }
      if value.float.isNaN { return old }
      let takesOld = Self.rank(old.bitPattern) < Self.rank(value.bitPattern)
      return takesOld == (operation == .minimum) ? old : value
    default: return Half(machine: old.float + value.float)
    }
  }

  /// Returns the rank of a 16-bit float other than NaN among the others.
  private static func rank(_ bits: UInt16) -> Int {
    bits & 0x8000 == 0 ? Int(bits) : -Int(bits & 0x7FFF) - 1
  }

  /// Adds `f32`.
  private func singles(_ old: UInt32, _ value: UInt32) -> UInt32 {
    let sum = flushed(flushed(Float(bitPattern: old)) + flushed(Float(bitPattern: value)))
    return sum.isNaN ? 0x7FFF_FFFF : sum.bitPattern
  }

  /// Returns a float, or the zero of its sign if it is subnormal and such values are flushed.
  private func flushed(_ value: Float) -> Float {
    flushesSubnormals && value.isSubnormal ? Float(bitPattern: value.bitPattern & 1 << 31) : value
  }

  /// Adds `f64`.
  ///
  /// The L2 cache returns the value's NaN, or else the old number's, unchanged; an SM returns the
  /// old number's NaN, or else the value's, with its quiet bit set.
  private func doubles(_ old: UInt64, _ value: UInt64) -> UInt64 {
    let (first, second) = (Double(bitPattern: old), Double(bitPattern: value))
    let quiet: UInt64 = 1 << 51
    if isInCore {
      if first.isNaN { return old | quiet }
      if second.isNaN { return value | quiet }
    } else {
      if second.isNaN { return value }
      if first.isNaN { return old }
    }
    let sum = first + second
    return sum.isNaN ? 0xFFF8_0000_0000_0000 : sum.bitPattern
  }
}
