// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import NumberFormats

/// A type of elements that `wgmma` multiplies.
public protocol WarpgroupElement: Sendable {
  /// The family of types that the other operand must belong to.
  associatedtype Family: WarpgroupFamily

  /// The type in the mnemonic.
  static var multiplicandType: ScalarType { get }
}

/// Element types that `wgmma` multiplies with each other.
public protocol WarpgroupFamily: Sendable {}

/// Floats: accumulators are f32, and operands may be negated.
public protocol WarpgroupFloats: WarpgroupFamily {}

/// Floats that also support f16 accumulators.
public protocol WarpgroupHalfAccumulation: WarpgroupFloats {}

/// The element types that only go with themselves: bf16.
public enum BFloat16Elements: WarpgroupFloats {}

/// The element types that only go with themselves: f16.
public enum HalfFloatElements: WarpgroupHalfAccumulation {}

/// The element types that only go with themselves: tf32.
public enum TensorFloat32Elements: WarpgroupFloats {}

/// e4m3 and e5m2.
public enum Float8Elements: WarpgroupHalfAccumulation {}

/// Signed and unsigned bytes.
public enum ByteElements: WarpgroupFamily {}

/// Single bits.
public enum BitElements: WarpgroupFamily {}

/// A bit of a matrix whose rows are bits, eight in a byte.
public enum MatrixBit: WarpgroupElement {
  /// Single bits.
  public typealias Family = BitElements
  /// `b1`.
  public static var multiplicandType: ScalarType { .b1 }
}

extension BFloat16: WarpgroupElement {
  /// bf16.
  public typealias Family = BFloat16Elements
  /// `bf16`.
  public static var multiplicandType: ScalarType { .bf16 }
}

extension HalfFloat: WarpgroupElement {
  /// f16.
  public typealias Family = HalfFloatElements
  /// `f16`.
  public static var multiplicandType: ScalarType { .f16 }
}

extension TensorFloat32: WarpgroupElement {
  /// tf32.
  public typealias Family = TensorFloat32Elements
  /// `tf32`.
  public static var multiplicandType: ScalarType { .tf32 }
}

extension Float8E4M3: WarpgroupElement {
  /// Eight-bit floats.
  public typealias Family = Float8Elements
  /// `e4m3`.
  public static var multiplicandType: ScalarType { .e4m3 }
}

extension Float8E5M2: WarpgroupElement {
  /// Eight-bit floats.
  public typealias Family = Float8Elements
  /// `e5m2`.
  public static var multiplicandType: ScalarType { .e5m2 }
}

extension Int8: WarpgroupElement {
  /// Bytes.
  public typealias Family = ByteElements
  /// `s8`.
  public static var multiplicandType: ScalarType { .s8 }
}

extension UInt8: WarpgroupElement {
  /// Bytes.
  public typealias Family = ByteElements
  /// `u8`.
  public static var multiplicandType: ScalarType { .u8 }
}

/// The A operand of `wgmma`: a tile in shared memory, or four registers of each thread.
public protocol WarpgroupMultiplicand {
  /// The operand.
  var multiplicand: WarpgroupMultiplicandOperand { get }
}

/// A of a `wgmma`, as an instruction has it.
public struct WarpgroupMultiplicandOperand {
  /// The register of the descriptor, or the vector of registers.
  let operand: Operand

  /// The recordings that the values belong to.
  let recorders: [Recorder]

  /// Returns the operand, after checking that the values belong to a recording.
  func checked(_ recorder: Recorder) -> Operand {
    for owner in recorders { recorder.check(owner) }
    if case .vector(let registers) = operand {
      recorder.expect(
        registers.count == 4, "a fragment of A must have 4 registers, not \(registers.count)")
    }
    return operand
  }
}

extension MatrixDescriptor: WarpgroupMultiplicand {
  /// The register that holds the descriptor.
  public var multiplicand: WarpgroupMultiplicandOperand {
    WarpgroupMultiplicandOperand(
      operand: .register(value.register), recorders: [value.recorder])
  }
}

extension Array: WarpgroupMultiplicand where Element == DeviceValue<UInt32> {
  /// The four registers, which hold the elements as `WarpgroupOperand` says.
  public var multiplicand: WarpgroupMultiplicandOperand {
    WarpgroupMultiplicandOperand(
      operand: .vector(map { .register($0.register) }), recorders: map(\.recorder))
  }
}
