// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import KernelLibrary
import MachineIR
import PTX

/// Describes a kernel: memory, roles and occupancy.
struct DescribeCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Describe a kernel: configuration, memory map, roles, barriers, occupancy.")

  @OptionGroup var kernel: KernelOptions

  @Flag(
    help: """
      Run ptxas to report registers, spills and warnings: the file that --ptxas-path or \
      TILEWRIGHT_PTXAS names, else the first on PATH, else that of the Python environment in \
      TILEWRIGHT_VENV.
      """)
  var ptxas = false

  @Option(help: ArgumentHelp("The ptxas to run.", valueName: "file"))
  var ptxasPath: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  /// Describes the kernel.
  func run(_ console: Console) throws {
    let target = try kernel.target.map(Target.init(named:))
    let kernel = try kernel.find()
    let assembler =
      try ptxas || ptxasPath != nil
      ? PTXAssembler(named: ptxasPath, environment: console.environment) : nil
    let module = try kernel.module()
    guard let function = module.entries.first else {
      fatalError("A kernel's module must contain its entry.")
    }
    let assembled = try console.showing("Assembling") {
      try assembler?.report(on: module.ptx(), target: "\(module.target)")
    }
    let machine = Target(rawValue: kernel.target.rawValue) ?? target ?? .blackwell
    let report = KernelReport(
      kernel, module, function, try kernel.program(), on: machine, assembler: assembled)
    try console.write(json ? jsonText(report) : report.text)
  }
}
