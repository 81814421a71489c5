// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import StructuredKernels
import TileLayout

/// The library's matmul: the structured kernel in the configuration that suits the extents of each
/// product.
///
/// C[m, n] = A[m, k] · B[n, k]ᵀ with f32 accumulators. Matrices whose rows TMA cannot address,
/// since they are not multiples of 16 bytes, are copied to padded rows first, and C from padded
/// rows.
public struct ProductionMatmul<
  Machine: StructuredMachine, Element: TensorCoreElement & StoredElement
>:
  MatmulFamily
{
  /// A kernel that the library chooses from.
  private typealias Member = StructuredMatmul<Machine, Element, Element, Identity>

  /// Creates the family; nothing is recorded yet.
  public init() {}

  /// The purpose of the kernels.
  public var description: MatmulDescription {
    MatmulDescription(
      name: "structured", target: MatmulDescription.Target(rawValue: Machine.name) ?? .any,
      step: 9, summary: "persistent, warp-specialised, with TMA stores",
      configuration: "chosen for each product")
  }

  /// Returns the kernel that computes a product.
  ///
  /// A process makes the kernel of a configuration once, and so records and prints it once.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - multiprocessorCount: The number of multiprocessors (SMs) of the device.
  /// - Returns: The kernel.
  public func resolved(
    for shape: MatmulShape, multiprocessorCount: Int
  ) -> any MatmulKernel<Element> {
    let configuration = Machine.configuration(
      for: shape, multiprocessorCount: multiprocessorCount)
    return KernelCache.shared.kernel(configuration.description) {
      do {
        return try Member(configuration)
      } catch {
        fatalError("The library's own configurations are legal: \(error)")
      }
    }
  }

  /// Prepares a product.
  public func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul {
    try resolved(for: shape, multiprocessorCount: device.multiprocessorCount).prepare(
      on: device, a: a, b: b, c: c, shape: shape)
  }
}
