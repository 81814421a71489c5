/// A line of the source that an instruction came from.
public struct SourcePlace: Hashable, Sendable {
  /// The file, as `#fileID` gives it or as the text names it.
  public var file: String

  /// The line, counted from 1; 0 where the place is not known.
  public var line: Int

  /// The line that called the part in which this place lies, where the part passes it on.
  public var caller: Caller?

  /// The place of a caller, boxed, since a place may hold one.
  public indirect enum Caller: Hashable, Sendable {
    case place(SourcePlace)

    /// The caller's place.
    public var place: SourcePlace {
      switch self {
      case .place(let place): place
      }
    }
  }

  /// Creates a place, with the place that called it, if that is known.
  public init(file: String, line: Int, calledFrom caller: SourcePlace? = nil) {
    self.file = file
    self.line = line
    self.caller = caller.map(Caller.place)
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
