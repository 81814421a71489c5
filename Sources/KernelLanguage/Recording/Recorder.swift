// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

/// The recording of a kernel's body: one function under construction.
///
/// A recorder is confined to one recording: the thread that runs the kernel's body is the only one
/// that accesses it, and it is discarded when the program is made. So it may be captured by
/// the `@Sendable` bodies of device control flow without a lock.
package final class Recorder: @unchecked Sendable {
  /// The name by which messages call the kernel.
  package let kernelName: String

  /// The threads of a block, where the kernel fixes them.
  package let block: Dimensions?

  /// The function so far.
  private var builder: FunctionBuilder

  /// The properties of each parameter that a launch needs.
  private(set) var launchParameters: [Program.Parameter] = []

  /// The information for reports that instructions do not contain.
  package var map: KernelMap {
    get { builder.map }
    set { builder.map = newValue }
  }

  /// The layout of shared memory.
  package var sharedMemory = SharedMemoryLayout()

  /// The threads that the roles of a block have together, where the kernel has roles.
  package private(set) var roleThreadCount: Int?

  /// Whether warps take registers from one another, which needs their number fixed at the launch.
  package private(set) var movesRegisters = false

  /// The findings of the recording, in addition to those of the verifier.
  private(set) var findings: [Diagnostic] = []

  /// Whether an operation was given what it cannot take.
  ///
  /// What it recorded in its place means nothing, and so the verifier is not asked.
  private(set) var holdsStandIns = false

  /// The line on which the kernel was created, if it is known.
  private let origin: SourcePlace?

  /// The types of the registers, by position.
  private var registerTypes: [ScalarType] = []

  /// The source places at which the instructions being recorded are inlined, outermost first.
  private var callers: [SourcePlace.Caller] = []

  /// Creates a recorder with nothing in it.
  package init(kernelName: String, block: Dimensions?, origin: SourcePlace? = nil) {
    self.kernelName = kernelName
    self.block = block
    self.origin = origin
    builder = FunctionBuilder(kernelName)
  }

  /// Takes the threads of a block from its roles.
  package func declareThreads(_ count: Int, movesRegisters: Bool) {
    if let declared = block.map(\.count) ?? roleThreadCount, declared != count {
      report(.threadsOfRoles(declared: declared, roles: count))
    }
    roleThreadCount = count
    self.movesRegisters = self.movesRegisters || movesRegisters
  }

  /// Records a finding, at the source place of the last call.
  package func report(_ finding: RecordingFinding) {
    findings.append(
      Diagnostic(finding.description, at: builder.place ?? origin, in: kernelName))
  }

  /// Reports that an operation was given what it cannot take, at the author's last call.
  ///
  /// The operation continues with whatever is simplest; the kernel has no program.
  package func reject(_ finding: RecordingFinding) {
    holdsStandIns = true
    let place = builder.place?.outsideOfPackage ?? origin
    let diagnostic = Diagnostic(finding.description, at: place, in: kernelName)
    // A loop of the host's repeats its mistake at the same line.
    if findings.last != diagnostic { findings.append(diagnostic) }
  }

  /// Reports misuse unless a condition holds, and returns whether it does.
  ///
  /// - Parameters:
  ///   - holds: Whether an operation was given what it can take.
  ///   - text: What it takes, and what it was given: one sentence without a full stop.
  /// - Returns: Whether the condition holds.
  @discardableResult
  package func expect(_ holds: Bool, _ text: @autoclosure () -> String) -> Bool {
    if !holds { reject(.misuse(text())) }
    return holds
  }

  /// Returns the function, with what the author declared of it; nothing of it is left here.
  func finish(_ directives: [FunctionDirective]) -> Function {
    for directive in directives { builder.add(directive) }
    let complete = builder
    builder = FunctionBuilder(kernelName)
    return (consume complete).finish()
  }
}

// MARK: - Instructions

extension Recorder {
  /// Declares a register of the given type.
  package func makeRegister(_ type: ScalarType) -> RegisterID {
    registerTypes.append(type)
    return builder.makeRegister(type)
  }

  /// Returns the type that a register was declared with.
  ///
  /// That of another kernel, which has been reported, is whatever is simplest.
  func type(of register: RegisterID) -> ScalarType {
    register.index < registerTypes.count ? registerTypes[register.index] : .b32
  }

  /// Returns a label that the kernel does not have yet.
  package func makeLabel(_ word: String) -> String { builder.makeLabel(word) }

  /// Records an instruction at the source place of the last call that had one.
  package func emit(
    _ opcode: Opcode, _ modifiers: [Modifier] = [], _ operands: [Operand] = [],
    when condition: Instruction.Guard? = nil
  ) {
    builder.emit(opcode, modifiers, operands, when: condition)
  }

  /// Records an instruction with these parts at the source place of the last call that had one.
  package func emit(_ member: some InstructionFamily, when condition: Instruction.Guard? = nil) {
    var instruction = member.instruction
    instruction.condition = condition
    builder.emit(instruction)
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
  package func begin(_ label: String) { builder.begin(label) }
}

extension Recorder {
  /// Returns how many registers stand for as many as were asked for, perhaps by mistake.
  func standInCount(_ count: Int) -> Int { min(max(count, 0), 256) }
}

// MARK: - Places

extension Recorder {
  /// Sets the source place of the instructions that follow to the line of a call.
  package func setPlace(_ file: String, _ line: Int) {
    builder.place = SourcePlace(file: file, line: line, caller: callers.last)
  }

  /// Records the instructions of `body` as inlined at the given line.
  package func withCaller<Result>(
    _ file: String, _ line: Int, _ body: () -> Result
  ) -> Result {
    let caller = SourcePlace(file: file, line: line, caller: callers.last)
    callers.append(SourcePlace.Caller(caller))
    builder.place = caller
    defer {
      callers.removeLast()
      builder.place = caller
    }
    return body()
  }
}

// MARK: - Parameters

extension Recorder {
  /// Declares a parameter, and returns its position.
  package func addParameter(_ parameter: Parameter) -> Int {
    builder.add(parameter)
    launchParameters.append(
      Program.Parameter(
        name: parameter.name, byteCount: parameter.byteCount,
        alignment: parameter.byteAlignment))
    return launchParameters.count - 1
  }

  /// Says what the tensor map of a parameter must be.
  ///
  /// - Precondition: The parameter is a tensor map.
  package func require(_ requirement: TensorMapRequirement, ofParameter position: Int) {
    let known = launchParameters[position].tensorMap
    if let known, !known.hasSameBoxes(as: requirement) {
      report(
        .tensorMapOfTwoTiles(
          launchParameters[position].name, known.tileName, requirement.tileName))
      return
    }
    launchParameters[position].tensorMap = requirement
  }
}

extension TensorMapRequirement {
  /// Whether a map that meets this requirement meets the other as well.
  fileprivate func hasSameBoxes(as other: TensorMapRequirement) -> Bool {
    elementType == other.elementType && box == other.box && swizzle == other.swizzle
  }
}

extension SourcePlace {
  /// This place, or the nearest one of its callers that is not in the parts of this package.
  fileprivate var outsideOfPackage: SourcePlace {
    var place = self
    while place.file.hasPrefix("StructuredKernels/") || place.file.hasPrefix("KernelLanguage/"),
      let caller = place.caller
    { place = caller.place }
    return place
  }
}
