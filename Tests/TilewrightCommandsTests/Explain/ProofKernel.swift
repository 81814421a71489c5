// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Simulator

/// A kernel in PTX with which a test observes an instruction on the simulator.
///
/// Shared memory begins with the test's image, `tile`, at address `%tile`, 0x400. The kernel reads
/// the test's words at `%in`, and writes words to `%out`. `%t`, `%lane` and `%warp` are the
/// numbers of thread, lane and warp.
struct ProofKernel {
  /// The instructions.
  var body: String

  /// The target: `sm_90a` or `sm_100a`.
  var target = "sm_90a"

  /// The number of threads of the block, at least 32.
  var threadCount = 128

  /// The first bytes of shared memory; zeros follow up to its size.
  var image: [UInt8] = []

  /// The number of bytes of shared memory, a multiple of 4.
  var imageByteCount = 1024

  /// The words that the kernel reads.
  var input: [UInt32] = []

  /// The number of words that the kernel writes.
  var outputCount: Int

  /// The whole text.
  private var text: String {
    """
    .version 8.8
    .target \(target)
    .address_size 64
    .visible .entry proof(
      .param .u64 out_param, .param .u64 in_param, .param .u64 image_param,
      .param .align 64 .b8 map_param[128])
    {
      .reg .pred %p<16>;
      .reg .b16 %h<16>;
      .reg .b32 %r<300>;
      .reg .b64 %rd<32>;
      .reg .f32 %f<140>;
      .reg .b32 %t, %lane, %warp, %tile, %bar;
      .reg .b64 %out, %in, %map;
      .shared .align 1024 .b8 tile[\(imageByteCount)];
      .shared .align 8 .b64 bar;
      .shared .b32 place;
      ld.param.u64 %out, [out_param];
      ld.param.u64 %in, [in_param];
      ld.param.u64 %rd30, [image_param];
      mov.b64 %rd31, map_param;
      cvta.param.u64 %map, %rd31;
      mov.u32 %t, %tid.x;
      and.b32 %lane, %t, 31;
      shr.u32 %warp, %t, 5;
      mov.u32 %tile, tile;
      mov.u32 %bar, bar;
      mov.u32 %r299, %t;
    COPY:
      mad.wide.u32 %rd29, %r299, 4, %rd30;
      ld.global.u32 %r298, [%rd29];
      mad.lo.u32 %r297, %r299, 4, %tile;
      st.shared.u32 [%r297], %r298;
      add.u32 %r299, %r299, \(threadCount);
      setp.lt.u32 %p15, %r299, \(imageByteCount / 4);
      @%p15 bra COPY;
      setp.eq.u32 %p14, %t, 0;
      @%p14 mbarrier.init.shared::cta.b64 [%bar], 1;
      fence.proxy.async.shared::cta;
      bar.sync 0;
      \(body)
      ret;
    }
    """
  }

  /// The results of a run.
  struct Outcome {
    /// The words that the kernel wrote.
    let words: [UInt32]
    /// The counters.
    let counters: ExecutionCounters
  }

  /// Runs the kernel under a schedule.
  ///
  /// - Parameters:
  ///   - schedule: When asynchronous operations take effect.
  ///   - map: Creates a tensor map of the address of `input`.
  /// - Returns: The results; words that were not written are all ones.
  /// - Throws: `DeviceError` if the kernel faults.
  func run(
    schedule: Schedule = .eager, map: ((UInt64) -> TensorMapDescription)? = nil
  ) throws -> Outcome {
    let machine: SimulatedMachine = target == "sm_90a" ? .hopper : .blackwell
    let device = SimulatedDevice(machine, options: SimulationOptions(schedule: schedule))
    let output = try device.makeBuffer(of: UInt32.self, count: outputCount)
    try output.write([UInt32](repeating: .max, count: outputCount))
    let input = try device.makeBuffer(self.input.isEmpty ? [0] : self.input)
    let padding = [UInt8](repeating: 0, count: imageByteCount - image.count)
    let image = try device.makeBuffer(image + padding)
    let mapImage =
      try map.map { try device.makeTensorMapImage($0(input.address)) }
      ?? [UInt8](repeating: 0, count: 128)
    let result = try device.launch(
      Program(text: text, entry: "proof", parameters: []),
      LaunchConfiguration(grid: 1, block: Dimensions(threadCount)),
      [
        KernelArgument(output.address), KernelArgument(input.address),
        KernelArgument(image.address), KernelArgument(bytes: mapImage, alignment: 64),
      ])
    return Outcome(words: try output.read(), counters: result.counters ?? ExecutionCounters())
  }
}

extension ProofKernel {
  /// Returns a list of registers.
  static func registers(_ prefix: String, _ count: Int, from first: Int = 0) -> String {
    (first..<first + count).map { "%\(prefix)\($0)" }.joined(separator: ", ")
  }

  /// Returns instructions that store a thread's registers to `%out`, thread by thread.
  static func storing(_ prefix: String, _ count: Int, from first: Int = 0) -> String {
    let stores = (0..<count).map { "st.global.b32 [%rd28+\(4 * $0)], %\(prefix)\(first + $0);" }
    return "mad.wide.u32 %rd28, %t, \(4 * count), %out;\n" + stores.joined(separator: "\n")
  }

  /// Returns instructions that load a thread's registers from `%in`, thread by thread.
  static func loading(_ prefix: String, _ count: Int, from first: Int = 0) -> String {
    let loads = (0..<count).map { "ld.global.b32 %\(prefix)\(first + $0), [%rd27+\(4 * $0)];" }
    return "mad.wide.u32 %rd27, %t, \(4 * count), %in;\n" + loads.joined(separator: "\n")
  }

  /// Instructions that store `tile` to `%out`, word by word.
  var storingTile: String {
    """
    mov.u32 %r296, %t;
    DUMP:
    mad.lo.u32 %r295, %r296, 4, %tile;
    ld.shared.u32 %r294, [%r295];
    mad.wide.u32 %rd26, %r296, 4, %out;
    st.global.u32 [%rd26], %r294;
    add.u32 %r296, %r296, \(threadCount);
    setp.lt.u32 %p13, %r296, \(imageByteCount / 4);
    @%p13 bra DUMP;
    """
  }
}

extension [UInt32] {
  /// The 16-bit halves of the words, the low one first.
  var halves: [UInt16] { flatMap { [UInt16(truncatingIfNeeded: $0), UInt16($0 >> 16)] } }
}

extension [UInt16] {
  /// The bytes of the elements, the low one first.
  var bytes: [UInt8] {
    flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  }
}
