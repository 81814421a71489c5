// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// A fault of a kernel, found while it ran.
struct Trap: Error {
  /// The kind of fault.
  enum Kind: String {
    case outOfBounds = "out-of-bounds"
    case misaligned = "misaligned-access"
    case uninitialized = "uninitialized-read"
    case barrierMisuse = "barrier-misuse"
    case missingLanes = "missing-lanes"
    case illegalDescriptor = "illegal-descriptor"
    case illegalTensorMap = "illegal-tensor-map"
    case illegalCoordinates = "illegal-coordinates"
    case illegalOperand = "illegal-operand"
    case tensorMemory = "tensor-memory"
    case launch = "launch"
    case launchControl = "launch-control"
    case registers = "register-adjustment"
    case deadlock = "deadlock"
    case endlessLoop = "endless-loop"
    case trapInstruction = "trap"
    case exit = "illegal-exit"
    case instructionLimit = "instruction-limit"
    /// Not a fault of the kernel: a feature that the simulator lacks.
    case notSimulated = "not-simulated"
  }

  /// The kind of fault.
  var kind: Kind

  /// The message, in a sentence or two.
  var message: String

  /// The thread and the instruction; added where the trap passes through the cluster.
  var context: [String] = []

  /// Creates a trap.
  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}

/// Returns a number in the notation of addresses.
func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
