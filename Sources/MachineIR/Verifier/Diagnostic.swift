/// Something that is wrong with a program, found without running it.
public struct Diagnostic: Hashable, Sendable {
  /// How grave a finding is.
  public enum Severity: String, Hashable, Sendable {
    /// The program cannot run, or does not do what it says.
    case error

    /// The program runs, but probably not as its author thinks.
    case warning
  }

  /// Another place that belongs to a finding.
  public struct Note: Hashable, Sendable {
    /// What is there, as a sentence without a full stop.
    public var message: String

    /// Where it is, if that is known.
    public var place: SourcePlace?

    /// Creates a note.
    public init(_ message: String, at place: SourcePlace?) {
      self.message = message
      self.place = place
    }
  }

  /// How grave it is.
  public var severity: Severity

  /// What is wrong, as a sentence without a full stop.
  public var message: String

  /// Where it is, if that is known.
  public var place: SourcePlace?

  /// The function in which it is, if it is in one.
  public var function: String?

  /// The other places that belong to it.
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
    /// Returns a place and a colon before the words, where there is a place.
    func line(_ place: SourcePlace?, _ kind: String, _ message: String) -> String {
      (place.map { "\($0): " } ?? "") + kind + ": " + message
    }
    let first = line(place, severity.rawValue, message)
    return related.reduce(first) { $0 + "\n" + line($1.place, "note", $1.message) }
  }
}
