import DeviceRuntime

extension CUDADevice {
  /// Allocates global memory at 256-byte alignment; its content is undefined.
  public func allocate(byteCount: Int) throws(DeviceError) -> UInt64 {
    guard byteCount >= 0 else { throw .negativeCount(byteCount) }
    return try withContext { () throws(DeviceError) in
      var address: UInt64 = 0
      // The driver refuses to allocate nothing.
      let status = unsafe driver.functions.allocate(&address, UInt(max(byteCount, 1)))
      if status == DriverStatus.outOfMemory.rawValue {
        throw .outOfMemory(
          requestedByteCount: byteCount, availableByteCount: try freeByteCount())
      }
      try check(status, "cuMemAlloc")
      return address
    }
  }

  /// Frees what `allocate` returned.
  public func deallocate(_ address: UInt64) {
    // After a kernel's fault the context is lost, and its memory with it.
    try? withContext { () throws(DeviceError) in
      _ = unsafe driver.functions.free(address)
    }
  }

  /// Copies bytes from the host to the device.
  public func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError) {
    guard !bytes.isEmpty else { return }
    try withContext { () throws(DeviceError) in
      // The driver reads as many bytes as it is told, all of them in the array, before it returns.
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
      // The driver writes as many bytes as the array has room for; where it fails, none count.
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { target, count in
        guard let start = target.baseAddress else { return }
        status = unsafe driver.functions.copyToHost(start, address, UInt(byteCount))
        count = status == 0 ? byteCount : 0
      }
      try checkCopy(status, "cuMemcpyDtoH", address, byteCount)
      return bytes
    }
  }

  /// Throws unless a copy went well; an invalid value is an address outside of any allocation.
  private func checkCopy(
    _ status: Int32, _ call: StaticString, _ address: UInt64, _ byteCount: Int
  ) throws(DeviceError) {
    guard status != DriverStatus.invalidValue.rawValue else {
      throw .invalidAddress(address: address, byteCount: byteCount)
    }
    try check(status, call)
  }

  /// The bytes of global memory that are free.
  private func freeByteCount() throws(DeviceError) -> Int {
    var total: UInt = 0
    let free = try unsafe driver.value("cuMemGetInfo", device: name, UInt(0)) { free in
      unsafe driver.functions.memoryInfo(free, &total)
    }
    return Int(free)
  }
}
