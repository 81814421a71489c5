// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A feature of random programs, for statistics.
public struct RandomFeature: RawRepresentable, Hashable, Codable, Sendable {
  /// The name in reports.
  public var rawValue: String

  /// Creates a feature with a name.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Sums, products, quotients and extrema of integers.
  static let integer = RandomFeature(rawValue: "integer")
  /// Logic, shifts, bit fields, permutations of bytes.
  static let bits = RandomFeature(rawValue: "bits")
  /// Chains with carries.
  static let carry = RandomFeature(rawValue: "carry")
  /// Comparisons, predicates and selections.
  static let comparison = RandomFeature(rawValue: "comparison")
  /// f32.
  static let float = RandomFeature(rawValue: "f32")
  /// f64.
  static let double = RandomFeature(rawValue: "f64")
  /// f16, bf16 and pairs of them.
  static let halves = RandomFeature(rawValue: "halves")
  /// Conversions.
  static let conversion = RandomFeature(rawValue: "conversion")
  /// Moves of values and of their parts.
  static let move = RandomFeature(rawValue: "move")
  /// Instructions whose results have an error bound.
  static let approximate = RandomFeature(rawValue: "approximate")
  /// Loads and stores of the thread's own memory, in every space and width.
  static let access = RandomFeature(rawValue: "access")
  /// Atomics on the thread's own words.
  static let atomic = RandomFeature(rawValue: "atomic")
  /// Atomics of all threads on the same words.
  static let contention = RandomFeature(rawValue: "contention")
  /// Branches with one or two arms.
  static let branch = RandomFeature(rawValue: "branch")
  /// Loops with a trip count for each lane, or one for all.
  static let loop = RandomFeature(rawValue: "loop")
  /// Jumps out of loops.
  static let leave = RandomFeature(rawValue: "leave-loop")
  /// Indexed branches.
  static let table = RandomFeature(rawValue: "branch-table")
  /// Threads that exit before the others.
  static let exit = RandomFeature(rawValue: "early-exit")
  /// Shuffles.
  static let shuffle = RandomFeature(rawValue: "shuffle")
  /// Votes.
  static let vote = RandomFeature(rawValue: "vote")
  /// Matches.
  static let match = RandomFeature(rawValue: "match")
  /// Reductions over a warp.
  static let reduction = RandomFeature(rawValue: "warp-reduction")
  /// Elections of a lane.
  static let elect = RandomFeature(rawValue: "elect")
  /// Values that threads of a block exchange through shared memory.
  static let exchange = RandomFeature(rawValue: "exchange")
  /// Accesses of a warp to shared memory with various strides.
  static let banks = RandomFeature(rawValue: "banks")
  /// Barriers of a block that reduce.
  static let blockReduction = RandomFeature(rawValue: "block-reduction")
  /// `ldmatrix`, `stmatrix`, `movmatrix`.
  static let matrixAccess = RandomFeature(rawValue: "matrix-access")

  /// Returns the feature of a load or store of boxes with a property.
  static func tensor(_ direction: String, _ property: String) -> RandomFeature {
    RandomFeature(rawValue: "tensor-\(direction).\(property)")
  }

  /// Returns the feature of multiplications with a property.
  static func product(_ property: String) -> RandomFeature {
    RandomFeature(rawValue: "wgmma.\(property)")
  }
}
