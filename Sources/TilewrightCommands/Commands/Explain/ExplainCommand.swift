// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import KernelLibrary

/// Draws where the elements of tiles and fragments are: a topic for each thing that has a map.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Draw where elements lie: banks, core matrices, boxes, Tensor Memory, registers.",
    discussion: """
      Each topic can be drawn in any configuration, by the layout code that the kernels use. With \
      a kernel's name instead of a topic, the kernel's own tiles and fragments are drawn.
      """,
    subcommands: topics + [ExplainKernelCommand.self],
    defaultSubcommand: ExplainKernelCommand.self)

  /// The topics, in the order in which a tile meets them.
  static let topics: [any ParsableCommand.Type] = [
    ExplainBoxCommand.self, ExplainSwizzleCommand.self, ExplainCoreMatricesCommand.self,
    ExplainTensorMemoryCommand.self, ExplainTensorMemoryLoadCommand.self,
    ExplainTensorMemoryStoreCommand.self, ExplainWarpgroupCommand.self,
    ExplainMatrixLoadCommand.self, ExplainMatrixStoreCommand.self, ExplainDistributeCommand.self,
  ]
}

/// The options of drawings.
struct DrawingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help:
      "The maximum width of a line, in characters; columns that do not fit are omitted, with a note. Default: 100.",
    transform: integer(80...100_000))
  var width = 100

  @Option(
    parsing: .unconditional,
    help:
      "The maximum number of lines of a grid; further lines are omitted, with a note. Default: 32, with a kernel 8.",
    transform: integer(3...100_000))
  var height: Int?

  @Option(help: "When to use colours: auto (on a terminal), always or never.")
  var color = ColorChoice.auto

  @Flag(help: "Print one JSON object, with the whole map.")
  var json = false

  /// The choice of colours.
  enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto
    case always
    case never
  }

  /// Writes an explanation.
  ///
  /// - Parameters:
  ///   - explanation: The explanation to draw.
  ///   - console: The console to write to.
  ///   - usualHeight: The default number of lines of a grid.
  /// - Throws: What the console throws.
  func write(
    _ explanation: some Explanation, to console: Console, usualHeight: Int = 32
  ) throws(OutputError) {
    if json { return try console.write(jsonText(explanation)) }
    let style = DrawingStyle(
      width: width, height: height ?? usualHeight, isColored: isColored(on: console))
    try console.write(explanation.picture.text(style))
  }

  /// Returns whether there are colours.
  private func isColored(on console: Console) -> Bool {
    switch color {
    case .always: true
    case .never: false
    case .auto: console.showsColors
    }
  }
}

/// The thread that a drawing of registers highlights.
struct ThreadOption: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Mark the elements of one thread, and list its registers.")
  var thread: Extent?

  /// Returns the choice among a number of threads.
  func choice(of count: Int) throws(ExplanationError) -> ThreadChoice {
    guard let thread else { return ThreadChoice() }
    guard let value = thread.value, (0..<count).contains(value) else {
      throw .outside(what: "The thread", value: thread.value, range: 0...count - 1)
    }
    return ThreadChoice(thread: value)
  }
}

/// A list of integers, as `64,8` has them.
struct NumberList: ExpressibleByArgument {
  /// The numbers; nil where no integer of the host holds one.
  let values: [Int?]

  /// Reads numbers with commas between them.
  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Extent(argument: String($0)) }
    guard numbers.count == parts.count else { return nil }
    values = numbers.map(\.value)
  }

  /// Creates a list.
  init(_ values: Int...) { self.values = values }

  /// The list as an option has it.
  var defaultValueDescription: String {
    values.map { $0.map(String.init) ?? "…" }.joined(separator: ",")
  }

  /// Returns the numbers, each in a range.
  func checked(_ option: String, in range: ClosedRange<Int>) throws(ExplanationError) -> [Int] {
    var result: [Int] = []
    for value in values {
      guard let value, range.contains(value) else {
        throw .outside(what: "Each number of \(option)", value: value, range: range)
      }
      result.append(value)
    }
    return result
  }
}
