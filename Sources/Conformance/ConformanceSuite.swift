import NumberFormats

/// All programs, by family.
public enum ConformanceSuite {
  /// Cases that are made together.
  private struct Group: Sendable {
    /// Their families.
    var families: Set<ConformanceFamily>
    /// What makes them.
    var make: @Sendable () -> [ConformanceProgram]
  }

  /// All cases.
  ///
  /// Making the operands of all takes seconds, and so those that nobody asks for are not made.
  private static let groups: [Group] = [
    Group(families: [.integer]) { IntegerCases.programs },
    Group(families: [.float, .halves]) { FloatCases.programs },
    Group(families: [.conversion]) { ConversionCases.programs },
    Group(families: [.divergence, .shuffle]) { WarpCases.programs },
    Group(families: [.memory, .matrixAccess]) { MemoryCases.programs },
    Group(families: [.barrier, .cluster]) { BarrierCases.programs },
    Group(families: [.wgmma]) { WgmmaCases.programs },
    Group(families: [.tensorCopy, .cluster]) { TensorCopyCases.programs },
    Group(families: [.bulkCopy]) { BulkCopyCases.programs },
    Group(families: [.memory, .cluster]) { AtomicCases.programs },
    Group(families: [.stop]) { StopCases.programs },
  ]

  /// Returns the programs of the families, all of them where none is named.
  public static func programs(
    of families: Set<ConformanceFamily> = Set(ConformanceFamily.allCases)
  ) -> [ConformanceProgram] {
    groups.filter { !$0.families.isDisjoint(with: families) }.flatMap { group in
      let programs = group.make()
      require(
        programs.allSatisfy { group.families.contains($0.family) },
        "A program belongs to a family that its group does not name.")
      return programs.filter { families.contains($0.family) }
    }
  }
}
