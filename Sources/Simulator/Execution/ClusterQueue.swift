// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The clusters of a grid that have not been launched.
///
/// They are launched, and canceled by running clusters, in the order of the grid; under a random
/// schedule a running cluster may get any of them. The queue is only accessed during operations
/// that are ordered among the clusters.
final class ClusterQueue {
  /// The number of clusters in the grid.
  private let count: Int

  /// The number of clusters that have been launched or canceled.
  private(set) var takenCount = 0

  /// The clusters that are not at their own index, by index.
  private var displaced: [Int: Int] = [:]

  /// The generator that selects the canceled cluster, or `nil` for the next one.
  private var generator: ScheduleGenerator?

  /// Creates the queue of a grid.
  init(count: Int, generator: ScheduleGenerator?) {
    self.count = count
    self.generator = generator
  }

  /// Whether no cluster is left.
  var isEmpty: Bool { takenCount == count }

  /// Removes and returns the next cluster to launch, or `nil` if none is left.
  func takeNext() -> Int? { isEmpty ? nil : take(takenCount) }

  /// Removes and returns a cluster that a running one cancels, or `nil` if none is left.
  func takeOver() -> Int? {
    guard !isEmpty else { return nil }
    let distance = generator?.next(below: count - takenCount) ?? 0
    return take(takenCount + distance)
  }

  /// Removes the cluster at an index, and replaces it by the one at the head.
  private func take(_ index: Int) -> Int {
    let result = displaced[index] ?? index
    if index > takenCount { displaced[index] = displaced[takenCount] ?? takenCount }
    displaced[takenCount] = nil
    takenCount += 1
    return result
  }
}
