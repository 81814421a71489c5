// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The layout of a kernel's declarations in shared memory: one dynamic array for all.
package struct SharedMemoryLayout: Sendable {
  /// The name of the array in the text.
  package static let symbol = "shared_memory"

  /// The alignment of the array in bytes, the most that a swizzle needs.
  package static let alignment = 1024

  /// The most that a block may have on Hopper and Blackwell, in bytes.
  package static let limit = MachineLimits.sharedByteCount

  /// The bytes that are taken.
  package private(set) var byteCount = 0

  /// The names that are taken.
  private var names: Set<String> = []

  /// Whether anything was declared.
  package var isEmpty: Bool { names.isEmpty }

  /// Takes bytes for a declaration.
  ///
  /// - Returns: The offset from the start of the array, and whether the name was free.
  mutating func place(
    _ name: String, byteCount: Int, alignment: Int
  ) -> (offset: Int, isNameFree: Bool) {
    let offset = (self.byteCount + alignment - 1) / alignment * alignment
    // More than there can be is said of the whole, once it is known.
    self.byteCount = min(offset, Int.max / 2) + min(byteCount, Int.max / 4)
    return (offset, names.insert(name).inserted)
  }

  /// Reserves a minimum number of bytes in total.
  mutating func reserve(byteCount: Int) { self.byteCount = max(self.byteCount, byteCount) }

  /// The array as the module declares it.
  var variable: MemoryVariable {
    MemoryVariable(
      linkage: .extern, space: .shared, alignment: SharedMemoryLayout.alignment, type: .b8,
      name: SharedMemoryLayout.symbol, extents: [nil])
  }
}

extension Recorder {
  /// Takes bytes of shared memory for a declaration, and returns their offset.
  package func placeShared(_ name: String, byteCount: Int, alignment: Int) -> Int {
    let isPowerOfTwo = alignment > 0 && SharedMemoryLayout.alignment % alignment == 0
    expect(
      isPowerOfTwo,
      "the alignment of '\(name)' must be a power of two of at most 1024 bytes, not \(alignment)")
    expect(byteCount >= 0, "'\(name)' cannot have \(byteCount) bytes of shared memory")
    expect(
      name.isPrintable,
      "a name in shared memory must consist of printable characters, unlike '\(name)'")
    let (offset, isNameFree) = sharedMemory.place(
      name, byteCount: max(byteCount, 0), alignment: isPowerOfTwo ? alignment : 1)
    if !isNameFree { report(.sharedNameTwice(name)) }
    return offset
  }
}

extension String {
  /// Whether a comment line of a text can hold the string between single quotes.
  package var isPrintable: Bool { isEmpty || utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
}
