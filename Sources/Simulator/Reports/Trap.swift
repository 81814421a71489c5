import DeviceRuntime

/// Something wrong that a kernel did, found while it ran.
struct Trap: Error {
  /// What kind of wrong thing.
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
    /// Nothing wrong with the kernel: the simulator cannot do it.
    case notSimulated = "not-simulated"
  }

  /// What kind of wrong thing.
  var kind: Kind

  /// What happened, in a sentence or two.
  var message: String

  /// Who did it, where; filled in where the trap passes through the cluster.
  var context: [String] = []

  /// Creates a trap.
  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}

/// Returns a number as an address is written.
func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
