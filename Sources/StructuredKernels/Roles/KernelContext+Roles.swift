// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage

extension KernelContext where Machine: HasTMA {
  /// Assigns the warps of a block to roles, in order; the block has the threads of all roles
  /// together.
  ///
  /// The kernel declares no block, or one with the threads of all roles. All threads of the block
  /// call this together, and the kernel ends after the roles.
  ///
  /// - Precondition: The roles break no rule of `RoleError`.
  public func roles(
    file: String = #fileID, line: Int = #line, @RoleListBuilder _ roles: () -> [Role]
  ) {
    let plan: RolePlan
    do {
      plan = try RolePlan(roles())
    } catch {
      let text = error.description
      return findings(at: file, line).reject(
        text.prefix(1).lowercased() + text.dropFirst().dropLast())
    }
    inlined(at: file, line) {
      declareThreads(plan.threadCount, movesRegisters: plan.movesRegisters)
      // Uniform, and known to be: control flow on it is control flow of whole warps.
      let warp = shuffle(warpIndex, .index, 0)
      for (role, firstWarp) in plan.placements {
        declareRole(role.name, firstWarp: firstWarp, warpCount: role.warpCount)
      }
      record(plan.placements[...], warp, plan)
    }
  }

  /// Records the first role for its warps, and the remaining roles for the remaining warps.
  private func record(
    _ placements: ArraySlice<(role: Role, firstWarp: Int)>, _ warp: DeviceValue<UInt32>,
    _ plan: RolePlan
  ) {
    guard let (role, firstWarp) = placements.first else { return }
    let rest = placements.dropFirst()
    guard !rest.isEmpty else { return record(role, firstWarp, warp, plan) }
    self.if(warp < firstWarp + role.warpCount) {
      record(role, firstWarp, warp, plan)
    } else: {
      record(rest, warp, plan)
    }
  }

  /// Records a role.
  private func record(
    _ role: Role, _ firstWarp: Int, _ warp: DeviceValue<UInt32>, _ plan: RolePlan
  ) {
    if let count = role.registerCount {
      if count < plan.launchRegisterCount {
        setmaxnreg(.decrease, count)
      } else if count > plan.launchRegisterCount {
        setmaxnreg(.increase, count)
      }
    }
    let number = plan.placements.count { $0.firstWarp <= firstWarp }
    role.body(
      RoleWarps(
        warpIndex: warp - firstWarp, warpCount: role.warpCount, name: role.name, number: number))
  }
}
