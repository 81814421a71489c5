// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing

/// The names that a program sees if it imports one umbrella and nothing else.
@Suite struct `The umbrella` {
  /// The modules that authors of programs write with.
  static let kernels = [
    "DeviceRuntime", "KernelLanguage", "KernelLibrary", "NumberFormats", "StructuredKernels",
    "TileLayout",
  ]

  /// Returns a program that names each public type of the modules, without a module's name.
  private func program(naming modules: [String]) throws -> (text: String, count: Int) {
    let sources = try SourceFile.all(under: modules.map { "Sources/" + $0 })
    let names = Set(sources.flatMap(\.publicTypes)).sorted()
    // A type with parameters is named without them; a protocol as any other type.
    return (names.map { "typealias Its\($0) = \($0)\n" }.joined(), names.count)
  }

  @Test(arguments: [
    ("Tilewright", kernels + ["Simulator", "CUDADriver", "Tilewright"]),
    ("TilewrightKernels", kernels), ("TilewrightCUDA", kernels + ["CUDADriver"]),
    ("TilewrightSimulator", kernels + ["Simulator"]),
  ])
  func `every public type can be named`(umbrella: String, modules: [String]) throws {
    let (text, count) = try program(naming: modules)
    #expect(count > 150)
    let report = try compile(text, importing: [umbrella])
    #expect(report.isAccepted, "\(report.log)")
  }

  @Test func `the instruction tables and the parser are imported by name`() throws {
    let text = "func name(_ opcode: Opcode) -> Opcode { opcode }\nlet parser = parseFragment"
    let without = try compile(text, importing: ["Tilewright"])
    #expect(without.hasError(atLine: 1, containing: "Opcode"), "\(without.log)")
    #expect(without.hasError(atLine: 2, containing: "parseFragment"), "\(without.log)")
    let with = try compile(text, importing: ["Tilewright", "MachineIR", "PTX"])
    #expect(with.isAccepted, "\(with.log)")
  }

  @Test func `a program without the simulator cannot name it`() throws {
    let text = "let machine = SimulatedMachine.hopper"
    #expect(try compile(text, importing: ["TilewrightSimulator"]).isAccepted)
    let report = try compile(text, importing: ["TilewrightCUDA"])
    #expect(report.hasError(atLine: 1, containing: "SimulatedMachine"), "\(report.log)")
  }

  @Test func `the types of a kernel's variables have names`() throws {
    let text = """
      func count(_ k: KernelContext<AnyArchitecture>) -> Variable<UInt32> {
        let total: Variable<UInt32> = k.variable(0)
        total += 1
        return total
      }
      """
    let report = try compile(text, importing: ["Tilewright"])
    #expect(report.isAccepted, "\(report.log)")
  }
}
