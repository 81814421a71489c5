// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import NumberFormats

/// An address in some memory, as a kernel computes with it.
///
/// A constant distance costs nothing: it stands in the instruction that uses the address.
public protocol DeviceAddress: Sendable {
  /// Returns the address advanced by a number of bytes.
  func advanced(byByteCount byteCount: Int) -> Self

  /// Returns the address advanced by `index` elements of `byteCount` bytes.
  func advanced(by index: DeviceValue<UInt32>, elementByteCount byteCount: Int) -> Self
}

/// A memory that pointers point to, as a type.
public protocol MemorySpace: Sendable {
  /// The type of addresses in this memory.
  associatedtype Address: AddressOperand

  /// The word that loads and stores carry.
  static var word: Modifier { get }
}

/// An address that can stand in an instruction.
public protocol AddressOperand: DeviceAddress {
  /// The recorder of the kernel that the address belongs to.
  var owner: KernelRecording { get }

  /// The address in an instruction.
  var operand: Operand { get }
}

/// A recording, as the values of a kernel name it.
public struct KernelRecording: Sendable {
  /// The recorder of the kernel.
  package let recorder: Recorder
}

/// Global memory, which all blocks of all kernels share.
public enum Global: MemorySpace {
  /// `global`.
  public static var word: Modifier { "global" }
  /// 64-bit addresses.
  public typealias Address = GlobalAddress
}

/// The shared memory of the thread's own block.
public enum Shared: MemorySpace {
  /// `shared`.
  public static var word: Modifier { "shared" }
  /// 32-bit addresses.
  public typealias Address = SharedAddress
}

/// The shared memory of the blocks of a cluster, the thread's own among them.
public enum SharedCluster: MemorySpace {
  /// `shared::cluster`.
  public static var word: Modifier { "shared::cluster" }
  /// 32-bit addresses that name their block.
  public typealias Address = ClusterAddress
}

/// An address in global memory.
public struct GlobalAddress: AddressOperand {
  /// The recorder of the kernel.
  package let recorder: Recorder

  /// The register that holds the address, without the offset.
  package let base: RegisterID

  /// The bytes added to the base.
  package let byteOffset: Int

  /// Creates the address that a value holds.
  public init(_ value: DeviceValue<UInt64>) {
    self.init(recorder: value.recorder, base: value.register)
  }

  /// Creates the address at a distance from the one in a register.
  package init(recorder: Recorder, base: RegisterID, byteOffset: Int = 0) {
    self.recorder = recorder
    self.base = base
    self.byteOffset = byteOffset
  }

  /// The recording.
  public var owner: KernelRecording { KernelRecording(recorder: recorder) }

  /// The address in an instruction.
  public var operand: Operand { .memory(base, offset: Int64(byteOffset)) }

  /// The address as a 64-bit value.
  public var value: DeviceValue<UInt64> {
    DeviceValue<UInt64>(recorder, base) + DeviceValue(recorder, constant: UInt64(byteOffset))
  }

  /// Returns the address advanced by a number of bytes.
  public func advanced(byByteCount byteCount: Int) -> GlobalAddress {
    GlobalAddress(
      recorder: recorder, base: base, byteOffset: recorder.offset(byteOffset, plus: byteCount))
  }

  /// Returns the address advanced by `index` elements; the product has 64 bits.
  public func advanced(
    by index: DeviceValue<UInt32>, elementByteCount byteCount: Int
  ) -> GlobalAddress {
    advanced(
      by: index,
      times: DeviceValue<UInt32>(recorder, constant: 0).sameKernel(integer: byteCount))
  }

  /// Returns the address advanced by `count` times a number of bytes; the product has 64 bits.
  func advanced(
    by count: DeviceValue<UInt32>, times byteCount: DeviceValue<UInt32>
  ) -> GlobalAddress {
    if let count = count.constantValue, let byteCount = byteCount.constantValue {
      return advanced(byByteCount: Int(count).saturatingProduct(Int(byteCount)))
    }
    let sum = count.multipliedWide(by: byteCount, adding: DeviceValue(recorder, base))
    return GlobalAddress(recorder: recorder, base: sum.register, byteOffset: byteOffset)
  }

  /// Returns the address advanced by a number of bytes.
  public func advanced(byByteCount byteCount: DeviceValue<UInt64>) -> GlobalAddress {
    let sum = DeviceValue<UInt64>(recorder, base) + byteCount
    return GlobalAddress(recorder: recorder, base: sum.register, byteOffset: byteOffset)
  }
}

/// An address in the shared memory of the thread's own block.
public struct SharedAddress: AddressOperand {
  /// The base of an address.
  enum Base: Sendable {
    /// The start of the kernel's array in shared memory.
    case array

    /// The value of a register.
    case register(RegisterID)
  }

  /// The recorder of the kernel.
  package let recorder: Recorder

  /// The base of the address.
  let base: Base

  /// The bytes added to the base.
  package let byteOffset: Int

  /// Creates the address at an offset in the kernel's array.
  package init(_ recorder: Recorder, byteOffset: Int) {
    self.recorder = recorder
    self.byteOffset = byteOffset
    base = .array
  }

  /// Creates the address that a value holds.
  public init(_ value: DeviceValue<UInt32>) {
    self.init(value.recorder, value.register, byteOffset: 0)
  }

  /// Creates the address at a distance from the one in a register.
  private init(_ recorder: Recorder, _ register: RegisterID, byteOffset: Int) {
    self.recorder = recorder
    self.byteOffset = byteOffset
    base = .register(register)
  }

  /// The recording.
  public var owner: KernelRecording { KernelRecording(recorder: recorder) }

  /// The address in an instruction.
  public var operand: Operand {
    switch base {
    case .array:
      .memory(.init(.symbol(SharedMemoryLayout.symbol), offset: Int64(byteOffset)))
    case .register(let register): .memory(register, offset: Int64(byteOffset))
    }
  }

  /// The address as a 32-bit value.
  public var value: DeviceValue<UInt32> {
    switch base {
    case .array:
      let symbol = Operand.symbol(SharedMemoryLayout.symbol, offset: Int64(byteOffset))
      return DeviceValue(recorder, recorder.emitResult(.b32, .move, ["u32"], [symbol]))
    case .register(let register):
      return DeviceValue<UInt32>(recorder, register) + byteOffset
    }
  }

  /// Returns the address advanced by a number of bytes.
  public func advanced(byByteCount byteCount: Int) -> SharedAddress {
    switch base {
    case .array:
      SharedAddress(recorder, byteOffset: recorder.offset(byteOffset, plus: byteCount))
    case .register(let register):
      SharedAddress(
        recorder, register, byteOffset: recorder.offset(byteOffset, plus: byteCount))
    }
  }

  /// Returns the address advanced by a number of bytes.
  public func advanced(byByteCount byteCount: DeviceValue<UInt32>) -> SharedAddress {
    if let byteCount = byteCount.constantValue { return advanced(byByteCount: Int(byteCount)) }
    let sum = advanced(byByteCount: -byteOffset).value + byteCount
    return SharedAddress(recorder, sum.register, byteOffset: byteOffset)
  }

  /// Returns the address advanced by `index` elements.
  public func advanced(
    by index: DeviceValue<UInt32>, elementByteCount byteCount: Int
  ) -> SharedAddress {
    advanced(byByteCount: index * byteCount)
  }
}

extension Recorder {
  /// Returns an address's distance from its base with bytes added, of which there are too many only
  /// by mistake.
  package func offset(_ offset: Int, plus byteCount: Int) -> Int {
    let (sum, isTooLarge) = offset.addingReportingOverflow(byteCount)
    return expect(
      !isTooLarge,
      "an address \(offset) bytes from its base cannot be advanced by \(byteCount) more")
      ? sum : offset
  }

  /// Returns the bytes of some elements, of which there are too many only by mistake.
  package func byteCount(of count: Int, elementByteCount: Int) -> Int {
    let (product, isTooLarge) = count.multipliedReportingOverflow(by: elementByteCount)
    return expect(
      !isTooLarge,
      "\(count) elements of \(elementByteCount) bytes exceed the address space")
      ? product : 0
  }

  /// Returns the stages of a ring: at least one, and no more than shared memory has bytes.
  package func stages(_ count: Int, of ring: String) -> Int {
    expect(
      (1...SharedMemoryLayout.limit).contains(count),
      "\(ring) must have 1 to \(SharedMemoryLayout.limit) stages, not \(count)") ? count : 1
  }

  /// Returns a stage of a ring: the first where there is none of that number.
  package func stage(_ stage: Int, below count: Int, of ring: String) -> Int {
    expect((0..<count).contains(stage), "\(ring) has \(count) stages, but no stage \(stage)")
      ? stage : 0
  }
}
