/// Where an operand's 32 lanes lie: an offset in bytes into the warp's registers, or, where it is
/// negative, its opposite into the kernel's constants.
///
/// How lanes are stored depends on the width of the container alone:
/// - a predicate is one `UInt32`, lane l in bit l;
/// - containers of up to 32 bits are 32 `UInt32`, the unused high bits zero;
/// - containers of 64 bits are 32 `UInt64`;
/// - containers of 128 bits are 32 `UInt64` of low halves, then 32 of high halves.
typealias LaneOffset = Int32

/// The memory in which the lanes of one warp's operands lie.
struct LaneMemory {
  /// The warp's registers.
  let registers: UnsafeMutableRawPointer

  /// The kernel's constants, from byte 1 on: offset 0 is a register's.
  let constants: UnsafeMutableRawPointer

  /// Returns where the lanes at an offset begin.
  @inline(__always)
  func address(_ offset: LaneOffset) -> UnsafeMutableRawPointer {
    offset >= 0 ? registers + Int(offset) : constants - Int(offset)
  }

  /// Returns the lanes at an offset.
  @inline(__always)
  func lanes<T>(_ offset: LaneOffset, as type: T.Type = T.self) -> UnsafeMutablePointer<T> {
    address(offset).assumingMemoryBound(to: type)
  }

  /// Returns the mask of lanes in which the predicate at an offset is true.
  @inline(__always)
  func predicate(_ offset: LaneOffset) -> UInt32 { lanes(offset, as: UInt32.self).pointee }

  /// Sets the predicate at an offset in the lanes of `mask`.
  @inline(__always)
  func setPredicate(_ offset: LaneOffset, _ value: UInt32, mask: UInt32) {
    let word = lanes(offset, as: UInt32.self)
    word.pointee = (word.pointee & ~mask) | (value & mask)
  }
}

/// An instruction that each lane executes by itself, on registers alone: decoded, without references.
struct LaneInstruction {
  /// What it does, and to which types.
  var operation: LaneOperation

  /// How it does it: rounding, saturation, what becomes of subnormal numbers.
  var modifiers = LaneModifiers()

  /// A literal that belongs to the operation: the table of `lop3`.
  var immediate: UInt32 = 0

  /// The destinations; unused ones, and those that nobody reads, are -1.
  var destinations: (LaneOffset, LaneOffset, LaneOffset, LaneOffset) = (-1, -1, -1, -1)

  /// The sources; unused ones are 0.
  var sources: (LaneOffset, LaneOffset, LaneOffset, LaneOffset, LaneOffset) = (0, 0, 0, 0, 0)

  /// Where the carry flags of the lanes lie, as a predicate; -1 where the operation has none.
  var carry: LaneOffset = -1

  /// Returns the destination at an index.
  @inline(__always)
  func destination(_ index: Int) -> LaneOffset {
    switch index {
    case 0: destinations.0
    case 1: destinations.1
    case 2: destinations.2
    default: destinations.3
    }
  }

  /// Returns the source at an index.
  @inline(__always)
  func source(_ index: Int) -> LaneOffset {
    switch index {
    case 0: sources.0
    case 1: sources.1
    case 2: sources.2
    case 3: sources.3
    default: sources.4
    }
  }
}

/// What the simulator does not do, by name; never a finding about a kernel.
struct UnsupportedInstruction: Error, Equatable {
  /// The mnemonic, and what of it is not supported.
  var reason: String
}
