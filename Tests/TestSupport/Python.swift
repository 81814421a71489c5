/// Runs a Python script, with `numpy` and `ml_dtypes` at hand, and returns what it writes.
///
/// - Parameters:
///   - script: The script's text.
///   - arguments: What the script finds in `sys.argv[1:]`.
///   - input: What the script finds in `sys.stdin.buffer`.
/// - Returns: The bytes that the script wrote to standard output.
/// - Throws: `ToolError.failed`, with the text of standard error, where the script fails.
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
