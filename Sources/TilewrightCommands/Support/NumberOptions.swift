// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser

// Options with numbers take whatever word follows, a negative number too, so that it can be told
// why not.

/// Returns what reads the integer of an option, which is in a range.
func integer<Value: FixedWidthInteger & Sendable>(
  _ range: ClosedRange<Value>
) -> @Sendable (String) throws -> Value {
  { text in
    guard let value = Value(text), range.contains(value) else {
      throw ValidationError(
        "it must be an integer from \(range.lowerBound) to \(range.upperBound).")
    }
    return value
  }
}

/// The longest time that an option takes, in seconds: eleven days.
private let longestSeconds = 1e6

/// Reads the seconds of an option: more than none.
@Sendable func positiveSeconds(_ text: String) throws -> Double {
  guard let value = Double(text), value > 0, value <= longestSeconds else {
    throw ValidationError("it must be a number of seconds, greater than 0 and at most 1000000.")
  }
  return value
}

/// Reads the seconds of an option, perhaps none.
@Sendable func seconds(_ text: String) throws -> Double {
  guard let value = Double(text), value >= 0, value <= longestSeconds else {
    throw ValidationError("it must be a number of seconds from 0 to 1000000.")
  }
  return value
}

/// The rounds of timing that an option takes.
let roundRange = 1...1_000_000
