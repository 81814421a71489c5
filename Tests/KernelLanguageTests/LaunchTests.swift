// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import Synchronization
import Testing
import TileLayout

/// A kernel that scales a vector, with one thread for each element.
private let scale = Kernel<
  AnyArchitecture, Float, GlobalBuffer<Float>, GlobalBuffer<Float>, UInt32
>("scale") { k, alpha, x, y, count in
  let i = k.blockIndex.x * k.blockDimension.x + k.threadIndex.x
  k.if(i < count) { y[i] = alpha * x[i] }
}

@Suite struct LaunchTests {
  @Test func `arguments are packed in order`() throws {
    let device = RecordingDevice()
    let x = try device.makeBuffer(of: Float.self, count: 10)
    let y = try device.makeBuffer(of: Float.self, count: 10)
    try device.launch(scale, grid: 40, block: 256, 2.5, x, y, 10_000)
    let launch = try #require(device.launches.first)
    #expect(launch.configuration.grid == 40)
    #expect(launch.configuration.block == 256)
    #expect(
      launch.arguments == [
        KernelArgument(Float(2.5)), KernelArgument(x.address), KernelArgument(y.address),
        KernelArgument(UInt32(10_000)),
      ])
    #expect(launch.program.parameters.map(\.byteCount) == [4, 8, 8, 4])
  }

  @Test func `a launch gives the block where the kernel leaves it open, and only there`() throws {
    let device = RecordingDevice()
    let open = Kernel<AnyArchitecture, UInt32>("open") { _, _ in }
    let fixed = Kernel<AnyArchitecture, UInt32>("fixed", block: 128) { _, _ in }
    try device.launch(open, grid: 1, block: 64, 1)
    try device.launch(fixed, grid: 1, 1)
    try device.launch(fixed, grid: 1, block: 128, 1)
    #expect(throws: DeviceError.self) { try device.launch(open, grid: 1, 1) }
    #expect(throws: DeviceError.self) { try device.launch(fixed, grid: 1, block: 64, 1) }
    #expect(device.launches.map(\.configuration.block) == [64, 128, 128])
    #expect(try fixed.program().text.contains(".reqntid 128, 1, 1"))
  }

  @Test func `a tensor map that was made for another tile is refused`() throws {
    let device = RecordingDevice()
    let tile = try SharedTile<BFloat16>("a", rows: 64, columns: 64, swizzle: .bytes128)
    let other = try SharedTile<BFloat16>("a", rows: 64, columns: 64)
    let kernel = Kernel<Hopper, TensorMap<BFloat16>>("copy", block: 32) { k, map in
      _ = k.shared(tile)
      map.require(tile.tensorMapRequirement)
    }
    let matrix = try device.makeBuffer(of: BFloat16.self, count: 64 * 64)
    let good = try device.makeTensorMap(
      tile.tensorMapDescription(of: matrix, rows: 64, columns: 64, pitch: 64), of: BFloat16.self,
      over: matrix)
    let bad = try device.makeTensorMap(
      other.tensorMapDescription(of: matrix, rows: 64, columns: 64, pitch: 64), of: BFloat16.self,
      over: matrix)
    try device.launch(kernel, grid: 1, good)
    #expect(throws: DeviceError.self) { try device.launch(kernel, grid: 1, bad) }
    #expect(device.launches.count == 1)
    #expect(device.launches[0].configuration.dynamicSharedByteCount == 8192)
    #expect(device.launches[0].arguments[0].bytes.count == 128)
  }

  @Test func `a list of parameters is one parameter`() throws {
    let device = RecordingDevice()
    let kernel = Kernel<AnyArchitecture, UInt32, ParameterList<Float, UInt64>>("list") {
      k, x, list in
      _ = list.0 + 1
      _ = list.1 + 1
    }
    try device.launch(kernel, grid: 1, block: 32, 7, ParameterList(2.5, 9))
    #expect(
      device.launches[0].arguments == [
        KernelArgument(UInt32(7)), KernelArgument(Float(2.5)), KernelArgument(UInt64(9)),
      ])
  }

  @Test func `a body runs once, no matter how often it is requested`() async throws {
    let runs = Counter()
    let kernel = Kernel<AnyArchitecture, UInt32>("counted") { _, _ in runs.increment() }
    let copy = kernel
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<8 { group.addTask { try copy.program().text } }
      let expected = try kernel.program().text
      for try await text in group { #expect(text == expected) }
    }
    #expect(runs.value == 1)
  }

  @Test(
    arguments: [
      ("scale", "scale"), ("a-b c", "a_b_c"), ("64x64", "_64x64"), ("", "kernel"), ("ü", "_"),
    ])
  func `entry names are what PTX allows`(name: String, entry: String) {
    #expect(Kernel<AnyArchitecture, UInt32>(name) { _, _ in }.entry == entry)
  }

  @Test func `all mistakes are reported at once, each at its line`() throws {
    let tile = try SharedTile<BFloat16>("tile", rows: 64, columns: 64)
    let start = #line
    let kernel = Kernel<Hopper, UInt32>("wrong", block: 32) { k, x in
      _ = k.shared(tile)
      _ = k.sharedBarrier("tile", arrivals: 1)
      k.ptx("no.such.instruction $0;", x)
      k.ptx("add.f32 $0, $0, 1;", x)
    }
    let error = #expect(throws: KernelError.self) { try kernel.program() }
    guard case .invalid(let entry, let diagnostics)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(entry == "wrong")
    #expect(diagnostics.map { $0.place?.line } == [start + 3, start + 4, start + 5])
  }

  @Test func `a register that some path leaves unassigned is found`() throws {
    let kernel = Kernel<Hopper, UInt32, GlobalBuffer<UInt32>>("unassigned", block: 32) {
      k, x, output in
      let late = k.variable(x)
      k.ptx(
        ".reg .b32 t; .reg .pred p; setp.eq.u32 p, $1, 0; @p mov.u32 t, 1; mov.u32 $0, t;", late, x)
      output[0] = late.value
    }
    #expect(throws: KernelError.self) { try kernel.program() }
  }

  @Test func `shared memory that no block has is refused with the numbers`() {
    let kernel = Kernel<Hopper, UInt32>("large") { k, _ in
      _ = k.sharedField("big", of: Float.self, count: 60_000)
    }
    #expect(
      throws: KernelError.sharedMemoryExceeded(entry: "large", byteCount: 240_000, limit: 232_448)
    ) { try kernel.program() }
  }
}

/// A number that several threads may increment.
private final class Counter: Sendable {
  /// The number.
  private let count = Mutex(0)

  /// The number now.
  var value: Int { count.withLock { $0 } }

  /// Increments the number.
  func increment() { count.withLock { $0 += 1 } }
}
