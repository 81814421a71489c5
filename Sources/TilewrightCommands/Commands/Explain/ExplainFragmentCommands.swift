// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import TileLayout

/// Draws which elements the registers of `wgmma` hold.
struct ExplainWarpgroupCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "wgmma", abstract: "The elements of D or A that the registers of wgmma hold.")

  @Option(help: "The operand: d, or a for A in registers.")
  var operand = Operand.d

  @Option(
    name: .customShort("n"), parsing: .unconditional, help: "The columns of D. Default: 64.")
  var n: Extent?

  @Option(help: "The type: for D f32, f16 or s32; for A bf16, f16, tf32, e4m3 and so on.")
  var type: String?

  @OptionGroup var thread: ThreadOption

  @OptionGroup var drawing: DrawingOptions

  /// An operand in registers.
  enum Operand: String, ExpressibleByArgument, CaseIterable {
    case d
    case a
  }

  /// Draws the fragment.
  func run(_ console: Console) throws {
    let choice = try thread.choice(of: 128)
    switch operand {
    case .d:
      try drawing.write(
        try WarpgroupExplanation(
          sumsOf: n?.held("N") ?? 64, type: type ?? "f32", choice: choice),
        to: console)
    case .a:
      guard n == nil else { throw ExplanationError.optionWithout(option: "-n", needs: "operand d") }
      try drawing.write(
        try WarpgroupExplanation(operandOf: type ?? "bf16", choice: choice), to: console)
    }
  }
}

/// The options of a drawing of `ldmatrix` or `stmatrix`.
struct MatrixMoveOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "The number of matrices: 1, 2 or 4.")
  var count = Extent(4)

  @Flag(help: "Transpose the matrices (.trans).")
  var trans = false

  @OptionGroup var thread: ThreadOption

  /// Looks at the move.
  func explanation(
    _ instruction: MatrixInstruction
  ) throws(ExplanationError) -> MatrixMoveExplanation {
    try MatrixMoveExplanation(
      instruction: instruction, count: count.held("--count"), isTransposed: trans,
      choice: thread.choice(of: 32))
  }
}

/// Draws which elements the registers of `ldmatrix` get.
struct ExplainMatrixLoadCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: MatrixInstruction.load.rawValue,
    abstract: "The elements of 8 x 8 matrices that ldmatrix loads into each register.")

  @OptionGroup var move: MatrixMoveOptions

  @OptionGroup var drawing: DrawingOptions

  /// Draws the instruction.
  func run(_ console: Console) throws {
    try drawing.write(try move.explanation(.load), to: console)
  }
}

/// Draws where the registers of `stmatrix` go.
struct ExplainMatrixStoreCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: MatrixInstruction.store.rawValue,
    abstract: "The elements of 8 x 8 matrices that stmatrix stores from each register.")

  @OptionGroup var move: MatrixMoveOptions

  @OptionGroup var drawing: DrawingOptions

  /// Draws the instruction.
  func run(_ console: Console) throws {
    try drawing.write(try move.explanation(.store), to: console)
  }
}

/// Draws how a tile is cut into vectors and dealt out to threads.
struct ExplainDistributeCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "distribute",
    abstract: "The thread and register of each vector of a tile that is distributed over threads.")

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The extents of the tile.", valueName: "rows,columns"))
  var tile = NumberList(16, 64)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The extents of a vector.", valueName: "rows,columns"))
  var vector = NumberList(1, 2)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      The thread layout: rows,columns, numbered row by row as in row_major(8, 4), or a layout such \
      as (8,4):(1,8).
      """, valueName: "layout"))
  var threads = "8,4"

  @OptionGroup var thread: ThreadOption

  @OptionGroup var drawing: DrawingOptions

  /// The most elements that are dealt out along a direction, and the most threads.
  private static let limit = 1024

  /// Draws the distribution.
  func run(_ console: Console) throws {
    let tile = try pair(tile, "--tile")
    let vector = try pair(vector, "--vector")
    let threads = try threadLayout()
    let distribution = try ThreadDistribution(
      rows: tile[0], columns: tile[1], vectorRows: vector[0], vectorColumns: vector[1],
      threads: threads)
    let choice = try thread.choice(of: distribution.threadCount)
    try drawing.write(DistributionExplanation(distribution, choice: choice), to: console)
  }

  /// Returns the two extents of an option.
  private func pair(_ list: NumberList, _ option: String) throws(ExplanationError) -> [Int] {
    let values = try list.checked(option, in: 1...Self.limit)
    guard values.count == 2 else {
      throw .listLength(
        option: option, count: values.count, expected: 2, reason: "it is rows and columns")
    }
    return values
  }

  /// Returns the thread layout.
  private func threadLayout() throws -> Layout {
    let layout: Layout
    if let extents = NumberList(argument: threads) {
      let extents = try pair(extents, "--threads")
      layout = .rowMajor(extents[0], extents[1])
    } else {
      layout = try Layout(parsing: threads)
    }
    let extents = layout.shape.flattened
    guard extents.allSatisfy({ $0 <= Self.limit }), extents.count <= 8, layout.size <= Self.limit
    else {
      throw ExplanationError.outside(
        what: "The number of threads", value: nil, range: 1...Self.limit)
    }
    return layout
  }
}
