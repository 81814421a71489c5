// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// The tiles in shared memory that a pipeline's stages hold, filled together.
///
/// All that a pipeline uses of its payload is the number of stages and the number of bytes that
/// fill one.
public protocol TilePayload: Sendable {
  /// The tiles of one stage.
  associatedtype Stage: Sendable

  /// The number of stages.
  var stageCount: Int { get }

  /// The number of bytes that copies write to a block's shared memory for one stage, including
  /// those that other blocks of the cluster multicast.
  var byteCount: Int { get }

  /// Returns the tiles of a stage.
  ///
  /// - Precondition: `stage` is below the number of stages.
  subscript(stage: DeviceValue<UInt32>) -> Stage { get }
}
