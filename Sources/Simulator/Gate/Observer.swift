// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// Something that follows what a cluster does: a checker, a tracer, a model of time.
///
/// It is told of every access to shared, global and Tensor Memory and to the registers of
/// asynchronous operations, and of everything that orders them, in the order in which the simulator
/// executes them. Only one host thread at a time calls it.
protocol ClusterObserver: AnyObject {
  /// Receives the accesses of one instruction or operation with one effect.
  func observe(_ accesses: AccessBatch)

  /// Receives an event that orders accesses, with the instruction; -1 where none is at hand.
  func observe(_ event: OrderEvent, by agent: Agent?, at pc: Int32)
}

/// Something that follows a launch.
///
/// Clusters run on several host threads, so each has an observer of its own. At the end of each round
/// the launch's observer merges them, in the order of the clusters, on one thread: the result does
/// not depend on the number of threads.
protocol LaunchObserver: AnyObject, Sendable {
  /// Returns the observer of a cluster, by the cluster's index in the grid.
  func makeObserver(ofCluster number: Int, in launch: LaunchContext) -> any ClusterObserver

  /// Merges what the observers of the resident clusters have received since the last time.
  func merge(_ observers: [any ClusterObserver]) throws(Trap)
}
