// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import KernelLanguage
import KernelLibrary
import NumberFormats

/// Multiplies two matrices on a device, and checks the product.
struct MatmulCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "matmul",
    abstract: "Multiply two matrices with a kernel of the library, and check the product.",
    discussion: """
      C[m, n] = A[m, k] · B[n, k]ᵀ. Without --a and --b, the matrices are generated from a seed. \
      The product is compared with one that the host computes in double precision from the same \
      rounded elements: all of it or, if that would take long, evenly spaced rows.
      """)

  @Option(
    help: """
      The kernel: one that 'kernels' lists; 'structured:tileN=128,stages=6' is one in another \
      configuration. Default: the most advanced of the ladder.
      """)
  var kernel: String?

  @Option(help: "hopper or blackwell. Default: that of the device; blackwell on the simulator.")
  var target: String?

  @Option(
    name: .customShort("m"), parsing: .unconditional, help: "The rows of A and C. Default: 512.")
  var m: Extent?

  @Option(
    name: .customShort("n"), parsing: .unconditional,
    help: "The rows of B and the columns of C. Default: 512.")
  var n: Extent?

  @Option(
    name: .customShort("k"), parsing: .unconditional,
    help: "The columns of A and B. Default: 512.")
  var k: Extent?

  @Option(help: ArgumentHelp("A as a .npy file of f32, f16 or bf16.", valueName: "a.npy"))
  var a: String?

  @Option(help: ArgumentHelp("B as a .npy file of f32, f16 or bf16.", valueName: "b.npy"))
  var b: String?

  @Option(help: ArgumentHelp("Write C, in the kernel's type, to a file.", valueName: "c.npy"))
  var out: String?

  @Option(
    help: """
      The type of the kernel's elements: bf16 or f16. Default: bf16; f16 if both files are of f16.
      """)
  var type: MatmulType?

  @Option(help: "The elements of generated matrices: normal, uniform, integers or positions.")
  var inputs = MatmulInputs.normal

  @Option(
    parsing: .unconditional, help: "The seed of generated matrices. Default: 0.",
    transform: integer(0...UInt64.max))
  var seed: UInt64 = 0

  @Option(
    name: .customLong("repeat"), parsing: .unconditional,
    help: ArgumentHelp(
      """
      Time the kernel on a GPU in this many rounds, alternating with cuBLASLt if it is available.
      """, valueName: "rounds"),
    transform: integer(roundRange))
  var repetitions: Int?

  @OptionGroup var options: DeviceOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  /// Computes and checks the product.
  func run(_ console: Console) throws {
    let start = ContinuousClock.now
    let selection = try MatmulSelection(
      kernel: kernel, target: target, device: options.device, options)
    try checkRepetitions(on: selection.device)
    let outputs = try OutputFiles(out.map { [$0] } ?? [])
    let source = try MatmulSource(
      a: a, b: b, m: m, n: n, k: k, inputs: inputs, seed: seed)
    let type = type ?? source.naturalType
    let result =
      switch type {
      case .bf16: try multiply(selection.entry.bfloat16, source, on: selection.device, console)
      case .f16: try multiply(selection.entry.halfFloat, source, on: selection.device, console)
      }
    let report = MatmulReport(
      selection, source, type, result, totalSeconds: start.duration(to: .now).seconds,
      out: result.isGood ? out : nil)
    if result.isGood, let out {
      let array = NumpyArray(
        elementType: type.numpyType, shape: [source.shape.m, source.shape.n], bytes: result.product)
      try outputs.write([(out, array.file)])
    }
    try console.write(json ? jsonText(report) : report.text)
    guard let failure = report.failure else { return }
    console.writeError("Error: \(failure)\n")
    throw ExitStatus.wrong
  }

  /// Throws where the kernel is to be timed on the simulator.
  private func checkRepetitions(on chosen: ChosenDevice) throws(InputError) {
    guard repetitions == nil || !chosen.isSimulator else {
      throw .timingOnSimulator(what: "option --repeat")
    }
  }

  /// Computes and checks the product with the kernel that a family chooses for it.
  private func multiply<Element: TensorCoreElement & NumberFormat>(
    _ family: any MatmulFamily<Element>, _ source: MatmulSource, on device: ChosenDevice,
    _ console: Console
  ) throws -> MatmulResult {
    let job = MatmulJob(
      kernel: family.resolved(
        for: source.shape, multiprocessorCount: device.device.multiprocessorCount),
      source: source, console: console, keepsProduct: out != nil,
      repetitions: repetitions)
    return try job.run(on: device)
  }
}

extension MatmulInputs: ExpressibleByArgument {}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
