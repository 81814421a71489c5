import DeviceRuntime
import MachineIR

/// What a kernel's body has recorded so far: one function under construction.
///
/// A recorder is confined to one recording: the thread that runs the kernel's body is the only one
/// that touches it, and nothing of it is left once the program is made. So it may be captured by
/// the `@Sendable` bodies of device control flow without a lock.
package final class Recorder: @unchecked Sendable {
  /// The name by which messages call the kernel.
  package let kernelName: String

  /// The threads of a block, where the kernel fixes them.
  package let block: Dimensions?

  /// The registers declared so far.
  private(set) var registers: [RegisterDeclaration] = []

  /// The blocks that are closed, and last the one that is being filled.
  private(set) var blocks: [Block] = [Block()]

  /// The parameters declared so far.
  private(set) var parameters: [Parameter] = []

  /// What launches must know of each parameter.
  private(set) var launchParameters: [Program.Parameter] = []

  /// What reports need and instructions do not say.
  package var map = KernelMap()

  /// Where things lie in shared memory.
  package var sharedMemory = SharedMemoryLayout()

  /// What is wrong with the kernel, besides what the verifier will find.
  private(set) var findings: [RecordingFinding] = []

  /// How many registers of each name prefix there are.
  private var registerCounts: [String: Int] = [:]

  /// How many labels of each kind there are.
  private var labelCounts: [String: Int] = [:]

  /// The place of the last call that had one.
  private var place: SourcePlace?

  /// The places from which the structured parts that are being recorded were called.
  private var callers: [SourcePlace] = []

  /// Creates a recorder with nothing in it.
  package init(kernelName: String, block: Dimensions?) {
    self.kernelName = kernelName
    self.block = block
  }

  /// Records what is wrong with the kernel, at the place of the last call.
  package func report(_ finding: RecordingFinding.Kind) {
    findings.append(RecordingFinding(kind: finding, place: place))
  }
}

// MARK: - Registers and labels

extension Recorder {
  /// Declares a register of the given type.
  package func makeRegister(_ type: ScalarType) -> RegisterID {
    let prefix = Recorder.registerPrefix(of: type)
    let number = registerCounts[prefix, default: 0]
    registerCounts[prefix] = number + 1
    registers.append(RegisterDeclaration(name: "%\(prefix)\(number)", type: type))
    return RegisterID(registers.count - 1)
  }

  /// Returns a label that the kernel does not have yet: the word and a number.
  package func makeLabel(_ word: String) -> String {
    let number = labelCounts[word, default: 0]
    labelCounts[word] = number + 1
    return "\(word)_\(number)"
  }

  /// Returns what the names of a type's registers begin with: what nvcc calls them.
  private static func registerPrefix(of type: ScalarType) -> String {
    if type == .pred { return "p" }
    let isFloat = type.isFloat
    switch type.bitWidth {
    case 8, 16: return "rs"
    case 32: return isFloat ? "f" : "r"
    case 64: return isFloat ? "fd" : "rd"
    default: return "rq"
    }
  }
}

// MARK: - Instructions

extension Recorder {
  /// Records an instruction at the place of the last call that had one.
  package func emit(
    _ opcode: Opcode, _ modifiers: [Modifier] = [], _ operands: [Operand] = [],
    when condition: Instruction.Guard? = nil
  ) {
    let instruction = Instruction(
      opcode, modifiers, operands, condition: condition, place: place)
    blocks[blocks.count - 1].instructions.append(instruction)
    if instruction.isTerminator { blocks.append(Block()) }
  }

  /// Records an instruction whose first operand is a new register, and returns the register.
  package func emitResult(
    _ type: ScalarType, _ opcode: Opcode, _ modifiers: [Modifier], _ operands: [Operand]
  ) -> RegisterID {
    let register = makeRegister(type)
    emit(opcode, modifiers, [.register(register)] + operands)
    return register
  }

  /// Begins the block that branches to the label reach.
  package func begin(_ label: String) {
    let last = blocks.count - 1
    if blocks[last].instructions.isEmpty, blocks[last].label == nil {
      blocks[last].label = label
    } else {
      blocks.append(Block(label: label))
    }
  }

  /// Takes the line of a call as the place of the instructions that follow.
  package func setPlace(_ file: String, _ line: Int) {
    place = SourcePlace(file: file, line: line, calledFrom: callers.last)
  }

  /// The place that the next instruction will have.
  package var currentPlace: SourcePlace? { place }

  /// Goes back to a place that was current before.
  package func restorePlace(_ place: SourcePlace?) { self.place = place }

  /// Records what `body` does as a part that was called at the given line.
  package func withCaller<Result>(
    _ file: String, _ line: Int, _ body: () -> Result
  ) -> Result {
    let caller = SourcePlace(file: file, line: line, calledFrom: callers.last)
    callers.append(caller)
    place = caller
    defer {
      callers.removeLast()
      place = caller
    }
    return body()
  }
}

// MARK: - Parameters and the end

extension Recorder {
  /// Declares a parameter, and returns its position.
  package func addParameter(_ parameter: Parameter) -> Int {
    parameters.append(parameter)
    launchParameters.append(
      Program.Parameter(
        name: parameter.name, byteCount: parameter.byteCount,
        alignment: parameter.byteAlignment))
    return parameters.count - 1
  }

  /// Says what the tensor map of a parameter must be.
  ///
  /// - Precondition: The parameter is a tensor map.
  package func require(_ requirement: TensorMapRequirement, ofParameter position: Int) {
    let known = launchParameters[position].tensorMap
    if let known, !known.hasSameBoxes(as: requirement) {
      report(.tensorMapOfTwoTiles(parameters[position].name, known.tileName, requirement.tileName))
      return
    }
    launchParameters[position].tensorMap = requirement
  }

  /// Returns the body: every block, the last of which ends the kernel.
  func finishedBlocks() -> [Block] {
    var result = blocks
    let last = result.count - 1
    let isOpen = result[last].instructions.last?.endsFlow != true
    if result[last].instructions.isEmpty, result[last].label == nil, last > 0,
      result[last - 1].instructions.last?.endsFlow == true
    {
      result.removeLast()
    } else if isOpen {
      result[last].instructions.append(Instruction(.return))
    }
    return result
  }
}

extension TensorMapRequirement {
  /// Whether a map that meets this requirement meets the other as well.
  fileprivate func hasSameBoxes(as other: TensorMapRequirement) -> Bool {
    elementType == other.elementType && box == other.box && swizzle == other.swizzle
  }
}
