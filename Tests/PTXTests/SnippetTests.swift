import MachineIR
import PTX
import TestSupport
import Testing

/// The lines of both reference files and what they are for.
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
  func `ptxas takes the text that is printed of every instruction`(
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
  func `whole modules survive the round trip and are taken by ptxas`(name: String) throws {
    let module = try parse(snippetText(name))
    let printed = module.ptx()
    #expect(try parse(printed) == module)
    let architecture = module.target.description
    let report = try assemble(printed, architecture: architecture)
    #expect(report.isAccepted, "\(report.log)")
  }
}
