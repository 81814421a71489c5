import Foundation
import Simulator
import TestSupport
import Testing

@testable import Conformance

/// What was recorded on a GPU.
private func recorded() throws -> ConformanceRecord {
  let path = ToolEnvironment.packageRoot + "/Tests/ConformanceTests/Recorded/h100.txt"
  return try #require(ConformanceRecord(try String(contentsOfFile: path, encoding: .utf8)))
}

@Suite struct ConformanceTests {
  @Test(arguments: ConformanceFamily.allCases)
  func `the simulator computes what an H100 computed`(family: ConformanceFamily) throws {
    let record = try recorded()
    let device = SimulatedDevice(.hopper)
    var report = ConformanceReport()
    for program in ConformanceSuite.programs(of: [family]) {
      report.compare(program, try program.run(on: device), with: record)
    }
    #expect(report.total.checks > 0)
    for failure in report.failures { Issue.record("\(failure)") }
  }

  @Test func `a record says chip, driver and date, and is read as it was written`() throws {
    let record = try recorded()
    #expect(record.heading.contains { $0.contains("H100") && $0.contains("driver") })
    #expect(record.heading.contains { $0.hasPrefix("Date: ") })
    #expect(try #require(ConformanceRecord(record.text)).text == record.text)
  }

  @Test func `one wrong bit is found, with its operands`() throws {
    let program = try #require(ConformanceSuite.programs(of: [.integer]).first)
    let good = try program.run(on: SimulatedDevice(.hopper))
    var bad = good
    bad[5] ^= 1
    var report = ConformanceReport()
    report.compare(program, bad, with: good)
    let failure = try #require(report.failures.first)
    #expect(report.failures.count == 1 && failure.differenceCount == 1)
    #expect(failure.differences.first?.check == 5)
    #expect(failure.differences.first?.operands.isEmpty == false)
  }

  @Test func `names of programs are alone of their kind, and of probes within a program`() {
    let programs = ConformanceSuite.programs()
    #expect(Set(programs.map(\.name)).count == programs.count)
    for program in programs {
      #expect(Set(program.probes.map(\.name)).count == program.probes.count, "\(program.name)")
    }
  }
}
