// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import NumberFormats
import TileLayout

/// An element type that `tcgen05.mma` multiplies with a UE8M0 scale for every 32 elements along k.
public protocol BlockScaledElement: BufferElement, NumberFormat {
  /// The type in instruction descriptors.
  static var narrowFloat: NarrowFloat { get }
}

extension Float8E4M3: BlockScaledElement {
  /// e4m3.
  public static var narrowFloat: NarrowFloat { .e4m3 }
}

extension Float8E5M2: BlockScaledElement {
  /// e5m2.
  public static var narrowFloat: NarrowFloat { .e5m2 }
}
