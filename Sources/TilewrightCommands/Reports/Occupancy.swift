// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Simulator

/// The encoding of an occupancy: the keys are stable.
extension Occupancy: Encodable {
  /// The keys of the object.
  private enum Key: String, CodingKey {
    case blocksPerMultiprocessor, limits, bound
  }

  /// Writes the object.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(blocksPerMultiprocessor, forKey: .blocksPerMultiprocessor)
    let names = limits.map { ($0.key.rawValue, $0.value) }
    try container.encode(Dictionary(uniqueKeysWithValues: names), forKey: .limits)
    try container.encode(bound.map(\.rawValue).sorted(), forKey: .bound)
  }
}
