// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage

/// The first kernel: y = alpha · x, element by element.
public struct Scale: Sendable {
  /// The kernel, with alpha, x, y and the number of elements.
  public let kernel = Kernel<
    AnyArchitecture, Float, GlobalBuffer<Float>, GlobalBuffer<Float>, UInt32
  >("scale", parameters: ["alpha", "x", "y", "count"]) { k, alpha, x, y, count in
    let i = k.blockIndex.x * k.blockDimension.x + k.threadIndex.x
    k.if(i < count) { y[i] = alpha * x[i] }
  }

  /// Creates the kernel.
  public init() {}
}
