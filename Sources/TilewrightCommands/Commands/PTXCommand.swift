// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import KernelLibrary
import PTX

/// Prints the text of a kernel.
struct PTXCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "ptx", abstract: "Print the PTX text of a kernel.",
    discussion: "The name of the entry states the configuration.")

  @OptionGroup var kernel: KernelOptions

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write the text to a file.", valueName: "file.ptx"))
  var output: String?

  @Flag(help: "Omit source lines and the kernel map, as in snapshots.")
  var plain = false

  /// Prints or writes the text.
  func run(_ console: Console) throws {
    let outputs = try OutputFiles(output.map { [$0] } ?? [])
    let text = try kernel.find().module().ptx(form: plain ? .plain : .full)
    guard let output else { return try console.write(text) }
    try outputs.write([(output, Array(text.utf8))])
  }
}

/// The kernel of a command.
struct KernelOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The kernel: one that 'kernels' lists; 'structured:tileN=128,stages=6' is one in another configuration.",
      valueName: "kernel"))
  var name: String

  @Option(
    help: ArgumentHelp(
      "hopper or blackwell. Default: blackwell if the kernel supports both.",
      valueName: "target"))
  var target: String?

  @Option(help: "The type of the elements (with block-scaled, of the elements of D): bf16 or f16.")
  var type = MatmulType.bf16

  @OptionGroup var product: ProductOptions

  /// Finds the kernel.
  func find() throws(InputError) -> LibraryKernel {
    try LibraryKernel(
      named: name, target: target.map(Target.init(named:)), type: type, for: product.shape())
  }
}

extension MatmulType: ExpressibleByArgument {}
