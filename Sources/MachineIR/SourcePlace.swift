/// A line of the source that an instruction came from.
public struct SourcePlace: Hashable, Sendable {
  /// The file, as `#fileID` gives it or as the text names it.
  public var file: String

  /// The line, counted from 1; 0 where the place is not known.
  public var line: Int

  /// The line that called the part in which this place lies, where the part passes it on.
  public var caller: Caller?

  /// The place of a caller, boxed, since a place may hold one; the places of one call share a box.
  public final class Caller: Hashable, Sendable {
    /// The caller's place.
    public let place: SourcePlace

    /// Boxes a place.
    public init(_ place: SourcePlace) { self.place = place }

    /// Returns whether both are the same place, which those of one box are.
    public static func == (left: Caller, right: Caller) -> Bool {
      left === right || left.place == right.place
    }

    /// Hashes the place.
    public func hash(into hasher: inout Hasher) { hasher.combine(place) }
  }

  /// Creates a place, with the box of the place that called it, if that is known.
  public init(file: String, line: Int, caller: Caller?) {
    self.file = file
    self.line = line
    self.caller = caller
  }

  /// Creates a place, with the place that called it, if that is known.
  public init(file: String, line: Int, calledFrom caller: SourcePlace? = nil) {
    self.init(file: file, line: line, caller: caller.map(Caller.init))
  }
}

extension SourcePlace {
  /// Returns whether two places are the same; what tells most of them apart is compared first.
  public static func == (left: SourcePlace, right: SourcePlace) -> Bool {
    left.line == right.line && left.caller == right.caller && left.file == right.file
  }
}

extension SourcePlace: CustomStringConvertible {
  /// The file and line, with the callers behind them.
  public var description: String {
    let own = "\(file):\(line)"
    guard let caller else { return own }
    return "\(own), called from \(caller.place)"
  }
}
