import KernelLanguage
import KernelLibrary
import MachineIR
import NumberFormats
import StructuredKernels
import Testing
import TileLayout

/// A kernel of the library as the tests of its text see it.
struct LibraryKernel: Sendable, CustomTestStringConvertible {
  /// A name that no other case has, which is also that of its snapshot.
  let name: String

  /// Returns the module.
  let module: @Sendable () throws -> Module

  /// The name in test reports.
  var testDescription: String { name }

  /// Every kernel of the library, and the tensor-core kernels in further configurations.
  static var all: [LibraryKernel] { plain + fills + tensorCore }

  /// The kernels without configurations.
  private static var plain: [LibraryKernel] {
    let scale = Scale()
    let naive = NaiveMatmul<BFloat16>()
    let naiveHalf = NaiveMatmul<HalfFloat>()
    return [
      LibraryKernel(name: "scale") { try scale.kernel.module() },
      LibraryKernel(name: "matmul_bf16_naive") { try naive.module() },
      LibraryKernel(name: "matmul_f16_naive") { try naiveHalf.module() },
    ]
  }

  /// The kernels that fill matrices.
  private static var fills: [LibraryKernel] {
    (MatmulInputs.allCases.map(Optional.some) + [nil]).map { inputs in
      let fill = MatrixFill<BFloat16>(inputs)
      return LibraryKernel(name: fill.kernel.entry) { try fill.kernel.module() }
    }
  }

  /// The tensor-core kernels.
  private static var tensorCore: [LibraryKernel] {
    SwizzleMode.allCases.flatMap { swizzle in
      family(Hopper.self, BFloat16.self, (64, 64, 64), swizzle)
        + family(Blackwell.self, BFloat16.self, (64, 64, 64), swizzle)
    } + family(Hopper.self, HalfFloat.self, (64, 64, 64), .none)
      + family(Blackwell.self, HalfFloat.self, (64, 64, 64), .none)
      + family(Hopper.self, BFloat16.self, (128, 128, 64), .bytes128)
      + family(Blackwell.self, BFloat16.self, (128, 128, 64), .bytes128)
      + family(Hopper.self, BFloat16.self, (64, 208, 128), .bytes128)
      + family(Blackwell.self, BFloat16.self, (64, 208, 128), .bytes128)
  }

  /// Returns the kernel of a configuration, in a list of one; none if it is illegal.
  private static func family<Machine: HasTileOp, Element: TensorCoreElement>(
    _ machine: Machine.Type, _ element: Element.Type, _ tile: (m: Int, n: Int, k: Int),
    _ swizzle: SwizzleMode
  ) -> [LibraryKernel] {
    let configuration = TensorCoreMatmul<Machine, Element>.Configuration(
      tileM: tile.m, tileN: tile.n, tileK: tile.k, swizzle: swizzle)
    guard let matmul = try? TensorCoreMatmul<Machine, Element>(configuration) else { return [] }
    return [LibraryKernel(name: "\(matmul.entry)_\(Machine.name)") { try matmul.module() }]
  }
}
