import DeviceRuntime
import MachineIR
import PTX

extension RecordedKernel {
  /// Makes the module and the program of what a body recorded.
  ///
  /// - Throws: All findings.
  init(
    _ declaration: KernelDeclaration, _ recorder: Recorder, baseNumber: Int
  ) throws(KernelError) {
    let sharedByteCount = recorder.sharedMemory.byteCount
    if sharedByteCount > SharedMemoryLayout.limit {
      recorder.report(
        .sharedMemoryExceeded(byteCount: sharedByteCount, limit: SharedMemoryLayout.limit))
    }
    guard recorder.findings.isEmpty else {
      throw .invalid(entry: declaration.entry, findings: recorder.findings)
    }
    let function = Function(
      linkage: .visible, isEntry: true, name: declaration.entry, parameters: recorder.parameters,
      directives: declaration.directives, registers: recorder.registers,
      blocks: recorder.finishedBlocks(), map: recorder.map)
    let needs = function.needs(baseNumber: baseNumber)
    let target = TargetArchitecture(needs.architecture, needs.isSpecific ? .chip : .onward)
    module = Module(
      version: max(needs.version, target.firstVersion), target: target,
      variables: recorder.sharedMemory.isEmpty ? [] : [recorder.sharedMemory.variable],
      functions: [function.canonicalized()])
    program = Program(
      text: module.ptx(), entry: declaration.entry, parameters: recorder.launchParameters,
      dynamicSharedByteCount: sharedByteCount, block: declaration.block,
      cluster: declaration.cluster)
  }
}

extension Function {
  /// Returns what the instructions need of language version and chip, for the given architecture or
  /// a newer one.
  fileprivate func needs(baseNumber: Int) -> Availability {
    var result = Availability(PTXVersion(7, 0), architecture: baseNumber)
    if directive("reqnctapercluster") != nil { result = result.and(.hopper) }
    for block in blocks ?? [] {
      for instruction in block.instructions {
        guard let form = instruction.opcode.description.form(of: instruction) else { continue }
        result = result.and(form.needs(of: instruction.modifiers))
      }
    }
    return result
  }
}

extension TargetArchitecture {
  /// The oldest language version that knows the target.
  fileprivate var firstVersion: PTXVersion {
    switch number {
    case 100...: PTXVersion(8, 6)
    case 90...: reach == .onward ? PTXVersion(7, 8) : PTXVersion(8, 0)
    case 89...: PTXVersion(7, 8)
    default: PTXVersion(7, 0)
    }
  }
}
