// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

extension BFloat16: BufferElement {
  /// `bf16`.
  public static var elementType: ElementType { .bf16 }
}
extension HalfFloat: BufferElement {
  /// `f16`.
  public static var elementType: ElementType { .f16 }
}
extension Float8E4M3: BufferElement {
  /// `e4m3`.
  public static var elementType: ElementType { .e4m3 }
}
extension Float8E5M2: BufferElement {
  /// `e5m2`.
  public static var elementType: ElementType { .e5m2 }
}
extension ScaleE8M0: BufferElement {
  /// `ue8m0`.
  public static var elementType: ElementType { .ue8m0 }
}
