/// The first of many conversions that did not give what the oracle gave.
struct Mismatch: Equatable, CustomStringConvertible {
  /// The place among the inputs.
  let index: Int
  /// The bits of the input.
  let input: UInt64
  /// The code that the oracle gave.
  let expected: UInt32
  /// The code that the conversion gave.
  let found: UInt32
  /// The number of all that differ.
  let count: Int

  /// The mismatch in a line, with bits in hexadecimal.
  var description: String {
    let codes = "expected 0x\(hex(expected)), found 0x\(hex(found))"
    return "input \(index), bits 0x\(hex(input)): \(codes), and \(count - 1) more"
  }

  /// Returns an integer in hexadecimal.
  private func hex(_ integer: some BinaryInteger) -> String { String(integer, radix: 16) }
}

/// Returns the first mismatch of a conversion with the oracle's codes, if there is one.
///
/// - Parameters:
///   - inputs: The values.
///   - expected: The oracle's code for each.
///   - isCompared: Whether a value's code is well defined and so compared.
///   - convert: The conversion under test.
/// - Returns: The first mismatch and how many there are.
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
