// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats
import StructuredKernels
import Synchronization
import Testing
import TileLayout

@testable import Simulator

/// Tests that an observer is told of every byte of global memory that the library's kernels access.
@Suite struct ObservedBytesTests {
  @Test func `the ladder reads A and B, and writes C, and nothing else on Hopper`() throws {
    try check(NaiveMatmul<BFloat16>(), on: .hopper)
    for swizzle in [SwizzleMode.none, .bytes128] {
      try check(
        TensorCoreMatmul<Hopper, BFloat16>(
          TensorCoreConfiguration(tileM: 64, tileN: 64, tileK: 64, swizzle: swizzle)), on: .hopper)
    }
    try check(ProductionMatmul<Hopper, BFloat16>(), on: .hopper)
  }

  @Test func `the ladder reads A and B, and writes C, and nothing else on Blackwell`() throws {
    for swizzle in [SwizzleMode.none, .bytes128] {
      try check(
        TensorCoreMatmul<Blackwell, BFloat16>(
          TensorCoreConfiguration(tileM: 64, tileN: 64, tileK: 64, swizzle: swizzle)),
        on: .blackwell)
    }
    try check(ProductionMatmul<Blackwell, BFloat16>(), on: .blackwell)
  }

  /// Expects that a kernel reads all of A and B, and writes all of C, under several schedules.
  private func check(
    _ family: some MatmulFamily<BFloat16>, on machine: SimulatedMachine
  ) throws {
    let shape = MatmulShape(m: 128, n: 256, k: 192)
    for schedule in [Schedule.eager, .late, .random(seed: 3)] {
      let device = SimulatedDevice(machine, options: SimulationOptions(schedule: schedule))
      let inputs = MatmulInputs.integers
      let a = try device.makeBuffer(
        inputs.matrix(of: BFloat16.self, rows: shape.m, columns: shape.k, seed: 1))
      let b = try device.makeBuffer(
        inputs.matrix(of: BFloat16.self, rows: shape.n, columns: shape.k, seed: 2))
      let c = try device.makeBuffer(of: BFloat16.self, count: shape.m * shape.n)
      let observer = GlobalBytes()
      device.observer = observer
      let kernel = family.resolved(
        for: shape, multiprocessorCount: device.multiprocessorCount)
      try kernel.launch(on: device, a: a, b: b, c: c, shape: shape)
      let whole = { (buffer: GlobalBuffer<BFloat16>) in
        Set(buffer.address..<buffer.address + UInt64(2 * buffer.count))
      }
      let (read, written) = observer.bytes
      #expect(read == whole(a).union(whole(b)), "\(kernel.entry), \(schedule)")
      #expect(written == whole(c), "\(kernel.entry), \(schedule)")
    }
  }
}

/// Collects the bytes of global memory that a launch reads and writes.
private final class GlobalBytes: LaunchObserver {
  /// The addresses so far.
  private let kept = Mutex<(read: Set<UInt64>, written: Set<UInt64>)>(([], []))

  /// The addresses of the bytes.
  var bytes: (read: Set<UInt64>, written: Set<UInt64>) { kept.withLock { $0 } }

  func makeObserver(ofCluster number: Int, in launch: LaunchContext) -> any ClusterObserver {
    Part()
  }

  func merge(_ observers: [any ClusterObserver]) {
    for case let part as Part in observers {
      kept.withLock {
        $0.read.formUnion(part.read)
        $0.written.formUnion(part.written)
      }
    }
  }

  /// The addresses that one cluster accesses.
  private final class Part: ClusterObserver {
    var read: Set<UInt64> = []
    var written: Set<UInt64> = []

    func observe(_ accesses: AccessBatch) {
      for part in accesses.parts {
        guard case .global(let address) = part.place else { continue }
        let bytes = address..<address + UInt64(part.count)
        if accesses.access.effect.reads { read.formUnion(bytes) }
        if accesses.access.effect.writes { written.formUnion(bytes) }
      }
    }

    func observe(_ event: OrderEvent, by agent: Agent?, at pc: Int32) {}
  }
}
