// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// One allocation of global memory.
final class GlobalAllocation {
  /// The first address.
  let address: UInt64

  /// The number of bytes.
  let byteCount: Int

  /// The bytes.
  let bytes: UnsafeMutableRawPointer

  /// A byte for each byte: 1 if it was ever written, else 0.
  let shadow: UnsafeMutablePointer<UInt8>

  /// The name of the allocation in reports.
  let name: String

  /// Allocates memory that was never written; nil where the host has none left.
  init?(address: UInt64, byteCount: Int, name: String) {
    // 64 bytes more, so that vectors may be read across the end.
    guard let bytes = allocateZeroedIfPossible(byteCount + 64) else { return nil }
    guard let shadow = allocateZeroedIfPossible(byteCount + 64) else {
      freeMemory(bytes)
      return nil
    }
    self.address = address
    self.byteCount = byteCount
    self.name = name
    self.bytes = bytes
    self.shadow = shadow.assumingMemoryBound(to: UInt8.self)
  }

  deinit {
    freeMemory(bytes)
    freeMemory(shadow)
  }

  /// Returns whether a range is in the allocation.
  @inline(__always)
  func contains(_ address: UInt64, byteCount: Int) -> Bool {
    let offset = address &- self.address
    return offset <= UInt64(self.byteCount) && UInt64(byteCount) <= UInt64(self.byteCount) &- offset
  }
}

/// The data of an allocation that an access needs, without a reference to it.
struct AllocationView {
  /// The first address.
  var address: UInt64 = 0
  /// The number of bytes.
  var byteCount = 0
  /// The bytes.
  var bytes: UnsafeMutableRawPointer
  /// A byte for each byte: 1 if it was ever written, else 0.
  var shadow: UnsafeMutablePointer<UInt8>

  /// Creates a view that contains no range; its memory is never accessed.
  init() {
    bytes = AllocationView.nothing
    shadow = AllocationView.nothing.assumingMemoryBound(to: UInt8.self)
  }

  /// An address for pointers that are never used.
  private nonisolated(unsafe) static let nothing = UnsafeMutableRawPointer.allocate(
    byteCount: 1, alignment: 1)

  /// Creates a view, which must not outlive the allocation.
  init(_ allocation: GlobalAllocation) {
    address = allocation.address
    byteCount = allocation.byteCount
    bytes = allocation.bytes
    shadow = allocation.shadow
  }

  /// Returns whether a nonempty range is in the allocation.
  @inline(__always)
  func contains(_ address: UInt64, byteCount: Int) -> Bool {
    let offset = address &- self.address
    return offset < UInt64(self.byteCount) && UInt64(byteCount) <= UInt64(self.byteCount) &- offset
  }
}

/// The global memory of a device: separate allocations with guard bytes between them.
///
/// The device only changes it between launches, so kernels read it without a lock.
final class GlobalMemory {
  /// The allocations in ascending order of address.
  private(set) var allocations: [GlobalAllocation] = []

  /// The maximum total size of all allocations in bytes.
  let capacity: Int

  /// The total size of all allocations in bytes.
  private(set) var usedByteCount = 0

  /// The address of the next allocation.
  private var nextAddress = AddressMap.globalBase

  /// The number of guard bytes between allocations.
  private static let guardByteCount: UInt64 = 4096

  /// Creates empty memory.
  ///
  /// - Parameter capacity: The bytes that may be allocated; no more than there are addresses for.
  init(capacity: Int) {
    self.capacity = min(
      max(capacity, 0), Int(AddressMap.parameterWindow - AddressMap.globalBase) / 2)
  }

  /// The number of bytes that can still be allocated.
  var availableByteCount: Int { capacity - usedByteCount }

  /// Allocates bytes at an address that is a multiple of 256 but not of a larger power of two.
  ///
  /// - Returns: The allocation, or `nil` if it does not fit.
  func allocate(byteCount: Int, name: String) -> GlobalAllocation? {
    let address = (nextAddress + 511) / 512 * 512 + 256
    guard byteCount <= availableByteCount,
      address + UInt64(byteCount) < AddressMap.parameterWindow,
      let allocation = GlobalAllocation(address: address, byteCount: byteCount, name: name)
    else { return nil }
    allocations.append(allocation)
    usedByteCount += byteCount
    nextAddress = address + UInt64(byteCount) + GlobalMemory.guardByteCount
    return allocation
  }

  /// Frees the allocation that starts at an address, if there is one.
  func deallocate(_ address: UInt64) {
    guard let index = allocations.firstIndex(where: { $0.address == address }) else { return }
    usedByteCount -= allocations[index].byteCount
    allocations.remove(at: index)
  }

  /// Returns the allocation that contains a whole range, if there is one.
  func find(_ address: UInt64, byteCount: Int) -> GlobalAllocation? {
    guard let candidate = nearest(address) else { return nil }
    return candidate.contains(address, byteCount: byteCount) ? candidate : nil
  }

  /// Returns the last allocation that starts at or below an address.
  func nearest(_ address: UInt64) -> GlobalAllocation? {
    var low = 0
    var high = allocations.count
    while low < high {
      let middle = (low + high) / 2
      if allocations[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : allocations[low - 1]
  }
}
