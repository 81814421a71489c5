// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import TileLayout

/// Draws where `tcgen05.mma` puts D.
struct ExplainTensorMemoryCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "tensor-memory",
    abstract: "The position of each element of D of tcgen05.mma in Tensor Memory.")

  @Option(name: .customShort("m"), parsing: .unconditional, help: "The rows of D.")
  var m = Extent(128)

  @Option(name: .customShort("n"), parsing: .unconditional, help: "The columns of D.")
  var n = Extent(64)

  @Option(parsing: .unconditional, help: "The CTA group: 1 or 2 blocks.")
  var group = Extent(1)

  @OptionGroup var drawing: DrawingOptions

  /// Draws the accumulator.
  func run(_ console: Console) throws {
    guard let group = group.value.flatMap(CTAGroup.init) else {
      throw ExplanationError.notAllowed(
        what: "The group", value: group.value, allowed: CTAGroup.allCases.map(\.rawValue))
    }
    try drawing.write(
      try TensorMemoryExplanation(m: m.held("M"), n: n.held("N"), group: group), to: console)
  }
}

/// The options of a drawing of an access to Tensor Memory.
struct TensorMemoryAccessOptions: ParsableArguments {
  @Option(help: "The shape: 32x32b, 16x64b, 16x128b, 16x256b or 16x32bx2.")
  var shape = "16x256b"

  @Option(
    name: .customLong("repeat"), parsing: .unconditional,
    help: ArgumentHelp("The factor N of .xN.", valueName: "n"))
  var repetitions = Extent(1)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The columns between the two halves of 16x32bx2. Default: the columns of a half.",
      valueName: "columns"))
  var split: Extent?

  @Flag(help: "Pack the low halves of two cells in a register (.pack::16b, .unpack::16b).")
  var pack = false

  @OptionGroup var thread: ThreadOption

  /// Looks at the access.
  func explanation(
    _ instruction: TensorMemoryInstruction
  ) throws(ExplanationError) -> TensorMemoryAccessExplanation {
    try TensorMemoryAccessExplanation(
      instruction: instruction, shape: TensorMemoryShape(named: shape),
      repetitions: repetitions.held("--repeat"), isPacked: pack,
      splitOffset: split?.held("--split"), choice: thread.choice(of: 32))
  }
}

/// Draws which cells the registers of `tcgen05.ld` get.
struct ExplainTensorMemoryLoadCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: TensorMemoryInstruction.load.rawValue,
    abstract: "The cells of Tensor Memory that tcgen05.ld loads into each register.")

  @OptionGroup var access: TensorMemoryAccessOptions

  @OptionGroup var drawing: DrawingOptions

  /// Draws the instruction.
  func run(_ console: Console) throws {
    try drawing.write(try access.explanation(.load), to: console)
  }
}

/// Draws which cells the registers of `tcgen05.st` go to.
struct ExplainTensorMemoryStoreCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: TensorMemoryInstruction.store.rawValue,
    abstract: "The cells of Tensor Memory that tcgen05.st stores from each register.")

  @OptionGroup var access: TensorMemoryAccessOptions

  @OptionGroup var drawing: DrawingOptions

  /// Draws the instruction.
  func run(_ console: Console) throws {
    try drawing.write(try access.explanation(.store), to: console)
  }
}
