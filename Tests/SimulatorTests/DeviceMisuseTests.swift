// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Simulator
import Testing
import TileLayout

/// A mistaken request of a hurried caller, and the error that the device throws.
struct DeviceMisuse: Sendable, CustomTestStringConvertible {
  /// The request.
  let testDescription: String

  /// The error.
  let error: DeviceError

  /// Makes the request.
  let body: @Sendable (SimulatedDevice) throws -> Void

  /// Creates a misuse.
  init(
    _ name: String, _ error: DeviceError, body: @escaping @Sendable (SimulatedDevice) throws -> Void
  ) {
    testDescription = name
    self.error = error
    self.body = body
  }
}

@Suite struct DeviceMisuseTests {
  /// The address of a simulated device's first allocation.
  private static let first: UInt64 = 0x10_0000_0100

  /// Impossible buffers and copies.
  private static let buffers: [DeviceMisuse] = [
    DeviceMisuse("a buffer of -1 elements", .negativeCount(-1)) {
      _ = try $0.makeBuffer(of: Float.self, count: -1)
    },
    DeviceMisuse(
      "a buffer of Int.max elements",
      .outOfMemory(requestedByteCount: .max, availableByteCount: 2 << 30)
    ) { _ = try $0.makeBuffer(of: Float.self, count: .max) },
    DeviceMisuse(
      "a buffer larger than the memory",
      .outOfMemory(requestedByteCount: 4 << 30, availableByteCount: 2 << 30)
    ) { _ = try $0.makeBuffer(of: Float.self, count: 1 << 30) },
    DeviceMisuse("an allocation of -5 bytes", .negativeCount(-5)) {
      _ = try $0.allocate(byteCount: -5)
    },
    DeviceMisuse("a write beyond the end", .writeTooLong(elementCount: 3, limit: 2)) {
      try $0.makeBuffer([1, 2] as [UInt32]).write([1, 2, 3])
    },
    DeviceMisuse(
      "a write outside every allocation", .invalidAddress(address: 16, byteCount: 1)
    ) { try $0.write([1], to: 16) },
    DeviceMisuse(
      "a read at the last address", .invalidAddress(address: .max, byteCount: 4)
    ) { _ = try $0.read(from: .max, byteCount: 4) },
    DeviceMisuse("a read of -1 bytes", .negativeCount(-1)) {
      _ = try $0.read(from: $0.makeBuffer([1] as [UInt32]).address, byteCount: -1)
    },
    DeviceMisuse("a query of -1 bytes", .negativeCount(-1)) {
      _ = try $0.isWritten(at: 0, byteCount: -1)
    },
    DeviceMisuse("a read of freed memory", .invalidAddress(address: first, byteCount: 8)) {
      let buffer = try $0.makeBuffer([1, 2] as [UInt32])
      $0.deallocate(buffer.address)
      _ = try buffer.read()
    },
    DeviceMisuse("a write to freed memory", .invalidAddress(address: first, byteCount: 4)) {
      let buffer = try $0.makeBuffer([1] as [UInt32])
      $0.deallocate(buffer.address)
      $0.deallocate(buffer.address)
      try buffer.write([2])
    },
  ]

  /// Impossible parts of a buffer of 16 bytes: offset, count and error.
  private static let parts: [(offset: Int, count: Int, error: DeviceError)] = [
    (0, -1, .negativeCount(-1)),
    (0, 5, .outsideAllocation(byteOffset: 0, byteCount: 20, limit: 16)),
    (8, 3, .outsideAllocation(byteOffset: 8, byteCount: 12, limit: 16)),
    (-4, 1, .outsideAllocation(byteOffset: -4, byteCount: 4, limit: 16)),
    (20, 0, .outsideAllocation(byteOffset: 20, byteCount: 0, limit: 16)),
    (.max, 1, .outsideAllocation(byteOffset: .max, byteCount: 4, limit: 16)),
    (.min, 1, .outsideAllocation(byteOffset: .min, byteCount: 4, limit: 16)),
    (0, .max, .outsideAllocation(byteOffset: 0, byteCount: .max, limit: 16)),
    (2, 1, .misalignedBuffer(byteOffset: 2, alignment: 4)),
  ]

  /// A description of a tensor of 16 rows of 32 bytes.
  private static func description(
    at address: UInt64, _ type: ElementType = .u32
  ) -> TensorMapDescription {
    TensorMapDescription(
      elementType: type, address: address, extents: [8, 16], byteStrides: [32], box: [8, 16])
  }

  /// Impossible tensor maps.
  private static let maps: [DeviceMisuse] = [
    DeviceMisuse("a map before its buffer", .invalidTensorMap(.outsideBuffer(first - 16))) {
      let buffer = try $0.makeBuffer(of: UInt32.self, count: 128)
      _ = try $0.makeTensorMap(
        description(at: buffer.address - 16), of: UInt32.self, over: buffer)
    },
    DeviceMisuse(
      "a map of other elements", .invalidTensorMap(.elementType(.f32, kernel: .u32))
    ) {
      let buffer = try $0.makeBuffer(of: UInt32.self, count: 128)
      _ = try $0.makeTensorMap(
        description(at: buffer.address, .f32), of: UInt32.self, over: buffer)
    },
    DeviceMisuse("a map without dimensions", .invalidTensorMap(.rank(0))) {
      let buffer = try $0.makeBuffer(of: UInt32.self, count: 128)
      let empty = TensorMapDescription(
        elementType: .u32, address: buffer.address, extents: [], byteStrides: [], box: [])
      #expect(empty.boxByteCount == 0 && empty.boxSharedByteCount == 0)
      #expect(throws: BoxLayoutError.self) { try empty.boxLayout() }
      _ = try $0.makeTensorMap(empty, of: UInt32.self, over: buffer)
    },
    DeviceMisuse(
      "a map of a huge box with steps of zero",
      .invalidTensorMap(.box(dimension: 0, extent: .max))
    ) {
      let buffer = try $0.makeBuffer(of: UInt32.self, count: 128)
      let huge = TensorMapDescription(
        elementType: .u32, address: buffer.address, extents: [8, 16], byteStrides: [32],
        box: [.max, .max], elementStrides: [0, 0])
      #expect(huge.boxByteCount == .max && huge.boxSharedByteCount == .max)
      #expect(throws: BoxLayoutError.self) { try huge.boxLayout() }
      _ = try $0.makeTensorMap(huge, of: UInt32.self, over: buffer)
    },
    DeviceMisuse(
      "a map over memory of another device",
      .foreignMemory(owner: "simulator", user: "simulator")
    ) {
      let buffer = try SimulatedDevice(.hopper).makeBuffer(of: UInt32.self, count: 128)
      _ = try $0.makeTensorMap(description(at: buffer.address), of: UInt32.self, over: buffer)
    },
  ]

  @Test(arguments: buffers + maps)
  func `impossible requests are refused with their numbers`(_ misuse: DeviceMisuse) {
    let device = SimulatedDevice(.hopper, multiprocessors: 1)
    #expect(throws: misuse.error) { try misuse.body(device) }
  }

  @Test(arguments: parts)
  func `a buffer lies in its memory`(offset: Int, count: Int, error: DeviceError) throws {
    let device = SimulatedDevice(.hopper, multiprocessors: 1)
    let whole = try device.makeBuffer([1, 2, 3, 4] as [UInt32])
    #expect(throws: error) {
      try GlobalBuffer<Float>(allocation: whole.allocation, byteOffset: offset, count: count)
    }
    let end = try GlobalBuffer<UInt32>(allocation: whole.allocation, byteOffset: 8, count: 2)
    #expect(try end.read() == [3, 4])
  }

  /// A kernel with one parameter, an address to which it stores its number of threads.
  private let program = Program(
    text: """
      .version 8.0
      .target sm_90
      .address_size 64
      .visible .entry store(.param .u64 place)
      {
        .reg .b32 %r<2>;
        .reg .b64 %rd<2>;
        ld.param.u64 %rd1, [place];
        mov.u32 %r1, %ntid.x;
        st.global.u32 [%rd1], %r1;
        ret;
      }
      """, entry: "store", parameters: [.init(name: "place", byteCount: 8, alignment: 8)])

  /// Impossible machines and launches, and a part of the message.
  private static let launches:
    [(multiprocessors: Int, configuration: LaunchConfiguration, part: String)] = [
      (0, LaunchConfiguration(grid: 1, block: 32), "0 SMs"),
      (-1, LaunchConfiguration(grid: 1, block: 32), "-1 SMs"),
      (.max, LaunchConfiguration(grid: 1, block: 32), "SMs instead of 1 to 65536"),
      (1, LaunchConfiguration(grid: 0, block: 32), "not positive"),
      (1, LaunchConfiguration(grid: 1, block: 0), "not positive"),
      (1, LaunchConfiguration(grid: 1, block: 32, cluster: 0), "not positive"),
      (1, LaunchConfiguration(grid: 1, block: Dimensions(.max, .max, .max)), "1024 threads"),
      (1, LaunchConfiguration(grid: Dimensions(.max, .max), block: 32), "larger than"),
      (1, LaunchConfiguration(grid: 1, block: 32, cluster: Dimensions(.max, 2)), "16 blocks"),
      (1, LaunchConfiguration(grid: 1, block: 32, dynamicSharedByteCount: -1), "-1 bytes"),
      (1, LaunchConfiguration(grid: 1, block: 32, dynamicSharedByteCount: .max), "bytes of shared"),
      (1, LaunchConfiguration(grid: 1, block: 32, dynamicSharedByteCount: 1 << 20), "of shared"),
    ]

  @Test(arguments: launches)
  func `an impossible launch is refused, and so is a query of its occupancy`(
    multiprocessors: Int, configuration: LaunchConfiguration, part: String
  ) throws {
    let device = SimulatedDevice(.hopper, multiprocessors: multiprocessors)
    let place = try device.makeBuffer([0] as [UInt32])
    for ask in [true, false] {
      let error = #expect(throws: DeviceError.self) {
        if ask {
          _ = try device.residentClusterCount(of: program, configuration)
        } else {
          try device.launch(program, configuration, [KernelArgument(place)])
        }
      }
      #expect(error?.description.contains(part) == true, "\(String(describing: error))")
    }
    #expect(try place.read() == [0])
  }

  @Test(arguments: [-1, 0, 1, 1 << 40, Int.max])
  func `any number of host threads will do`(count: Int) throws {
    let device = SimulatedDevice(.hopper, options: SimulationOptions(hostThreadCount: count))
    let place = try device.makeBuffer([0] as [UInt32])
    try device.launch(
      program, LaunchConfiguration(grid: 1, block: 64), [KernelArgument(place)])
    #expect(try place.read() == [64])
  }

  @Test(arguments: [Int.min, -1, 0, 100, Int.max])
  func `a machine has whatever memory it is given`(byteCount: Int) throws {
    var machine = SimulatedMachine.hopper
    machine.globalMemoryByteCount = byteCount
    let device = SimulatedDevice(machine)
    #expect(throws: DeviceError.self) { try device.makeBuffer(of: UInt64.self, count: 1 << 60) }
    #expect((try? device.makeBuffer(of: UInt8.self, count: 100)) != nil || byteCount < 100)
  }

  @Test func `memory of another device is refused at the launch`() throws {
    let device = SimulatedDevice(.hopper, multiprocessors: 1)
    let place = try SimulatedDevice(.hopper, multiprocessors: 1).makeBuffer([0] as [UInt32])
    let error = #expect(throws: DeviceError.self) {
      try device.launch(
        program, LaunchConfiguration(grid: 1, block: 32), [KernelArgument(place)])
    }
    #expect(error?.description.contains("'place' is memory of 'simulator'") == true)
  }

  @Test func `freed memory is a fault of the kernel that stores to it`() throws {
    let device = SimulatedDevice(.hopper, multiprocessors: 1)
    let place = try device.makeBuffer([0] as [UInt32])
    device.deallocate(place.address)
    let error = #expect(throws: DeviceError.self) {
      try device.launch(
        program, LaunchConfiguration(grid: 1, block: 32), [KernelArgument(place)])
    }
    guard case .fault(let fault)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fault.kind == "out-of-bounds")
  }

  @Test(arguments: [0, -8, 24, Int.min])
  func `an argument has an alignment`(alignment: Int) throws {
    let device = SimulatedDevice(.hopper, multiprocessors: 1)
    let argument = KernelArgument(bytes: [UInt8](repeating: 0, count: 8), alignment: alignment)
    let error = #expect(throws: DeviceError.self) {
      try program.checkLaunch(
        LaunchConfiguration(grid: 1, block: 32), [argument], on: device)
    }
    #expect(error?.description.contains("power of two, not \(alignment)") == true)
  }

  @Test func `memory that no device allocated is an error that says so`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Allocation(device: SimulatedDevice(.hopper), address: .max, byteCount: 2)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("No device allocates 2 bytes at 0xffffffffffffffff."), "\(text)")
  }
}
