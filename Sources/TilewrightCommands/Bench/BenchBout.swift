import DeviceRuntime
import KernelLanguage
import KernelLibrary

/// A product while it is measured: the buffers, what the host says of C, and who computes it.
struct BenchBout<Machine: TimingDevice, Element: TensorCoreElement> {
  /// The laps of one contestant.
  typealias Laps = [Contest<Machine>.Lap]

  /// Someone who computes the product: one of our kernels, or the vendor's library.
  private struct Contestant {
    /// Products that it computes in each regime; none where it cannot.
    var products: [BenchRegime: ProductGraph] = [:]
    /// What was measured.
    var laps: [BenchRegime: Laps] = [:]
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

  /// Our kernels, in order.
  private var ours: [Contestant] = []

  /// The vendor's library.
  private var vendor = Contestant()

  /// The ways that the library proposes, and which is taken in each regime.
  private var trial: VendorTrial?, candidates: [BenchRegime: Int] = [:]

  /// Makes A, B and the reference.
  init(_ job: BenchJob<Machine, Element>, _ product: BenchCase) throws(DeviceError) {
    self.job = job
    self.product = product
    sets = try BufferSets(product.shape, on: job.machine) { matrices throws(DeviceError) in
      try job.makeOperands(matrices, product.shape)
    }
    reference = try SampledReference(
      sets.all[0], product.shape, made: job.plan.inputs, from: OperandSeeds(job.plan.seed))
    ours = job.kernels.map { _ in Contestant() }
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
      if !isOver, vendor.problem == nil { checkVendor() }
    }
    let rows = ours.indices.flatMap { index in job.plan.regimes.map { row(of: index, in: $0) } }
    // The graphs know addresses only.
    withExtendedLifetime(sets) {}
    return rows
  }

  /// Whether a fault leaves nothing to be measured.
  private var isOver: Bool { (ours + [vendor]).contains { $0.problem?.kind == .fault } }

  /// Makes products of one of our kernels, and checks them.
  private mutating func admit(_ index: Int) {
    do {
      let products = try sets.makeProducts(of: job.kernels[index].kernel, on: job.machine)
      for regime in job.plan.regimes { ours[index].products[regime] = products }
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
      for regime in job.plan.regimes {
        // Where power limits the clock, another way may be the fastest.
        let finalists =
          regime == .burst
          ? trial.finalists
          : try VendorTrial.sorted(trial.finalists, on: job.machine, by: regime.pace, rounds: 2)
        vendor.products[regime] = finalists[0].products
        candidates[regime] = finalists[0].candidate
      }
    } catch {
      vendor.problem = BenchProblem(error)
      return
    }
    checkVendor()
  }

  /// Checks the products of one of our kernels.
  private mutating func check(_ index: Int) {
    let kernel = job.kernels[index].kernel
    ours[index] = checked(ours[index]) { row, column in kernel.owner(row: row, column: column) }
  }

  /// Checks the products of the vendor's library.
  private mutating func checkVendor() { vendor = checked(vendor) { _, _ in nil } }

  /// Returns a contestant with what the check of its products found, of the first copy of C and the
  /// last.
  private func checked(
    _ unchecked: Contestant, owner: (Int, Int) -> ElementOwner?
  ) -> Contestant {
    var contestant = unchecked
    do {
      var checked: [ProductGraph] = []
      for products in job.plan.regimes.compactMap({ contestant.products[$0] }) {
        // Most have the same products in all regimes.
        guard !checked.contains(where: products.isSame) else { continue }
        checked.append(products)
        try sets.clearProducts()
        _ = try products.graph.run(count: 1, leadIn: 0) {}
        for index in Set([0, sets.all.count - 1]).sorted() {
          let comparison = try reference.compare(sets.all[index].c, owner: owner)
          contestant.error = max(contestant.error ?? 0, comparison.greatestRelativeError)
          contestant.problem = contestant.problem ?? BenchProblem(comparison)
        }
      }
    } catch {
      contestant.problem = BenchProblem(error)
    }
    return contestant
  }

  /// Runs all who can compute the product, in turn.
  private mutating func contest(in regime: BenchRegime) {
    let entered = ours.indices.filter { ours[$0].problem == nil }
    guard !entered.isEmpty else { return }
    let isVendorIn = vendor.problem == nil
    let products =
      entered.compactMap { ours[$0].products[regime] }
      + (isVendorIn ? [vendor.products[regime]].compactMap { $0 } : [])
    let rounds = regime.rounds(job.plan.rounds, seconds: job.plan.seconds)
    do {
      // The first round brings the GPU to the state in which it stays.
      let laps = try Contest(products, on: job.machine).run(regime.pace, rounds: rounds + 1)
        .map { Array($0.dropFirst()) }
      for (position, index) in entered.enumerated() { ours[index].laps[regime] = laps[position] }
      if isVendorIn { vendor.laps[regime] = laps[entered.count] }
    } catch {
      blame(entered, error)
    }
  }

  /// Writes down who is to blame for what went wrong while several ran in turn.
  private mutating func blame(_ entered: [Int], _ error: DeviceError) {
    let problem = BenchProblem(error)
    let guilty = entered.filter { index in
      if case .fault(let fault) = error {
        job.kernels[index].kernel.entry == fault.entry
      } else {
        true
      }
    }
    for index in guilty { ours[index].problem = problem }
    if guilty.isEmpty { vendor.problem = problem }
  }

  /// Returns what was measured of one of our kernels.
  private func row(of index: Int, in regime: BenchRegime) -> BenchRow {
    let (kernel, contestant) = (job.kernels[index], ours[index])
    /// Returns the time of a contestant.
    func time(_ contestant: Contestant) -> BenchTime? {
      guard let laps = contestant.laps[regime], let products = contestant.products[regime] else {
        return nil
      }
      return BenchTime(laps, of: product.shape, launchCount: products.launchCount)
    }
    let ratios = zip(vendor.laps[regime] ?? [], contestant.laps[regime] ?? [])
      .map { theirs, mine in theirs.seconds / mine.seconds }
    let isMeasured = contestant.laps[regime] != nil
    return BenchRow(
      m: product.shape.m, n: product.shape.n, k: product.shape.k, places: product.places,
      kernel: kernel.name, entry: kernel.kernel.entry, regime: regime,
      time: Reported(time(contestant)), vendor: Reported(time(vendor)),
      vendorCandidates: Reported(trial?.candidateCount),
      vendorCandidate: Reported(candidates[regime]),
      ratio: Reported(ratios.isEmpty ? nil : Quartiles(of: ratios)), bufferSets: sets.all.count,
      comparedElements: contestant.error == nil ? 0 : reference.elementCount,
      maxRelativeError: Reported(contestant.error), passed: isMeasured && contestant.problem == nil,
      problem: Reported(contestant.problem ?? (isMeasured ? nil : notReached)),
      vendorProblem: Reported(vendor.problem))
  }

  /// Why a kernel was not measured that had no chance.
  private var notReached: BenchProblem {
    BenchProblem(kind: .refused, text: "It was not measured: another failed before.")
  }
}
