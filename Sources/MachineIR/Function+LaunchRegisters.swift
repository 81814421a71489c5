// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extension Function {
  /// The number of threads of a block that the text fixes, or its bound, if there is one.
  public var boundedThreadCount: Int? {
    (directive("reqntid") ?? directive("maxntid")).map { $0.reduce(1, &*) }
  }

  /// The number of registers with which each thread starts in a kernel that uses `setmaxnreg`, or
  /// `nil` if the text does not fix it, so that `ptxas` ignores every `setmaxnreg`.
  ///
  /// This is the number that `ptxas` assigns to such a kernel: as many as fit, but not more than
  /// the kernel's largest `setmaxnreg.inc` requests.
  ///
  /// - SeeAlso: PTX ISA, "setmaxnreg", ".maxnreg", ".minnctapersm".
  public var launchRegisterCount: Int? {
    var limits: [Int] = []
    if let limit = directive("maxnreg")?.first { limits.append(limit) }
    if let blocks = directive("minnctapersm")?.first, let threads = boundedThreadCount {
      limits.append(RegisterUnit.perThread(threads: threads, blocks: blocks))
    }
    guard var result = limits.min() else { return nil }
    var largest: Int64?
    forEachInstruction { instruction in
      guard instruction.opcode == .setMaximumRegisters, instruction.has("inc"),
        case .integer(let count)? = instruction.operands.first
      else { return }
      largest = max(largest ?? 0, count)
    }
    if let largest { result = min(result, Int(clamping: largest)) }
    return min(result, 255)
  }
}

/// The granularity of register allocation in the hardware.
public enum RegisterUnit {
  /// The number of registers of a thread that are allocated at a time.
  public static let count = 8

  /// Returns a number of registers rounded up to whole units.
  public static func roundedUp(_ registers: Int) -> Int {
    (registers + count - 1) / count * count
  }

  /// Returns the most registers that each thread may have for a number of blocks of a number of
  /// threads to fit on an SM.
  ///
  /// An SM has four partitions of 16384 registers, and its warps are spread over them.
  public static func perThread(threads: Int, blocks: Int) -> Int {
    let warps = (max(1, threads) &+ 31) / 32 &* max(1, blocks)
    let warpsOfPart = (warps &+ 3) / 4
    return 16_384 / (warpsOfPart &* 32) / count * count
  }
}
