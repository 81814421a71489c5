// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import KernelLibrary

/// Lists the kernels of the library.
struct KernelsCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "List the kernels of the library.",
    discussion: """
      matmul and bench run the kernels of the ladder; ptx, describe and explain show all of them.
      """)

  @Flag(help: "Print a JSON array.")
  var json = false

  /// Lists the kernels.
  func run(_ console: Console) throws {
    let entries =
      MatmulCatalog.all.map(Entry.init) + LibraryKernel.furtherKernels(.bf16).map(Entry.init)
    try console.write(json ? jsonText(entries) : text(entries))
  }

  /// Returns the list for a person.
  private func text(_ entries: [Entry]) -> String {
    var columns = Columns("KERNEL", "TARGETS", "STEP", "CONFIGURATION", "")
    for entry in entries {
      columns.add(
        entry.name, entry.targets.joined(separator: ", "), entry.step.value.map(String.init) ?? "–",
        entry.configuration.value ?? "–", entry.summary)
    }
    return columns.text
  }

  /// A kernel.
  private struct Entry: Encodable {
    /// The name as commands take it.
    let name: String
    /// The targets that commands take with it.
    let targets: [String]
    /// The step of the ladder; none where the kernel is not on it.
    let step: Reported<Int>
    /// A summary in one line.
    let summary: String
    /// The configuration in words; none where there is nothing to choose.
    let configuration: Reported<String>
    /// The types that commands take with it.
    let types: [String]
    /// The commands that take the kernel.
    let commands: [String]

    /// Creates the entry of a matmul.
    init(_ entry: MatmulCatalog.Entry) {
      let description = entry.description
      name = description.name
      targets = Target.running(description.target).map(\.rawValue)
      step = Reported(description.step)
      summary = description.summary
      configuration = Reported(description.configuration)
      types = entry.elementTypes.map(\.rawValue)
      commands = ["matmul", "bench", "ptx", "describe", "explain"]
    }

    /// Creates the entry of a kernel that is not on the ladder.
    init(_ kernel: LibraryKernel) {
      name = kernel.name
      targets = Target.running(kernel.target).map(\.rawValue)
      step = Reported(nil)
      summary = kernel.summary
      configuration = Reported(kernel.configuration)
      types = kernel.owner == nil ? ["f32"] : MatmulType.allCases.map(\.rawValue)
      commands = ["ptx", "describe", "explain"]
    }
  }
}
