// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// A matrix of a launch, for checks of its size, alignment and overlaps.
struct LaunchMatrix {
  /// The name.
  private let name: String

  /// The address of the first element.
  private let address: UInt64

  /// The number of elements of the buffer.
  private let count: Int

  /// The number of rows.
  private let rows: Int

  /// The number of columns.
  private let columns: Int

  /// The number of bytes of an element.
  private let elementByteCount: Int

  /// Creates the matrix that a buffer holds, row-major without gaps.
  init<Element: BufferElement>(
    _ name: String, _ buffer: GlobalBuffer<Element>, rows: Int, columns: Int
  ) {
    self.name = name
    address = buffer.address
    count = buffer.count
    self.rows = rows
    self.columns = columns
    elementByteCount = Element.elementType.byteCount
  }

  /// The range of addresses that the product uses.
  private var bytes: Range<UInt64> {
    address..<address + UInt64(rows * columns * elementByteCount)
  }

  /// Checks the size and alignment of this matrix and its operands, and that it overlaps none of
  /// them.
  ///
  /// - `operands`: The matrices that the product reads.
  /// - `entry`: The kernel's entry.
  func check(with operands: [LaunchMatrix], entry: String) throws(DeviceError) {
    for matrix in operands + [self] {
      if let reason = matrix.finding { throw .invalidLaunch(entry: entry, reason: reason) }
    }
    try checkOverlap(with: operands, entry: entry)
  }

  /// Checks that this matrix, which is written, overlaps none of those that are read.
  func checkOverlap(with operands: [LaunchMatrix], entry: String) throws(DeviceError) {
    for operand in operands where operand.bytes.overlaps(bytes) {
      throw .invalidLaunch(entry: entry, reason: "\(name) overlaps \(operand.name).")
    }
  }

  /// The reason why TMA cannot address the matrix; nil if it can.
  private var finding: String? {
    guard count >= rows * columns else {
      return "\(name) has \(rows) x \(columns) elements; its buffer has \(count)."
    }
    guard address % 16 == 0 else {
      return """
        \(name) must begin at a multiple of 16 bytes, not at 0x\(String(address, radix: 16)).
        """
    }
    let step = 16 / elementByteCount
    guard columns % step == 0 else {
      return """
        the rows of \(name) must be multiples of 16 bytes, which is \(step) elements, not \
        \(columns); the nearest is \((columns + step / 2) / step * step).
        """
    }
    return nil
  }
}

extension MatmulShape {
  /// Checks that the extents are in the range that kernels support.
  func check(entry: String) throws(DeviceError) {
    for (name, extent) in [("m", m), ("n", n), ("k", k)]
    where !(0...Int(Int32.max)).contains(extent) {
      throw .invalidLaunch(entry: entry, reason: "\(name) must be 0 to 2147483647, not \(extent).")
    }
  }
}
