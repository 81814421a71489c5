// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension KernelContext where Machine: HasDependentLaunch {
  /// Waits until the grids that were launched before have ended, and their memory is visible.
  ///
  /// Call it before the kernel reads anything that preceding grids write, and before it writes
  /// anything that they may still read. With programmatic dependent launch a GPU may start such a
  /// kernel before the preceding grid has ended; otherwise there is nothing to wait for.
  ///
  /// - SeeAlso: PTX ISA, "griddepcontrol".
  public func griddepcontrolWait(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(.gridDependency, ["wait"])
  }

  /// Allows the dependent grid to start.
  ///
  /// It may start when every block has called this or exited; this grid's writes are visible to it
  /// only after its own `griddepcontrolWait`.
  ///
  /// - SeeAlso: PTX ISA, "griddepcontrol".
  public func griddepcontrolLaunchDependents(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(.gridDependency, ["launch_dependents"])
  }
}
