// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The registers that asynchronous operations read or write after they are issued: the accumulators
/// and fragments of `wgmma`, and the destinations of `tcgen05.ld`.
struct AsynchronousRegisters {
  /// The use of such a register by an instruction.
  struct Use {
    /// The register.
    var register: RegisterID

    /// Whether it is read.
    var isRead: Bool

    /// Whether it is written.
    var isWritten: Bool
  }

  /// For each instruction, its uses of such registers.
  private let uses: [[Use]]

  /// Finds the registers of a kernel.
  init(_ kernel: DecodedKernel) {
    var registers: Set<RegisterID> = []
    for source in kernel.sources {
      for operand in AsynchronousRegisters.operands(of: source) {
        operand.forEachRegister { registers.insert($0) }
      }
    }
    uses = kernel.sources.map { source in
      guard !registers.isEmpty else { return [] }
      var uses: [Use] = []
      source.forEachRegister { register, use in
        guard registers.contains(register) else { return }
        uses.append(Use(register: register, isRead: use != .write, isWritten: use != .read))
      }
      return uses
    }
  }

  /// Returns the uses by an instruction, synchronous or not.
  func uses(at pc: Int32) -> [Use] { uses[Int(pc)] }

  /// Returns the operands of an instruction that its operation uses after the issue.
  private static func operands(of instruction: Instruction) -> [Operand] {
    let operands: [Operand] =
      switch TypedInstruction(instruction) {
      case .warpgroup(.multiply(let product))?: [product.d, product.a]
      case .tensor(.load(let access))?: [access.registers]
      default: []
      }
    return operands.filter(\.isVector)
  }
}
