// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary

/// A kernel that is measured, under the name by which the tool knows it.
struct BenchKernel<Element: TensorCoreElement>: Sendable {
  /// The name.
  let name: String
  /// The family that chooses the kernel for each product.
  let family: any MatmulFamily<Element>
}

/// The measurement of a product with some kernels and cuBLASLt.
struct BenchJob<Machine: TimingDevice, Element: TensorCoreElement> {
  /// The device.
  let machine: Machine
  /// The kernels.
  let kernels: [BenchKernel<Element>]
  /// The plan of the measurement.
  let plan: BenchPlan
  /// Makes A and B.
  private let fill: MatrixFill<Element>

  /// Creates a job.
  init(_ kernels: [BenchKernel<Element>], on machine: Machine, _ plan: BenchPlan) {
    self.machine = machine
    self.kernels = kernels
    self.plan = plan
    fill = MatrixFill(plan.inputs)
  }

  /// Measures a product.
  ///
  /// - Returns: A row for each kernel and regime, with errors in the rows. After a fault nothing
  ///   can be measured.
  func run(_ product: BenchCase) -> [BenchRow] {
    do {
      var bout = try BenchRun(self, product)
      return bout.run()
    } catch {
      // Not even A, B and C could be made.
      return refuse(product, BenchProblem(error))
    }
  }

  /// Returns rows that say why nothing was measured.
  func refuse(_ product: BenchCase, _ problem: BenchProblem) -> [BenchRow] {
    kernels.flatMap { kernel in
      let entry = kernel.family.resolved(
        for: product.shape, multiprocessorCount: machine.base.multiprocessorCount
      ).entry
      return plan.regimes.map { regime in
        BenchRow(product, kernel.name, entry, regime, problem)
      }
    }
  }

  /// Makes A and B.
  func makeOperands(
    _ matrices: BufferSets<Element>.Matrices, _ shape: MatmulShape
  ) throws(DeviceError) {
    let seeds = OperandSeeds(plan.seed)
    try fill.fill(matrices.a, rows: shape.m, columns: shape.k, seed: seeds.a)
    try fill.fill(matrices.b, rows: shape.n, columns: shape.k, seed: seeds.b)
  }
}

extension BenchProblem {
  /// Says why something was not measured.
  init(_ error: DeviceError) {
    self.init(kind: { if case .fault = error { .fault } else { .refused } }(), text: "\(error)")
  }

  /// Says what is wrong with a product; nil where it is right.
  init?(_ comparison: MatmulComparison) {
    guard let first = comparison.firstMismatch else { return nil }
    self.init(
      kind: .wrong,
      text: """
        \(comparison.mismatchCount) of \(comparison.elementCount) elements that were compared are \
        wrong; the first: \(first).
        """)
  }
}

extension BenchRow {
  /// Reports that nothing was measured.
  init(
    _ product: BenchCase, _ kernel: String, _ entry: String, _ regime: BenchRegime,
    _ problem: BenchProblem
  ) {
    self.init(
      m: product.shape.m, n: product.shape.n, k: product.shape.k, places: product.places,
      kernel: kernel, entry: entry, regime: regime, time: Reported(nil), vendor: Reported(nil),
      vendorCandidates: Reported(nil), vendorCandidate: Reported(nil), ratio: Reported(nil),
      bufferSets: 0, comparedElements: 0, maxRelativeError: Reported(nil), passed: false,
      problem: Reported(problem), vendorProblem: Reported(nil))
  }
}
