/// The shape of `tcgen05.ld` and `tcgen05.st`: which cells the registers of a warp stand for.
///
/// - SeeAlso: PTX ISA, "Data movement shape" of `tcgen05`.
public enum TensorMemoryShape: String, Hashable, Sendable, CaseIterable {
  /// Each lane its own row, one column for each register.
  case lanes32Bits32 = "32x32b"

  /// 16 rows of 64 bits.
  case lanes16Bits64 = "16x64b"

  /// 16 rows of 128 bits.
  case lanes16Bits128 = "16x128b"

  /// 16 rows of 256 bits, as in the accumulator of `wgmma` and `mma`.
  case lanes16Bits256 = "16x256b"

  /// 16 rows of 32 bits, twice, a split of columns apart.
  case lanes16Bits32Twice = "16x32bx2"

  /// The registers of a thread for each repetition: the factor of `.xN`.
  public var registersPerRepetition: Int {
    switch self {
    case .lanes32Bits32, .lanes16Bits64, .lanes16Bits32Twice: 1
    case .lanes16Bits128: 2
    case .lanes16Bits256: 4
    }
  }

  /// The columns for each repetition, at each place if there are two.
  public var columnsPerRepetition: Int {
    switch self {
    case .lanes32Bits32, .lanes16Bits32Twice: 1
    case .lanes16Bits64: 2
    case .lanes16Bits128: 4
    case .lanes16Bits256: 8
    }
  }

  /// The number of lanes of Tensor Memory from that of the address on.
  public var laneCount: Int { self == .lanes32Bits32 ? 32 : 16 }

  /// The numbers that `.xN` can have: powers of two that need at most 128 registers.
  public var repetitions: [Int] {
    (0...7).map { 1 << $0 }.filter { $0 * registersPerRepetition <= 128 }
  }

  /// Returns the cell, relative to the address, of a register.
  ///
  /// With `.pack::16b` or `.unpack::16b` a register stands for the low halves of two cells, those
  /// at twice this column and one more.
  ///
  /// - Parameters:
  ///   - thread: The lane of the warp.
  ///   - register: The register's number.
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

  /// Returns the cells, relative to the address, whose values a register has.
  ///
  /// - Parameters:
  ///   - thread: The lane of the warp.
  ///   - register: The register's number.
  ///   - isPacked: Whether the instruction has `.pack::16b` or `.unpack::16b`, so that a register
  ///     has the low halves of two cells, the first in its low bits.
  ///   - splitOffset: The columns between the two places of `16x32bx2`; the other shapes have none.
  /// - Returns: One cell, or two.
  public func cells(
    thread: Int, register: Int, isPacked: Bool, splitOffset: Int = 0
  ) -> [TensorMemoryCell] {
    guard isPacked else {
      return [cell(thread: thread, register: register, splitOffset: splitOffset)]
    }
    let place = cell(thread: thread, register: register)
    // The split counts columns as they are, and so is not doubled.
    let split = cell(thread: thread, register: register, splitOffset: splitOffset)
    let column = 2 * place.column + split.column - place.column
    return (0..<2).map { TensorMemoryCell(lane: place.lane, column: column + $0) }
  }

  /// Returns the columns that an access reaches, from its address on.
  ///
  /// - Parameters:
  ///   - repetitions: The factor of `.xN`.
  ///   - isPacked: Whether registers stand for two cells each.
  ///   - splitOffset: The columns between the two places of `16x32bx2`.
  /// - Returns: The number of columns, those between two places included.
  public func reach(repetitions: Int, isPacked: Bool, splitOffset: Int = 0) -> Int {
    let columns = repetitions * columnsPerRepetition * (isPacked ? 2 : 1)
    return self == .lanes16Bits32Twice ? splitOffset + columns : columns
  }
}
