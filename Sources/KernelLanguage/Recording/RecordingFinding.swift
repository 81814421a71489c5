import MachineIR

/// Something that is wrong with a kernel and was found while its body ran.
public struct RecordingFinding: Hashable, Sendable {
  /// What is wrong.
  public enum Kind: Hashable, Sendable {
    /// A tensor map fills two tiles that need different boxes.
    case tensorMapOfTwoTiles(String, String, String)

    /// Two things in shared memory have one name.
    case sharedNameTwice(String)

    /// Tiles, barriers and fields need more shared memory than a block may have.
    case sharedMemoryExceeded(byteCount: Int, limit: Int)

    /// A verbatim instruction cannot be read.
    case verbatimText(String, reason: String)
  }

  /// What is wrong.
  public var kind: Kind

  /// Where the kernel does it.
  public var place: SourcePlace?

  /// Creates a finding.
  public init(kind: Kind, place: SourcePlace?) {
    self.kind = kind
    self.place = place
  }
}

extension RecordingFinding: CustomStringConvertible {
  /// One sentence, with the place before it.
  public var description: String {
    (place.map { "\($0): " } ?? "") + kind.description
  }
}

extension RecordingFinding.Kind: CustomStringConvertible {
  /// One sentence.
  public var description: String {
    switch self {
    case .tensorMapOfTwoTiles(let parameter, let first, let second):
      "The tensor map '\(parameter)' fills the tiles '\(first)' and '\(second)', whose boxes differ."
    case .sharedNameTwice(let name):
      "Two things in shared memory are called '\(name)'."
    case .sharedMemoryExceeded(let byteCount, let limit):
      "The kernel needs \(byteCount) bytes of shared memory; a block may have \(limit)."
    case .verbatimText(let text, let reason):
      "The verbatim instruction '\(text)' cannot be used: \(reason)"
    }
  }
}
