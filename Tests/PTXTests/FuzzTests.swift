// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import PTX
import TestSupport
import Testing

struct FuzzTests {
  @Test func `damaged text is refused, or parsed and survives the round trip`()
    throws
  {
    let corpus = testFiles(endingWith: ".ptx").map(\.bytes)
    try #require(corpus.count > 30)
    let run = FuzzRun("text")
    try run.forEachSeed(of: 0..<400) { seed in
      var damager = Damager(seed: seed, corpus: corpus)
      let (_, bytes) = damager.damagedFile()
      run.keep(bytes, as: "damaged.ptx")
      try run.guardingTime("\(seed)") {
        guard let module = try? parse(String(decoding: bytes, as: UTF8.self)) else { return }
        let again = try parse(module.ptx())
        #expect(again == module, "seed \(seed)")
        _ = module.diagnostics()
        _ = ModuleRequirements(of: module.functions)
        _ = module.ptx(form: .plain)
      }
    }
  }
}
