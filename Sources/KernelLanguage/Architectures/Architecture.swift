// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// A kind of GPU that kernels are written for, as a type.
///
/// The protocols that refine this one state the capabilities of a kind of GPU; `KernelContext` has
/// the methods that record an instruction only for architectures that support it.
public protocol Architecture: Sendable {
  /// The name as the tool's `--target` takes it.
  static var name: String { get }

  /// The number of the lowest target that a kernel for this architecture is assembled for.
  static var baseNumber: Int { get }
}

/// An architecture whose blocks can form clusters.
public protocol HasClusters: Architecture {}

/// An architecture with programmatic dependent launch: a grid can start before the preceding one
/// has ended.
public protocol HasDependentLaunch: Architecture {}

/// An architecture whose Tensor Memory Accelerator copies boxes, with barriers that count bytes.
public protocol HasTMA: Architecture {}

/// An architecture whose warpgroups multiply matrices by `wgmma`.
public protocol HasWGMMA: Architecture {}

/// An architecture that multiplies matrices by `tcgen05` and accumulates in Tensor Memory.
public protocol HasTensorMemory: Architecture {}

/// An architecture whose clusters can take over clusters that were not launched yet.
public protocol HasClusterLaunchControl: HasClusters {}

/// Every GPU since Ampere.
///
/// The target is the lowest, from `sm_80`, that has the instructions that a kernel uses.
public enum AnyArchitecture: Architecture {
  /// `any`.
  public static var name: String { "any" }
  /// 80.
  public static var baseNumber: Int { 80 }
}

/// Hopper: H100 and H200.
public enum Hopper: HasTMA, HasWGMMA, HasClusters, HasDependentLaunch {
  /// `hopper`.
  public static var name: String { "hopper" }
  /// 90.
  public static var baseNumber: Int { 90 }
}

/// Data-center Blackwell: B200.
public enum Blackwell: HasTMA, HasTensorMemory, HasClusterLaunchControl, HasClusters,
  HasDependentLaunch
{
  /// `blackwell`.
  public static var name: String { "blackwell" }
  /// 100.
  public static var baseNumber: Int { 100 }
}
