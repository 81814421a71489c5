// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

/// Consecutive warps of a block with one job.
///
/// A role's body is recorded when the thread counts of all roles are known. So the closure escapes,
/// and no stage of a pipeline can be captured: each role acquires its own.
public struct Role: Sendable {
  /// The name of the role in reports.
  public let name: String

  /// The number of warps.
  public let warpCount: Int

  /// The number of registers of each thread of the role; nil for the number at launch.
  public let registerCount: Int?

  /// Records the work of the warps.
  let body: @Sendable (RoleWarps) -> Void

  /// Creates a role.
  ///
  /// - Parameters:
  ///   - name: The name in reports.
  ///   - warps: The number of warps; a multiple of 4 where `registers` is given.
  ///   - registers: The registers of each thread, a multiple of 8 from 24 to 256; nil for the
  ///     number at launch.
  ///   - body: Records the work of the warps; all warps of the role execute it.
  public init(
    _ name: String, warps: Int, registers: Int? = nil,
    _ body: @escaping @Sendable (RoleWarps) -> Void
  ) {
    self.name = name
    warpCount = warps
    registerCount = registers
    self.body = body
  }

  /// Creates a role whose warps all do the same.
  public init(
    _ name: String, warps: Int, registers: Int? = nil, _ body: @escaping @Sendable () -> Void
  ) {
    self.init(name, warps: warps, registers: registers) { _ in body() }
  }
}

/// The warps of a role, as its body sees them.
public struct RoleWarps: Sendable {
  /// The index of the warp in the role, uniform in its lanes.
  public let warpIndex: DeviceValue<UInt32>

  /// The number of warps.
  public let warpCount: Int

  /// The name of the role in reports.
  let name: String

  /// The number of the role in the block, from 1.
  let number: Int

  /// The number of threads of the role.
  public var threadCount: Int { warpCount * 32 }

  /// The index of the warp's warpgroup in the role.
  public var warpgroupIndex: DeviceValue<UInt32> { warpIndex / 4 }

  /// The index of the warp in its warpgroup.
  public var warpIndexInWarpgroup: DeviceValue<UInt32> { warpIndex % 4 }
}

extension RoleWarps {
  /// Declares the role's named barrier, in which all its threads take part.
  ///
  /// Its index is the role's number.
  ///
  /// A role has one; call this once and keep the result. A kernel's other named barriers have
  /// higher indices.
  ///
  /// - Parameter k: The kernel.
  /// - Returns: The barrier, for `synchronize` and `arrive`.
  public func barrier<Machine: Architecture>(_ k: KernelContext<Machine>) -> NamedBarrier {
    k.namedBarrier(name, index: number, threads: threadCount)
  }
}

/// Builds the list of roles in a closure.
@resultBuilder
public enum RoleListBuilder {
  /// Returns a role as a list.
  public static func buildExpression(_ role: Role) -> [Role] { [role] }

  /// Returns a list of roles unchanged.
  public static func buildExpression(_ roles: [Role]) -> [Role] { roles }

  /// Returns the roles in order.
  public static func buildBlock(_ roles: [Role]...) -> [Role] { roles.flatMap(\.self) }
}
