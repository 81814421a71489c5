// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

extension CUDADevice {
  /// Encodes a tensor map, and returns its 128 bytes.
  ///
  /// - SeeAlso: CUDA Driver API, `cuTensorMapEncodeTiled`.
  public func makeTensorMapImage(
    _ description: TensorMapDescription
  ) throws(DeviceError) -> [UInt8] {
    do {
      try description.validate()
    } catch {
      throw .invalidTensorMap(error)
    }
    return try withContext { () throws(DeviceError) in
      let (status, image) = encode(description)
      try check(status, "cuTensorMapEncodeTiled")
      return image
    }
  }

  /// Returns the driver's status for a checked description, and the encoded map.
  private func encode(_ description: TensorMapDescription) -> (Int32, [UInt8]) {
    let byteCount = 128
    // The driver requires an alignment of 64 bytes, newer headers one of 128.
    let map = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 128)
    defer { unsafe map.deallocate() }
    unsafe map.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    let extents = description.extents.map(UInt64.init)
    // One more element, because the pointer to the strides of a one-dimensional tensor must not be
    // null.
    let byteStrides = description.byteStrides.map(UInt64.init) + [0]
    let box = description.box.map(UInt32.init)
    let elementStrides = description.elementStrides.map(UInt32.init)
    // The driver reads `rank` elements of each array, `rank - 1` of the strides, and keeps no
    // pointer.
    let status = unsafe driver.functions.encodeTensorMap(
      map, description.tensorMapType, UInt32(description.rank),
      UnsafeMutableRawPointer(bitPattern: UInt(description.address)), extents, byteStrides, box,
      elementStrides, 0, Int32(description.swizzle.rawValue), TensorMapPromotion.bytes256.rawValue,
      Int32(description.fill.rawValue))
    let image = unsafe UnsafeRawBufferPointer(start: map, count: byteCount)
    return (status, unsafe [UInt8](image))
  }
}

/// The granularity with which loads of a box fetch into the L2 cache; it does not change results.
private enum TensorMapPromotion: Int32 {
  case bytes256 = 3
}

extension TensorMapDescription {
  /// The corresponding `CUtensorMapDataType`.
  fileprivate var tensorMapType: Int32 {
    switch floatMode {
    case .exact: elementType.tensorMapType
    case .flushing: 10
    case .tensorFloat32: 11
    case .flushingTensorFloat32: 12
    }
  }
}

extension ElementType {
  /// The corresponding `CUtensorMapDataType`, which determines the size and the reductions of
  /// elements.
  fileprivate var tensorMapType: Int32 {
    switch self {
    case .u8, .s8, .e4m3, .e5m2, .e2m3, .e3m2, .e2m1, .ue8m0, .ue4m3: 0
    case .u16, .s16: 1
    case .u32: 2
    case .s32: 3
    case .u64: 4
    case .s64: 5
    case .f16: 6
    case .f32: 7
    case .f64: 8
    case .bf16: 9
    }
  }
}
