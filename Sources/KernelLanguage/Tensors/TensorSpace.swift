// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The space that a tensor is in, as a type: a memory, the registers of a thread, or Tensor Memory.
public protocol TensorSpace: Sendable {
  /// The origin of a tensor, which maps distances to addresses or registers.
  associatedtype Origin: TensorOrigin
}

/// The origin of a tensor.
public protocol TensorOrigin: Sendable {
  /// The location of an element: an address or a register.
  associatedtype Place: Sendable

  /// The recording that the tensor belongs to.
  var owner: KernelRecording { get }

  /// Returns the location at a distance, and records its computation.
  func place(at distance: TensorDistance) -> Place

  /// Returns the beginning of a tensor at a distance, recording what computes its address.
  func anchored(at distance: TensorDistance) -> Self
}
