// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import PTX
import Testing

struct SpeedTests {
  /// A kernel of 1000 instructions and 1000 registers.
  private var module: Module {
    var builder = FunctionBuilder("long")
    var last = builder.emitResult(.b32, .move, ["u32"], [.special(.threadIndexX)])
    for index in 0..<998 {
      builder.place = SourcePlace(file: "My/Kernel.swift", line: index / 4 + 1)
      last = builder.emitResult(
        .b32, .mad, ["lo", "u32"], [.register(last), .integer(Int64(index) << 9), .register(last)])
    }
    let functions = [builder.finish()]
    return Module(version: PTXVersion(8, 0), target: .hopper, functions: functions)
  }

  /// Returns the shortest time of several runs, since other processes may be running.
  private func shortest(_ work: () throws -> Void) rethrows -> Duration {
    let clock = ContinuousClock()
    return try (0..<20).map { _ in try clock.measure(work) }.min() ?? .zero
  }

  @Test func `a kernel of a thousand instructions is printed and parsed in milliseconds`() throws {
    let module = module
    let text = module.ptx()
    #expect(module.functions[0].blocks?[0].instructions.count == 1000)
    let printing = shortest { _ = module.ptx() }
    let parsing = try shortest { _ = try parse(text) }
    let verifying = shortest { _ = module.diagnostics() }
    #expect(printing < .milliseconds(2))
    #expect(parsing < .milliseconds(10))
    #expect(verifying < .milliseconds(40))
    print("printing \(printing), parsing \(parsing), verifying \(verifying)")
  }
}
