import ArgumentParser
import DeviceRuntime
import KernelLibrary

/// Lists the matmul kernels of the library.
struct KernelsCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "List the kernels that matmul can run.")

  @Flag(help: "Print a JSON array.")
  var json = false

  /// Lists the kernels.
  func run(_ console: Console) {
    let entries = MatmulCatalog.all.map(Entry.init)
    if json {
      console.write(jsonText(entries))
    } else {
      console.write(text(entries))
    }
  }

  /// Returns the list for a person.
  private func text(_ entries: [Entry]) -> String {
    var columns = Columns("KERNEL", "TARGET", "STEP", "CONFIGURATION", "")
    for entry in entries {
      columns.add(entry.name, entry.target, "\(entry.step)", entry.configuration, entry.summary)
    }
    return columns.text
  }

  /// A kernel.
  private struct Entry: Encodable {
    /// The name as `--kernel` takes it.
    let name: String
    /// What it runs on: `hopper`, `blackwell`, or `any`.
    let target: String
    /// The step of the ladder.
    let step: Int
    /// What it does, in a line.
    let summary: String
    /// The configuration in words.
    let configuration: String
    /// The types of its elements.
    let types: [String]

    /// Creates the entry of a kernel.
    init(_ entry: MatmulCatalog.Entry) {
      let description = entry.description
      name = description.name
      target = description.target.rawValue
      step = description.step
      summary = description.summary
      configuration = description.configuration
      types = entry.elementTypes.map(\.rawValue)
    }
  }
}
