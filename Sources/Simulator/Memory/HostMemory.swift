#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Returns zeroed memory, aligned to 16 bytes, whose pages the system provides on first access.
func allocateZeroed(_ byteCount: Int) -> UnsafeMutableRawPointer {
  guard let memory = calloc(max(1, byteCount), 1) else {
    fatalError("The host has no \(byteCount) bytes of memory left.")
  }
  return memory
}

/// Frees memory that `allocateZeroed` returned.
func freeMemory(_ memory: UnsafeMutableRawPointer) { free(memory) }
