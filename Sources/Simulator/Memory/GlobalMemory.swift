/// One allocation of global memory.
final class GlobalAllocation {
  /// The first address.
  let address: UInt64

  /// The number of bytes.
  let byteCount: Int

  /// The bytes.
  let bytes: UnsafeMutableRawPointer

  /// A byte for each byte: 1 where it was ever written, else 0.
  let shadow: UnsafeMutablePointer<UInt8>

  /// What the allocation is called in reports.
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

  /// Whether a range lies in the allocation.
  @inline(__always)
  func contains(_ address: UInt64, byteCount: Int) -> Bool {
    let offset = address &- self.address
    return offset <= UInt64(self.byteCount) && UInt64(byteCount) <= UInt64(self.byteCount) &- offset
  }
}

/// What an access needs of an allocation, without a reference to it.
struct AllocationView {
  /// The first address.
  var address: UInt64 = 0
  /// The number of bytes.
  var byteCount = 0
  /// The bytes.
  var bytes: UnsafeMutableRawPointer
  /// A byte for each byte: 1 where it was ever written, else 0.
  var shadow: UnsafeMutablePointer<UInt8>

  /// A view of nothing, which holds no range; its memory is never touched.
  init() {
    bytes = AllocationView.nothing
    shadow = AllocationView.nothing.assumingMemoryBound(to: UInt8.self)
  }

  /// A place for pointers that are never used.
  private nonisolated(unsafe) static let nothing = UnsafeMutableRawPointer.allocate(
    byteCount: 1, alignment: 1)

  /// Creates a view, which is used only while the allocation lives.
  init(_ allocation: GlobalAllocation) {
    address = allocation.address
    byteCount = allocation.byteCount
    bytes = allocation.bytes
    shadow = allocation.shadow
  }

  /// Whether a range, which is not empty, lies in the allocation.
  @inline(__always)
  func contains(_ address: UInt64, byteCount: Int) -> Bool {
    let offset = address &- self.address
    return offset < UInt64(self.byteCount) && UInt64(byteCount) <= UInt64(self.byteCount) &- offset
  }
}

/// The global memory of a device: allocations that lie apart, with guards between.
///
/// The device changes it only between launches, so that kernels read it without a lock.
final class GlobalMemory {
  /// The allocations by rising address.
  private(set) var allocations: [GlobalAllocation] = []

  /// The most bytes that all allocations may have together.
  let capacity: Int

  /// The bytes of all allocations.
  private(set) var usedByteCount = 0

  /// Where the next allocation is placed.
  private var nextAddress = AddressMap.globalBase

  /// The bytes between allocations that belong to none.
  private static let guardByteCount: UInt64 = 4096

  /// Creates empty memory.
  ///
  /// - Parameter capacity: The bytes that may be allocated; no more than there are addresses for.
  init(capacity: Int) {
    self.capacity = min(
      max(capacity, 0), Int(AddressMap.parameterWindow - AddressMap.globalBase) / 2)
  }

  /// The bytes that can still be allocated.
  var availableByteCount: Int { capacity - usedByteCount }

  /// Allocates bytes at an address that is a multiple of 256 and no larger power of two.
  ///
  /// - Returns: The allocation; nil where it does not fit.
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

  /// Returns the allocation that holds a whole range, if one does.
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
