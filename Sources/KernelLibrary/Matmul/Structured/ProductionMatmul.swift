import DeviceRuntime
import KernelLanguage
import MachineIR
import StructuredKernels
import TileLayout

/// The library's matmul: for each product the structured kernel in the configuration that suits its extents.
///
/// C[m, n] = A[m, k] · B[n, k]ᵀ with f32 sums. Matrices whose rows tensor copies cannot address, since k or n is no
/// multiple of 16 bytes, are copied to padded rows first, or C from such rows.
public struct ProductionMatmul<
  Machine: StructuredMachine, Element: TensorCoreElement & StoredElement
>:
  MatmulKernel
{
  /// The kernel in the configuration that is shipped, which stands for all where no extents are known.
  private let shipped: StructuredMatmul<Machine, Element, Element, Identity>

  /// Creates the kernel.
  public init() {
    shipped = Self.kernel(Machine.defaultConfiguration)
  }

  /// Returns the kernel of a configuration that the library chooses.
  private static func kernel(
    _ configuration: StructuredConfiguration
  ) -> StructuredMatmul<Machine, Element, Element, Identity> {
    do {
      return try StructuredMatmul(configuration)
    } catch {
      preconditionFailure("The library's own configurations are legal: \(error)")
    }
  }

  /// What the kernel is for.
  public var description: MatmulDescription { shipped.description }

  /// The entry's name in the shipped configuration.
  public var entry: String { shipped.entry }

  /// Returns the kernel that computes a product.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - multiprocessorCount: The multiprocessors of the device.
  /// - Returns: The kernel.
  public func resolved(
    for shape: MatmulShape, multiprocessorCount: Int
  ) -> any MatmulKernel<Element> {
    let configuration = Machine.configuration(
      for: shape, multiprocessorCount: multiprocessorCount)
    return configuration == shipped.configuration ? shipped : Self.kernel(configuration)
  }

  /// Returns the module of the shipped configuration.
  public func module() throws(KernelError) -> Module { try shipped.module() }

  /// Returns the program of the shipped configuration.
  public func program() throws(KernelError) -> Program { try shipped.program() }

  /// Makes ready to compute a product.
  public func prepare(
    on device: any Device, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul {
    try resolved(for: shape, multiprocessorCount: device.multiprocessorCount).prepare(
      on: device, a: a, b: b, c: c, shape: shape)
  }

  /// Returns who computes an element of C in the shipped configuration.
  public func owner(row: Int, column: Int) -> ElementOwner {
    shipped.owner(row: row, column: column)
  }
}

extension MatmulKernel {
  /// Returns the kernel that computes a product: this one, where it has but one configuration.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - multiprocessorCount: The multiprocessors of the device.
  /// - Returns: The kernel.
  public func resolved(
    for shape: MatmulShape, multiprocessorCount: Int
  ) -> any MatmulKernel<Element> { self }
}
