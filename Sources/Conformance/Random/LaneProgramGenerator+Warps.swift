// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations of the lanes of a warp together, where the participating lanes are known.
extension LaneProgramGenerator {
  /// Returns a mask of lanes as an operand, and the instruction that it needs first.
  private mutating func mask(_ members: UInt32) -> (text: String, operand: String) {
    let literal = "0x" + hexadecimal(UInt64(members), digits: 8)
    guard random.isOnce(in: 5) else { return ("", literal) }
    return ("mov.b32 %tr5, \(literal);\n", "%tr5")
  }

  /// Returns a 32-bit source and result, and stores of the result if requested.
  private mutating func result(_ type: String, width: Int = 32, besides taken: [String] = [])
    -> String
  {
    pool.result(type, width: width, besides: taken, using: &random)
  }

  /// Generates a shuffle that only reads from participating lanes.
  mutating func shuffle(_ members: UInt32) -> Statement {
    let (before, mask) = mask(members)
    let source = pool.source("any", width: 32, using: &random)
    let mode = random.pick(["up", "down", "bfly", "idx"])
    var lane: String
    var clamp: String
    let isWhole = members == .max
    if isWhole, random.isOnce(in: 2) {
      // Any lane and segments: with all lanes participating, every source lane is valid.
      lane =
        random.isOnce(in: 2)
        ? pool.source("lane", width: 32, using: &random) : "\(random.integer(in: 0...40))"
      clamp =
        random.isOnce(in: 3)
        ? pool.source("any", width: 32, using: &random)
        : random.pick(
          mode == "up" ? ["0", "0x1800", "0x1c00", "7"] : ["31", "0x181f", "0x1c1f", "0x1007"])
    } else if isWhole || isOfGroups(members), mode != "idx" {
      // Segments of eight lanes, all of which participate.
      lane = "\(random.integer(in: 0...(mode == "bfly" ? 7 : 9)))"
      clamp = mode == "up" ? "0x1800" : "0x181f"
    } else {
      let lanes = (0..<32).filter { members >> UInt32($0) & 1 == 1 }
      lane = "\(random.pick(lanes))"
      clamp = "31"
      let target = result("any")
      let text = "shfl.sync.idx.b32 \(target), \(source), \(lane), \(clamp), \(mask);\n"
      return Statement(.shuffle, before + text + trace(target, width: 32, of: text))
    }
    let target = result("any")
    let pair = random.isOnce(in: 2) ? "|" + result("pred", width: 1) : ""
    let text = "shfl.sync.\(mode).b32 \(target)\(pair), \(source), \(lane), \(clamp), \(mask);\n"
    return Statement(.shuffle, before + text + trace(target, width: 32, of: text))
  }

  /// Returns whether lanes are whole groups of eight.
  private func isOfGroups(_ members: UInt32) -> Bool {
    (0..<4).allSatisfy { [0, 0xFF].contains(members >> UInt32(8 * $0) & 0xFF) }
  }

  /// Generates a vote.
  mutating func vote(_ members: UInt32) -> Statement {
    let (before, mask) = mask(members)
    let predicate = condition()
    if random.isOnce(in: 2) {
      let target = result("b32")
      let text = "vote.sync.ballot.b32 \(target), \(predicate), \(mask);\n"
      return Statement(.vote, before + text + trace(target, width: 32, of: text))
    }
    let target = result("pred", width: 1)
    let mode = random.pick(["all", "any", "uni"])
    let text = "vote.sync.\(mode).pred \(target), \(predicate), \(mask);\n"
    return Statement(.vote, before + text + trace(target, width: 1, of: text))
  }

  /// Generates a match, usually of values that several lanes have.
  mutating func match(_ members: UInt32) -> Statement {
    let (before, mask) = mask(members)
    let isWide = random.isOnce(in: 3)
    let width = isWide ? 64 : 32
    var source = pool.source("any", width: width, using: &random)
    var head = before
    if !random.isOnce(in: 4) {
      let few = isWide ? "%td0" : "%tr1"
      head += "and.b\(width) \(few), \(source), \(random.pick([0, 1, 3, 5]));\n"
      source = few
    }
    let target = result("b32")
    let text: String
    if random.isOnce(in: 2) {
      text = "match.any.sync.b\(width) \(target), \(source), \(mask);\n"
    } else {
      let predicate = result("pred", width: 1)
      text = "match.all.sync.b\(width) \(target)|\(predicate), \(source), \(mask);\n"
    }
    return Statement(.match, head + text + trace(target, width: 32, of: text))
  }

  /// Generates a reduction over the lanes.
  mutating func reduction(_ members: UInt32) -> Statement {
    let (before, mask) = mask(members)
    let operation = random.pick([
      "add.u32", "add.s32", "min.u32", "min.s32", "max.u32", "max.s32", "and.b32", "or.b32",
      "xor.b32",
    ])
    let source = pool.source("u32", width: 32, using: &random)
    let target = result("u32")
    let text = "redux.sync.\(operation) \(target), \(source), \(mask);\n"
    return Statement(.reduction, before + text + trace(target, width: 32, of: text))
  }

  /// Generates an election.
  mutating func elect(_ members: UInt32) -> Statement {
    let (before, mask) = mask(members)
    let (target, predicate) = (result("u32"), result("pred", width: 1))
    let text = "elect.sync \(target)|\(predicate), \(mask);\n"
    return Statement(.elect, before + text + trace(target, width: 32, of: text))
  }
}
