// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import MachineIR
import NumberFormats
import TestSupport
import Testing

/// Properties of the machine code that the library's kernels guarantee.
@Suite struct CodegenContractTests {
  /// The kernels of the text tests, those of the catalog, and those chosen for given extents.
  static var kernels: [LibraryKernel] {
    let catalog = MatmulCatalog.all.flatMap { entry in
      let target = entry.description.target.rawValue
      let shape = MatmulShape(m: 512, n: 512, k: 512)
      let bfloat16 = entry.bfloat16.resolved(for: shape, multiprocessorCount: 132)
      let halfFloat = entry.halfFloat.resolved(for: shape, multiprocessorCount: 132)
      return [
        LibraryKernel(name: "\(target) \(bfloat16.entry)") { try bfloat16.module() },
        LibraryKernel(name: "\(target) \(halfFloat.entry)") { try halfFloat.module() },
      ]
    }
    let chosen = Hopper.libraryConfigurations.compactMap { configuration in
      (try? Structured<Hopper>(configuration)).map { matmul in
        LibraryKernel(name: "hopper \(matmul.entry)") { try matmul.module() }
      }
    }
    return LibraryKernel.all + catalog + chosen
  }

  @Test(arguments: kernels)
  func `nothing is spilled, and no wgmma waits for its registers`(kernel: LibraryKernel) throws {
    let module = try kernel.module()
    let (text, architecture) = (module.ptx(form: .plain), module.target.description)
    let report = try assemble(text, architecture: architecture)
    #expect(report.isAccepted && report.warnings.isEmpty, "\(report.log)")
    #expect(report.spillStoreByteCount == 0 && report.spillLoadByteCount == 0, "\(report.log)")
    #expect(report.stackByteCount == 0, "\(report.log)")
    // C7508, C7510 and C7514 to C7517 are remarks on setmaxnreg and serialized or repaired wgmma.
    #expect(!report.log.contains("C75") && !report.log.contains("serialized"), "\(report.log)")
    let opcodes = try MachineCode(assembling: text, architecture: architecture).opcodes
    #expect(opcodes.contains("EXIT"))
    #expect(!opcodes.contains { $0.hasPrefix("LDL") || $0.hasPrefix("STL") })
  }

  @Test(arguments: kernels)
  func `ptxas keeps the instructions of the schedule`(kernel: LibraryKernel) throws {
    let module = try kernel.module()
    let code = try MachineCode(
      assembling: module.ptx(form: .plain), architecture: module.target.description)
    let written = InstructionCounts(module.functions[0])
    var counted = InstructionCounts(code)
    let expected = written.inMachineCode
    if module.instructions.contains(where: { $0.has("cta_group::2") }) {
      // Whether a block leads its pair never changes, so `ptxas` may duplicate loops that test it:
      // one copy with the leader's operations, one without.
      for kind in [CountedKind.barrierArrive, .barrierWait] {
        #expect(counted.counts[kind, default: 0] >= expected.counts[kind, default: 0])
        counted.counts[kind] = expected.counts[kind]
      }
    }
    #expect(counted == expected, "\(kernel.name): \(written)")
    // GPU-wide fences belong to the cluster's barrier and to partial sums, not to arrivals.
    let publications = (module.functions[0].blocks ?? []).flatMap(\.instructions).count {
      [.clusterArrive, .reduction].contains($0.opcode) && $0.has("release")
    }
    #expect(code.opcodes.count { $0 == "MEMBAR.ALL.GPU" } == publications)
  }

  @Test(arguments: kernels)
  func `arrivals publish to the block, unless they are remote`(kernel: LibraryKernel) throws {
    for instruction in try kernel.module().instructions
    where instruction.opcode == .mbarrierArrive {
      #expect(
        !instruction.has("cluster") || instruction.has("shared::cluster"), "\(instruction)")
    }
  }

  @Test(arguments: kernels)
  func `instructions for one thread are issued by an elected one`(kernel: LibraryKernel) throws {
    let shared = try kernel.module().functions[0].sharedIssues()
    #expect(shared.isEmpty, "\(kernel.name): \(shared.map(\.mnemonic))")
  }

  @Test func `a thread that was picked by its number is found`() throws {
    let picked = Kernel<Hopper>("picked", block: 32) { k in
      let barrier = k.sharedBarrier("barrier", arrivals: 1)
      k.if(k.threadIndex.x == 0) { barrier.initialize() }
      k.elected { barrier.arrive() }
      barrier.arrive(if: k.electSync() && k.threadIndex.x < 32)
      barrier.arrive(if: k.electSync() || k.threadIndex.x < 2)
    }
    let shared = try picked.module().functions[0].sharedIssues()
    #expect(shared.map(\.opcode) == [.mbarrierInitialize, .mbarrierArrive])
  }

  @Test(arguments: try ScheduledKernel.production() + ScheduledKernel.ladder())
  func `a schedule has its instructions, and no others of their kind`(
    kernel: ScheduledKernel
  ) throws {
    let module = try kernel.module()
    #expect(InstructionCounts(module.functions[0]) == kernel.expected)
    let code = try MachineCode(
      assembling: module.ptx(form: .plain), architecture: module.target.description)
    #expect(InstructionCounts(code) == kernel.expected.inMachineCode)
  }
}

extension Module {
  /// The instructions of the first function.
  fileprivate var instructions: [Instruction] {
    (functions[0].blocks ?? []).flatMap(\.instructions)
  }
}
