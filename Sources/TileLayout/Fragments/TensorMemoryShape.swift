// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The shape of `tcgen05.ld` and `tcgen05.st`, which maps the registers of a warp to cells.
///
/// - SeeAlso: PTX ISA, "Data movement shape" of `tcgen05`.
public enum TensorMemoryShape: String, Hashable, Sendable, CaseIterable {
  /// One row for each lane, one column for each register.
  case lanes32Bits32 = "32x32b"

  /// 16 rows of 64 bits.
  case lanes16Bits64 = "16x64b"

  /// 16 rows of 128 bits.
  case lanes16Bits128 = "16x128b"

  /// 16 rows of 256 bits, as in the accumulator of `wgmma` and `mma`.
  case lanes16Bits256 = "16x256b"

  /// 16 rows of 32 bits, at two places that are `splitOffset` columns apart.
  case lanes16Bits32Twice = "16x32bx2"

  /// The number of registers of a thread for each repetition: the factor of `.xN`.
  public var registersPerRepetition: Int {
    switch self {
    case .lanes32Bits32, .lanes16Bits64, .lanes16Bits32Twice: 1
    case .lanes16Bits128: 2
    case .lanes16Bits256: 4
    }
  }

  /// The number of columns for each repetition, at each place if there are two.
  public var columnsPerRepetition: Int {
    switch self {
    case .lanes32Bits32, .lanes16Bits32Twice: 1
    case .lanes16Bits64: 2
    case .lanes16Bits128: 4
    case .lanes16Bits256: 8
    }
  }

  /// The number of Tensor Memory lanes from that of the address on.
  public var laneCount: Int { self == .lanes32Bits32 ? 32 : 16 }

  /// The values of N in `.xN`: powers of two that need at most 128 registers.
  public var repetitions: [Int] {
    (0...7).map { 1 << $0 }.filter { $0 * registersPerRepetition <= 128 }
  }

  /// Returns the cell of a register, relative to the address.
  ///
  /// With `.pack::16b` or `.unpack::16b` a register corresponds to the low halves of two cells, in
  /// columns `2 * column` and `2 * column + 1`.
  ///
  /// - Parameters:
  ///   - thread: The lane of the warp.
  ///   - register: The index of the register.
  ///   - splitOffset: The columns between the two places of `16x32bx2`; the other shapes have none.
  /// - Returns: The cell.
  public func cell(thread: Int, register: Int, splitOffset: Int = 0) -> TensorMemoryCell {
    let place = LanePosition(lane: thread)
    switch self {
    case .lanes32Bits32:
      return TensorMemoryCell(lane: thread, column: register)
    case .lanes16Bits64:
      return TensorMemoryCell(
        lane: place.group + 8 * (thread % 2), column: place.quad / 2 + 2 * register)
    case .lanes16Bits128:
      return TensorMemoryCell(
        lane: place.group + 8 * (register % 2), column: place.quad + 4 * (register / 2))
    case .lanes16Bits256:
      return TensorMemoryCell(
        lane: place.group + 8 * (register / 2 % 2),
        column: 2 * place.quad + register % 2 + 8 * (register / 4))
    case .lanes16Bits32Twice:
      return TensorMemoryCell(
        lane: thread % 16, column: register + thread / 16 * splitOffset)
    }
  }

  /// Returns the cells of a register, relative to the address.
  ///
  /// - Parameters:
  ///   - thread: The lane of the warp.
  ///   - register: The index of the register.
  ///   - isPacked: Whether the instruction has `.pack::16b` or `.unpack::16b`, so that a register
  ///     holds the low halves of two cells, the first in its low bits.
  ///   - splitOffset: The columns between the two places of `16x32bx2`; the other shapes have none.
  /// - Returns: One or two cells.
  public func cells(
    thread: Int, register: Int, isPacked: Bool, splitOffset: Int = 0
  ) -> [TensorMemoryCell] {
    guard isPacked else {
      return [cell(thread: thread, register: register, splitOffset: splitOffset)]
    }
    let place = cell(thread: thread, register: register)
    // The split offset counts unpacked columns, so it is not doubled.
    let split = cell(thread: thread, register: register, splitOffset: splitOffset)
    let column = 2 * place.column + split.column - place.column
    return (0..<2).map { TensorMemoryCell(lane: place.lane, column: column + $0) }
  }

  /// Returns the number of columns from the address to the end of an access.
  ///
  /// - Parameters:
  ///   - repetitions: The factor of `.xN`.
  ///   - isPacked: Whether each register corresponds to two cells.
  ///   - splitOffset: The columns between the two places of `16x32bx2`.
  /// - Returns: The number of columns, including those between two places.
  public func reach(repetitions: Int, isPacked: Bool, splitOffset: Int = 0) -> Int {
    let columns = repetitions * columnsPerRepetition * (isPacked ? 2 : 1)
    return self == .lanes16Bits32Twice ? splitOffset + columns : columns
  }
}
