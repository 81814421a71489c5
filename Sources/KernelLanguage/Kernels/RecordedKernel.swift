// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import PTX

extension RecordedKernel {
  /// Makes the module of what a body recorded.
  ///
  /// - Throws: Everything that the recorder and the verifier find wrong.
  init(
    _ declaration: KernelDeclaration, _ recorder: Recorder, baseNumber: Int
  ) throws(KernelError) {
    guard !recorder.holdsStandIns else {
      throw .invalid(entry: declaration.entry, diagnostics: recorder.findings)
    }
    let byteCount = recorder.sharedMemory.byteCount
    guard byteCount <= SharedMemoryLayout.limit else {
      throw .sharedMemoryExceeded(
        entry: declaration.entry, byteCount: byteCount, limit: SharedMemoryLayout.limit)
    }
    let declaration = declaration.completed(
      threadCount: recorder.roleThreadCount, movesRegisters: recorder.movesRegisters)
    let function = recorder.finish(declaration.directives)
    let base = TargetArchitecture(baseNumber)
    module = Module(
      version: base.firstVersion, target: base,
      variables: recorder.sharedMemory.isEmpty ? [] : [recorder.sharedMemory.variable],
      functions: [function]
    ).withLowestRequirements(atLeast: base)
    let diagnostics = recorder.findings + module.diagnostics()
    guard diagnostics.allSatisfy({ $0.severity == .warning }) else {
      throw .invalid(entry: declaration.entry, diagnostics: diagnostics)
    }
    self.declaration = declaration
    parameters = recorder.launchParameters
    dynamicSharedByteCount = byteCount
  }

  /// Returns the program: the text, and the properties that a launch needs.
  func program() -> Program {
    var waits = false
    for function in module.functions {
      function.forEachInstruction { instruction in
        if instruction.opcode == .gridDependency, instruction.has("wait") { waits = true }
      }
    }
    return Program(
      text: module.ptx(), entry: declaration.entry, parameters: parameters,
      dynamicSharedByteCount: dynamicSharedByteCount, block: declaration.block,
      cluster: declaration.cluster, waitsForEarlierGrids: waits)
  }
}
