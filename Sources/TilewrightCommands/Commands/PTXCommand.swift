import ArgumentParser
import PTX

/// Prints the text of a kernel.
struct PTXCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "ptx", abstract: "Print the PTX text of a kernel.")

  @OptionGroup var kernel: KernelOptions

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write the text to a file.", valueName: "file.ptx"))
  var output: String?

  @Flag(help: "Leave out source lines and the kernel map: the form that snapshots have.")
  var plain = false

  /// Prints or writes the text.
  func run(_ console: Console) throws {
    let outputs = try OutputFiles(output.map { [$0] } ?? [])
    let text = try kernel.find().module().ptx(form: plain ? .plain : .full)
    guard let output else { return console.write(text) }
    try outputs.write([(output, Array(text.utf8))])
  }
}

/// Which kernel a command is about.
struct KernelOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The kernel: scale, block-scaled, or one that 'kernels' lists.", valueName: "kernel"))
  var name: String

  @Option(
    help: ArgumentHelp(
      "hopper or blackwell. Default: blackwell, where the kernel is for both.",
      valueName: "target"))
  var target: String?

  @Option(help: "The type of the elements, with block-scaled of those of D: bf16 or f16.")
  var type = MatmulType.bf16

  /// Finds the kernel.
  func find() throws(InputError) -> LibraryKernel {
    try LibraryKernel(named: name, target: target.map(Target.init(named:)), type: type)
  }
}

extension MatmulType: ExpressibleByArgument {}
