// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import KernelLibrary
import MachineIR
import NumberFormats
import StructuredKernels
import Testing
import TileLayout

/// A kernel of the library whose text is tested.
struct LibraryKernel: Sendable, CustomTestStringConvertible {
  /// A unique name, also that of the snapshot.
  let name: String

  /// Returns the module.
  let module: @Sendable () throws -> Module

  /// The name in test reports.
  var testDescription: String { name }

  /// Every kernel of the library, and the tensor-core kernels in further configurations.
  static var all: [LibraryKernel] {
    plain + fills + tensorCore + tensorStore + structured + blockScaled
  }

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

  /// Returns the kernel of a configuration as a list of one; empty if the configuration is illegal.
  private static func family<Machine: HasTileOp, Element: TensorCoreElement>(
    _ machine: Machine.Type, _ element: Element.Type, _ tile: (m: Int, n: Int, k: Int),
    _ swizzle: SwizzleMode
  ) -> [LibraryKernel] {
    let configuration = TensorCoreConfiguration(
      tileM: tile.m, tileN: tile.n, tileK: tile.k, swizzle: swizzle)
    guard let matmul = try? TensorCoreMatmul<Machine, Element>(configuration) else { return [] }
    return [LibraryKernel(name: "\(matmul.entry)_\(Machine.name)") { try matmul.module() }]
  }

  /// The kernels that store by tensor copies.
  private static var tensorStore: [LibraryKernel] {
    StoreCase.all.flatMap { test in
      stored(Hopper.self, BFloat16.self, test) + stored(Blackwell.self, BFloat16.self, test)
    } + stored(Hopper.self, HalfFloat.self, StoreCase.all[0])
      + stored(Blackwell.self, HalfFloat.self, StoreCase.all[0])
  }

  /// Returns the kernel of a configuration as a list of one; empty if the configuration is illegal.
  private static func stored<Machine: HasTileOp, Element: TensorCoreElement>(
    _ machine: Machine.Type, _ element: Element.Type, _ test: StoreCase
  ) -> [LibraryKernel] {
    guard let matmul = try? TensorStoreMatmul<Machine, Element>(test.configuration) else {
      return []
    }
    return [LibraryKernel(name: "\(matmul.entry)_\(Machine.name)") { try matmul.module() }]
  }
}

/// A configuration of the kernel that stores by tensor copies.
struct StoreCase: Sendable, CustomTestStringConvertible {
  /// The configuration.
  let configuration: TensorCoreConfiguration

  /// Creates a case.
  init(
    _ m: Int, _ n: Int, _ k: Int = 64, _ swizzle: SwizzleMode = .bytes128, warpgroups: Int = 1,
    stages: Int = 1
  ) {
    configuration = TensorCoreConfiguration(
      tileM: m, tileN: n, tileK: k, swizzle: swizzle, warpgroups: warpgroups, stages: stages)
  }

  var testDescription: String { configuration.description }

  /// The default configurations, and others: each width of C's boxes, each way to divide the
  /// accumulators, and rings of stages.
  static let all = [
    StoreCase(64, 64), StoreCase(128, 128),
    StoreCase(128, 256, warpgroups: 2, stages: 3),
    StoreCase(128, 128, warpgroups: 2), StoreCase(128, 256, warpgroups: 2),
    StoreCase(64, 208, 32, .bytes64), StoreCase(64, 96, 16, .none, stages: 2),
    StoreCase(128, 64, 128, warpgroups: 2, stages: 4),
  ]
}

extension LibraryKernel {
  /// The production kernels, in default configurations and with an epilogue.
  fileprivate static var structured: [LibraryKernel] {
    production(Hopper.self, BFloat16.self, Identity.self)
      + production(Blackwell.self, BFloat16.self, Identity.self)
      + production(Hopper.self, HalfFloat.self, Identity.self)
      + production(Blackwell.self, HalfFloat.self, Identity.self)
      + production(Hopper.self, Float.self, Activated<ColumnBiased<Scaled<Identity>>, GELU>.self)
      + production(Blackwell.self, Float.self, MatrixAdded<Scaled<Identity>, BFloat16>.self)
      + production(
        Hopper.self, BFloat16.self, Identity.self,
        StructuredConfiguration(tileN: 128, stageCount: 6, clusterM: 1))
      + production(
        Hopper.self, BFloat16.self, Identity.self,
        StructuredConfiguration(order: .hilbert, defersStores: true))
      + production(
        Hopper.self, BFloat16.self, Identity.self,
        StructuredConfiguration(tileM: 256, tileN: 192, stageCount: 3, scheduler: .splitK))
      + production(
        Blackwell.self, BFloat16.self, Identity.self,
        StructuredConfiguration(clusterM: 1, scheduler: .splitK))
      + production(
        Blackwell.self, BFloat16.self, Identity.self,
        StructuredConfiguration(tileN: 128, order: .hilbert, scheduler: .singleTile))
      + production(
        Blackwell.self, BFloat16.self, Identity.self, StructuredConfiguration())
      + production(
        Blackwell.self, BFloat16.self, Identity.self,
        StructuredConfiguration(clusterM: 4, ctasPerMMA: 2))
  }

  /// Returns a production kernel that multiplies bf16 as a list of one; empty if it is illegal.
  private static func production<Machine: StructuredMachine, Output: StoredElement, Post: Epilogue>(
    _ machine: Machine.Type, _ output: Output.Type, _ post: Post.Type,
    _ configuration: StructuredConfiguration = Machine.defaultConfiguration
  ) -> [LibraryKernel] {
    guard
      let matmul = try? StructuredMatmul<Machine, BFloat16, Output, Post>(configuration)
    else { return [] }
    return [LibraryKernel(name: "\(matmul.entry)_\(Machine.name)") { try matmul.module() }]
  }
}

extension LibraryKernel {
  /// The kernels with block scales, in default configurations and with other types and tiles.
  fileprivate static var blockScaled: [LibraryKernel] {
    scaled(Float8E4M3.self, BFloat16.self, Identity.self)
      + scaled(Float8E5M2.self, Float.self, Scaled<Identity>.self)
      + scaled(
        Float8E4M3.self, Float.self, Identity.self,
        StructuredConfiguration(tileK: 128, clusterM: 1))
  }

  /// Returns a kernel with block scales as a list of one; empty if it is illegal.
  private static func scaled<Element: BlockScaledElement, Output: StoredElement, Post: Epilogue>(
    _ element: Element.Type, _ output: Output.Type, _ post: Post.Type,
    _ configuration: StructuredConfiguration = BlockScaledMatmul<Element, Output, Post>
      .defaultConfiguration
  ) -> [LibraryKernel] {
    guard let matmul = try? BlockScaledMatmul<Element, Output, Post>(configuration) else {
      return []
    }
    return [LibraryKernel(name: matmul.entry) { try matmul.module() }]
  }
}
