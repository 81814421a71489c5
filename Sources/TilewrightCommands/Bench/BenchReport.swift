// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Foundation
import KernelLibrary

/// The setting of a measurement: device, time and plan.
struct BenchSetting: Encodable, Sendable {
  /// The device's name, and what it is.
  let device: String, product: String
  /// The driver's own number, and the CUDA version that it supports.
  let driver: Reported<String>, cuda: String
  /// The size of L2 in bytes, and the power limit of the GPU in watts.
  let cache: Int, powerLimit: Reported<Double>
  /// The reason why clock and power are missing, if they are.
  let monitorObstacle: Reported<String>
  /// The version of cuBLASLt, or the reason why it is missing.
  let library: Reported<String>, libraryObstacle: Reported<String>
  /// The time of the measurement, in the format of ISO 8601, in UTC.
  let date: String
  /// The commit that the tool was built from.
  let commit: Reported<String>
  /// The type and the kind of the elements, and their seed.
  let type: String, inputs: String, seed: UInt64
  /// The rounds of bursts, and the seconds of each competitor in sustained rounds.
  let rounds: Int, seconds: Double
  /// The seconds of a sustained round, and of its lead-in, which is not counted.
  let block: Double, leadIn: Double
}

extension BenchSetting {
  /// Describes a GPU and a plan.
  init(
    _ machine: TimingGPU, _ type: MatmulType, _ plan: BenchPlan, commit: String?, date: Date
  ) {
    let properties = machine.device.properties
    self.init(
      device: properties.name, product: properties.productName,
      driver: Reported(properties.driverRelease), cuda: "\(properties.driverVersion)",
      cache: properties.cacheByteCount, powerLimit: Reported(machine.powerLimit),
      monitorObstacle: Reported(
        machine.monitor == nil ? "NVIDIA's management library (NVML) was not found" : nil),
      library: Reported(machine.librarySummary),
      libraryObstacle: Reported(machine.libraryObstacle), date: date.formatted(.iso8601),
      commit: Reported(commit), type: type.rawValue, inputs: plan.inputs.rawValue, seed: plan.seed,
      rounds: plan.rounds, seconds: plan.seconds, block: plan.block.seconds,
      leadIn: plan.block.leadIn)
  }
}

/// The report of `bench`.
struct BenchReport: Encodable, Sendable {
  /// The setting of the measurement.
  let setting: BenchSetting
  /// The results for each product, kernel and regime.
  let rows: [BenchRow]
  /// The geometric means of ratios that count.
  let means: [BenchMean]
  /// The products that were to be measured and were not reached, because one before failed.
  let missing: [String]
  /// Whether everything was measured and is right, including the products of cuBLASLt.
  let passed: Bool

  /// Reports what was measured.
  init(_ setting: BenchSetting, _ rows: [BenchRow], missing: [BenchCase] = []) {
    self.setting = setting
    self.rows = rows
    means = BenchMean.all(of: rows)
    self.missing = missing.map(\.shape.text)
    passed =
      missing.isEmpty
      && rows.allSatisfy { $0.passed && [nil, .refused].contains($0.vendorProblem.value?.kind) }
  }

  /// Measures products, and shows how far that is.
  init<Machine, Element>(
    _ setting: BenchSetting, _ cases: [BenchCase], _ job: BenchJob<Machine, Element>,
    _ console: Console
  ) {
    var rows: [BenchRow] = []
    var missing: [BenchCase] = []
    for (number, product) in cases.enumerated() {
      let found = console.showing("Product \(number + 1) of \(cases.count), \(product.shape.text)")
      {
        job.run(product)
      }
      rows += found
      let isOver = found.contains { row in
        [row.problem.value?.kind, row.vendorProblem.value?.kind].contains(.fault)
      }
      if isOver {
        missing = Array(cases[(number + 1)...])
        break
      }
    }
    self.init(setting, rows, missing: missing)
  }

  /// The exit status of the tool and the reason; nil if everything is right.
  ///
  /// Wrong results take precedence over measurements that were not possible.
  var failure: (status: ExitStatus, text: String)? {
    let problems = rows.flatMap { row in
      [
        (row.kernel, row.problem.value),
        (setting.library.value ?? "cuBLASLt", row.vendorProblem.value),
      ]
      .compactMap { name, problem in problem.map { (row, name, $0) } }
    }
    for kind in [BenchProblem.Kind.fault, .wrong] {
      guard let (row, name, problem) = problems.first(where: { $0.2.kind == kind }) else {
        continue
      }
      return (.wrong, "\(name) at \(row.shape.text): \(problem.text)")
    }
    let refused = rows.filter { $0.problem.value != nil }
    guard let first = refused.first, let problem = first.problem.value else { return nil }
    return (
      .unusable,
      """
      \(refused.count) of \(rows.count) rows were not measured; the first, \(first.kernel) at \
      \(first.shape.text): \(problem.text)
      """
    )
  }
}
