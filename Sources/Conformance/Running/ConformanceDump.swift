// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Every check of programs in full: the operands, and the results of two devices.
///
/// The table helps to find the rule for an instruction's results.
public struct ConformanceDump: Sendable {
  /// The lines; the first has the names of the columns.
  private var lines = ["program\tinstruction\tcheck\toperands\tdevice\tsimulator"]

  /// Creates an empty dump.
  public init() {}

  /// The text.
  public var text: String { lines.joined(separator: "\n") + "\n" }

  /// Adds the checks of a program.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - probes: The probes to add.
  ///   - device: The results of the device.
  ///   - simulator: The results of the simulator, if both ran.
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
