// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import PTX
import TestSupport
import Testing

/// The two reference files, with their version and target.
private let files: [(name: String, version: PTXVersion, target: String)] = [
  ("hopper-instructions.txt", PTXVersion(8, 0), "sm_90a"),
  ("blackwell-instructions.txt", PTXVersion(8, 6), "sm_100a"),
]

struct SnippetTests {
  @Test(arguments: files)
  func `every instruction parses, and its text parses to the same`(
    file: (name: String, version: PTXVersion, target: String)
  ) {
    let snippets = snippets(file.name, lowestVersion: file.version)
    #expect(snippets.count > 50)
    for snippet in snippets {
      do {
        let module = try parse(SnippetKernel.module(snippet, target: file.target))
        #expect(module.functions[0].blocks?[0].instructions.count ?? 0 > 0)
        #expect(try parse(module.ptx()) == module, "\(snippet.testDescription)")
      } catch {
        Issue.record("\(snippet.testDescription): \(error)")
      }
    }
  }

  @Test(arguments: files)
  func `ptxas accepts the printed text of every instruction`(
    file: (name: String, version: PTXVersion, target: String)
  ) throws {
    let snippets = snippets(file.name, lowestVersion: file.version)
    let version = snippets.map(\.version).max() ?? file.version
    let text = SnippetKernel.module(snippets, version: version, target: file.target)
    let printed = try parse(text).ptx()
    for candidate in [text, printed] {
      let report = try assemble(candidate, architecture: file.target)
      let errors = report.errors.prefix(10).joined(separator: "\n")
      #expect(report.isAccepted, "\(errors)")
    }
  }

  @Test(arguments: ["hopper-skeleton.ptx", "hopper-gemm64.ptx", "blackwell-mm64.ptx"])
  func `whole modules survive the round trip and are accepted by ptxas`(name: String) throws {
    let module = try parse(snippetText(name))
    let printed = module.ptx()
    #expect(try parse(printed) == module)
    let architecture = module.target.description
    let report = try assemble(printed, architecture: architecture)
    #expect(report.isAccepted, "\(report.log)")
  }

  @Test(arguments: files)
  func `the requirements of an instruction are the lowest that ptxas accepts`(
    file: (name: String, version: PTXVersion, target: String)
  ) throws {
    let base = try #require(TargetArchitecture(file.target))
    for snippet in snippets(file.name, lowestVersion: file.version) {
      let module = try parse(SnippetKernel.module(snippet, target: file.target))
      let needs = ModuleRequirements(
        of: module.functions.map { $0.canonicalized() }, atLeast: base)
      #expect(
        needs.version == snippet.version, "\(snippet.testDescription) needs \(needs.version)")
      #expect(needs.target == base, "\(snippet.testDescription)")
    }
  }

  @Test(arguments: files)
  func `ptxas accepts the lowest target of each instruction`(
    file: (name: String, version: PTXVersion, target: String)
  ) throws {
    var modules: [TargetArchitecture: [Snippet]] = [:]
    for snippet in snippets(file.name, lowestVersion: file.version) {
      let module = try parse(SnippetKernel.module(snippet, target: file.target))
      let functions = module.functions.map { $0.canonicalized() }
      modules[ModuleRequirements(of: functions).target, default: []].append(snippet)
    }
    #expect(modules.count > 2)
    for (target, snippets) in modules {
      let text = SnippetKernel.module(
        snippets, version: PTXVersion(9, 0), target: target.description)
      let report = try assemble(text, architecture: target.description)
      #expect(report.isAccepted, "\(target): \(report.errors.joined(separator: "\n"))")
    }
  }

  @Test(arguments: files)
  func `the verifier accepts the text that ptxas accepts`(
    file: (name: String, version: PTXVersion, target: String)
  ) throws {
    for snippet in snippets(file.name, lowestVersion: file.version) {
      let module = try parse(SnippetKernel.module(snippet, target: file.target))
      let findings = module.diagnostics().filter { finding in
        !finding.message.contains("never assigned")
      }
      #expect(findings.isEmpty, "\(snippet.testDescription): \(findings)")
    }
  }

  @Test func `text that ptxas refuses is refused here, or is a known exception`() {
    for snippet in snippets("hopper-rejected.txt", lowestVersion: PTXVersion(8, 0)) {
      let text = SnippetKernel.module([snippet], version: PTXVersion(9, 0), target: "sm_90a")
      let findings = (try? parse(text))?.diagnostics().filter {
        $0.severity == .error && !$0.message.contains("never assigned")
      }
      #expect(findings?.isEmpty != true, "\(snippet.testDescription)")
    }
  }

  @Test func `Blackwell instructions that ptxas refuses are refused here`() throws {
    for snippet in snippets("blackwell-rejected.txt", lowestVersion: PTXVersion(9, 0)) {
      let text = SnippetKernel.module(snippet, target: "sm_100a")
      let findings = (try? parse(text))?.diagnostics().filter {
        $0.severity == .error && !$0.message.contains("never assigned")
      }
      #expect(findings?.isEmpty != true, "\(snippet.testDescription)")
      let report = try assemble(text, architecture: "sm_100a")
      #expect(!report.isAccepted, "\(snippet.testDescription)")
    }
  }

  @Test func `a body with a label survives the round trip and is accepted by ptxas`() throws {
    let snippet = Snippet(
      place: "hopper-body-0.txt", text: snippetText("hopper-body-0.txt"),
      version: PTXVersion(8, 3))
    let module = try parse(SnippetKernel.module(snippet, target: "sm_90a"))
    #expect(module.functions[0].blocks?.first?.label == "WAIT_0")
    #expect(try parse(module.ptx()) == module)
    let report = try assemble(module.ptx(), architecture: "sm_90a")
    #expect(report.isAccepted, "\(report.log)")
  }
}
