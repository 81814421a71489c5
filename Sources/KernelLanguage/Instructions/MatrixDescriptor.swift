// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import TileLayout

/// The value by which a matrix instruction finds an operand tile in shared memory.
public struct MatrixDescriptor: Sendable {
  /// The 64 bits: the start address in the low ones, and how the tile lies in the others.
  public let value: DeviceValue<UInt64>

  /// Creates a descriptor from its bits.
  public init(_ value: DeviceValue<UInt64>) { self.value = value }

  /// Returns the descriptor advanced by a multiple of 16 bytes.
  ///
  /// The address field must not overflow, which it cannot within a block's shared memory.
  public func advanced(byByteCount byteCount: Int) -> MatrixDescriptor {
    expectStep(byteCount)
    return MatrixDescriptor(value + byteCount / 16)
  }

  /// Returns the descriptor advanced by `index` times a number of bytes.
  ///
  /// - Precondition: `byteCount` is a multiple of 16.
  public func advanced(
    by index: DeviceValue<UInt32>, elementByteCount byteCount: Int
  ) -> MatrixDescriptor {
    expectStep(byteCount)
    let factor = index.sameKernel(integer: byteCount / 16)
    return MatrixDescriptor(value + index.multipliedWide(by: factor))
  }

  /// Reports a step that descriptors cannot make.
  private func expectStep(_ byteCount: Int) {
    value.recorder.expect(
      byteCount % 16 == 0,
      "a descriptor must advance by a multiple of 16 bytes, not by \(byteCount)")
  }

  /// Creates the descriptor of what begins at an address: the fixed bits, and the address's.
  init(fixedBits: UInt64, at address: SharedAddress) {
    // Bits 4 to 17 of the address: the block's rank, which stands above, drops out.
    let start = (address.value & 0x3FFFF) >> 4
    let fixed = DeviceValue(address.recorder, constant: fixedBits)
    self.init(start.converted(to: UInt64.self) | fixed)
  }
}

extension KernelContext where Machine: HasWGMMA {
  /// Returns the descriptor with which `wgmma` reads a tile, or a view of it, at its first step
  /// along k.
  ///
  /// - SeeAlso: PTX ISA, "Matrix Descriptor Format" of `wgmma`.
  public func matrixDescriptor<Element>(
    of tile: TileTensor<Element, Shared>, file: String = #fileID, line: Int = #line
  ) -> MatrixDescriptor {
    at(file, line)
    recorder.check(tile.recorder)
    let layout = tile.operandLayout
    return descriptor(of: tile, try? layout?.hopperDescriptor(at: 0).rawValue)
  }
}

extension KernelContext where Machine: HasTensorMemory {
  /// Returns the descriptor with which `tcgen05.mma` reads a tile, or a view of it, at its first
  /// step along k.
  ///
  /// - SeeAlso: PTX ISA, "Shared memory descriptor" of `tcgen05`.
  public func matrixDescriptor<Element>(
    of tile: TileTensor<Element, Shared>, file: String = #fileID, line: Int = #line
  ) -> MatrixDescriptor {
    at(file, line)
    recorder.check(tile.recorder)
    let layout = tile.operandLayout
    return descriptor(of: tile, try? layout?.blackwellDescriptor(at: 0).rawValue)
  }
}

extension KernelContext {
  /// Returns the descriptor of a tile whose layout has some bits in descriptors, or none.
  private func descriptor<Element>(
    of tile: TileTensor<Element, Shared>, _ bits: UInt64?
  ) -> MatrixDescriptor {
    recorder.expect(
      bits != nil || tile.canonicalLayout == nil, "the tile has strides that no descriptor can hold"
    )
    return MatrixDescriptor(fixedBits: bits ?? 0, at: tile.address)
  }
}

extension TileTensor where Space == Shared {
  /// The layout of the whole tile, for a matrix instruction to read.
  ///
  /// It is a finding of the recording, and perhaps nil, unless the tile was declared as a
  /// `SharedTile` and the part begins where the swizzle's pattern does.
  package var operandLayout: CanonicalLayout? {
    recorder.expect(
      canonicalLayout != nil && origin.isAtPattern(distance),
      """
      a matrix instruction must read a declared tile from a row and a column where the swizzle \
      pattern begins
      """)
    return canonicalLayout
  }
}
