// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import PTX
import TestSupport
import Testing

@Suite struct TextTests {
  @Test(arguments: LibraryKernel.all)
  func `ptxas accepts every kernel without spills or warnings`(kernel: LibraryKernel) throws {
    let module = try kernel.module()
    let report = try assemble(module.ptx(), architecture: module.target.description)
    #expect(report.isAccepted, "\(report.log)")
    #expect(report.warnings.isEmpty, "\(report.log)")
    #expect(report.frameByteCount == 0)
    #expect(report.spillStoreByteCount == 0)
    #expect(report.spillLoadByteCount == 0)
    // C7508 and C7514 to C7517 are remarks on setmaxnreg and on serialized or repaired wgmma.
    #expect(!report.log.contains("C75"), "\(report.log)")
    #expect(!report.log.contains("serialized"), "\(report.log)")
  }

  @Test(arguments: LibraryKernel.all)
  func `printed text parses back to the same module`(kernel: LibraryKernel) throws {
    let module = try kernel.module()
    #expect(try parse(module.ptx()) == module)
    #expect(try parse(module.ptx(form: .plain)) == module.plain())
  }

  @Test(arguments: LibraryKernel.all)
  func `the plain text is what it was`(kernel: LibraryKernel) throws {
    expectSnapshot(try kernel.module().ptx(form: .plain), named: kernel.name)
  }
}
