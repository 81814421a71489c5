// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import PTX

/// The reason why input is unusable, besides the errors of files and devices.
enum InputError: Error, Equatable {
  /// No kernel has that name.
  case unknownKernel(name: String, known: [String])
  /// The kernel is there, and is no matmul of two matrices of one type.
  case notRunnable(name: String, known: [String])
  /// A setting of a configuration that cannot be read, or breaks a rule.
  case setting(String, reason: String)
  /// No target has that name.
  case unknownTarget(name: String)
  /// No device has that name.
  case unknownDevice(name: String)
  /// The kernel is there, for other targets only.
  case kernelLacksTarget(kernel: String, target: String, targets: [String])
  /// The device is of another architecture than the kernel or the text is for.
  case deviceLacksTarget(device: String, target: String)
  /// An extent that is not positive, or too large; nil where no integer of the host holds it.
  case extent(option: String, value: Int?, limit: Int)
  /// One of the two inputs is given without the other.
  case inputWithout(given: String, missing: String)
  /// An input has not two dimensions.
  case rank(path: String, shape: [Int], expected: String)
  /// An input has an extent of zero.
  case emptyInput(path: String, shape: [Int])
  /// An input has elements that are no floats of 16 or 32 bits.
  case inputType(path: String, type: NumpyElementType)
  /// A finite element of an input is an infinity in the kernel's type.
  case tooLarge(path: String, value: Float, type: String)
  /// The inputs have different numbers of columns.
  case innerExtents(a: String, aShape: [Int], b: String, bShape: [Int])
  /// An option says another extent than an input.
  case extentMismatch(option: String, given: Int, path: String, found: Int)
  /// A text is not PTX, or has an instruction that is not known.
  case syntax(path: String, SyntaxError)
  /// A text has no kernel, not that one, or several.
  case entry(path: String, name: String?, entries: [String])
  /// A file cannot be read.
  case unreadableFile(path: String, reason: String)
  /// A file cannot be written; what was at the path before is still there.
  case unwritableFile(path: String, reason: String)
  /// Two outputs have one path.
  case outputTwice(path: String)
  /// A kernel cannot be timed where it is simulated.
  case timingOnSimulator(what: String)
  /// No suite of products has that name.
  case unknownSuite(name: String, known: [String])
  /// A text is no shape.
  case unreadableShape(text: String)
  /// There is only the simulator, and nothing to compare it with.
  case nothingToCompare
  /// No case has to do with the texts of `--only`.
  case nothingNamed([String])
  /// A file that is named as a tool is none that can be run.
  case notExecutable(path: String, tool: String)
  /// A tool is nowhere to be found.
  case toolNotFound(tool: String, places: [String])
  /// A tool could not be run, or ended with an error.
  case toolFailed(tool: String, reason: String)
}

extension InputError: CustomStringConvertible {
  /// One sentence.
  var description: String {
    switch self {
    case .unknownKernel(let name, let known):
      "There is no kernel '\(name)'; the kernels are \(list(known))."
    case .notRunnable(let name, let known):
      """
      The kernel '\(name)' can be shown by ptx, describe and explain, but cannot be run here; \
      those that can are \(list(known)).
      """
    case .setting(let setting, let reason):
      "The configuration '\(setting)' is impossible: \(reason)\(reason.hasSuffix(".") ? "" : ".")"
    case .unknownTarget(let name):
      "There is no target '\(name)'; the targets are hopper and blackwell."
    case .unknownDevice(let name):
      "There is no device '\(name)'; the devices are simulator, cuda, and cuda:0, cuda:1 and so on."
    case .kernelLacksTarget(let kernel, let target, let targets):
      "The kernel '\(kernel)' is for \(list(targets)), not for \(target)."
    case .deviceLacksTarget(let device, let target):
      "The device '\(device)' cannot run code for \(target)."
    case .extent(let option, let value, let limit):
      "The extent \(option) must be 1 to \(limit), not \(value.map(String.init) ?? "the number given")."
    case .inputWithout(let given, let missing):
      "The option \(given) also needs \(missing)."
    case .rank(let path, let shape, let expected):
      "The array of \(path) has the shape \(text(shape)); it should be \(expected)."
    case .emptyInput(let path, let shape):
      "The array of \(path) has the shape \(text(shape)), so it has no elements."
    case .inputType(let path, let type):
      "The elements of \(path) are \(type.rawValue); those of a matrix must be f32, f16 or bf16."
    case .tooLarge(let path, let value, let type):
      "The array of \(path) has the element \(value), which is too large for \(type)."
    case .innerExtents(let a, let aShape, let b, let bShape):
      """
      The arrays of \(a), \(text(aShape)), and \(b), \(text(bShape)), have different second \
      extents; A is [m, k] and B is [n, k].
      """
    case .extentMismatch(let option, let given, let path, let found):
      "The option \(option) is \(given), but the array of \(path) has \(found)."
    case .syntax(let path, let error):
      "\(path):\(error.line):\(error.column): \(error.message)."
    case .entry(let path, nil, let entries) where entries.isEmpty:
      "The text of \(path) has no kernel (.entry)."
    case .entry(let path, nil, let entries):
      "The text of \(path) has several kernels, \(list(entries)); name one with the key 'entry'."
    case .entry(let path, let name?, let entries):
      entries.isEmpty
        ? "The text of \(path) has no kernel '\(name)' or any other."
        : "The text of \(path) has no kernel '\(name)'; it has \(list(entries))."
    case .unreadableFile(let path, let reason): "The file \(shown(path)) cannot be read: \(reason)."
    case .unwritableFile(let path, let reason):
      "The file \(shown(path)) cannot be written: \(reason)."
    case .outputTwice(let path): "The file \(path) is written twice."
    case .nothingToCompare:
      "There is no GPU to compare the simulator with; --against names results that one recorded."
    case .timingOnSimulator(let what):
      "The \(what) needs a GPU: the time of a simulation says nothing about the kernel's speed."
    case .unknownSuite(let name, let known):
      "There is no suite '\(name)'; the suites are \(list(known))."
    case .unreadableShape(let text):
      "'\(text)' is not a shape; write m, n and k as in 4096x4096x1024."
    case .nothingNamed(let texts):
      "No program and no instruction has a name that contains \(list(texts.map { "'\($0)'" }))."
    case .notExecutable(let path, let tool):
      "The file \(shown(path)), which should be \(tool), is not an executable."
    case .toolNotFound(let tool, let places):
      "\(tool) was not found in \(list(places)); --\(tool)-path names the file."
    case .toolFailed(let tool, let reason): "\(tool) failed: \(reason)."
    }
  }

  /// Returns a path as a sentence has it.
  private func shown(_ path: String) -> String { path.isEmpty ? "''" : path }

  /// Returns names as a sentence lists them.
  private func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "none" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }

  /// Returns a shape as Python writes it.
  private func text(_ shape: [Int]) -> String {
    "[" + shape.map(String.init).joined(separator: ", ") + "]"
  }
}
