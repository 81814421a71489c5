// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import StructuredKernels

/// The schedulers that a configuration chooses from.
public enum SchedulerKind: String, Hashable, Sendable, CaseIterable {
  /// One cluster for each tile: `SingleTileScheduling`.
  case singleTile = "single"

  /// Persistent clusters, each of which computes every Nth tile: `PersistentScheduling`.
  case persistent

  /// Cluster launch control (CLC): running clusters cancel pending ones and take their tiles:
  /// `LaunchControlScheduling`.
  case launchControl = "launchcontrol"

  /// Persistent clusters that split the tiles of the last wave along k: `SplitKScheduling`.
  case splitK = "splitk"
}

/// The numberings of tiles that a configuration chooses from.
public enum TileOrder: String, Hashable, Sendable, CaseIterable {
  /// In supergroups of rows, column by column within each: `SupergroupNumbering`.
  case supergroups

  /// Along a generalized Hilbert curve: `HilbertOrdering`.
  case hilbert
}

extension StructuredConfiguration {
  /// The numbering of the tiles that the configuration chooses.
  public var ordering: any TileOrdering {
    switch order {
    case .supergroups: SupergroupNumbering(rows: supergroupRows)
    case .hilbert: HilbertOrdering()
    }
  }
}

extension StructuredMachine {
  /// Returns the scheduler that a configuration chooses, which is static.
  public static func scheduling(
    for configuration: StructuredConfiguration
  ) -> any TileScheduling<Self> { staticScheduling(for: configuration) }

  /// Returns a static scheduler: each cluster's tiles follow from its index.
  static func staticScheduling(
    for configuration: StructuredConfiguration
  ) -> any TileScheduling<Self> {
    switch configuration.scheduler {
    case .singleTile: SingleTileScheduling()
    case .persistent: PersistentScheduling()
    case .splitK: SplitKScheduling(splitFactor: configuration.splitFactor)
    case .launchControl: fatalError("With launch control, clusters request their tiles.")
    }
  }
}
