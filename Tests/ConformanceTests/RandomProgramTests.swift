// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Foundation
import Simulator
import TestSupport
import Testing

@testable import Conformance

/// Returns the simulator that runs random programs.
private func simulator(_ schedule: Schedule = .eager) -> SimulatedDevice {
  SimulatedDevice(
    .hopper, options: SimulationOptions(schedule: schedule, hostThreadCount: 1))
}

/// A device that runs a text with one instruction replaced.
private final class FaultyDevice: Device {
  /// The device that runs the text.
  let base = simulator()

  /// The instruction to replace, and its replacement.
  let wrong: (right: String, wrong: String)

  /// Creates a device that replaces one instruction with another.
  init(taking right: String, for wrong: String) { self.wrong = (right, wrong) }

  var name: String { base.name }
  var summary: String { base.summary }
  var computeCapability: Int { base.computeCapability }
  var multiprocessorCount: Int { base.multiprocessorCount }
  var sharedMemoryLimit: Int { base.sharedMemoryLimit }
  var memoryOwner: any Device { base }
  func allocate(byteCount: Int) throws(DeviceError) -> UInt64 {
    try base.allocate(byteCount: byteCount)
  }
  func deallocate(_ address: UInt64) { base.deallocate(address) }
  func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError) {
    try base.write(bytes, to: address)
  }
  func read(from address: UInt64, byteCount: Int) throws(DeviceError) -> [UInt8] {
    try base.read(from: address, byteCount: byteCount)
  }
  func makeTensorMapImage(
    _ description: TensorMapDescription
  ) throws(DeviceError) -> [UInt8] { try base.makeTensorMapImage(description) }
  func residentClusterCount(
    of program: Program, _ configuration: LaunchConfiguration
  ) throws(DeviceError) -> Int { try base.residentClusterCount(of: program, configuration) }
  func launch(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) -> LaunchResult {
    var program = program
    program.text = program.text.replacing(wrong.right, with: wrong.wrong)
    return try base.launch(program, configuration, arguments)
  }
}

@Suite struct RandomProgramTests {
  @Test(arguments: RandomKind.allCases)
  func `a name determines a program, and different names differ`(kind: RandomKind) {
    let names = (0..<24).map { RandomProgramName(seed: 7, number: $0, kind: kind) }
    let programs = names.map { RandomProgram($0) }
    for (name, program) in zip(names, programs) {
      let again = RandomProgram(name)
      #expect(again.text == program.text && again.input == program.input, "\(name)")
    }
    #expect(Set(programs.map(\.sequence)).count == programs.count)
    let other = RandomProgram(RandomProgramName(seed: 8, number: 0, kind: kind))
    #expect(other.sequence != programs[0].sequence)
  }

  @Test func `of 32 programs 27 test lanes, 4 boxes and 1 products`() {
    let kinds = (64..<96).map { RandomProgramName(seed: 0, number: $0).kind }
    #expect(kinds.count { $0 == .lanes } == 27 && kinds.count { $0 == .boxes } == 4)
  }

  @Test(arguments: [Schedule.late, .random(seed: 3)])
  func `programs survive the round trip and return the same bits under every schedule`(
    schedule: Schedule
  ) throws {
    let conformance = RandomConformance(
      seed: 21, numbers: 0..<384,
      reference: .device { () throws(DeviceError) in simulator(schedule) }
    ) { simulator() }
    let report = try conformance.run()
    #expect(report.isGood, "\(report.failures.prefix(3))")
    #expect(report.programs == 384 && report.distinct == 384)
    for feature in ["branch", "loop", "shuffle", "tensor-load.copy", "wgmma.instruction"] {
      #expect(report.features[feature]?.programs ?? 0 > 0, "\(feature)")
    }
  }

  @Test(arguments: RandomKind.allCases)
  func `ptxas accepts programs without a warning`(kind: RandomKind) throws {
    let count = kind == .products ? 24 : 64
    let conformance = RandomConformance(
      seed: 5, numbers: 0..<count, kind: kind, reference: .none
    ) { simulator() }
    for text in conformance.texts {
      let report = try assemble(text, architecture: "sm_90a")
      #expect(report.isAccepted, "\(report.log)")
      #expect(report.warnings.isEmpty, "\(report.warnings)")
    }
  }

  @Test(arguments: [("redux.sync.xor", "redux.sync.or"), ("brev.b64", "not.b64")])
  func `a device that confuses two instructions is found, and the program is shrunk`(
    right: String, wrong: String
  ) throws {
    var conformance = RandomConformance(
      seed: 2, numbers: 0..<192, kind: .lanes,
      reference: .device { () throws(DeviceError) in FaultyDevice(taking: right, for: wrong) }
    ) { simulator() }
    conformance.shrinkCount = 1
    let report = try conformance.run()
    #expect(!report.isGood)
    let failure = try #require(report.failures.first)
    #expect(failure.command.contains("--first \(failure.name.number) --seed 2 --kind lanes"))
    let shrunk = try #require(failure.shrunk)
    #expect(shrunk.statements.contains(right))
    // The instruction, its direct operands, and the store of its result.
    #expect(shrunk.statements.split(separator: "\n").count < 12, "\(shrunk.statements)")
    #expect(shrunk.found != shrunk.expected)
  }

  @Test func `a program that the simulator stops is a difference that has its report`() throws {
    let conformance = RandomConformance(
      seed: 2, numbers: 0..<48, kind: .lanes,
      reference: .device { () throws(DeviceError) in simulator() }
    ) { FaultyDevice(taking: "bar.warp.sync -1;", for: "trap;") }
    let report = try conformance.run()
    #expect(report.different > 0)
    #expect(report.failures.allSatisfy { $0.reason?.hasPrefix("the simulator: ") == true })
  }

  @Test func `random programs return the results of an H100`() throws {
    let text = try String(
      contentsOfFile: ToolEnvironment.packageRoot
        + "/Tests/ConformanceTests/Recorded/h100-random.txt", encoding: .utf8)
    let record = try #require(RandomRecord(text))
    #expect(record.heading.contains { $0.contains("H100") })
    let conformance = RandomConformance(
      seed: record.seed, numbers: 0..<960, reference: .record(record)
    ) { simulator() }
    let report = try conformance.run()
    #expect(report.isGood, "\(report.failures.prefix(3))")
    #expect(report.programs == 960)
  }

  @Test
  func `a record survives the round trip and distinguishes changed programs from changed results`()
    throws
  {
    var conformance = RandomConformance(seed: 4, numbers: 0..<96, reference: .none) { simulator() }
    let record = try conformance.record(
      on: { () throws(DeviceError) in simulator() }, heading: ["Results of a simulator."])
    let read = try #require(RandomRecord(record.text))
    #expect(read.text == record.text && read.seed == 4 && read.heading == record.heading)
    conformance.reference = .record(read)
    #expect(try conformance.run().isGood)
    conformance.makeSimulator = { FaultyDevice(taking: "xor.b32", for: "or.b32") }
    let report = try conformance.run()
    #expect(report.failures.contains { $0.reason == "the digests of the results differ" })
    conformance.seed = 5
    let other = try conformance.run()
    #expect(other.different == 96)
    #expect(other.failures.allSatisfy { $0.reason?.contains("generator has changed") == true })
  }
}
