// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import TileLayout

/// A ring of accumulators in Tensor Memory between the thread that multiplies and the warps that
/// drain them.
///
/// In a CTA pair the leader's thread multiplies for both blocks, and each block's warps drain the
/// block's own half of the accumulators: they wait for their own block's "full", which the commit
/// signals in both blocks, and arrive at the leader's "empty".
public struct AccumulatorRing<Machine: HasTMA & HasTensorMemory & HasClusters>: Sendable {
  /// The kernel.
  let k: KernelContext<Machine>

  /// The address of the accumulator of stage 0.
  let address: TensorMemoryAddress

  /// The number of rows of an accumulator in a block.
  let rows: Int

  /// The number of columns of an accumulator.
  let columns: Int

  /// The CTA group: one block, or a CTA pair.
  let group: CTAGroup

  /// The number of CTA pairs of a cluster.
  private let pairCount: Int

  /// The barriers of the stages: full when the accumulators are complete, empty when they have been
  /// drained.
  let ring: StageRing<Machine>

  /// Creates a ring of accumulators with barriers that are already allocated.
  ///
  /// - Parameters:
  ///   - k: The kernel.
  ///   - ring: The barriers. "Full" receives one arrival, from a commit, when the accumulators of a
  ///     stage are complete; "empty" one from each warp that has drained it.
  ///   - address: The address of the accumulator of stage 0; the other stages follow it.
  ///   - rows: The number of rows of an accumulator in each block.
  ///   - columns: The number of columns of an accumulator.
  ///   - group: One block, or a CTA pair; with a pair, "empty" receives arrivals from the warps of
  ///     both blocks.
  ///   - pairs: The number of CTA pairs of a cluster, 1 or 2, if `group` is a pair.
  ///   - file: The file of the author's call.
  ///   - line: The line of the author's call.
  public init(
    _ k: KernelContext<Machine>, _ ring: StageRing<Machine>, at address: TensorMemoryAddress,
    rows: Int = 128, columns: Int, group: CTAGroup = .one, pairs: Int = 1, file: String = #fileID,
    line: Int = #line
  ) {
    if group == .two, !(1...2).contains(pairs) {
      k.findings(at: file, line).reject("a cluster must have 1 or 2 pairs, not \(pairs)")
    }
    self.k = k
    self.address = address
    self.rows = rows
    self.columns = columns
    self.group = group
    pairCount = pairs
    self.ring = ring
  }

  /// The blocks of the CTA pair, one bit for each rank; nil for single-CTA multiplication.
  private var pairMask: DeviceValue<UInt16>? {
    guard group == .two else { return nil }
    let first = k.constant(UInt16(0b0011))
    return pairCount == 1 ? first : k.select(k.clusterRank < 2, first, k.constant(0b1100))
  }

  /// Returns the accumulator of a stage.
  private func accumulator(_ stage: DeviceValue<UInt32>) -> TensorMemoryAddress {
    address.advanced(byColumns: stage * columns)
  }
}

extension AccumulatorRing {
  /// Records `body` for the thread that multiplies.
  ///
  /// The position in the ring belongs to this scope, so call it outside of the loop over tiles.
  public func withProducer(
    file: String = #fileID, line: Int = #line, _ body: @Sendable (Producer) -> Void
  ) {
    let end = ring.filler(
      arriving: .commit(group: group) { [self] _ in pairMask }, file: file, line: line)
    body(Producer(ring: self, end: end))
  }

  /// The thread that multiplies.
  public struct Producer: Sendable {
    /// The ring.
    let ring: AccumulatorRing

    /// The end of the ring that fills accumulators.
    let end: RingEnd<Machine>

    /// Waits until the next accumulator has been drained, records `body`, which multiplies into it,
    /// and commits the multiplications to the barrier "full".
    public func withStage(
      file: String = #fileID, line: Int = #line,
      _ body: @Sendable (TensorMemoryAccumulators<Machine>) -> Void
    ) {
      let k = ring.k
      let address = k.inlined(at: file, line) {
        end.wait()
        k.tcgen05FenceAfterThreadSync()
        return ring.accumulator(end.stage)
      }
      body(
        TensorMemoryAccumulators(
          k, at: address, rows: ring.rows, columns: ring.columns, group: ring.group))
      k.inlined(at: file, line) {
        end.arrive()
        end.advance()
      }
    }
  }

  /// Records `body` for a warp that drains the accumulators; all its lanes call this together.
  ///
  /// The position in the ring belongs to this scope, so call it outside of the loop over tiles.
  public func withConsumer(
    file: String = #fileID, line: Int = #line, _ body: @Sendable (Consumer) -> Void
  ) {
    let end = ring.reader(arriving: .drainedWarps(group), file: file, line: line)
    body(Consumer(ring: self, end: end))
  }

  /// A warp that drains the accumulators.
  public struct Consumer: Sendable {
    /// The ring.
    let ring: AccumulatorRing

    /// The end of the ring that drains accumulators.
    let end: RingEnd<Machine>

    /// Waits until the next accumulator is complete, and records `body`, which drains and then
    /// releases it.
    public func withStage(
      file: String = #fileID, line: Int = #line,
      _ body: (TensorMemoryAddress, consuming DrainedStage) -> Void
    ) {
      let k = ring.k
      let address = k.inlined(at: file, line) {
        end.wait()
        k.tcgen05FenceAfterThreadSync()
        return ring.accumulator(end.stage)
      }
      let arrive = end.arrivalForStage()
      body(
        address,
        DrainedStage(k.findings(at: file, line)) {
          k.inlined(at: file, line) { arrive(k.always) }
        })
      end.advance(file: file, line: line)
    }
  }
}

/// An accumulator stage that a warp must release when it has loaded all of it.
///
/// The compiler rejects a second release. A forgotten release is reported when the kernel is built.
public struct DrainedStage: ~Copyable {
  /// Whether the stage was released.
  private var isReleased = false

  /// The findings to which a forgotten release is reported.
  private let findings: RecordingFindings

  /// Records the arrival.
  private let arrive: () -> Void

  /// Creates the token of a stage.
  init(_ findings: RecordingFindings, _ arrive: @escaping () -> Void) {
    self.findings = findings
    self.arrive = arrive
  }

  /// Arrives at the barrier "empty": the warp has loaded everything it needs.
  public consuming func release() {
    isReleased = true
    arrive()
  }

  deinit {
    if !isReleased { findings.report("a stage is acquired here and never released") }
  }
}
