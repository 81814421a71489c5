// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The recorded results of a GPU, as a text that the repository keeps.
///
/// There is one line for each probe: the program and the probe, the digest of its words, and the
/// words themselves if they are few or have an error bound. Lines that start with `#` describe the
/// origin of the results.
public struct ConformanceRecord: Sendable {
  /// The results of one probe.
  struct Entry: Sendable {
    /// The digest of the words.
    var digest: UInt64
    /// The words, if they are kept.
    var words: [UInt32]?
  }

  /// The lines that describe the origin of the results: chip, driver, date.
  public private(set) var heading: [String]

  /// The results, by program and probe.
  private var entries: [String: Entry] = [:]

  /// The names, in the order of the text.
  private var names: [String] = []

  /// Creates a record without results.
  public init(heading: [String]) { self.heading = heading }

  /// Parses a record; returns `nil` if the text is not one.
  public init?(_ text: String) {
    heading = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# ") {
        heading.append(String(line.dropFirst(2)))
        continue
      }
      let parts = line.split(separator: "\t")
      guard parts.count >= 3, let digest = UInt64(parts[2], radix: 16) else { return nil }
      let words = parts.count > 3 ? parts[3].split(separator: " ") : []
      let name = "\(parts[0])\t\(parts[1])"
      names.append(name)
      entries[name] = Entry(
        digest: digest, words: words.isEmpty ? nil : words.compactMap { UInt32($0, radix: 16) })
    }
  }

  /// The text.
  public var text: String {
    var lines = heading.map { "# " + $0 }
    for name in names {
      guard let entry = entries[name] else { continue }
      var line = name + "\t" + String(entry.digest, radix: 16)
      if let words = entry.words {
        line += "\t" + words.map { String($0, radix: 16) }.joined(separator: " ")
      }
      lines.append(line)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Adds the results of a program.
  public mutating func add(_ program: ConformanceProgram, _ output: [UInt32]) {
    for probe in program.probes {
      let words = output[probe.words]
      let isKept = probe.agreement != .bits || words.count <= 96
      let name = program.name + "\t" + probe.name
      names.append(name)
      entries[name] = Entry(digest: fingerprint(words), words: isKept ? Array(words) : nil)
    }
  }

  /// Returns the recorded results of a probe.
  func entry(_ program: ConformanceProgram, _ probe: ConformanceProbe) -> Entry? {
    entries[program.name + "\t" + probe.name]
  }
}
