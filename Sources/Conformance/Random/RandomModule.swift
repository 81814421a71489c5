// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import PTX

/// Random programs that share a text.
struct RandomModule {
  /// The result of a program on a device.
  enum Outcome: Hashable {
    /// The words of its output.
    case words([UInt32])
    /// The reason that there are none.
    case failed(String)
    /// The reason that there are none, also for the other programs: the device can no longer be
    /// used.
    case lost(String)
  }

  /// The programs.
  let programs: [RandomProgram]

  /// The text, with a kernel for each.
  let text: String

  /// Creates the module of programs.
  init(_ programs: [RandomProgram]) {
    self.programs = programs
    text = RandomProgram.text(of: programs)
  }

  /// The offsets of a program's words in the buffers, in bytes.
  private struct Place {
    /// The offset in the input.
    var input: Int
    /// The offset in the output.
    var output: Int
  }

  /// Runs the programs on a device, one after the other.
  ///
  /// - Parameter device: The device.
  /// - Returns: The outcome of each program. A GPU cannot be used after a kernel's fault; the
  ///   outcomes of the later programs are missing then.
  /// - Throws: The device's error if it has no memory for the programs.
  func run(on device: any Device) throws(DeviceError) -> [Outcome] {
    var places: [Place] = []
    var input: [UInt32] = []
    var outputCount = 0
    for program in programs {
      places.append(Place(input: input.count * 4, output: outputCount * 4))
      input += program.input
      input += [UInt32](repeating: 0, count: (64 - input.count % 64) % 64)
      outputCount += (program.outputCount + 63) / 64 * 64
    }
    let source = try device.makeBuffer(input)
    let target = try device.makeBuffer(
      [UInt32](repeating: ConformanceProgram.blank, count: outputCount))
    var failures: [Int: String] = [:]
    for (index, program) in programs.enumerated() {
      let place = places[index]
      do {
        try launch(
          program, on: device, source.address + UInt64(place.input),
          target.address + UInt64(place.output))
      } catch {
        failures[index] = "\(error)"
        // The text is refused as a whole; running each program by itself finds the faulty one.
        if case .programRejected = error, programs.count > 1 {
          return try runSeparately(on: device)
        }
        if case .fault = error, device.name != "simulator" {
          return Array(repeating: .failed("not read"), count: index) + [.lost("\(error)")]
        }
      }
    }
    let words = try target.read()
    return programs.indices.map { index in
      let first = places[index].output / 4
      return failures[index].map { .failed($0) }
        ?? .words(Array(words[first..<first + programs[index].outputCount]))
    }
  }

  /// Runs each program with its own text.
  private func runSeparately(on device: any Device) throws(DeviceError) -> [Outcome] {
    var outcomes: [Outcome] = []
    for program in programs {
      outcomes += try RandomModule([program]).run(on: device)
      if case .lost? = outcomes.last { break }
    }
    return outcomes
  }

  /// Runs a program on memory of the device.
  private func launch(
    _ program: RandomProgram, on device: any Device, _ source: UInt64, _ target: UInt64
  ) throws(DeviceError) {
    var images = [[UInt8]](repeating: [UInt8](repeating: 0, count: 128), count: 2)
    for (index, tensor) in program.tensors.enumerated() {
      var description = tensor.description
      description.address = (tensor.isOutput ? target : source) + UInt64(tensor.byteOffset)
      images[index] = try device.makeTensorMapImage(description)
    }
    try device.launch(
      Program(
        text: text, entry: program.name.entry,
        parameters: [
          Program.Parameter(name: "in_param", byteCount: 8, alignment: 8),
          Program.Parameter(name: "out_param", byteCount: 8, alignment: 8),
          Program.Parameter(name: "map0", byteCount: 128, alignment: 64),
          Program.Parameter(name: "map1", byteCount: 128, alignment: 64),
        ]), program.launch,
      [
        KernelArgument(source), KernelArgument(target),
        KernelArgument(bytes: images[0], alignment: 64),
        KernelArgument(bytes: images[1], alignment: 64),
      ])
  }

  /// Returns the errors in programs' texts.
  func textFindings() -> [RandomProgramName: String] {
    guard let finding = textFinding() else { return [:] }
    var findings: [RandomProgramName: String] = [:]
    for program in programs {
      findings[program.name] = RandomModule([program]).textFinding()
    }
    // An error that no program has by itself is attributed to all of them.
    if findings.isEmpty { findings[programs[0].name] = "with its neighbors: \(finding)" }
    return findings
  }

  /// Returns the error in the text: it is not valid PTX, the verifier has a finding, or it does not
  /// survive being printed and parsed.
  func textFinding() -> String? {
    do {
      let module = try parse(text)
      if let finding = module.diagnostics().first { return "the verifier: \(finding)" }
      return try parse(module.ptx()) == module
        ? nil : "its printed text parses to a different program"
    } catch {
      return "the parser: \(error)"
    }
  }
}
