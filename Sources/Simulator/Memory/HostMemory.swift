// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Returns zeroed memory, aligned to 16 bytes, whose pages the system provides on first access.
func allocateZeroed(_ byteCount: Int) -> UnsafeMutableRawPointer {
  guard let memory = allocateZeroedIfPossible(byteCount) else {
    fatalError("The host cannot allocate \(byteCount) bytes of memory.")
  }
  return memory
}

/// Returns what `allocateZeroed` does, or nil where the host has no memory left.
func allocateZeroedIfPossible(_ byteCount: Int) -> UnsafeMutableRawPointer? {
  calloc(max(1, byteCount), 1)
}

/// Frees memory that `allocateZeroed` returned.
func freeMemory(_ memory: UnsafeMutableRawPointer) { free(memory) }
