// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// An array in the global memory of a device.
///
/// A buffer is a handle: its copies refer to the same memory, which is freed with the last of them.
public struct GlobalBuffer<Element: BufferElement>: Sendable {
  /// The memory that holds the elements.
  public let allocation: Allocation

  /// The offset of element 0 from the start of the allocation, in bytes.
  public let byteOffset: Int

  /// The number of elements.
  public let count: Int

  /// The address of element 0 on the device.
  public var address: UInt64 { allocation.address + UInt64(byteOffset) }

  /// Creates a buffer over a part of memory that exists.
  ///
  /// - Parameters:
  ///   - allocation: The memory.
  ///   - byteOffset: The bytes from the start of the memory to element 0.
  ///   - count: The number of elements.
  /// - Throws: `DeviceError` where the buffer does not lie in the memory, or its elements are not
  ///   aligned.
  public init(
    allocation: Allocation, byteOffset: Int = 0, count: Int
  ) throws(DeviceError) {
    guard count >= 0 else { throw .negativeCount(count) }
    let byteCount = count.saturatingProduct(MemoryLayout<Element>.stride)
    guard byteOffset >= 0, byteOffset <= allocation.byteCount,
      byteCount <= allocation.byteCount - byteOffset
    else {
      throw .outsideAllocation(
        byteOffset: byteOffset, byteCount: byteCount, limit: allocation.byteCount)
    }
    let alignment = MemoryLayout<Element>.alignment
    guard byteOffset % alignment == 0 else {
      throw .misalignedBuffer(byteOffset: byteOffset, alignment: alignment)
    }
    self.allocation = allocation
    self.byteOffset = byteOffset
    self.count = count
  }

  /// Copies the elements to the host, and returns them.
  public func read() throws(DeviceError) -> [Element] {
    let byteCount = count * MemoryLayout<Element>.stride
    let bytes = try allocation.device.read(from: address, byteCount: byteCount)
    return bytes.withUnsafeBytes { raw in
      [Element](unsafeUninitializedCapacity: count) { target, initializedCount in
        UnsafeMutableRawBufferPointer(target).copyMemory(from: raw)
        initializedCount = count
      }
    }
  }

  /// Copies elements to the device, over those that are there.
  ///
  /// - Throws: `DeviceError.writeTooLong` where there are more elements than the buffer has, and
  ///   what the device throws.
  public func write(_ elements: [Element]) throws(DeviceError) {
    guard elements.count <= count else {
      throw .writeTooLong(elementCount: elements.count, limit: count)
    }
    let bytes = elements.withUnsafeBytes { [UInt8]($0) }
    try allocation.device.write(bytes, to: address)
  }
}

/// Memory of a device, which is freed with the last buffer over it.
public final class Allocation: Sendable {
  /// The device.
  public let device: any Device

  /// The address on the device.
  public let address: UInt64

  /// The number of bytes.
  public let byteCount: Int

  /// Takes ownership of memory that `device` allocated.
  ///
  /// - Precondition: `byteCount` is what was allocated.
  public init(device: any Device, address: UInt64, byteCount: Int) {
    require(
      byteCount >= 0 && !address.addingReportingOverflow(UInt64(byteCount)).overflow,
      "No device allocates \(byteCount) bytes at 0x\(String(address, radix: 16)).")
    self.device = device
    self.address = address
    self.byteCount = byteCount
  }

  deinit { device.deallocate(address) }
}
