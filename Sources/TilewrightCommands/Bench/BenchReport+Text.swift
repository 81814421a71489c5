// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

extension BenchReport {
  /// The report for people.
  var text: String {
    var lines = Table()
    let driver = setting.driver.value.map { "driver \($0), " } ?? ""
    lines.add("device", "\(setting.product) (\(setting.device)), \(driver)CUDA \(setting.cuda)")
    let library = setting.library.value.map { "\($0), the fastest of its candidates" }
    lines.add(
      "vendor", library ?? "not timed: \(setting.libraryObstacle.value ?? "for an unknown reason")")
    lines.add("inputs", "\(setting.inputs), seed \(setting.seed), \(setting.type)")
    lines.add("power", power)
    lines.add("when", "\(setting.date), commit \(setting.commit.value ?? "unknown")")
    return lines.text + BenchRegime.allCases.map(section).joined() + problems
  }

  /// The power limit, or the reason why it is unknown.
  private var power: String {
    if let obstacle = setting.monitorObstacle.value {
      return "clock and power unknown: \(obstacle)"
    }
    return setting.powerLimit.value.map { "limited to \(String(format: "%.0f", $0)) W" }
      ?? "limit unknown"
  }

  /// Returns what was measured in a regime; nothing where it was not asked for.
  private func section(_ regime: BenchRegime) -> String {
    let members = rows.filter { $0.regime == regime }
    guard !members.isEmpty else { return "" }
    var columns = Columns(
      "M x N x K", "KERNEL", "TIME", "TFLOPS", "MHZ", "W", "VENDOR", "TFLOPS", "MHZ", "W", "RATIO",
      "(QUARTILES)", "")
    for row in members { columns.add(cells: cells(row)) }
    var lines = Table()
    for mean in means where mean.regime == regime {
      let ratio = mean.ratio.value.map { String(format: "%.3f", $0) } ?? "–"
      lines.add(
        "mean of \(mean.subset.name), \(mean.kernel)",
        "\(ratio)  (\(mean.counted) of \(mean.products) products)")
    }
    let heading =
      switch regime {
      case .burst: "burst: \(setting.rounds) rounds, each after a rest"
      case .sustained:
        String(
          format: "sustained: %g s each, in blocks of %g s, the first %g s of each not counted",
          setting.seconds, setting.block, setting.leadIn)
      }
    return "\n\(heading)\n\n" + columns.text + "\n" + lines.text
  }

  /// Returns the cells of a row.
  private func cells(_ row: BenchRow) -> [String] {
    let ratio = row.ratio.value
    return [row.shape.text, row.kernel] + cells(row.time.value) + cells(row.vendor.value) + [
      ratio.map { String(format: "%.3f", $0.median) } ?? "–",
      ratio.map { String(format: "(%.3f, %.3f)", $0.lower, $0.upper) } ?? "", remark(row),
    ]
  }

  /// Returns the cells of a time: the median, the rate, clock and power.
  private func cells(_ time: BenchTime?) -> [String] {
    guard let time else { return ["–", "–", "–", "–"] }
    return [
      duration(time.seconds.median), String(format: "%.1f", time.tflops),
      time.clock.value.map { String(format: "%.0f", $0) } ?? "–",
      time.power.value.map { String(format: "%.0f", $0) } ?? "–",
    ]
  }

  /// Returns what the product is for, or what is wrong.
  private func remark(_ row: BenchRow) -> String {
    switch (row.problem.value?.kind, row.vendorProblem.value?.kind) {
    case (.wrong?, _): "WRONG, not in the mean"
    case (.fault?, _): "FAILED"
    case (.refused?, _): "not measured"
    case (nil, .wrong?): "CUBLASLT IS WRONG, not in the mean"
    case (nil, .fault?): "CUBLASLT FAILED"
    case (nil, .refused?), (nil, nil): row.product.name
    }
  }

  /// The problems, each once.
  private var problems: String {
    var texts: [String] = []
    for row in rows {
      for (name, problem) in [
        (row.kernel, row.problem.value), ("cuBLASLt", row.vendorProblem.value),
      ] {
        // If there is no library, the heading says so once.
        let isSaid = problem?.kind == .refused && problem == row.vendorProblem.value
        guard let problem, !(isSaid && setting.library.value == nil) else { continue }
        let text = "\(name) at \(row.shape.text): \(problem.text)"
        if !texts.contains(text) { texts.append(text) }
      }
    }
    if !missing.isEmpty { texts.append("Not reached: \(missing.joined(separator: ", ")).") }
    return texts.isEmpty ? "" : "\n" + texts.joined(separator: "\n") + "\n"
  }
}
