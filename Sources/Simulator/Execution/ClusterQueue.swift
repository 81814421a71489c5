/// The clusters of a grid that have not been launched.
///
/// They are launched, and taken over by running clusters, in the order of the grid; under a random schedule a
/// running cluster may be given any of them. It is touched while the launch does what is ordered among
/// clusters, and at no other time.
final class ClusterQueue {
  /// The number of clusters in the grid.
  private let count: Int

  /// How many have been launched or taken over.
  private(set) var takenCount = 0

  /// The clusters that do not stand at their own place, by place.
  private var displaced: [Int: Int] = [:]

  /// What picks the cluster that is taken over; nil where it is the next.
  private var generator: ScheduleGenerator?

  /// Creates the queue of a grid.
  init(count: Int, generator: ScheduleGenerator?) {
    self.count = count
    self.generator = generator
  }

  /// Whether no cluster is left.
  var isEmpty: Bool { takenCount == count }

  /// Takes the cluster to launch next; nil where none is left.
  func takeNext() -> Int? { isEmpty ? nil : take(takenCount) }

  /// Takes a cluster for one that runs; nil where none is left.
  func takeOver() -> Int? {
    guard !isEmpty else { return nil }
    let distance = generator?.next(below: count - takenCount) ?? 0
    return take(takenCount + distance)
  }

  /// Takes the cluster at a place; the one at the head goes there instead.
  private func take(_ place: Int) -> Int {
    let result = displaced[place] ?? place
    if place > takenCount { displaced[place] = displaced[takenCount] ?? takenCount }
    displaced[takenCount] = nil
    takenCount += 1
    return result
  }
}
