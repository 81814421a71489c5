// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// Three values of a kernel, along x, y and z.
public struct DeviceDimensions: Sendable {
  /// The recorder of the kernel.
  let recorder: Recorder

  /// The three special registers.
  let registers: (x: SpecialRegister, y: SpecialRegister, z: SpecialRegister)

  /// The value along x, which varies fastest.
  public var x: DeviceValue<UInt32> { recorder.read(registers.x) }

  /// The value along y.
  public var y: DeviceValue<UInt32> { recorder.read(registers.y) }

  /// The value along z.
  public var z: DeviceValue<UInt32> { recorder.read(registers.z) }
}

extension Recorder {
  /// Copies a special register of 32 bits.
  func read(_ source: SpecialRegister) -> DeviceValue<UInt32> {
    DeviceValue(self, emitResult(.b32, .move, ["u32"], [.special(source)]))
  }
}

extension KernelContext {
  /// The thread's index in its block.
  public var threadIndex: DeviceDimensions {
    dimensions(.threadIndexX, .threadIndexY, .threadIndexZ)
  }

  /// The block's index in the grid.
  public var blockIndex: DeviceDimensions { dimensions(.blockIndexX, .blockIndexY, .blockIndexZ) }

  /// The threads of a block.
  public var blockDimension: DeviceDimensions {
    dimensions(.blockDimensionX, .blockDimensionY, .blockDimensionZ)
  }

  /// The blocks of the grid.
  public var gridDimension: DeviceDimensions {
    dimensions(.gridDimensionX, .gridDimensionY, .gridDimensionZ)
  }

  /// The thread's index in its warp, 0 to 31.
  public var laneIndex: DeviceValue<UInt32> { recorder.read(.laneIndex) }

  /// The warp's index in the block, counted along the threads.
  ///
  /// It comes from the thread's index. PTX's own `%warpid` may change while a kernel runs.
  ///
  /// - SeeAlso: PTX ISA, "%warpid".
  public var warpIndex: DeviceValue<UInt32> { linearThreadIndex / 32 }

  /// The thread's index in the block, counted along x, then y, then z.
  public var linearThreadIndex: DeviceValue<UInt32> {
    let x = threadIndex.x
    if let block = recorder.block, block.y == 1, block.z == 1 { return x }
    let plane = threadIndex.y + threadIndex.z * blockDimension.y
    return x + plane * blockDimension.x
  }

  /// The 64-bit counter of the SM's clock.
  ///
  /// - SeeAlso: PTX ISA, "%clock64".
  public var clock: DeviceValue<UInt64> {
    DeviceValue(recorder, recorder.emitResult(.b64, .move, ["u64"], [.special(.clock64)]))
  }

  /// Returns the values of three special registers.
  func dimensions(
    _ x: SpecialRegister, _ y: SpecialRegister, _ z: SpecialRegister
  ) -> DeviceDimensions {
    DeviceDimensions(recorder: recorder, registers: (x, y, z))
  }
}
