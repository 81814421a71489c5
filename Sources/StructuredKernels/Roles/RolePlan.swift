// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The assignment of a block's warps and registers to its roles.
struct RolePlan {
  /// The roles, with the first warp of each.
  let placements: [(role: Role, firstWarp: Int)]

  /// The number of threads of all roles.
  let threadCount: Int

  /// Whether warpgroups exchange registers by `setmaxnreg`.
  let movesRegisters: Bool

  /// Assigns consecutive warps to the roles.
  ///
  /// - Throws: A `RoleError` for the first rule that is broken.
  init(_ roles: [Role]) throws(RoleError) {
    var placements: [(role: Role, firstWarp: Int)] = []
    var warpCount = 0
    for role in roles {
      guard role.warpCount > 0 else { throw .noWarps(role: role.name) }
      guard role.warpCount <= 32 else { throw .warpCount(role.warpCount, limit: 32) }
      placements.append((role, warpCount))
      warpCount += role.warpCount
    }
    guard placements.count <= 15 else { throw .roleCount(placements.count, limit: 15) }
    self.placements = placements
    threadCount = warpCount * 32
    movesRegisters = roles.contains { $0.registerCount != nil }
    guard (1...32).contains(warpCount) else {
      throw .warpCount(warpCount, limit: 32)
    }
    if movesRegisters { try checkRegisters() }
  }

  /// The number of registers of each thread at launch, with one block on each multiprocessor.
  var launchRegisterCount: Int { min(256, RegisterUnit.perThread(threads: threadCount, blocks: 1)) }

  /// Checks the rules of `setmaxnreg`: whole warpgroups, legal counts, and a sum within the block's
  /// registers.
  private func checkRegisters() throws(RoleError) {
    var sum = 0
    for (role, firstWarp) in placements {
      guard role.warpCount % 4 == 0, firstWarp % 4 == 0 else {
        throw .partialWarpgroup(role: role.name, warps: role.warpCount)
      }
      let count = role.registerCount ?? launchRegisterCount
      guard (24...256).contains(count), count % 8 == 0 else {
        throw .registerCount(
          role: role.name, count: count, nearest: (min(256, max(24, count)) + 4) / 8 * 8)
      }
      sum += count * role.warpCount * 32
    }
    let available = launchRegisterCount * threadCount
    guard sum <= available else { throw .registersExceeded(sum: sum, available: available) }
  }
}

/// A rule that a kernel's roles break.
public enum RoleError: Error, Hashable, Sendable {
  /// A role has no warps.
  case noWarps(role: String)

  /// There are more roles than named barriers.
  case roleCount(Int, limit: Int)

  /// All roles together have no warps, or more than a block may have.
  case warpCount(Int, limit: Int)

  /// Warpgroups exchange registers, and a role does not consist of whole warpgroups.
  case partialWarpgroup(role: String, warps: Int)

  /// The registers of a thread are not a multiple of 8 from 24 to 256.
  case registerCount(role: String, count: Int, nearest: Int)

  /// The roles together have more registers than the block has at launch.
  case registersExceeded(sum: Int, available: Int)
}

extension RoleError: CustomStringConvertible {
  /// A sentence with the rule and the value.
  public var description: String {
    switch self {
    case .noWarps(let role): "The role '\(role)' must have at least one warp."
    case .roleCount(let count, let limit):
      "A block has named barriers for \(limit) roles, not for \(count)."
    case .warpCount(let count, let limit):
      "The roles of a block must have 1 to \(limit) warps in total, not \(count)."
    case .partialWarpgroup(let role, let warps):
      """
      Registers move between warpgroups of four warps, so every role must have a multiple of four \
      warps; '\(role)' has \(warps).
      """
    case .registerCount(let role, let count, let nearest):
      """
      The threads of a role must have a multiple of 8 registers from 24 to 256; '\(role)' has \
      \(count), and the nearest is \(nearest).
      """
    case .registersExceeded(let sum, let available):
      "The roles have \(sum) registers in total, of at most \(available)."
    }
  }
}
