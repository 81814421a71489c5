// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An error or warning about a program, found without running it.
public struct Diagnostic: Hashable, Sendable {
  /// The severity of a finding.
  public enum Severity: String, Hashable, Sendable {
    /// The program is not valid, or does not do what it says.
    case error

    /// The program is valid, but probably does not do what its author intended.
    case warning
  }

  /// A related place of a finding.
  public struct Note: Hashable, Sendable {
    /// The message, as a sentence without a full stop.
    public var message: String

    /// The place, if it is known.
    public var place: SourcePlace?

    /// Creates a note.
    public init(_ message: String, at place: SourcePlace?) {
      self.message = message
      self.place = place
    }
  }

  /// The severity.
  public var severity: Severity

  /// The message, as a sentence without a full stop.
  public var message: String

  /// The place, if it is known.
  public var place: SourcePlace?

  /// The function that contains it, if there is one.
  public var function: String?

  /// The related places.
  public var related: [Note]

  /// Creates a finding.
  public init(
    _ message: String, severity: Severity = .error, at place: SourcePlace? = nil,
    in function: String? = nil, related: [Note] = []
  ) {
    self.severity = severity
    self.message = message
    self.place = place
    self.function = function
    self.related = related
  }
}

extension Diagnostic: CustomStringConvertible {
  /// The finding on one line, and each of its notes on another.
  public var description: String {
    /// Returns the message after its place and kind, if there is a place.
    func line(_ place: SourcePlace?, _ kind: String, _ message: String) -> String {
      (place.map { "\($0): " } ?? "") + kind + ": " + message
    }
    let first = line(place, severity.rawValue, message)
    return related.reduce(first) { $0 + "\n" + line($1.place, "note", $1.message) }
  }
}
