// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import KernelLibrary

/// Draws the tiles and fragments of a kernel of the library.
struct ExplainKernelCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel",
    abstract:
      "The tiles and fragments of a kernel of the library. The word 'kernel' may be omitted."
  )

  @Argument(
    help: ArgumentHelp(
      "The kernel: one that 'kernels' lists. Without it, the topics are listed.",
      valueName: "kernel"))
  var name: String?

  @Option(help: "hopper or blackwell. Default: blackwell if the kernel supports both.")
  var target: String?

  @Option(help: "The type of the elements: bf16 or f16.")
  var type = MatmulType.bf16

  @OptionGroup var product: ProductOptions

  @OptionGroup var drawing: DrawingOptions

  /// Draws the kernel, or lists the topics.
  func run(_ console: Console) throws {
    let target = try target.map(Target.init(named:))
    guard let name else {
      let list = TopicList()
      return try console.write(drawing.json ? jsonText(list) : list.text(width: drawing.width))
    }
    let kernel = try find(name, for: target)
    guard let function = try kernel.module().entries.first else {
      fatalError("A kernel's module must contain its entry.")
    }
    try drawing.write(try KernelExplanation(kernel, function), to: console, usualHeight: 8)
  }

  /// Finds the kernel; what is no kernel may have been meant for a topic.
  private func find(_ name: String, for target: Target?) throws -> LibraryKernel {
    do throws(InputError) {
      return try LibraryKernel(
        named: name, target: target, type: type, for: product.shape())
    } catch {
      guard case .unknownKernel(let name, let known) = error else { throw error }
      throw ExplanationError.unknownTopic(
        name: name, topics: TopicList().topics.map(\.name), kernels: known)
    }
  }
}

/// The topics that `explain` knows.
struct TopicList: Encodable {
  /// The topics.
  let topics: [Topic]

  /// A topic.
  struct Topic: Encodable {
    /// The name, and what is drawn.
    let name: String, summary: String
  }

  /// Lists the topics.
  init() {
    topics = ExplainCommand.topics.map { command in
      Topic(
        name: command.configuration.commandName ?? "", summary: command.configuration.abstract)
    }
  }

  /// Returns the list for a person.
  func text(width: Int) -> String {
    var table = Table()
    for topic in topics { table.add(topic.name, topic.summary) }
    table.add("KERNEL", "The tiles and fragments of a kernel that 'tilewright kernels' lists.")
    let advice =
      "'tilewright explain TOPIC --help' lists the options; without any, an example is drawn."
    return table.text(width: width) + advice.wrapped(at: width)
  }
}
