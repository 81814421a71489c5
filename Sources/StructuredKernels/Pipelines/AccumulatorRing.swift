import KernelLanguage
import TileLayout

/// Accumulators in Tensor Memory that go round between the thread that multiplies and the warps that drain them.
///
/// In a pair of blocks the leader's thread multiplies for both. Then each block's part of the sums is drained by
/// its own warps: they wait for their own block's "full", which the commit reaches in both, and say at the leader's
/// "empty" that they are done.
public struct AccumulatorRing<Machine: HasTMA & HasTensorMemory & HasClusters>: Sendable {
  /// The kernel.
  let k: KernelContext<Machine>

  /// Where the accumulator of stage 0 is.
  let address: TensorMemoryAddress

  /// The columns of an accumulator.
  let columns: Int

  /// The blocks that multiply together.
  let group: CTAGroup

  /// The pairs of a cluster.
  private let pairCount: Int

  /// The barriers that say that the sums of a stage are complete.
  let full: SharedBarrierRing

  /// The barriers that say that a stage has been drained.
  let empty: SharedBarrierRing

  /// Creates a ring of accumulators, whose barriers have their place in shared memory already.
  ///
  /// - Parameters:
  ///   - k: The kernel.
  ///   - full: The barriers that get one arrival, of a commit, when the sums of a stage are complete.
  ///   - empty: The barriers that get an arrival of each warp that has drained a stage.
  ///   - address: Where the accumulator of stage 0 is; the others lie behind it.
  ///   - columns: The columns of an accumulator.
  ///   - group: The blocks that multiply together; with a pair, "empty" gets arrivals from the warps of both.
  ///   - pairs: The pairs of a cluster, 1 or 2, if `group` is a pair.
  public init(
    _ k: KernelContext<Machine>, full: SharedBarrierRing, empty: SharedBarrierRing,
    at address: TensorMemoryAddress, columns: Int, group: CTAGroup = .one, pairs: Int = 1
  ) {
    precondition(full.stageCount == empty.stageCount, "Both rings have equally many stages.")
    self.k = k
    self.address = address
    self.columns = columns
    self.group = group
    pairCount = pairs
    self.full = full
    self.empty = empty
  }

  /// The blocks of the pair, a bit each by rank; nil where each block multiplies for itself.
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
  /// The place in the ring belongs to this scope; so it stands outside of the loop over tiles.
  public func withProducer(
    file: String = #fileID, line: Int = #line, _ body: @Sendable (Producer) -> Void
  ) {
    let (position, mask) = k.inlined(at: file, line) {
      (
        RingPosition(k, stageCount: full.stageCount, parity: 1),
        pairMask
      )
    }
    body(Producer(ring: self, position: position, mask: mask))
  }

  /// The thread that multiplies.
  public struct Producer: Sendable {
    /// The ring.
    let ring: AccumulatorRing

    /// The accumulator to fill next.
    let position: RingPosition

    /// The blocks of a pair, a bit each by rank.
    let mask: DeviceValue<UInt16>?

    /// Waits until the next accumulator has been drained, records `body`, which multiplies into it, and has
    /// those who drain told when the multiplications are done.
    public func withStage(
      file: String = #fileID, line: Int = #line, _ body: @Sendable (TensorMemoryAddress) -> Void
    ) {
      let k = ring.k
      let address = k.inlined(at: file, line) {
        ring.empty[position.stage].wait(parity: position.parity)
        k.tcgen05FenceAfterThreadSync()
        return ring.accumulator(position.stage)
      }
      body(address)
      k.inlined(at: file, line) {
        k.tcgen05Commit(ring.full[position.stage], multicastTo: mask, group: ring.group)
        position.advance(k)
      }
    }
  }

  /// Records `body` for a warp that drains the accumulators; all its lanes come here together.
  ///
  /// The place in the ring belongs to this scope; so it stands outside of the loop over tiles.
  public func withConsumer(
    file: String = #fileID, line: Int = #line, _ body: @Sendable (Consumer) -> Void
  ) {
    let position = k.inlined(at: file, line) {
      RingPosition(k, stageCount: full.stageCount, parity: 0)
    }
    body(Consumer(ring: self, position: position))
  }

  /// A warp that drains the accumulators.
  public struct Consumer: Sendable {
    /// The ring.
    let ring: AccumulatorRing

    /// The accumulator to drain next.
    let position: RingPosition

    /// Waits until the next accumulator is complete, and records `body`, which drains and releases it.
    public func withStage(
      file: String = #fileID, line: Int = #line,
      _ body: (TensorMemoryAddress, consuming DrainedStage) -> Void
    ) {
      let k = ring.k
      let address = k.inlined(at: file, line) {
        ring.full[position.stage].wait(parity: position.parity)
        k.tcgen05FenceAfterThreadSync()
        return ring.accumulator(position.stage)
      }
      let empty = ring.empty[position.stage]
      body(
        address,
        DrainedStage(k.findings(at: file, line)) {
          k.inlined(at: file, line) {
            k.tcgen05FenceBeforeThreadSync()
            k.elected {
              if ring.group == .one { return empty.arrive() }
              // Loads are over, and there is nothing to publish.
              k.arriveRemotely(at: k.leaderAddress(of: empty.address), publishing: false)
            }
          }
        })
      k.inlined(at: file, line) { position.advance(k) }
    }
  }
}

/// An accumulator that a warp must release once it has loaded the last of it.
///
/// The compiler refuses a second release. One that is forgotten is reported when the kernel is built.
public struct DrainedStage: ~Copyable {
  /// Whether the stage was released.
  private var isReleased = false

  /// Where a forgotten release is reported.
  private let findings: RecordingFindings

  /// Records the arrival.
  private let arrive: () -> Void

  /// Creates the token of a stage.
  init(_ findings: RecordingFindings, _ arrive: @escaping () -> Void) {
    self.findings = findings
    self.arrive = arrive
  }

  /// Says that the warp's loads are done and nothing of the accumulator is needed any more.
  public consuming func release() {
    isReleased = true
    arrive()
  }

  deinit {
    if !isReleased { findings.report("a stage is acquired here and never released") }
  }
}
