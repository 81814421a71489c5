import KernelLanguage

extension KernelContext where Machine: HasTMA {
  /// Gives the warps of a block their roles, in order, and with them the block its threads.
  ///
  /// The kernel leaves its threads open, or declares as many as the roles have. All threads of the
  /// block come here together; behind the roles the kernel ends.
  ///
  /// - Precondition: The roles break no rule of `RoleError`.
  public func roles(
    file: String = #fileID, line: Int = #line, @RoleListBuilder _ roles: () -> [Role]
  ) {
    let plan: RolePlan
    do {
      plan = try RolePlan(roles())
    } catch {
      preconditionFailure("The roles are impossible. \(error)")
    }
    inlined(at: file, line) {
      declareThreads(plan.threadCount, movesRegisters: plan.movesRegisters)
      // The same in all lanes, and known to be: what follows is control flow of whole warps.
      let warp = shuffle(warpIndex, .index, 0)
      for (role, firstWarp) in plan.placements {
        declareRole(role.name, firstWarp: firstWarp, warpCount: role.warpCount)
      }
      record(plan.placements[...], warp, plan)
    }
  }

  /// Records the first role for its warps, and the others for the rest.
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
