import DeviceRuntime
import KernelLanguage
import NumberFormats
import Synchronization
import Testing

@Suite struct PreconditionTests {
  @Test func `values of two kernels do not mix`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
      let stolen = Mutex<DeviceValue<UInt32>?>(nil)
      let first = Kernel<AnyArchitecture, UInt32>("first") { _, x in
        stolen.withLock { $0 = x }
      }
      let second = Kernel<AnyArchitecture, UInt32>("second") { _, x in
        if let value = stolen.withLock({ $0 }) { _ = x + value }
      }
      _ = try first.program()
      _ = try second.program()
    }
    #expect(result.isTrap)
  }

  @Test func `an integer that the type does not have is no operand`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
      _ = try Kernel<AnyArchitecture, UInt32>("k") { _, x in _ = x + -1 }.program()
    }
    #expect(result.isTrap)
  }

  @Test func `nothing is divided by the constant zero`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
      _ = try Kernel<AnyArchitecture, UInt32>("k") { _, x in _ = x / 0 }.program()
    }
    #expect(result.isTrap)
  }

  @Test func `sums of integers have columns in steps of sixteen`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
      _ = try Kernel<Hopper, UInt64>("k") { k, bits in
        let sums = (0..<20).map { _ in k.variable(Int32(0)) }
        k.wgmmaMmaAsync(
          sums, a: MatrixDescriptor(bits), b: MatrixDescriptor(bits), of: Int8.self,
          by: Int8.self, accumulates: k.always)
      }.program()
    }
    #expect(result.isTrap)
  }

  @Test func `Tensor Memory comes in powers of two`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
      _ = try Kernel<Blackwell, UInt32>("k") { k, _ in
        k.tcgen05Alloc(columns: 48, to: k.sharedField("address", of: UInt32.self))
      }.program()
    }
    #expect(result.isTrap)
  }

  @Test func `a wgmma has a multiple of four accumulators`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
      _ = try Kernel<Hopper, UInt64>("k") { k, bits in
        let sums = (0..<6).map { _ in k.variable(Float(0)) }
        let descriptor = MatrixDescriptor(bits)
        k.wgmmaMmaAsync(
          sums, a: descriptor, b: descriptor, of: BFloat16.self, accumulates: k.always)
      }.program()
    }
    #expect(result.isTrap)
  }

  @Test func `an atomic vector has as many elements as one instruction takes`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
      _ = try Kernel<Hopper, GlobalBuffer<Float>>("k") { k, floats in
        floats.reduceVector(.add, (0..<3).map { k.constant(Float($0)) })
      }.program()
    }
    #expect(result.isTrap)
  }

  @Test func `a tensor of floats has no lesser and greater in bulk`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
      _ = try Kernel<Hopper, TensorMap<Float>>("k") { k, map in
        let tile = k.sharedField("tile", of: Float.self, count: 32, alignment: 128)
        k.cpReduceAsyncBulkTensor(.min, from: tile.address, to: map, [k.constant(0)])
      }.program()
    }
    #expect(result.isTrap)
  }

  @Test func `a ring has no stage beyond its last`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
      _ = try Kernel<Hopper, UInt32>("k") { k, _ in
        _ = k.sharedBarriers("full", stages: 4, arrivals: 1)[4]
      }.program()
    }
    #expect(result.isTrap)
  }
}

extension Optional where Wrapped == ExitTest.Result {
  /// Whether the process was ended by a signal, as a precondition does, and not by an error.
  fileprivate var isTrap: Bool {
    guard case .signal? = self?.exitStatus else { return false }
    return true
  }
}
