// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

extension BenchReport {
  /// The names of the columns, in order.
  static let csvColumns = [
    "suite", "name", "m", "n", "k", "type", "inputs", "seed", "kernel", "entry", "regime",
    "seconds", "seconds_lower", "seconds_upper", "tflops", "clock_mhz", "power_w",
    "vendor_seconds", "vendor_seconds_lower", "vendor_seconds_upper", "vendor_tflops",
    "vendor_clock_mhz", "vendor_power_w", "vendor_candidate", "vendor_candidates", "ratio",
    "ratio_lower", "ratio_upper", "rounds", "launches_per_graph", "buffer_sets",
    "compared_elements", "max_relative_error", "passed", "problem", "vendor_problem", "device",
    "driver", "library", "power_limit_w", "date", "commit",
  ]

  /// The rows as comma-separated values, after a line with the names of the columns.
  ///
  /// Each line is self-contained: it states where and when it was measured. Missing values are
  /// empty.
  var csv: String {
    ([BenchReport.csvColumns] + rows.map(cells)).map { cells in
      cells.map(quoted).joined(separator: ",") + "\n"
    }.joined()
  }

  /// Returns the cells of a row.
  private func cells(_ row: BenchRow) -> [String] {
    let suites = row.places.map(\.suite)
    let names = row.places.map(\.name).filter { !$0.isEmpty }
    return [
      suites.joined(separator: ";"), names.joined(separator: ";"), "\(row.m)", "\(row.n)",
      "\(row.k)", setting.type, setting.inputs, "\(setting.seed)", row.kernel, row.entry,
      row.regime.rawValue,
    ] + time(row.time.value) + time(row.vendor.value) + [
      text(row.vendorCandidate.value), text(row.vendorCandidates.value),
    ] + [row.ratio.value?.median, row.ratio.value?.lower, row.ratio.value?.upper].map(number) + [
      text(row.time.value?.turns.count), text(row.time.value?.launchesPerGraph),
      "\(row.bufferSets)",
      "\(row.comparedElements)", number(row.maxRelativeError.value), "\(row.passed)",
      row.problem.value?.text ?? "", row.vendorProblem.value?.text ?? "", setting.product,
      setting.driver.value ?? "", setting.library.value ?? "", number(setting.powerLimit.value),
      setting.date, setting.commit.value ?? "",
    ]
  }

  /// Returns the cells of a time: the median, the quartiles, the rate, clock and power.
  private func time(_ time: BenchTime?) -> [String] {
    [
      time?.seconds.median, time?.seconds.lower, time?.seconds.upper, time?.tflops,
      time?.clock.value, time?.power.value,
    ].map(number)
  }

  /// Returns a number with five digits, or nothing.
  private func number(_ value: Double?) -> String {
    value.map { String(format: "%.5g", $0) } ?? ""
  }

  /// Returns an integer, or nothing.
  private func text(_ value: Int?) -> String { value.map(String.init) ?? "" }

  /// Returns a cell, between quotation marks where it has to be.
  private func quoted(_ cell: String) -> String {
    guard cell.contains(where: { ",\"\n\r".contains($0) }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }
}
