// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// A change of the number of registers of a warpgroup's threads.
public enum RegisterAdjustment: String, Sendable {
  /// Threads give registers back to the block.
  case decrease = "dec"

  /// Threads acquire registers that others of the block have released, and wait until there are
  /// enough.
  case increase = "inc"
}

extension KernelContext where Machine: HasTMA {
  /// Changes the number of registers of each thread of a warpgroup.
  ///
  /// All four warps of the warpgroup call it together. The contents of released registers are lost,
  /// and acquired ones are undefined.
  ///
  /// - `count`: The new number of registers, a multiple of 8 from 24 to 256.
  /// - SeeAlso: PTX ISA, "setmaxnreg".
  public func setmaxnreg(
    _ adjustment: RegisterAdjustment, _ count: Int, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.expect(
      count % 8 == 0 && (24...256).contains(count),
      "the register count must be a multiple of 8 from 24 to 256, not \(count)")
    emit(
      .setMaximumRegisters, [Modifier(rawValue: adjustment.rawValue), "sync", "aligned", "u32"],
      [.integer(Int64(count))])
  }
}

extension KernelContext {
  /// Takes the threads of a block from its roles.
  ///
  /// - `count`: The threads of all roles.
  /// - `movesRegisters`: Whether a role calls `setmaxnreg`, so that one block has the
  ///   SM.
  public func declareThreads(_ count: Int, movesRegisters: Bool) {
    recorder.expect(
      (1...1024).contains(count), "a block must have 1 to 1024 threads, not \(count)")
    recorder.declareThreads(count, movesRegisters: movesRegisters)
  }

  /// Names the warps that have one job, for reports.
  public func declareRole(_ name: String, firstWarp: Int, warpCount: Int) {
    recorder.expect(
      name.isPrintable, "the name of a role must consist of printable characters, unlike '\(name)'")
    recorder.map.roles.append(
      KernelMap.Role(name: name, firstWarp: firstWarp, warpCount: warpCount))
  }
}
