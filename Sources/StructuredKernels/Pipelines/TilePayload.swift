import KernelLanguage

/// What travels through a stage of a pipeline: tiles in shared memory that are filled together.
///
/// A pipeline knows of its payload only how many stages there are and how many bytes fill one.
public protocol TilePayload: Sendable {
  /// The tiles of one stage.
  associatedtype Stage: Sendable

  /// The number of stages.
  var stageCount: Int { get }

  /// The bytes that copies write to a block's shared memory for one stage, those from other blocks of
  /// the cluster included.
  var byteCount: Int { get }

  /// Returns the tiles of a stage.
  ///
  /// - Precondition: `stage` is below the number of stages.
  subscript(stage: DeviceValue<UInt32>) -> Stage { get }
}
