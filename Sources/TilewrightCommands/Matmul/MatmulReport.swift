// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Foundation
import KernelLibrary

/// The report of `matmul`.
struct MatmulReport: Encodable {
  /// The kernel's name, the entry's name in the text, and what the kernel does.
  let kernel: String, entry: String, kernelSummary: String
  /// The machine that the kernel ran on: `hopper`, `blackwell`, or none of them.
  let target: Reported<String>
  /// The device's name, and what it is.
  let device: String, deviceSummary: String
  /// The type of the elements.
  let type: String
  /// The extents.
  let m: Int, n: Int, k: Int
  /// The time of the kernel, in seconds; none if it failed.
  let seconds: Reported<Double>
  /// The total time, in seconds.
  let totalSeconds: Double
  /// The time to make A and B, and the time to compute C on the host and compare, in seconds.
  let inputSeconds: Double, checkSeconds: Double
  /// The fraction of the total time that was simulation, from 0 to 1; none on a GPU.
  let simulationShare: Reported<Double>
  /// The largest error relative to the element of the host's product, or to the expected magnitude
  /// of such elements if that is larger; none if one is NaN or infinite.
  let maxRelativeError: Reported<Double>
  /// The elements that differ by more than they may.
  let mismatches: Reported<Int>
  /// The elements that were compared, of how many.
  let comparedElements: Int, elements: Int
  /// Whether the kernel ran to its end and all elements that were compared are right.
  let passed: Bool
  /// The first wrong element.
  let firstMismatch: Reported<String>
  /// The kernel's fault.
  let fault: Reported<FaultReport>
  /// The source of A and B.
  let inputs: InputReport
  /// The rounding of the files' elements.
  let inputRounding: RoundingReport
  /// The file that C was written to.
  let out: Reported<String>
  /// The counters.
  let counters: Reported<CounterReport>
  /// The timing of the kernel and of cuBLASLt, if it was requested.
  let timing: Reported<MatmulTiming>

  /// The source of A and B.
  struct InputReport: Encodable {
    /// The files.
    var a = Reported<String>(nil), b = Reported<String>(nil)
    /// The seed, and the kind of numbers that were made.
    var seed = Reported<UInt64>(nil), distribution = Reported<String>(nil)
  }

  /// The rounding of the elements of A and B; none if they were representable.
  struct RoundingReport: Encodable {
    /// The rounding of each file's elements, in words.
    var a = Reported<String>(nil), b = Reported<String>(nil)
  }
}

extension MatmulReport {
  /// Reports a result.
  init(
    _ selection: MatmulSelection, _ source: MatmulSource, _ type: MatmulType,
    _ result: MatmulResult, totalSeconds: Double, out: String?
  ) {
    kernel = selection.entry.description.name
    entry = result.entry
    kernelSummary = result.summary
    target = Reported(selection.target?.rawValue)
    device = selection.device.device.name
    deviceSummary = selection.device.summary
    self.type = type.rawValue
    (m, n, k) = (source.shape.m, source.shape.n, source.shape.k)
    seconds = Reported(result.launch?.seconds)
    self.totalSeconds = totalSeconds
    inputSeconds = result.inputSeconds
    checkSeconds = result.checkSeconds
    let isSimulated = selection.device.isSimulator && totalSeconds > 0
    simulationShare = Reported(
      isSimulated ? result.launch.map { min($0.seconds / totalSeconds, 1) } : nil)
    let comparison = result.comparison
    maxRelativeError = Reported(comparison?.largestRelativeError)
    mismatches = Reported(comparison?.mismatchCount)
    comparedElements = comparison?.elementCount ?? 0
    elements = source.shape.m * source.shape.n
    passed = result.isGood
    firstMismatch = Reported(comparison?.firstMismatch?.description)
    fault = Reported(result.fault.map(FaultReport.init))
    inputs = InputReport(source)
    inputRounding = RoundingReport(source, type)
    self.out = Reported(out)
    counters = Reported(result.launch?.counters.map(CounterReport.init))
    timing = Reported(result.timing)
  }

  /// A sentence on what is wrong, or the kernel's own report; nil where all is well.
  var failure: String? {
    if let fault = fault.value { return fault.report }
    guard let count = mismatches.value, let first = firstMismatch.value else { return nil }
    return """
      \(count) of \(comparedElements) elements that were compared are wrong; the first: \(first).
      """
  }
}

extension MatmulReport.InputReport {
  /// Reports where the matrices come from.
  init(_ source: MatmulSource) {
    switch source.origin {
    case .files(let a, let b):
      self.a = Reported(a.path)
      self.b = Reported(b.path)
    case .seed(let seed, let inputs):
      self.seed = Reported(seed)
      distribution = Reported(inputs.rawValue)
    }
  }
}

extension MatmulReport.RoundingReport {
  /// Reports how the elements of files were rounded.
  init(_ source: MatmulSource, _ type: MatmulType) {
    guard case .files(let a, let b) = source.origin else { return }
    /// Returns what became of a file's elements.
    func rounding(_ file: MatrixFile) -> Reported<String> {
      let from = file.array.elementType
      guard from != type.numpyType else { return Reported(nil) }
      return Reported("\(from.rawValue) to \(type.rawValue), to nearest, ties to even")
    }
    self.a = rounding(a)
    self.b = rounding(b)
  }
}

extension MatmulReport {
  /// The report for people.
  var text: String {
    var lines = Table()
    let machine = target.value.map { " on \($0)" } ?? ""
    lines.add("kernel", "\(kernel)\(machine): \(kernelSummary)")
    lines.add("device", deviceSummary)
    lines.add("product", "C[\(m), \(n)] = A[\(m), \(k)] · B[\(n), \(k)]ᵀ in \(type)")
    addInputs(to: &lines)
    addTime(to: &lines)
    timing.value?.add(to: &lines)
    if let counters = counters.value { counters.add(to: &lines) }
    addVerdict(to: &lines)
    if let out = out.value { lines.add("wrote", out) }
    return lines.text
  }

  /// Adds where the matrices come from.
  private func addInputs(to lines: inout Table) {
    if let seed = inputs.seed.value, let distribution = inputs.distribution.value {
      lines.add("inputs", "\(distribution), seed \(seed)")
    }
    for (name, path, rounding) in [
      ("A", inputs.a.value, inputRounding.a.value), ("B", inputs.b.value, inputRounding.b.value),
    ] {
      guard let path else { continue }
      lines.add(name, path + (rounding.map { ", rounded from \($0)" } ?? ""))
    }
  }

  /// Adds how long it took.
  private func addTime(to lines: inout Table) {
    guard let kernelSeconds = self.seconds.value else { return }
    let total = """
      \(duration(totalSeconds)) in total, of which \(duration(inputSeconds)) for generating A and \
      B and \(duration(checkSeconds)) for checking C
      """
    if let share = simulationShare.value {
      lines.add(
        "time",
        """
        \(duration(kernelSeconds)) simulating the kernel: \(Int((share * 100).rounded())) % of the \
        total time
        """)
    } else {
      let rate = 2 * Double(m) * Double(n) * Double(k) / kernelSeconds / 1e12
      lines.add(
        "time",
        """
        \(duration(kernelSeconds)) for the kernel \
        (\(String(format: "%.1f", rate)) TFLOPS, one launch)
        """)
    }
    lines.add("", total)
  }

  /// Adds whether the product is right.
  private func addVerdict(to lines: inout Table) {
    guard fault.value == nil else { return lines.add("result", "FAILED: the kernel stopped") }
    let compared =
      comparedElements == elements
      ? "all \(grouped(elements)) elements"
      : "\(grouped(comparedElements)) of \(grouped(elements)) elements (evenly spaced rows)"
    let error = maxRelativeError.value.map { String(format: "%.2g", $0) } ?? "–"
    let wrong = mismatches.value ?? 0
    lines.add("compared", "\(compared) with float64; largest relative error \(error)")
    lines.add("result", wrong == 0 ? "passed" : "FAILED: \(grouped(wrong)) elements are wrong")
  }
}
