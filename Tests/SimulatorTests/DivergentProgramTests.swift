// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

@testable import Simulator

@Suite struct DivergentProgramTests {
  @Test(arguments: 0..<20)
  func `600 random programs leave what each lane computes alone`(part: Int) throws {
    for seed in stride(from: UInt64(part), to: 600, by: 20) {
      let program = DivergentProgram(seed: seed)
      let expected = try DivergentInterpreter(program).run()
      for schedule in [Schedule.eager, .late, .random(seed: seed)] {
        let outcome = try program.program.run(schedule: schedule, hostThreadCount: 1)
        #expect(outcome.words == expected, "seed \(seed), schedule \(schedule)")
      }
    }
  }

  @Test func `the random programs have branches, loops, exits and every kind of meeting`() {
    var counts: [String: Int] = [:]
    for seed in UInt64(0)..<600 {
      for step in DivergentProgram(seed: seed).steps {
        switch step {
        case .jump(_, let condition): counts[condition == nil ? "jump" : "branch", default: 0] += 1
        case .exit: counts["exit", default: 0] += 1
        case .blockBarrier: counts["block barrier", default: 0] += 1
        case .together(.butterfly, _, _, _): counts["butterfly", default: 0] += 1
        case .together(.lane, _, _, _): counts["lane", default: 0] += 1
        case .together(.ballot, _, _, _): counts["ballot", default: 0] += 1
        case .together(.sum, _, _, _): counts["sum", default: 0] += 1
        case .together(.barrier, _, _, _): counts["barrier", default: 0] += 1
        case .compute, .compare, .label: break
        }
      }
    }
    #expect(counts.count == 9 && counts.values.allSatisfy { $0 > 50 }, "\(counts)")
  }
}
