import DeviceRuntime
import MachineIR
import PTX

/// Random programs that share a text.
struct RandomModule {
  /// What a device made of a program.
  enum Outcome: Hashable {
    /// The words of its output.
    case words([UInt32])
    /// Why there are none.
    case failed(String)
    /// Why there are none, nor of the programs before and behind: the device is of no use any more.
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

  /// Where a program's words lie in the buffers, in bytes.
  private struct Place {
    /// The offset in the input.
    var input: Int
    /// The offset in the output.
    var output: Int
  }

  /// Runs the programs on a device, one after the other.
  ///
  /// - Parameter device: The device.
  /// - Returns: What became of each program. A GPU is of no use after a kernel's fault; the programs
  ///   behind that one are missing then.
  /// - Throws: What the device says where it has no memory for the programs.
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
        // The text is refused as a whole; each program by itself tells which one is at fault.
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

  /// Runs each program in a text of its own.
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

  /// Returns what is wrong with programs' texts.
  func textFindings() -> [RandomProgramName: String] {
    guard let finding = textFinding() else { return [:] }
    var findings: [RandomProgramName: String] = [:]
    for program in programs {
      findings[program.name] = RandomModule([program]).textFinding()
    }
    // What no program shows by itself is of all of them.
    if findings.isEmpty { findings[programs[0].name] = "with its neighbors: \(finding)" }
    return findings
  }

  /// Returns what is wrong with the text: that it is no PTX, what the verifier finds, or that it
  /// does not survive being printed and parsed.
  func textFinding() -> String? {
    do {
      let module = try parse(text)
      if let finding = module.diagnostics().first { return "the verifier: \(finding)" }
      return try parse(module.ptx()) == module ? nil : "printed and parsed it is another program"
    } catch {
      return "the parser: \(error)"
    }
  }
}
