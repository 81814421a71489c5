// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import StructuredKernels
import TileLayout

/// All matmul kernels of the library in their default configurations, for the tool and the tests.
public struct MatmulCatalog: Sendable {
  /// A kernel, or a family that chooses one, for each element type.
  public struct Entry: Sendable {
    /// The name; nil for the kernel's own.
    var name: String?

    /// The family for products of bf16.
    public let bfloat16: any MatmulFamily<BFloat16>

    /// The family for products of f16.
    public let halfFloat: any MatmulFamily<HalfFloat>

    /// The description of the kernel.
    public var description: MatmulDescription {
      var description = bfloat16.description
      description.name = name ?? description.name
      return description
    }

    /// The types of A, B and C.
    public var elementTypes: [ElementType] { [.bf16, .f16] }
  }

  /// The entries in order of the steps, each for every target.
  public static var all: [Entry] {
    let naive = Entry(bfloat16: NaiveMatmul<BFloat16>(), halfFloat: NaiveMatmul<HalfFloat>())
    let loaded: [TensorCoreConfiguration] = [.init(), .init(swizzle: .bytes128)]
    let stored: [TensorCoreConfiguration] = [
      .init(swizzle: .bytes128), .init(tileM: 128, tileN: 128, swizzle: .bytes128),
      .init(tileM: 128, tileN: 256, swizzle: .bytes128, warpgroups: 2, stages: 3),
    ]
    return [naive]
      + loaded.flatMap { [tensorCore(Hopper.self, $0), tensorCore(Blackwell.self, $0)] }
      + stored.flatMap { [tensorStore(Hopper.self, $0), tensorStore(Blackwell.self, $0)] }
      + [structured(Hopper.self), structured(Blackwell.self)]
  }

  /// Returns the entry with a name that runs on a target.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - target: The target; kernels for any target run on each.
  /// - Returns: The entry, or nil if there is none.
  public static func entry(
    named name: String, for target: MatmulDescription.Target
  ) -> Entry? {
    all.first { entry in
      let isRunnable = entry.description.target == target || entry.description.target == .any
      return entry.description.name == name && isRunnable
    }
  }

  /// Returns the production kernel of an architecture in a configuration.
  ///
  /// - Parameters:
  ///   - machine: The architecture.
  ///   - configuration: The configuration.
  ///   - name: The name of the entry; nil for the kernel's own name.
  /// - Returns: The entry.
  /// - Throws: The first rule that the configuration breaks.
  public static func structured<Machine: StructuredMachine>(
    _ machine: Machine.Type, _ configuration: StructuredConfiguration, named name: String? = nil
  ) throws(ConfigurationError) -> Entry {
    Entry(
      name: name,
      bfloat16: try StructuredMatmul<Machine, BFloat16, BFloat16, Identity>(configuration),
      halfFloat: try StructuredMatmul<Machine, HalfFloat, HalfFloat, Identity>(configuration))
  }

  /// Returns the production kernel of an architecture, which chooses its configuration by the
  /// extents of the product.
  private static func structured<Machine: StructuredMachine>(_ machine: Machine.Type) -> Entry {
    Entry(
      bfloat16: ProductionMatmul<Machine, BFloat16>(),
      halfFloat: ProductionMatmul<Machine, HalfFloat>())
  }

  /// Returns the kernels of a configuration that store from registers.
  private static func tensorCore<Machine: HasTileOp>(
    _ machine: Machine.Type, _ configuration: TensorCoreConfiguration
  ) -> Entry {
    do {
      return Entry(
        bfloat16: try TensorCoreMatmul<Machine, BFloat16>(configuration),
        halfFloat: try TensorCoreMatmul<Machine, HalfFloat>(configuration))
    } catch {
      fatalError("The library's own configurations are legal: \(error)")
    }
  }

  /// Returns the kernels of a configuration that store by tensor copies.
  private static func tensorStore<Machine: HasTileOp>(
    _ machine: Machine.Type, _ configuration: TensorCoreConfiguration
  ) -> Entry {
    do {
      return Entry(
        bfloat16: try TensorStoreMatmul<Machine, BFloat16>(configuration),
        halfFloat: try TensorStoreMatmul<Machine, HalfFloat>(configuration))
    } catch {
      fatalError("The library's own configurations are legal: \(error)")
    }
  }
}
