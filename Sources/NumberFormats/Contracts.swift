// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Ends the program with a sentence unless a documented contract holds, in release builds as well.
///
/// It is for contracts that no input of a program can break. What a caller can get wrong is thrown,
/// and what a kernel's author can get wrong is a finding of the recording.
///
/// - Parameters:
///   - holds: Whether the contract holds.
///   - sentence: What the contract is, and what was given instead.
///   - file: The file of the check.
///   - line: The line of the check.
@inlinable
package func require(
  _ holds: Bool, _ sentence: @autoclosure () -> String, file: StaticString = #fileID,
  line: UInt = #line
) {
  // Unlike `precondition`, this prints its sentence in every configuration.
  guard holds else { fatalError(sentence(), file: file, line: line) }
}
