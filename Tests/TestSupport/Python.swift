// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Runs a Python script, with `numpy` and `ml_dtypes` available, and returns its output.
///
/// - Parameters:
///   - script: The text of the script.
///   - arguments: The contents of `sys.argv[1:]`.
///   - input: The contents of `sys.stdin.buffer`.
/// - Returns: The bytes that the script wrote to standard output.
/// - Throws: `ToolError.failed`, with the text of standard error, if the script fails.
public func runPython(
  _ script: String, arguments: [String] = [], input: [UInt8] = []
) throws(ToolError) -> [UInt8] {
  let python = try ToolEnvironment.python()
  let directory = try TemporaryDirectory()
  let path = try directory.write(Array(script.utf8), to: "script.py")
  let run = try ToolRun(python, arguments: ["-I", path] + arguments, input: input)
  guard run.exitStatus == 0 else {
    throw .failed(tool: "Python", exitStatus: run.exitStatus, errorText: run.errorText)
  }
  return run.output
}
