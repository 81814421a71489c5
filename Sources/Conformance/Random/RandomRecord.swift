// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The recorded results of a GPU for random programs: a text of digests that the repository keeps.
///
/// There is one line for each module: the first program's number, the digest of all its programs'
/// texts and inputs, which distinguishes a change of the generator from one of a device, and the
/// digests of the outputs. Lines that start with `#` describe the origin of the results.
public struct RandomRecord: Sendable {
  /// The results of a module.
  struct Entry: Sendable {
    /// The digest of the programs.
    var programs: UInt64
    /// The digests of their outputs; `nil` for programs without one.
    var outputs: [UInt32?]
  }

  /// The lines that describe the origin of the results.
  public private(set) var heading: [String]

  /// The seed of the programs.
  public private(set) var seed: UInt64

  /// The results, by the number of a module's first program.
  private(set) var entries: [Int: Entry] = [:]

  /// Creates an empty record.
  public init(heading: [String], seed: UInt64) {
    self.heading = heading
    self.seed = seed
  }

  /// Parses a record; returns `nil` if the text is not one.
  public init?(_ text: String) {
    var heading: [String] = []
    var seed: UInt64?
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# ") {
        heading.append(String(line.dropFirst(2)))
        continue
      }
      let words = line.split(separator: " ")
      if words.count == 2, words[0] == "seed" {
        seed = UInt64(words[1])
        continue
      }
      guard words.count >= 3, let first = Int(words[0]), let programs = UInt64(words[1], radix: 16)
      else { return nil }
      entries[first] = Entry(
        programs: programs, outputs: words.dropFirst(2).map { UInt32($0, radix: 16) })
    }
    guard let seed else { return nil }
    self.heading = heading
    self.seed = seed
  }

  /// The text.
  public var text: String {
    var text = heading.map { "# \($0)\n" }.joined() + "seed \(seed)\n"
    for (first, entry) in entries.sorted(by: { $0.key < $1.key }) {
      text += "\(first) \(hexadecimal(entry.programs, digits: 16))"
      for output in entry.outputs {
        text += " " + (output.map { hexadecimal(UInt64($0), digits: 8) } ?? "-")
      }
      text += "\n"
    }
    return text
  }

  /// The numbers of the programs.
  public var numbers: [Range<Int>] {
    entries.sorted { $0.key < $1.key }.map { $0.key..<$0.key + $0.value.outputs.count }
  }

  /// Adds a device's results for a module.
  mutating func add(_ module: RandomModule, _ outcomes: [RandomModule.Outcome], first: Int) {
    let outputs = zip(module.programs, outcomes).map { program, outcome -> UInt32? in
      if case .words(let words) = outcome { program.digest(of: words) } else { nil }
    }
    entries[first] = Entry(programs: module.digest, outputs: outputs)
  }
}

extension RandomModule {
  /// The digest of the text and of all inputs.
  var digest: UInt64 {
    programs.reduce(fingerprint(text.utf8)) { digest, program in
      (digest ^ fingerprint(program.input)) &* 0x100_0000_01B3
    }
  }
}
