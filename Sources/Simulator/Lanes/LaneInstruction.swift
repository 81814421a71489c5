// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The location of an operand's 32 lanes: an offset in bytes into the warp's registers or, if it is
/// negative, the negated offset into the kernel's constants.
///
/// The layout of the lanes depends only on the width of the container:
/// - a predicate is one `UInt32`, with lane l in bit l;
/// - containers of up to 32 bits are 32 `UInt32`, whose unused high bits are zero;
/// - containers of 64 bits are 32 `UInt64`;
/// - containers of 128 bits are 32 `UInt64` of low halves, followed by 32 of high halves.
typealias LaneOffset = Int32

/// The memory with the lanes of one warp's operands.
struct LaneMemory {
  /// The warp's registers.
  let registers: UnsafeMutableRawPointer

  /// The kernel's constants, from byte 1 on, because offset 0 is a register's.
  let constants: UnsafeMutableRawPointer

  /// Returns the address of the lanes at an offset.
  @inline(__always)
  func address(_ offset: LaneOffset) -> UnsafeMutableRawPointer {
    offset >= 0 ? registers + Int(offset) : constants - Int(offset)
  }

  /// Returns the lanes at an offset.
  @inline(__always)
  func lanes<T>(_ offset: LaneOffset, as type: T.Type = T.self) -> UnsafeMutablePointer<T> {
    address(offset).assumingMemoryBound(to: type)
  }

  /// Returns the mask of the lanes in which the predicate at an offset is true.
  @inline(__always)
  func predicate(_ offset: LaneOffset) -> UInt32 { lanes(offset, as: UInt32.self).pointee }

  /// Sets the predicate at an offset in the lanes of `mask`.
  @inline(__always)
  func setPredicate(_ offset: LaneOffset, _ value: UInt32, mask: UInt32) {
    let word = lanes(offset, as: UInt32.self)
    word.pointee = (word.pointee & ~mask) | (value & mask)
  }
}

/// A decoded instruction on registers that each lane executes independently; it has no references.
struct LaneInstruction {
  /// The operation and its types.
  var operation: LaneOperation

  /// Rounding, saturation and the treatment of subnormal numbers.
  var modifiers = LaneModifiers()

  /// A literal of the operation: the truth table of `lop3`.
  var immediate: UInt32 = 0

  /// The destinations; -1 if there is none, or its value is unused.
  var destinations: (LaneOffset, LaneOffset, LaneOffset, LaneOffset) = (-1, -1, -1, -1)

  /// The sources; 0 if there is none.
  var sources: (LaneOffset, LaneOffset, LaneOffset, LaneOffset, LaneOffset) = (0, 0, 0, 0, 0)

  /// The offset of the lanes' carry flags, as a predicate; -1 if the operation has none.
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

/// A feature that the simulator does not support; never a finding about a kernel.
struct UnsupportedInstruction: Error, Equatable {
  /// The mnemonic and the unsupported feature.
  var reason: String
}
