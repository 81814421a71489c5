// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import NumberFormats
import Testing

/// A mistake in a kernel's body, and the diagnostic that the recording reports.
struct Mistake: Sendable, CustomTestStringConvertible {
  /// The text of the diagnostic.
  let text: String

  /// The line of the mistake.
  let line: Int

  /// Records the kernel and creates its program.
  let record: @Sendable () throws(KernelError) -> Void

  /// The text and the line.
  var testDescription: String { "\(text) (line \(line))" }

  /// The values that a body receives besides the context.
  typealias Arguments = (
    pointer: DevicePointer<Float, Global>, index: DeviceValue<UInt32>, map: DeviceTensorMap<Float>
  )

  /// Creates a mistake in a kernel for an architecture.
  private init<Machine: Architecture>(
    _ text: String, _ line: Int, on machine: Machine.Type,
    _ body: @escaping @Sendable (KernelContext<Machine>, Arguments) -> Void
  ) {
    self.text = text
    self.line = line
    record = { () throws(KernelError) in
      _ = try Kernel<Machine, GlobalBuffer<Float>, UInt32, TensorMap<Float>>("k") {
        k, pointer, index, map in body(k, (pointer, index, map))
      }.program()
    }
  }

  /// A mistake in a kernel for Hopper.
  ///
  /// - Parameters:
  ///   - text: The text of the diagnostic.
  ///   - offset: The number of lines from this one to the mistake.
  ///   - line: This line.
  ///   - body: The kernel.
  /// - Returns: The mistake.
  static func hopper(
    _ text: String, offset: Int = 1, line: Int = #line,
    _ body: @escaping @Sendable (KernelContext<Hopper>, Arguments) -> Void
  ) -> Mistake { Mistake(text, line + offset, on: Hopper.self, body) }

  /// A mistake in a kernel for Blackwell.
  static func blackwell(
    _ text: String, offset: Int = 1, line: Int = #line,
    _ body: @escaping @Sendable (KernelContext<Blackwell>, Arguments) -> Void
  ) -> Mistake { Mistake(text, line + offset, on: Blackwell.self, body) }
}

extension Mistake {
  /// Expects the program to be refused with this text at this line, and nothing else.
  func expectFinding() {
    let error = #expect(throws: KernelError.self) { try record() }
    guard case .invalid("k", let diagnostics)? = error else {
      Issue.record("\(text): \(String(describing: error))")
      return
    }
    let found = diagnostics.map { "\($0.place?.file ?? "?"):\($0.place?.line ?? 0): \($0.message)" }
    #expect(
      found.first?.contains(text) == true && diagnostics.allSatisfy { $0.place?.line == line },
      "\(text), line \(line): \(found)")
  }
}
