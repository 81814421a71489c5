import MachineIR

extension KernelContext where Machine: HasDependentLaunch {
  /// Waits until the grids that were launched before have ended, and their memory is visible.
  ///
  /// Whatever the kernel reads of earlier grids it reads behind this, and whatever they may still read it
  /// writes behind this. On a GPU a graph of launches may start such a kernel before the grid ahead of it
  /// has ended; elsewhere nothing is waited for.
  ///
  /// - SeeAlso: PTX ISA, "griddepcontrol".
  public func griddepcontrolWait(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(.gridDependency, ["wait"])
  }

  /// Says that the block no longer minds if the next grid starts.
  ///
  /// It may start once every block has said so or ended; it sees what this grid wrote only behind its own
  /// `griddepcontrolWait`.
  ///
  /// - SeeAlso: PTX ISA, "griddepcontrol".
  public func griddepcontrolLaunchDependents(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(.gridDependency, ["launch_dependents"])
  }
}
