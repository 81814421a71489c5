// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing

/// Expects an oracle in Python, written independently of the simulator, to agree with every lane of
/// every case.
///
/// The cases are those of a family, each with its own seed.
func expectAgreement(
  of cases: [String], batchCount: Int = 9, hasCarry: Bool = false,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  var transcript = ""
  for (index, text) in cases.enumerated() {
    var random = SplitMix64(seed: UInt64(index))
    let laneCase = LaneCase(text, hasCarry: hasCarry)
    transcript += try laneCase.transcript(batchCount: batchCount, using: &random)
  }
  let script = ToolEnvironment.packageRoot + "/Tests/SimulatorTests/Lanes/lane_oracle.py"
  let source = "import runpy; runpy.run_path('\(script)', run_name='__main__')"
  let output = try runPython(source, input: Array(transcript.utf8))
  let objections = String(decoding: output, as: UTF8.self)
  #expect(objections == "", sourceLocation: sourceLocation)
}
