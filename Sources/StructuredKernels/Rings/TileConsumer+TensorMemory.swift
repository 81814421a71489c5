// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

extension TilePipeline where Machine: HasTensorMemory {
  /// Records `body` for the thread that issues `tcgen05.mma` on every stage.
  ///
  /// The position in the ring belongs to this scope, so call it outside of the loop over tiles.
  public func withIssuer(
    file: String = #fileID, line: Int = #line,
    _ body: @Sendable (TileIssuer<Machine, Payload>) -> Void
  ) {
    let mask = sharingBlockMask
    let isShared = sharingBlockCount > 1
    let end = ring.reader(
      arriving: .commit(group: isShared ? group : .one) { isShared ? $0.constant(mask) : nil },
      file: file, line: line)
    body(TileIssuer(pipeline: self, end: end))
  }
}

/// The thread that consumes the stages of a pipeline by `tcgen05.mma`.
///
/// A commit releases a stage when the tensor cores have read it: in a CTA pair, in both blocks.
public struct TileIssuer<Machine: HasTMA & HasClusters & HasTensorMemory, Payload: TilePayload>:
  Sendable
{
  /// The pipeline.
  let pipeline: TilePipeline<Machine, Payload>

  /// The end of the ring that reads stages.
  let end: RingEnd<Machine>

  /// Waits until the bytes of the next stage have arrived, records `body`, which issues
  /// multiplications, and commits them to the barrier "empty", which releases the stage.
  public func withStage(
    file: String = #fileID, line: Int = #line, _ body: @Sendable (Payload.Stage) -> Void
  ) {
    let k = pipeline.k
    k.inlined(at: file, line) {
      end.wait()
      k.tcgen05FenceAfterThreadSync()
    }
    body(pipeline.payload[end.stage])
    k.inlined(at: file, line) {
      end.arrive()
      end.advance()
    }
  }
}
