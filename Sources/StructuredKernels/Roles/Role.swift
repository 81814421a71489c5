import KernelLanguage

/// Some warps of a block with one job.
///
/// A role's body is recorded once the thread counts of all roles are known. So it is escaping, and
/// no stage of a pipeline crosses into it: each role takes its own.
public struct Role: Sendable {
  /// What reports call the role.
  public let name: String

  /// The number of warps.
  public let warpCount: Int

  /// The registers that each thread of the role has, or nil for as many as at the launch.
  public let registerCount: Int?

  /// What the warps do.
  let body: @Sendable (RoleWarps) -> Void

  /// Creates a role.
  ///
  /// - Parameters:
  ///   - name: What reports call it.
  ///   - warps: The number of warps; a multiple of 4 where `registers` is given.
  ///   - registers: The registers of each thread, a multiple of 8 from 24 to 256; nil for as many as
  ///     the kernel was launched with.
  ///   - body: What the warps do; all of them come here together.
  public init(
    _ name: String, warps: Int, registers: Int? = nil,
    _ body: @escaping @Sendable (RoleWarps) -> Void
  ) {
    self.name = name
    warpCount = warps
    registerCount = registers
    self.body = body
  }

  /// Creates a role that does not ask which of its warps it is in.
  public init(
    _ name: String, warps: Int, registers: Int? = nil, _ body: @escaping @Sendable () -> Void
  ) {
    self.init(name, warps: warps, registers: registers) { _ in body() }
  }
}

/// The warps of a role, as its body sees them.
public struct RoleWarps: Sendable {
  /// The warp's place in the role, the same in all its lanes.
  public let warpIndex: DeviceValue<UInt32>

  /// The number of warps.
  public let warpCount: Int

  /// What reports call the role.
  let name: String

  /// The role's number among those of the block, from 1.
  let number: Int

  /// The threads of the role.
  public var threadCount: Int { warpCount * 32 }

  /// The place of the warp's group of four in the role.
  public var warpgroupIndex: DeviceValue<UInt32> { warpIndex / 4 }

  /// The warp's place in its group of four.
  public var warpIndexInWarpgroup: DeviceValue<UInt32> { warpIndex % 4 }
}

extension RoleWarps {
  /// Declares the role's named barrier: all its threads take part, and it has the role's number among those of the
  /// block, from 1.
  ///
  /// A role has one; whoever needs it twice keeps it. Kernels that declare further barriers give them greater
  /// numbers.
  ///
  /// - Parameter k: The kernel.
  /// - Returns: The barrier, for `synchronize` and `arrive`.
  public func barrier<Machine: Architecture>(_ k: KernelContext<Machine>) -> NamedBarrier {
    k.namedBarrier(name, index: number, threads: threadCount)
  }
}

/// Makes a list of roles of a closure's lines.
@resultBuilder
public enum RoleListBuilder {
  /// Returns a role as a list.
  public static func buildExpression(_ role: Role) -> [Role] { [role] }

  /// Returns roles that come as a list.
  public static func buildExpression(_ roles: [Role]) -> [Role] { roles }

  /// Returns the roles in order.
  public static func buildBlock(_ roles: [Role]...) -> [Role] { roles.flatMap(\.self) }
}
