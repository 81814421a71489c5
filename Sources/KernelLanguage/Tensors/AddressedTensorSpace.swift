// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A memory in which tensors lie.
public protocol AddressedTensorSpace: MemorySpace, TensorSpace where Origin.Place == Address {
  /// Returns how far neighbouring elements of some bytes are apart, as tensors here count.
  static func elementDistance(byteCount: Int) -> Int
}

extension Global: AddressedTensorSpace {
  /// A row of a matrix and the bytes to the next.
  public typealias Origin = GlobalOrigin
  /// 1: tensors count elements.
  public static func elementDistance(byteCount: Int) -> Int { 1 }
}

extension Shared: AddressedTensorSpace {
  /// A tile and its swizzle.
  public typealias Origin = SharedOrigin
  /// The bytes of an element: tensors count bytes.
  public static func elementDistance(byteCount: Int) -> Int { byteCount }
}
