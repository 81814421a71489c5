// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser

/// An extent as an option gives it: any integer, however large, so that it can be told why not.
struct Extent: ExpressibleByArgument {
  /// The number; nil where no integer of the host holds it.
  let value: Int?

  /// Reads the digits.
  init?(argument: String) {
    let digits = argument.first == "-" ? argument.dropFirst() : Substring(argument)
    guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
    value = Int(argument)
  }

  /// Creates an extent.
  init(_ value: Int) { self.value = value }

  /// Returns the number.
  ///
  /// - Parameter what: The counted objects, for messages.
  /// - Returns: The number.
  /// - Throws: `ExplanationError` if it does not fit into an integer.
  func held(_ what: String) throws(ExplanationError) -> Int {
    guard let value else { throw .unheld(what: what) }
    return value
  }

  /// The number as an option has it.
  var defaultValueDescription: String { value.map(String.init) ?? "…" }

  /// Returns the extent of an option, which every kernel takes as 32 bits.
  func checked(
    _ option: String, limit: Int = Int(Int32.max)
  ) throws(InputError) -> Int {
    guard let value, (1...limit).contains(value) else {
      throw .extent(option: option, value: value, limit: limit)
    }
    return value
  }
}
