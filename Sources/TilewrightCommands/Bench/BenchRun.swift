// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary

/// The measurement of one product: the buffers, the reference, and the competitors.
struct BenchRun<Machine: TimingDevice, Element: TensorCoreElement> {
  /// A competitor: one of our kernels, or one of cuBLASLt's algorithms.
  private struct Competitor {
    /// The graph of its products; nil if it has none.
    var products: ProductGraph?
    /// The rounds of each regime.
    var rounds: [BenchRegime: [TimedRound]] = [:]
    /// The reason why it was not measured, or the error of its product.
    var problem: BenchProblem?
    /// The largest error of its products.
    var error: Double?
  }

  /// The benchmark.
  private let job: BenchJob<Machine, Element>

  /// The product.
  private let product: BenchCase

  /// The copies of A, B and C.
  private let sets: BufferSets<Element>

  /// The reference for sampled elements.
  private let reference: SampledReference<Element>

  /// Our kernels, in the configurations that the product calls for.
  private let kernels: [any MatmulKernel<Element>]

  /// Our kernels as competitors, in order.
  private var ours: [Competitor]

  /// The fastest algorithms of cuBLASLt, in the order of the trial's finalists.
  private var theirs: [Competitor] = []

  /// The trial of cuBLASLt's algorithms, or the reason why there is none.
  private var trial: VendorTrial?, obstacle: BenchProblem?

  /// Makes A, B and the reference.
  init(_ job: BenchJob<Machine, Element>, _ product: BenchCase) throws(DeviceError) {
    self.job = job
    self.product = product
    sets = try BufferSets(product.shape, on: job.machine) { matrices throws(DeviceError) in
      try job.makeOperands(matrices, product.shape)
    }
    reference = try SampledReference(
      sets.all[0], product.shape, made: job.plan.inputs, from: OperandSeeds(job.plan.seed))
    ours = job.kernels.map { _ in Competitor() }
    let multiprocessorCount = job.machine.base.multiprocessorCount
    kernels = job.kernels.map {
      $0.family.resolved(for: product.shape, multiprocessorCount: multiprocessorCount)
    }
  }

  /// Measures the product.
  ///
  /// - Returns: A row for each kernel and regime, with errors in the rows.
  mutating func run() -> [BenchRow] {
    for index in ours.indices where !isOver { admit(index) }
    if !isOver, ours.contains(where: { $0.problem == nil }) {
      admitVendor()
      for regime in job.plan.regimes where !isOver { timeCompetitors(in: regime) }
      // Each product must still be right, or its times do not count.
      for index in ours.indices where !isOver && ours[index].problem == nil { check(index) }
      if !isOver { checkVendor() }
    }
    let rows = ours.indices.flatMap { index in job.plan.regimes.map { row(of: index, in: $0) } }
    return rows
  }

  /// The problem of cuBLASLt.
  private var vendorProblem: BenchProblem? { obstacle ?? theirs.lazy.compactMap(\.problem).first }

  /// Whether a fault leaves nothing to be measured.
  private var isOver: Bool {
    (ours.map(\.problem) + [vendorProblem]).contains { $0?.kind == .fault }
  }

  /// Returns the time of a competitor in a regime.
  private func time(_ competitor: Competitor?, in regime: BenchRegime) -> BenchTime? {
    guard let rounds = competitor?.rounds[regime], let products = competitor?.products else {
      return nil
    }
    return BenchTime(rounds, of: product.shape, launchCount: products.launchCount)
  }

  /// Returns the index of the fastest algorithm of cuBLASLt in a regime; nil if none was measured.
  private func fastest(in regime: BenchRegime) -> Int? {
    let times = theirs.enumerated().compactMap { index, competitor in
      time(competitor, in: regime).map { (index, $0.seconds.median) }
    }
    return times.min { $0.1 < $1.1 }?.0
  }

  /// Returns the results of one of our kernels.
  private func row(of index: Int, in regime: BenchRegime) -> BenchRow {
    let (kernel, competitor) = (job.kernels[index], ours[index])
    let rival = fastest(in: regime)
    let ratios = zip(
      rival.flatMap { theirs[$0].rounds[regime] } ?? [], competitor.rounds[regime] ?? []
    )
    .map { theirs, mine in theirs.mean / mine.mean }
    let isMeasured = competitor.rounds[regime] != nil
    let missed = BenchProblem(
      kind: .refused, text: "It was not measured because another one failed.")
    return BenchRow(
      m: product.shape.m, n: product.shape.n, k: product.shape.k, places: product.places,
      kernel: kernel.name, entry: kernels[index].entry, regime: regime,
      time: Reported(time(competitor, in: regime)),
      vendor: Reported(time(rival.map { theirs[$0] }, in: regime)),
      vendorCandidates: Reported(trial?.candidateCount),
      vendorCandidate: Reported(rival.flatMap { trial?.finalists[$0].candidate }),
      ratio: Reported(ratios.isEmpty ? nil : Quartiles(of: ratios)), bufferSets: sets.all.count,
      comparedElements: competitor.error == nil ? 0 : reference.elementCount,
      maxRelativeError: Reported(competitor.error), passed: isMeasured && competitor.problem == nil,
      problem: Reported(competitor.problem ?? (isMeasured ? nil : missed)),
      vendorProblem: Reported(vendorProblem))
  }
}

// MARK: - Competitors

extension BenchRun {
  /// Makes the graph of one of our kernels, and checks its products.
  private mutating func admit(_ index: Int) {
    do {
      ours[index].products = try sets.makeProducts(of: kernels[index], on: job.machine)
    } catch {
      ours[index].problem = BenchProblem(error)
      return
    }
    check(index)
  }

  /// Finds the fastest algorithms of cuBLASLt, and checks their products.
  private mutating func admitVendor() {
    do {
      let trial = try VendorTrial(sets, on: job.machine)
      self.trial = trial
      theirs = trial.finalists.map { Competitor(products: $0.products) }
    } catch {
      obstacle = BenchProblem(error)
      return
    }
    checkVendor()
  }

  /// Checks the products of one of our kernels.
  private mutating func check(_ index: Int) {
    let kernel = kernels[index]
    ours[index] = checked(ours[index]) { row, column in kernel.owner(row: row, column: column) }
  }

  /// Checks the products of cuBLASLt.
  private mutating func checkVendor() {
    for index in theirs.indices where !isOver && theirs[index].problem == nil {
      theirs[index] = checked(theirs[index]) { _, _ in nil }
    }
  }

  /// Returns a competitor after a check of its products, with the first copy of C and the last.
  private func checked(
    _ unchecked: Competitor, owner: (Int, Int) -> ElementOwner?
  ) -> Competitor {
    var competitor = unchecked
    do {
      try sets.clearProducts()
      try competitor.products?.graph.run()
      for index in Set([0, sets.all.count - 1]).sorted() {
        let comparison = try reference.compare(sets.all[index].c, owner: owner)
        competitor.error = max(competitor.error ?? 0, comparison.largestRelativeError)
        competitor.problem = competitor.problem ?? BenchProblem(comparison)
      }
    } catch {
      competitor.problem = BenchProblem(error)
    }
    return competitor
  }
}

// MARK: - The comparison

extension BenchRun {
  /// Times all competitors without problems, in turn.
  private mutating func timeCompetitors(in regime: BenchRegime) {
    let mine = ours.indices.filter { ours[$0].problem == nil }
    let others = theirs.indices.filter { theirs[$0].problem == nil }
    let products = mine.compactMap { ours[$0].products } + others.compactMap { theirs[$0].products }
    do {
      let measured = try TimingComparison(products, on: job.machine).run(
        job.plan.mode(in: regime), rounds: job.plan.rounds(in: regime))
      for (index, rounds) in zip(mine, measured) { ours[index].rounds[regime] = rounds }
      for (index, rounds) in zip(others, measured.dropFirst(mine.count)) {
        theirs[index].rounds[regime] = rounds
      }
    } catch {
      blame(error, among: mine)
    }
  }

  /// Assigns an error of the comparison to the competitor that caused it, or to all if it is
  /// unknown.
  private mutating func blame(_ error: DeviceError, among mine: [Int]) {
    let guilty = mine.filter { index in
      guard case .fault(let fault) = error else { return true }
      return kernels[index].entry == fault.entry
    }
    for index in guilty { ours[index].problem = BenchProblem(error) }
    if guilty.isEmpty { obstacle = BenchProblem(error) }
  }
}
