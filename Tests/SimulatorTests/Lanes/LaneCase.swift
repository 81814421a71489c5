// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport

@testable import Simulator

/// An instruction under test with the types of its operands, such as `setp.lt.and.f32 pred|pred =
/// f32 f32 !pred`.
///
/// `s8@32` is an 8-bit value in a 32-bit container, `{b16,b16}` a vector, `#150` an immediate.
struct LaneCase {
  /// A value that an instruction reads or writes.
  struct Slot {
    /// The PTX type, which determines the choice of random values.
    var type: String
    /// The number of bits of the container.
    var width: Int

    /// Parses a type and, if present, the width of a wider container.
    init(_ text: Substring) {
      let parts = text.split(separator: "@")
      type = String(parts[0])
      width = parts.count > 1 ? Int(parts[1]) ?? 0 : Slot.width(of: type)
    }

    /// Returns the number of bits of values of a type.
    static func width(of type: String) -> Int {
      if type == "pred" { return 1 }
      if type.hasSuffix("x2") {
        let element = String(type.dropLast(2))
        if element == "f32" { return 64 }
        return element == "e2m1" ? 8 : element.hasPrefix("e") || element == "ue8m0" ? 16 : 32
      }
      if type.hasSuffix("x4") { return type == "e2m1x4" ? 16 : 32 }
      let digits = type.drop { !$0.isNumber }
      return type == "tf32" ? 32 : Int(digits) ?? 0
    }
  }

  /// The mnemonic of the instruction.
  let mnemonic: String
  /// The destinations.
  let results: [Slot]
  /// The sources that are registers.
  let sources: [Slot]
  /// The text of the case, with the flags.
  let text: String
  /// Whether the carry flags are the last source and the last result.
  let hasCarry: Bool

  /// Parses a case.
  init(_ text: String, hasCarry: Bool = false) {
    self.hasCarry = hasCarry
    self.text = text
    let words = text.split(separator: " ")
    mnemonic = String(words[0])
    let flags = hasCarry ? [Slot("pred")] : []
    results = LaneCase.slots(words[1]) + flags
    sources = words.dropFirst(3).filter { !$0.hasPrefix("#") }.flatMap(LaneCase.slots) + flags
  }

  /// Returns the values that a token of the case describes.
  private static func slots(_ word: Substring) -> [Slot] {
    let separators: Set<Character> = ["{", "}", ",", "|", "!"]
    return word.split { separators.contains($0) }.filter { $0 != "_" }.map { Slot($0) }
  }

  /// Returns the operands: results in the registers from `firstResult` on, sources from 4 on.
  func operands(firstResult: Int) -> [LaneBench.Value] {
    var registers = [firstResult, 4]
    return text.split(separator: " ").dropFirst().filter { $0 != "=" }.enumerated().map {
      index, word in
      operand(word, &registers[index == 0 ? 0 : 1])
    }
  }

  /// Returns the operand for a token of the case, and advances the register number.
  private func operand(_ word: Substring, _ register: inout Int) -> LaneBench.Value {
    if word.hasPrefix("#") { return .integer(Int64(word.dropFirst()) ?? 0) }
    if word == "_" { return .sink }
    if word.hasPrefix("{") {
      let elements = word.dropFirst().dropLast().split(separator: ",")
      return .vector(elements.map { operand($0, &register) })
    }
    if word.contains("|") {
      let parts = word.split(separator: "|")
      return .pair(operand(parts[0], &register), operand(parts[1], &register))
    }
    defer { register += 1 }
    if word.hasPrefix("!") { return .negated(register) }
    return .register(register, width: Slot(word).width)
  }
}

extension LaneCase {
  /// The case for the oracle, with the carry flags among the operands.
  private var heading: String {
    guard hasCarry else { return text }
    let words = text.split(separator: " ")
    return ([words[0], words[1] + "|pred"] + words.dropFirst(2)).joined(separator: " ") + " pred"
  }

  /// Runs the case on random values, and returns the transcript with which an oracle checks the
  /// results.
  ///
  /// Each batch of lanes has its own mask; in some batches the first destination is also a source.
  /// The values of lanes outside the mask must not change.
  func transcript(batchCount: Int, using random: inout SplitMix64) throws -> String {
    var text = "= " + heading + "\n"
    for batch in 0..<batchCount {
      let bench = LaneBench()
      let inputs = (0..<32).map { _ in LaneSamples.values(for: sources, using: &random) }
      for lane in 0..<32 {
        for (index, slot) in sources.enumerated() {
          let register = hasCarry && index == sources.count - 1 ? LaneBench.carry : 4 + index
          bench.write(register, width: slot.width, lane: lane, inputs[lane][index])
        }
      }
      let aliasCount = hasCarry ? sources.count : sources.count + 1
      let aliased = batch % 2 == 0 ? 0 : batch / 2 % aliasCount
      let mask: UInt32 =
        batch % 3 == 0 ? .max : UInt32(truncatingIfNeeded: random.next() & random.next() | 1 << 7)
      let before = bench.snapshot()
      let offset = LaneOffset((4 + aliased - 1) * LaneBench.stride)
      try bench.run(
        mnemonic, operands(firstResult: 0), mask: mask, offsets: aliased == 0 ? [:] : [0: offset])
      text += bench.report(
        inputs, results, mask: mask, before: before,
        in: resultRegisters(first: aliased == 0 ? 0 : 3 + aliased))
    }
    return text
  }
}

extension LaneCase {
  /// Returns the registers of the results, starting with the given one.
  fileprivate func resultRegisters(first: Int) -> [Int] {
    results.indices.map { index in
      if index == 0 { return first }
      return hasCarry && index == results.count - 1 ? LaneBench.carry : index
    }
  }
}

extension LaneBench {
  /// Returns the bytes of the registers.
  func snapshot() -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: registers, count: 64 * Self.stride))
  }

  /// Returns a line with inputs and results for each lane of the mask, or one that names destroyed
  /// values.
  fileprivate func report(
    _ inputs: [[UInt64]], _ results: [LaneCase.Slot], mask: UInt32, before: [UInt8],
    in registers: [Int]
  ) -> String {
    let after = snapshot()
    var text = ""
    for lane in 0..<32 {
      let isRun = mask >> UInt32(lane) & 1 == 1
      if isRun {
        let values = zip(registers, results).map { read($0, width: $1.width, lane: lane) }
        text += (inputs[lane] + values).map { String($0, radix: 16) }.joined(separator: " ") + "\n"
      } else if !zip(registers, results).allSatisfy({
        isUntouched($0, width: $1.width, lane: lane, before, after)
      }) {
        text += "! lane \(lane) was written, though it is not in the mask\n"
      }
    }
    return text
  }

  /// Returns whether a lane of a register is unchanged.
  private func isUntouched(
    _ register: Int, width: Int, lane: Int, _ before: [UInt8], _ after: [UInt8]
  ) -> Bool {
    let base = register * Self.stride
    if width == 1 {
      return (before[base + lane / 8] ^ after[base + lane / 8]) >> (lane % 8) & 1 == 0
    }
    let size = width <= 32 ? 4 : 8
    let range = base + lane * size..<base + (lane + 1) * size
    return before[range] == after[range]
  }
}
