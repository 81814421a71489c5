// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import Synchronization

@testable import Simulator

/// Keeps everything that the clusters' observers of a launch receive, in the merged order.
final class LaunchLog: LaunchObserver {
  /// An entry.
  enum Entry {
    case accesses(AccessBatch)
    case event(OrderEvent, Agent?, pc: Int32)
  }

  /// The entries so far.
  private let kept = Mutex<[Entry]>([])

  /// The entries so far.
  var entries: [Entry] { kept.withLock { $0 } }

  /// The entries as lines of text, with the names of types alone.
  var lines: [String] {
    entries.map { LaunchLog.line(of: $0).replacing(#/([A-Z]\w*\.)+(?=\w)/#, with: "") }
  }

  /// The accesses.
  var batches: [AccessBatch] {
    entries.compactMap { if case .accesses(let batch) = $0 { batch } else { nil } }
  }

  /// The events.
  var events: [OrderEvent] {
    entries.compactMap { if case .event(let event, _, _) = $0 { event } else { nil } }
  }

  func makeObserver(ofCluster number: Int, in launch: LaunchContext) -> any ClusterObserver {
    ClusterLog()
  }

  func merge(_ observers: [any ClusterObserver]) {
    for case let log as ClusterLog in observers {
      let entries = log.take()
      kept.withLock { $0 += entries }
    }
  }

  /// What the observer of one cluster has received since the last merge.
  private final class ClusterLog: ClusterObserver {
    /// The entries.
    private var entries: [Entry] = []

    func observe(_ accesses: AccessBatch) { entries.append(.accesses(accesses)) }

    func observe(_ event: OrderEvent, by agent: Agent?, at pc: Int32) {
      entries.append(.event(event, agent, pc: pc))
    }

    /// Returns the entries, and forgets them.
    func take() -> [Entry] {
      defer { entries = [] }
      return entries
    }
  }

  /// Returns an entry in a line: for accesses the agent, the effect, the first place and the parts.
  private static func line(of entry: Entry) -> String {
    switch entry {
    case .event(let event, let agent, _): return "\(name(of: agent)): \(event)"
    case .accesses(let batch):
      let bytes = batch.parts.reduce(0) { $0 + $1.count }
      let place =
        switch batch.parts[0].place {
        case .global: "global"
        case .shared(let rank, let offset): "shared \(rank)+\(offset)"
        case .tensorMemory(let rank, let lanes, let column):
          "tensor \(rank) lanes \(lanes) column \(column)"
        case .register(let warp, _): "register of warp \(warp)"
        }
      return
        "\(name(of: batch.agent)): \(batch.access.effect) \(place), \(batch.parts.count) parts of \(bytes), \(batch.access.proxy), \(batch.order).\(batch.scope)"
    }
  }

  /// Returns a short name of an agent.
  private static func name(of agent: Agent?) -> String {
    switch agent {
    case .lanes(let warp, .max): "warp \(warp)"
    case .lanes(let warp, let mask): "warp \(warp) lanes \(String(mask, radix: 16))"
    case .operation(let number): "operation \(number)"
    case nil: "cluster"
    }
  }
}
