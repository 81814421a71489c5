// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The first of many conversions whose result differs from the oracle's.
struct Mismatch: Equatable, CustomStringConvertible {
  /// The index of the input.
  let index: Int
  /// The bits of the input.
  let input: UInt64
  /// The code from the oracle.
  let expected: UInt32
  /// The code from the conversion.
  let found: UInt32
  /// The number of differing codes.
  let count: Int

  /// The mismatch on one line, with bits in hexadecimal.
  var description: String {
    let codes = "expected 0x\(hex(expected)), found 0x\(hex(found))"
    return "input \(index), bits 0x\(hex(input)): \(codes), and \(count - 1) more"
  }

  /// Returns an integer in hexadecimal.
  private func hex(_ integer: some BinaryInteger) -> String { String(integer, radix: 16) }
}

/// Returns the first difference between a conversion and the oracle, if there is one.
///
/// - Parameters:
///   - inputs: The values.
///   - expected: The oracle's code for each.
///   - isCompared: Whether a value's code is well defined and therefore compared.
///   - convert: The conversion under test.
/// - Returns: The first mismatch, and the number of mismatches.
func firstMismatch<Value: BinaryFloatingPoint>(
  _ inputs: [Value], _ expected: [UInt32], where isCompared: (Value) -> Bool = { _ in true },
  _ convert: (Value) -> UInt32
) -> Mismatch? {
  precondition(inputs.count == expected.count, "The oracle answers each input.")
  var first: (index: Int, found: UInt32)?
  var count = 0
  for (index, input) in inputs.enumerated() where isCompared(input) {
    let found = convert(input)
    if found == expected[index] { continue }
    count += 1
    first = first ?? (index, found)
  }
  guard let first else { return nil }
  let input = Double(inputs[first.index]).bitPattern
  return Mismatch(
    index: first.index, input: input, expected: expected[first.index], found: first.found,
    count: count)
}
