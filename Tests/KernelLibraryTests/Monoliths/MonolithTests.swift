// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import MachineIR
import Monoliths
import NumberFormats
import Simulator
import StructuredKernels
import TestSupport
import Testing

/// The schedule of the monolithic kernels.
let monolithicSchedule = StructuredConfiguration(
  tileM: 128, tileN: 256, tileK: 64, stageCount: 4, clusterM: 2, storeBoxCount: 2, supergroupRows: 8
)

/// A kernel from components, and the monolithic kernel with the same schedule.
private struct Counterparts: Sendable, CustomTestStringConvertible {
  /// The kernel from components.
  let structured: any MatmulKernel<BFloat16>

  /// The monolithic kernel.
  let monolith: any MatmulKernel<BFloat16>

  /// The entry of the monolithic kernel.
  var testDescription: String { monolith.entry }

  /// Creates the counterparts for an architecture.
  init<Machine: StructuredMachine>(
    _ monolith: Monolith<Machine>, _ configuration: StructuredConfiguration = monolithicSchedule
  ) throws {
    structured = try Structured<Machine>(configuration)
    self.monolith = MonolithicMatmul(kernel: monolith)
  }

  /// Both architectures.
  static func all() throws -> [Counterparts] {
    [try Counterparts(makeHopperMonolith()), try Counterparts(makeBlackwellMonolith())]
  }
}

/// The results of assembling a kernel.
private struct Assembled {
  /// The machine code.
  let code: MachineCode

  /// The report of `ptxas`.
  let report: AssemblerReport

  /// Assembles a kernel.
  init(_ kernel: any MatmulKernel<BFloat16>) throws {
    let module = try kernel.module()
    let (text, architecture) = (module.ptx(form: .plain), module.target.description)
    code = try MachineCode(assembling: text, architecture: architecture)
    report = try assemble(text, architecture: architecture)
  }

  /// The line of the log with the numbers of registers and barriers.
  var resources: String? {
    report.log.split(separator: "\n").first { $0.contains(" Used ") }.map(String.init)
  }
}

@Suite struct MonolithTests {
  @Test(arguments: try Counterparts.all())
  private func `ptxas makes the same instructions from components as from a monolithic kernel`(
    pair: Counterparts
  ) throws {
    let (structured, monolith) = (try Assembled(pair.structured), try Assembled(pair.monolith))
    let (parts, piece) = (structured.code.opcodes, monolith.code.opcodes)
    let difference = zip(parts, piece).enumerated().first { $0.element.0 != $0.element.1 }
    #expect(
      parts == piece,
      "\(parts.count) and \(piece.count) instructions; first difference: \(String(describing: difference))"
    )
    #expect(parts.count > 500)
    // Every bit: operands, registers, constants, and the stall counts of each instruction.
    #expect(structured.code.words == monolith.code.words)
    let resources = try #require(structured.resources)
    #expect(monolith.resources == resources)
    for report in [structured.report, monolith.report] {
      #expect(report.spillLoadByteCount == 0 && report.spillStoreByteCount == 0)
      #expect(report.stackByteCount == 0)
    }
    print("\(pair.monolith.entry): \(parts.count) instructions, the same bits as of parts")
  }

  @Test(arguments: try Counterparts.all())
  private func `a structured kernel is launched like the monolith`(pair: Counterparts) throws {
    let (structured, monolith) = (try pair.structured.program(), try pair.monolith.program())
    // Blackwell's components claim the SM: over half its shared memory, which the tiles use anyway.
    #expect(structured.dynamicSharedByteCount == monolith.dynamicSharedByteCount)
    #expect(structured.block == monolith.block)
    let directives = try [pair.structured, pair.monolith].map { kernel in
      try kernel.module().functions[0].directives
    }
    #expect(directives[0] == directives[1])
  }

  @Test func `other schedules are other code`() throws {
    let monolith = try Assembled(MonolithicMatmul(kernel: makeHopperMonolith()))
    var alone = monolithicSchedule
    alone.clusterM = 1
    #expect(try Assembled(Structured<Hopper>(alone)).code.opcodes != monolith.code.opcodes)
    var narrow = monolithicSchedule
    narrow.supergroupRows = 4
    let narrowCode = try Assembled(Structured<Hopper>(narrow)).code
    #expect(narrowCode.words != monolith.code.words)
  }

  @Test(
    arguments: try Counterparts.all(),
    [Schedule.eager, .late] + (0..<4).map { Schedule.random(seed: $0) })
  private func `the monolithic kernel computes`(pair: Counterparts, schedule: Schedule) throws {
    // Two clusters for six tiles, the last ones partial; more k-tiles than the ring has stages.
    let test = MatmulCase(600, 392, 328, .normal)
    let isHopper = pair.monolith.description.target == .hopper
    let device = SimulatedDevice(
      isHopper ? .hopper : .blackwell, multiprocessors: 4, schedule: schedule)
    try checkMatmul(on: device, pair.monolith, test)
    try checkMatmul(on: device, pair.monolith, MatmulCase(130, 72, 0))
  }
}
