import DeviceRuntime
import KernelLanguage
import KernelLibrary

/// A product while it is measured: the buffers, what the host says of C, and who computes it.
struct BenchRun<Machine: TimingDevice, Element: TensorCoreElement> {
  /// Someone who computes the product: one of our kernels, or the vendor's library in some way.
  private struct Competitor {
    /// Products that it computes; nil where it cannot.
    var products: ProductGraph?
    /// What was measured.
    var turns: [BenchRegime: [TimedRound]] = [:]
    /// Why it was not measured, or what is wrong with its product.
    var problem: BenchProblem?
    /// The greatest error of its products.
    var error: Double?
  }

  /// What is measured, and how.
  private let job: BenchJob<Machine, Element>

  /// The product.
  private let product: BenchCase

  /// The copies of A, B and C.
  private let sets: BufferSets<Element>

  /// What the host says of some elements.
  private let reference: SampledReference<Element>

  /// Our kernels, in the configurations that the product calls for.
  private let kernels: [any MatmulKernel<Element>]

  /// What became of our kernels, in order.
  private var ours: [Competitor]

  /// The vendor's fastest ways, in the order of the trial's finalists.
  private var theirs: [Competitor] = []

  /// The ways that the vendor's library proposes, and why there are none.
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
      $0.kernel.resolved(for: product.shape, multiprocessorCount: multiprocessorCount)
    }
  }

  /// Measures the product.
  ///
  /// - Returns: A row for each kernel and regime; what goes wrong is in the rows.
  mutating func run() -> [BenchRow] {
    for index in ours.indices where !isOver { admit(index) }
    if !isOver, ours.contains(where: { $0.problem == nil }) {
      admitVendor()
      for regime in job.plan.regimes where !isOver { contest(in: regime) }
      // Whatever happened meanwhile, each product is right once more, or its times count for nothing.
      for index in ours.indices where !isOver && ours[index].problem == nil { check(index) }
      if !isOver { checkVendor() }
    }
    let rows = ours.indices.flatMap { index in job.plan.regimes.map { row(of: index, in: $0) } }
    // The graphs know addresses only.
    withExtendedLifetime(sets) {}
    return rows
  }

  /// What went wrong with the vendor's library.
  private var vendorProblem: BenchProblem? { obstacle ?? theirs.lazy.compactMap(\.problem).first }

  /// Whether a fault leaves nothing to be measured.
  private var isOver: Bool {
    (ours.map(\.problem) + [vendorProblem]).contains { $0?.kind == .fault }
  }

  /// Returns the time of one of our kernels' or the vendor's products in a regime.
  private func time(_ competitor: Competitor?, in regime: BenchRegime) -> BenchTime? {
    guard let turns = competitor?.turns[regime], let products = competitor?.products else {
      return nil
    }
    return BenchTime(turns, of: product.shape, launchCount: products.launchCount)
  }

  /// Returns which of the vendor's ways is the fastest in a regime; nil where none was measured.
  private func fastest(in regime: BenchRegime) -> Int? {
    let times = theirs.enumerated().compactMap { index, competitor in
      time(competitor, in: regime).map { (index, $0.seconds.median) }
    }
    return times.min { $0.1 < $1.1 }?.0
  }

  /// Returns what was measured of one of our kernels.
  private func row(of index: Int, in regime: BenchRegime) -> BenchRow {
    let (kernel, competitor) = (job.kernels[index], ours[index])
    let rival = fastest(in: regime)
    let ratios = zip(
      rival.flatMap { theirs[$0].turns[regime] } ?? [], competitor.turns[regime] ?? []
    )
    .map { theirs, mine in theirs.mean / mine.mean }
    let isMeasured = competitor.turns[regime] != nil
    let missed = BenchProblem(
      kind: .refused, text: "It was not measured, since another failed.")
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

// MARK: - Who takes part

extension BenchRun {
  /// Makes products of one of our kernels, and checks them.
  private mutating func admit(_ index: Int) {
    do {
      ours[index].products = try sets.makeProducts(of: kernels[index], on: job.machine)
    } catch {
      ours[index].problem = BenchProblem(error)
      return
    }
    check(index)
  }

  /// Finds the vendor's fastest ways to compute the product, and checks them.
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

  /// Checks the products of the vendor's library.
  private mutating func checkVendor() {
    for index in theirs.indices where !isOver && theirs[index].problem == nil {
      theirs[index] = checked(theirs[index]) { _, _ in nil }
    }
  }

  /// Returns a competitor with what the check of its products found, of the first copy of C and the
  /// last.
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

// MARK: - The contest

extension BenchRun {
  /// Runs all who can compute the product, in turn.
  private mutating func contest(in regime: BenchRegime) {
    let mine = ours.indices.filter { ours[$0].problem == nil }
    let others = theirs.indices.filter { theirs[$0].problem == nil }
    let products = mine.compactMap { ours[$0].products } + others.compactMap { theirs[$0].products }
    do {
      let turns = try TimingComparison(products, on: job.machine).run(
        job.plan.pace(in: regime), rounds: job.plan.rounds(in: regime))
      for (index, turns) in zip(mine, turns) { ours[index].turns[regime] = turns }
      for (index, turns) in zip(others, turns.dropFirst(mine.count)) {
        theirs[index].turns[regime] = turns
      }
    } catch {
      blame(error, among: mine)
    }
  }

  /// Writes down who is to blame for what went wrong while several ran in turn.
  private mutating func blame(_ error: DeviceError, among mine: [Int]) {
    let guilty = mine.filter { index in
      guard case .fault(let fault) = error else { return true }
      return kernels[index].entry == fault.entry
    }
    for index in guilty { ours[index].problem = BenchProblem(error) }
    if guilty.isEmpty { obstacle = BenchProblem(error) }
  }
}
