// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

@testable import Simulator

/// A small kernel in PTX that writes to a buffer of words, `[%out]`.
struct SmallProgram {
  /// The instructions.
  var body: String

  /// The text before the kernel, such as `.extern` variables.
  var prelude = ""

  /// Directives of the kernel.
  var directives = ""

  /// Declarations at the top of the body.
  var declarations = ""

  /// The target.
  var target = "sm_90a"

  /// The number of threads of a block.
  var block: Dimensions = 32

  /// The number of blocks.
  var grid: Dimensions = 1

  /// The number of blocks of a cluster.
  var cluster: Dimensions = 1

  /// The dynamic shared memory in bytes.
  var sharedByteCount = 0

  /// The number of words of the buffer.
  var wordCount = 32

  /// The whole text.
  var text: String {
    """
    .version 8.8
    .target \(target)
    .address_size 64
    \(prelude)
    .visible .entry small(.param .u64 out_param, .param .align 64 .b8 map[128])
    \(directives)
    {
      .reg .pred %p<16>;
      .reg .b16 %h<16>;
      .reg .b32 %r<200>;
      .reg .b64 %rd<32>;
      .reg .f32 %f<64>;
      .reg .b32 %t, %lane, %warp;
      .reg .b64 %out, %mine, %map;
      \(declarations)
      ld.param.u64 %out, [out_param];
      mov.b64 %rd31, map;
      cvta.param.u64 %map, %rd31;
      mov.u32 %t, %tid.x;
      and.b32 %lane, %t, 31;
      shr.u32 %warp, %t, 5;
      mad.wide.u32 %mine, %t, 4, %out;
      \(body)
      ret;
    }
    """
  }

  /// The outcome of a run.
  struct Outcome {
    /// The words of the buffer.
    var words: [UInt32]
    /// The counters.
    var counters: ExecutionCounters
  }

  /// Runs the kernel on a buffer with the contents `input`, or all bits set if none is given, and a
  /// tensor map that `map` creates for the buffer's address; the observer follows it.
  func run(
    schedule: Schedule = .eager, input: [UInt32]? = nil, hostThreadCount: Int = 2,
    multiprocessors: Int? = nil, observer: (any LaunchObserver)? = nil,
    map: ((UInt64) -> TensorMapDescription)? = nil
  ) throws -> Outcome {
    var machine: SimulatedMachine = target.hasPrefix("sm_10") ? .blackwell : .hopper
    if let multiprocessors { machine.multiprocessorCount = multiprocessors }
    let device = SimulatedDevice(
      machine, options: SimulationOptions(schedule: schedule, hostThreadCount: hostThreadCount))
    device.observer = observer
    let buffer = try device.makeBuffer(of: UInt32.self, count: wordCount)
    if let input {
      try buffer.write(input)
    } else {
      try buffer.write([UInt32](repeating: .max, count: wordCount))
    }
    let image =
      try map.map { try device.makeTensorMapImage($0(buffer.address)) }
      ?? [UInt8](repeating: 0, count: 128)
    let program = Program(text: text, entry: "small", parameters: [])
    let result = try device.launch(
      program,
      LaunchConfiguration(
        grid: grid, block: block, cluster: cluster, dynamicSharedByteCount: sharedByteCount),
      [KernelArgument(buffer.address), KernelArgument(bytes: image, alignment: 64)])
    return Outcome(words: try buffer.read(), counters: result.counters ?? ExecutionCounters())
  }

  /// Runs the kernel, and returns its fault, or `nil` if it has none.
  func fault(
    schedule: Schedule = .eager, multiprocessors: Int? = nil,
    map: ((UInt64) -> TensorMapDescription)? = nil
  ) throws -> KernelFault? {
    do {
      _ = try run(schedule: schedule, multiprocessors: multiprocessors, map: map)
      return nil
    } catch DeviceError.fault(let fault) {
      return fault
    }
  }
}

/// Returns the results of a function for each of the 32 lanes.
func lanes(_ value: (UInt32) -> UInt32) -> [UInt32] { (0..<32).map { value($0) } }
