// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MARK: - Lengths of vectors

extension InstructionShape {
  /// Returns the length from `.v2`, `.v4` or `.v8`, or 1.
  func findVectorCount() -> Int {
    if has("v2") { return 2 }
    if has("v4") { return 4 }
    return has("v8") ? 8 : 1
  }

  /// The operands whose length is that of `.v2`, `.v4` or `.v8`.
  private var memoryVectors: [Int] {
    switch opcode {
    case .load, .loadUniform, .multimemLoadReduce: [0]
    case .store, .storeAsync, .multimemStore, .reduction, .multimemReduce: [1]
    case .atomic: has("cas") ? [] : [0, 2]
    case .clusterQueryCancel: has("v4") ? [0] : []
    case .move: vectorCount > 1 ? [0, 1] : []
    default: []
    }
  }

  /// Returns the operands that must be vectors, with the lengths that the modifiers determine.
  func findVectorLengths() -> [(index: Int, count: Int)] {
    let vectors = memoryVectors
    guard vectors.isEmpty else { return vectors.map { ($0, vectorCount) } }
    switch opcode {
    case .multiplyMatrix: return multiplyLengths
    default: return []
    }
  }

  /// The lengths of the fragments of `mma.sync`: the elements of a lane, packed into registers.
  private var multiplyLengths: [(index: Int, count: Int)] {
    guard let shape = modifiers.lazy.compactMap(\.matrixShape).first, types.count == 4 else {
      return []
    }
    // Four products at once; each quarter of the warp computes one.
    if shape == (8, 8, 4), types[1] == .f16 {
      return [(0, types[0] == .f16 ? 4 : 8), (1, 2), (2, 2), (3, types[3] == .f16 ? 4 : 8)]
    }
    /// Returns the number of registers of a fragment.
    func count(_ elements: Int, _ type: ScalarType) -> Int {
      let width = type == .tf32 ? 32 : type.bitWidth
      return elements / 32 * width / (width == 64 ? 64 : 32)
    }
    return [
      (0, count(shape.m * shape.n, types[0])), (1, count(shape.m * shape.k, types[1])),
      (2, count(shape.n * shape.k, types[2])), (3, count(shape.m * shape.n, types[3])),
    ]
  }

  /// Returns the bytes of a vector in memory, if it is wider than one access may be.
  func findExcessiveByteCount() -> Int? {
    guard opcode == .load || opcode == .store, let type = types.last else { return nil }
    let byteCount = type.byteCount * vectorCount
    let isWide = byteCount == 32 && type.bitWidth >= 32 && !isOutsideGlobal
    return byteCount > 16 && !isWide ? byteCount : nil
  }

  /// Whether the modifiers name a memory other than global.
  private var isOutsideGlobal: Bool {
    hasOne(of: ["shared", "shared::cta", "shared::cluster", "local", "const", "param"])
  }
}

extension Modifier {
  /// The extents in a modifier such as `m64n128k16`.
  var matrixShape: (m: Int, n: Int, k: Int)? {
    guard rawValue.utf8.first == UInt8(ascii: "m") else { return nil }
    var numbers: [Int] = []
    var letters: [UInt8] = []
    for byte in rawValue.utf8 {
      if byte &- 0x30 < 10 {
        guard let last = numbers.indices.last, numbers[last] < 10_000 else { return nil }
        numbers[last] = numbers[last] * 10 + Int(byte - 0x30)
      } else {
        letters.append(byte)
        numbers.append(0)
      }
    }
    guard letters == Array("mnk".utf8) else { return nil }
    return (numbers[0], numbers[1], numbers[2])
  }
}

extension Verifier {
  /// Checks the lengths of vectors and coordinates against the modifiers of an instruction.
  mutating func verifyVectors(of instruction: Instruction, _ shape: InstructionShape) {
    verifyLengths(of: instruction, shape.vectorLengths)
    guard let byteCount = shape.excessiveByteCount else { return }
    report(
      "'\(instruction.mnemonic)' accesses \(byteCount) bytes at once, which is too many",
      instruction)
  }

  /// Checks that operands have the required number of values.
  private mutating func verifyLengths(
    of instruction: Instruction, _ lengths: [(index: Int, count: Int)]
  ) {
    for (index, count) in lengths where index < instruction.operands.count {
      let found = instruction.operands[index].valueCount
      guard found != count else { continue }
      report(.valueCount(operand: index + 1, expected: count, found: found), instruction)
    }
  }
}
