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

  /// Creates a buffer over an existing allocation.
  public init(allocation: Allocation, byteOffset: Int = 0, count: Int) {
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
  /// - Precondition: `elements` has no more elements than the buffer.
  public func write(_ elements: [Element]) throws(DeviceError) {
    precondition(elements.count <= count, "A write must fit into the buffer.")
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
  public init(device: any Device, address: UInt64, byteCount: Int) {
    self.device = device
    self.address = address
    self.byteCount = byteCount
  }

  deinit { device.deallocate(address) }
}
