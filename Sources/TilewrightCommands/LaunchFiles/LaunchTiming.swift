// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The time of a launch among many, on a GPU.
struct LaunchTiming: Encodable, Sendable {
  /// The rounds.
  let rounds: Int
  /// The launches in each graph; one graph is run in each round.
  let launchesPerGraph: Int
  /// The seconds for one launch, over the rounds.
  let seconds: Quartiles

  /// The median and the quartiles, for a person.
  var text: String {
    """
    \(duration(seconds.median)) (quartiles \(duration(seconds.lower)) and \
    \(duration(seconds.upper))), rounds: \(rounds) of \(launchesPerGraph) launches
    """
  }
}
