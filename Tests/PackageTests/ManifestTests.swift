// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

@Suite struct `The manifest` {
  @Test func `each module depends on what it imports, and on nothing else`() throws {
    let manifest = try PackageManifest()
    let names = Set(manifest.targets.map(\.name))
    let modules = manifest.targets.filter { $0.type == "regular" || $0.type == "executable" }
    for module in modules {
      let directory = "Sources/" + module.name
      let sources = try SourceFile.all(under: [directory])
      guard !sources.isEmpty else { continue }
      let imported = Set(sources.flatMap(\.imports)).filter {
        names.contains($0) || $0 == "ArgumentParser"
      }
      #expect(imported == Set(module.dependencies.map(\.name)), "\(module.name)")
    }
    #expect(modules.count > 15)
  }

  @Test func `warnings are errors where this package is checked, and not where others use it`()
    throws
  {
    let variable = "TILEWRIGHT_WARNINGS_AS_ERRORS"
    let checked = try PackageManifest(environment: [variable + "=1"])
    for target in checked.targets where target.name != "TensorCoreArithmetic" {
      #expect(target.settings.flatMap(\.kinds).contains("treatAllWarnings"), "\(target.name)")
    }
    let used = try PackageManifest(environment: ["-u", variable])
    #expect(!used.targets.flatMap(\.settings).flatMap(\.kinds).contains("treatAllWarnings"))
    let root = ToolEnvironment.packageRoot
    let script = try String(contentsOfFile: root + "/Scripts/test", encoding: .utf8)
    #expect(script.contains("\nexport \(variable)=1\n"))
  }

  @Test(arguments: ["TilewrightCUDA", "TilewrightKernels"])
  func `a program that only launches kernels links no simulator`(product: String) throws {
    let targets = try PackageManifest().closure(ofProduct: product)
    #expect(targets.contains("KernelLibrary"))
    #expect(targets.isDisjoint(with: ["Simulator", "TensorCoreArithmetic", "Conformance"]))
  }

  @Test(arguments: ["TilewrightSimulator", "TilewrightKernels"])
  func `a program that only simulates links no driver`(product: String) throws {
    let targets = try PackageManifest().closure(ofProduct: product)
    #expect(targets.contains("KernelLibrary"))
    #expect(!targets.contains("CUDADriver"))
  }

  @Test func `the whole product has every device, and the tables by their names`() throws {
    let manifest = try PackageManifest()
    let targets = manifest.closure(ofProduct: "Tilewright")
    #expect(targets.isSuperset(of: ["Simulator", "CUDADriver", "KernelLibrary"]))
    let libraries = manifest.products.filter { $0.name != "tilewright" }
    #expect(libraries.count == 4)
    for library in libraries {
      #expect(Set(library.targets).isSuperset(of: ["MachineIR", "PTX"]), "\(library.name)")
    }
  }
}
