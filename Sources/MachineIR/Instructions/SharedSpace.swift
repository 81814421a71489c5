// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The shared memory that an address lies in, as a modifier says it.
public enum SharedSpace: String, CaseIterable, Hashable, Sendable {
  /// That of the block, by its older name.
  case shared

  /// That of the block.
  case block = "shared::cta"

  /// That of the blocks of the cluster.
  case cluster = "shared::cluster"
}

extension SharedSpace? {
  /// The state space; without a modifier the address is generic.
  public var stateSpace: StateSpace {
    switch self {
    case nil: .generic
    case .shared?, .block?: .shared
    case .cluster?: .sharedCluster
    }
  }
}

extension [Modifier] {
  /// The scopes.
  static let scopes = MemoryScope.allCases.map(\.word)
  /// The scopes of instructions on barriers.
  static let clusterScopes: [Modifier] = ["cta", "cluster"]
  /// The spaces of the block's shared memory.
  static let ownShared: [Modifier] = ["shared", "shared::cta"]
  /// The spaces of shared memory.
  static let anyShared = SharedSpace.words

  /// Creates the modifiers for an order, a scope and a space, where they are named.
  init(_ order: MemoryOrder?, _ scope: MemoryScope?, _ space: SharedSpace?) {
    self = [order?.word, scope?.word, space?.word].compactMap(\.self)
  }
}
