// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A mistake in a launch file, and its location.
struct LaunchFileError: Error, Equatable {
  /// A mistake at a key.
  enum Problem: Equatable {
    /// The key is needed and not there.
    case missing
    /// The object does not have this key.
    case unknown(allowed: [String])
    /// The value is of another kind than it should be.
    case kind(expected: String, found: String)
    /// The file is not JSON, or has a key twice.
    case notJSON(JSONError)
    /// The value is of the right kind, and breaks the rule that the sentence's end states.
    case rule(String)
  }

  /// The file's path.
  var path: String
  /// The key, with those around it: `arguments[2].buffer.type`; empty for the whole file.
  var key: String
  /// The mistake.
  var problem: Problem
}

extension LaunchFileError: CustomStringConvertible {
  /// One sentence that names file and key.
  var description: String {
    let place = key.isEmpty ? "\(path):" : "\(path): The key '\(key)'"
    return switch problem {
    case .missing: "\(place) is missing."
    case .unknown(let allowed):
      "\(place) is unknown; known keys are \(allowed.joined(separator: ", "))."
    case .kind(let expected, let found) where key.isEmpty:
      "\(place) The file should contain \(expected), but contains \(found)."
    case .kind(let expected, let found): "\(place) should be \(expected), not \(found)."
    case .notJSON(let error):
      if case .duplicateKey = error.problem {
        "\(path), \(error)."
      } else {
        "\(path) is not JSON: \(error)."
      }
    case .rule(let rule): "\(place) \(rule)."
    }
  }
}
