// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import Simulator
import TestSupport
import Testing

@testable import Conformance

/// Returns the text of a file in the directory of the tests.
private func text(_ name: String) throws -> String {
  try String(
    contentsOfFile: ToolEnvironment.packageRoot + "/Tests/ConformanceTests/Recorded/" + name,
    encoding: .utf8)
}

/// The names of the instructions that are known to differ; none if there is no list.
private func knownDifferences() -> Set<String> {
  let list = try? text("known-differences.txt")
  return Set((list ?? "").split(separator: "\n").map(String.init))
}

/// The record of a GPU.
private func recorded() throws -> ConformanceRecord {
  try #require(ConformanceRecord(try text("h100.txt")))
}

@Suite struct ConformanceTests {
  @Test(arguments: ConformanceFamily.allCases)
  func `the simulator computes the results of an H100, except for known differences`(
    family: ConformanceFamily
  ) throws {
    let record = try recorded()
    let known = knownDifferences()
    let device = SimulatedDevice(.hopper)
    var report = ConformanceReport()
    let programs = ConformanceSuite.programs(of: [family])
    for program in programs {
      report.compare(program, try program.run(on: device), with: record)
    }
    #expect(report.total.checks > 0)
    let found = Set(report.failures.map { $0.program + "\t" + $0.probe })
    let all = programs.flatMap { program in program.probes.map { program.name + "\t" + $0.name } }
    for name in found.subtracting(known) { Issue.record("\(name) differs from an H100's") }
    // An instruction that no longer differs must be removed from the list.
    for name in known.intersection(all).subtracting(found) { Issue.record("\(name) agrees") }
  }

  @Test func `a record has the chip, driver and date, and survives the round trip`() throws {
    let record = try recorded()
    let number = /compute capability 9\.0, .*driver \d+\.\d+\.\d+ for CUDA \d+\.\d+/
    #expect(record.heading.contains { $0.contains("H100") && $0.contains(number) })
    #expect(record.heading.contains { $0.hasPrefix("Date: ") })
    #expect(try #require(ConformanceRecord(record.text)).text == record.text)
  }

  @Test func `one wrong bit is reported with its operands`() throws {
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

  @Test
  func `with only a digest the report says that the number of differing checks is unknown`()
    throws
  {
    let program = try #require(ConformanceSuite.programs(of: [.integer]).first)
    var record = ConformanceRecord(heading: [])
    var output = [UInt32](repeating: 7, count: program.outputCount)
    record.add(program, output)
    output[5] ^= 1
    var report = ConformanceReport()
    report.compare(program, output, with: record)
    let failure = try #require(report.failures.first)
    #expect(report.failures.count == 1 && !failure.isCounted)
    #expect(failure.differenceCount == failure.checkCount)
  }

  @Test func `a dump has a line for each check, with operands and both results`() throws {
    let program = try #require(ConformanceSuite.programs(of: [.integer]).first)
    let probe = try #require(program.probes.last)
    let device = (0..<program.outputCount).map { UInt32($0) }
    var dump = ConformanceDump()
    dump.add(program, [probe], device: device, simulator: device.map { $0 &+ 0xA000_0000 })
    let lines = dump.text.split(separator: "\n")
    #expect(lines.count == 1 + probe.checkCount)
    let columns = lines[2].split(separator: "\t").map(String.init)
    let word = UInt32(probe.words.lowerBound + probe.wordsPerCheck)
    #expect(columns.count == 6)
    #expect(Array(columns[0..<3]) == [program.name, probe.name, "1"])
    #expect(columns[3] == hexadecimal(probe.operands(of: 1, in: program)))
    #expect(columns[4].hasPrefix(hexadecimal([word])))
    #expect(columns[5].hasPrefix(hexadecimal([word + 0xA000_0000])))
  }

  @Test func `names of programs are unique, and names of probes are unique within a program`() {
    let programs = ConformanceSuite.programs()
    #expect(Set(programs.map(\.name)).count == programs.count)
    for program in programs {
      #expect(Set(program.probes.map(\.name)).count == program.probes.count, "\(program.name)")
    }
  }
}
