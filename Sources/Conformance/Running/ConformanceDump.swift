/// Every check of programs in full: what it was given, and what two devices made of it.
///
/// A text of columns, by which the rule behind an instruction's results can be worked out.
public struct ConformanceDump: Sendable {
  /// The lines, the first of which names the columns.
  private var lines = ["program\tinstruction\tcheck\toperands\tdevice\tsimulator"]

  /// Creates a dump of nothing.
  public init() {}

  /// The text.
  public var text: String { lines.joined(separator: "\n") + "\n" }

  /// Adds the checks of a program.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - probes: Which of its probes are added.
  ///   - device: What the device computed.
  ///   - simulator: What the simulator computed, where both ran.
  public mutating func add(
    _ program: ConformanceProgram, _ probes: [ConformanceProbe], device: [UInt32],
    simulator: [UInt32]?
  ) {
    for probe in probes {
      let second = simulator?[probe.words]
      for check in 0..<probe.checkCount {
        let columns = [
          hexadecimal(probe.operands(of: check, in: program)),
          hexadecimal(probe.result(of: check, in: device[probe.words])),
          second.map { hexadecimal(probe.result(of: check, in: $0)) } ?? "",
        ]
        lines.append("\(program.name)\t\(probe.name)\t\(check)\t" + columns.joined(separator: "\t"))
      }
    }
  }
}

/// Returns words in hexadecimal, each with eight digits.
public func hexadecimal(_ words: some Sequence<UInt32>) -> String {
  words.map { word in
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }.joined(separator: " ")
}
