// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The source line of an instruction.
public struct SourcePlace: Hashable, Sendable {
  /// The file, from `#fileID` or from the text.
  public var file: String

  /// The line, counted from 1; 0 if it is not known.
  public var line: Int

  /// The line that called the function in which this place is, if that function passes it on.
  public var caller: Caller?

  /// The place of a caller, boxed because places are recursive; the places of one call share a box.
  public final class Caller: Hashable, Sendable {
    /// The caller's place.
    public let place: SourcePlace

    /// Boxes a place.
    public init(_ place: SourcePlace) { self.place = place }

    /// Returns whether both places are equal, which is immediate for a shared box.
    public static func == (left: Caller, right: Caller) -> Bool {
      left === right || left.place == right.place
    }

    /// Hashes the place.
    public func hash(into hasher: inout Hasher) { hasher.combine(place) }
  }

  /// Creates a place with the boxed place of its caller, if that is known.
  public init(file: String, line: Int, caller: Caller?) {
    self.file = file
    self.line = line
    self.caller = caller
  }

  /// Creates a place with the place of its caller, if that is known.
  public init(file: String, line: Int, calledFrom caller: SourcePlace? = nil) {
    self.init(file: file, line: line, caller: caller.map(Caller.init))
  }
}

extension SourcePlace {
  /// Returns whether two places are equal, comparing the most selective properties first.
  public static func == (left: SourcePlace, right: SourcePlace) -> Bool {
    left.line == right.line && left.caller == right.caller && left.file == right.file
  }
}

extension SourcePlace: CustomStringConvertible {
  /// The file and line, followed by the callers.
  public var description: String {
    let own = "\(file):\(line)"
    guard let caller else { return own }
    return "\(own), called from \(caller.place)"
  }
}
