/// What tensors lie in, as a type: a memory, the registers of a thread, or Tensor Memory.
public protocol TensorSpace: Sendable {
  /// Where a tensor begins, and how distances from there become places.
  associatedtype Origin: TensorOrigin
}

/// Where a tensor begins.
public protocol TensorOrigin: Sendable {
  /// Where an element is: an address or a register.
  associatedtype Place: Sendable

  /// The recording that the tensor belongs to.
  var owner: KernelRecording { get }

  /// Returns the place at a distance, recording what computes it.
  func place(at distance: TensorDistance) -> Place

  /// Returns the beginning of a tensor at a distance, recording what computes its address.
  func anchored(at distance: TensorDistance) -> Self
}
