// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats
import Testing

@testable import TilewrightCommands

/// Whole products, measured on a simulated device that takes the time that the test specifies.
@Suite struct BenchJobTests {
  /// The product that is measured.
  private let product = BenchCase(
    shape: MatmulShape(m: 20, n: 24, k: 40), places: [.init(suite: "shapes", name: "")])

  /// Measures the product with kernels.
  private func rows(
    _ kernels: [any MatmulKernel<BFloat16>], on machine: StandIn, inputs: MatmulInputs = .normal,
    of product: BenchCase? = nil
  ) -> [BenchRow] {
    var plan = BenchPlan()
    plan.inputs = inputs
    plan.rounds = 4
    plan.seconds = 1.2
    plan.block = TimingMode.Block(seconds: 0.4, leadIn: 0.2)
    let job = BenchJob(
      kernels.map { BenchKernel(name: $0.entry, family: $0) }, on: machine, plan)
    return job.run(product ?? self.product)
  }

  /// The entry of the naive kernel.
  private let naive = NaiveMatmul<BFloat16>().entry

  @Test(arguments: [MatmulInputs.normal, .uniform])
  func `a correct kernel is timed in both regimes beside cuBLASLt`(inputs: MatmulInputs) {
    let machine = StandIn(cacheByteCount: 4000) { $0.hasPrefix("vendor") ? 0.003 : 0.002 }
    let rows = rows([NaiveMatmul<BFloat16>()], on: machine, inputs: inputs)
    #expect(rows.map(\.regime) == [.burst, .sustained])
    for row in rows {
      #expect(row.passed)
      #expect(row.problem.value == nil)
      #expect(row.vendorProblem.value == nil)
      #expect(row.comparedElements == 20 * 24)
      #expect(row.bufferSets == 3)
      #expect((row.maxRelativeError.value ?? 1) < 0.01)
      #expect(abs((row.ratio.value?.median ?? 0) - 1.5) < 1e-9)
      #expect(abs((row.time.value?.seconds.median ?? 0) - 0.002) < 1e-9)
      #expect(abs((row.vendor.value?.seconds.median ?? 0) - 0.003) < 1e-9)
      #expect(row.time.value?.clock.value == 1500)
      #expect(row.vendor.value?.power.value == 500)
      #expect(row.vendorCandidates.value == 1)
      #expect(row.counts)
    }
    #expect(rows.map { $0.time.value?.turns.count } == [4, 3])
  }

  @Test func `a kernel that leaves elements unwritten is wrong, is not timed, and does not count`()
  {
    let rows = rows([HalfMatmul(), NaiveMatmul<BFloat16>()], on: StandIn())
    #expect(rows.map(\.kernel) == ["half", "half", naive, naive])
    #expect(rows.map(\.passed) == [false, false, true, true])
    #expect(rows[0].problem.value?.kind == .wrong)
    #expect(rows[0].problem.value?.text.contains("C[10, 0] is nan") == true)
    #expect(rows[0].time.value == nil)
    #expect(!rows[0].counts)
    #expect(rows[2].counts)
  }

  @Test func `a kernel that fails while it is timed is wrong`() {
    let naive = naive
    // The first graph is a trial, the second is timed; its first runs warm up and are checked.
    let machine = StandIn(failure: { $0 == naive && $1 > 6 ? .nothing : nil })
    let rows = rows([NaiveMatmul<BFloat16>()], on: machine)
    for row in rows {
      #expect(row.time.value != nil)
      #expect(row.problem.value?.kind == .wrong)
      #expect(!row.passed)
      #expect(!row.counts)
    }
  }

  @Test func `a wrong product of cuBLASLt fails, and its ratio does not count`() {
    let machine = StandIn(failure: { name, _ in name == "vendor 0" ? .nothing : nil })
    let rows = rows([NaiveMatmul<BFloat16>()], on: machine)
    #expect(rows.allSatisfy { $0.passed && !$0.counts })
    #expect(rows.allSatisfy { $0.vendorProblem.value?.kind == .wrong })
  }

  @Test func `the vendor's time is that of the way that is the fastest in the regime`() {
    let machine = StandIn(candidates: [0.00305, 0.003, 0.2]) { name in
      ["vendor 0": 0.00305, "vendor 1": 0.003, "vendor 2": 0.2][name] ?? 0.002
    }
    for row in rows([NaiveMatmul<BFloat16>()], on: machine) {
      #expect(row.vendorCandidates.value == 3)
      #expect(row.vendorCandidate.value == 1)
      #expect(abs((row.ratio.value?.median ?? 0) - 1.5) < 1e-9)
    }
    let sustained = machine.events.filter { event in
      if case .run("vendor 0", 64..., _, _) = event { true } else { false }
    }
    #expect(sustained.count == 3, "Both finalists run in sustained rounds.")
  }

  @Test func `without a library there is only our time`() {
    let rows = rows([NaiveMatmul<BFloat16>()], on: StandIn(candidates: []))
    #expect(rows.allSatisfy { $0.passed && $0.time.value != nil && $0.vendor.value == nil })
    #expect(rows[0].vendorProblem.value?.kind == .refused)
    #expect(rows[0].ratio.value == nil)
    #expect(!rows[0].counts)
  }

  @Test func `a kernel for another machine is refused, and the others are measured`() throws {
    let foreign = try TensorCoreMatmul<Blackwell, BFloat16>()
    let rows = rows([foreign, NaiveMatmul<BFloat16>()], on: StandIn())
    #expect(rows[0].problem.value?.kind == .refused)
    #expect(rows.map(\.passed) == [false, false, true, true])
  }

  @Test(arguments: [1, 3, 6])
  func `a kernel that does not end is the last that runs`(run: Int) {
    let naive = naive
    let machine = StandIn(failure: { $0 == naive && $1 == run ? .hang : nil })
    let rows = rows([NaiveMatmul<BFloat16>()], on: machine)
    #expect(rows.allSatisfy { !$0.passed })
    #expect(rows.contains { $0.problem.value?.kind == .fault })
    guard case .run(let last, _, _, _)? = machine.events.last(where: { $0 != .read }) else {
      return #expect(Bool(false), "nothing ran")
    }
    #expect(last == naive)
  }

  @Test func `omitted parts are stated`() {
    let huge = BenchCase(
      shape: MatmulShape(m: 1 << 20, n: 1 << 20, k: 1 << 20), places: product.places)
    let rows = rows([NaiveMatmul<BFloat16>()], on: StandIn(), of: huge)
    #expect(rows.count == 2)
    #expect(rows[0].problem.value?.kind == .refused)
    #expect(rows[0].problem.value?.text.contains("does not fit") == true)
  }
}
