// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

extension CUDADevice {
  /// Allocates global memory, aligned to 256 bytes, with undefined contents.
  public func allocate(byteCount: Int) throws(DeviceError) -> UInt64 {
    guard byteCount >= 0 else { throw .negativeCount(byteCount) }
    return try withContext { () throws(DeviceError) in
      var address: UInt64 = 0
      // The driver refuses an allocation of 0 bytes.
      let status = unsafe driver.functions.allocate(&address, UInt(max(byteCount, 1)))
      if status == DriverStatus.outOfMemory.rawValue {
        throw .outOfMemory(
          requestedByteCount: byteCount, availableByteCount: try freeByteCount())
      }
      try check(status, "cuMemAlloc")
      return address
    }
  }

  /// Frees memory that `allocate` returned.
  public func deallocate(_ address: UInt64) {
    // After a fault the context and its memory are lost.
    try? withContext { () throws(DeviceError) in
      _ = unsafe driver.functions.free(address)
    }
  }

  /// Copies bytes from the host to the device.
  public func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError) {
    guard !bytes.isEmpty else { return }
    try withContext { () throws(DeviceError) in
      // The driver reads `byteCount` bytes, all of them in the array, before it returns.
      let status = unsafe bytes.withUnsafeBytes { source in
        guard let start = source.baseAddress else { return Int32(0) }
        return unsafe driver.functions.copyToDevice(address, start, UInt(source.count))
      }
      try checkCopy(status, "cuMemcpyHtoD", address, bytes.count)
    }
  }

  /// Copies bytes from the device to the host.
  public func read(from address: UInt64, byteCount: Int) throws(DeviceError) -> [UInt8] {
    guard byteCount >= 0 else { throw .negativeCount(byteCount) }
    guard byteCount > 0 else { return [] }
    return try withContext { () throws(DeviceError) in
      var status: Int32 = 0
      // The driver writes at most the capacity of the array; if it fails, the array stays empty.
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { target, count in
        guard let start = target.baseAddress else { return }
        status = unsafe driver.functions.copyToHost(start, address, UInt(byteCount))
        count = status == 0 ? byteCount : 0
      }
      try checkCopy(status, "cuMemcpyDtoH", address, byteCount)
      return bytes
    }
  }

  /// Throws unless a copy succeeded; an invalid value means an address outside every allocation.
  private func checkCopy(
    _ status: Int32, _ call: StaticString, _ address: UInt64, _ byteCount: Int
  ) throws(DeviceError) {
    guard status != DriverStatus.invalidValue.rawValue else {
      throw .invalidAddress(address: address, byteCount: byteCount)
    }
    try check(status, call)
  }

  /// The free bytes of global memory.
  private func freeByteCount() throws(DeviceError) -> Int {
    var total: UInt = 0
    let free = try unsafe driver.value("cuMemGetInfo", device: name, UInt(0)) { free in
      unsafe driver.functions.memoryInfo(free, &total)
    }
    return Int(free)
  }
}
