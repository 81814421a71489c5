// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The locations of the memories in the 64-bit generic address space.
///
/// A 32-bit shared address is `rank << 24 | offset`, with the rank of the block in its cluster. The
/// generic address of shared memory is `sharedWindow | sharedAddress`.
enum AddressMap {
  /// The generic window of shared memory: the high 32 bits of its addresses.
  static let sharedWindow: UInt64 = 0x0000_7F00_0000_0000

  /// The generic window of a thread's local memory.
  static let localWindow: UInt64 = 0x0000_7E00_0000_0000

  /// The generic window of the kernel's parameters.
  static let parameterWindow: UInt64 = 0x0000_7D00_0000_0000

  /// The addresses of functions, at which nothing can be read or written.
  private static let functionWindow: UInt64 = 0x0000_7C00_0000_0000

  /// The bytes from one function's address to the next one's.
  private static let functionByteCount: UInt64 = 128

  /// Returns the address of a module's function, by its number among them.
  static func address(ofFunction index: Int) -> UInt64 {
    functionWindow + functionByteCount * UInt64(index)
  }

  /// The offset of parameters in their window, as in the constant bank of the hardware.
  static let parameterBase = 0x210

  /// The lowest address of global memory.
  static let globalBase: UInt64 = 0x0000_0010_0000_0000

  /// The bits of a generic address that identify its window.
  static let windowMask: UInt64 = 0xFFFF_FFFF_0000_0000

  /// Returns the offset of a shared address in its block's memory.
  @inline(__always)
  static func sharedOffset(_ address: UInt32) -> Int { Int(address & 0xFF_FFFF) }

  /// Returns the rank of the block that owns a shared address.
  @inline(__always)
  static func sharedRank(_ address: UInt32) -> Int { Int(address >> 24) }
}
