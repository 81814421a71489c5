// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Something that is wrong with a kernel and is found while its body runs.
package enum RecordingFinding: Hashable, Sendable {
  /// A tensor map fills two tiles that need different boxes.
  case tensorMapOfTwoTiles(String, String, String)

  /// Two things in shared memory have one name.
  case sharedNameTwice(String)

  /// A part or an operation was used in a way that it forbids.
  case misuse(String)

  /// A value of one kernel is used in another.
  case foreignValue(owner: String, user: String)

  /// The roles of a block have other threads than the kernel declares, or than other roles have.
  case threadsOfRoles(declared: Int, roles: Int)

  /// A verbatim instruction cannot be read.
  case verbatimText(String, reason: String)
}

extension RecordingFinding: CustomStringConvertible {
  /// One sentence without a full stop, as diagnostics have it.
  package var description: String {
    switch self {
    case .tensorMapOfTwoTiles(let parameter, let first, let second):
      "the tensor map '\(parameter)' fills the tiles '\(first)' and '\(second)', whose boxes differ"
    case .sharedNameTwice(let name):
      "two variables in shared memory are named '\(name)'"
    case .misuse(let text): text
    case .foreignValue(let owner, let user):
      "a value of the kernel '\(owner)' is used in the kernel '\(user)'"
    case .threadsOfRoles(let declared, let roles):
      "the roles of a block have \(roles) threads in total, but the kernel declares \(declared)"
    case .verbatimText(let text, let reason):
      "the verbatim text '\(text)' cannot be used: \(reason)"
    }
  }
}

/// The findings to which a structured component reports mistakes, at the line of one of its calls.
public struct RecordingFindings: Sendable {
  /// The recorder of the kernel.
  let recorder: Recorder

  /// The file of the call.
  let file: String

  /// The line of the call.
  let line: Int

  /// Reports what is wrong; the kernel then has no program.
  ///
  /// - `text`: One sentence without a full stop.
  public func report(_ text: String) {
    recorder.setPlace(file, line)
    recorder.report(.misuse(text))
  }

  /// Reports what a part was given and cannot take; what is recorded in its place means nothing.
  ///
  /// - `text`: One sentence without a full stop.
  package func reject(_ text: String) {
    recorder.setPlace(file, line)
    recorder.reject(.misuse(text))
  }
}
