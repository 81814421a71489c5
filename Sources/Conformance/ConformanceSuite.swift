// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// All programs, by family.
public enum ConformanceSuite {
  /// Cases that are generated together.
  private struct Group: Sendable {
    /// Their families.
    var families: Set<ConformanceFamily>
    /// Generates them.
    var make: @Sendable () -> [ConformanceProgram]
  }

  /// All cases.
  ///
  /// Generating the operands of all cases takes seconds, so only requested ones are generated.
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

  /// Returns the programs of the given families, or all programs if none is given.
  public static func programs(
    of families: Set<ConformanceFamily> = Set(ConformanceFamily.allCases)
  ) -> [ConformanceProgram] {
    groups.filter { !$0.families.isDisjoint(with: families) }.flatMap { group in
      let programs = group.make()
      require(
        programs.allSatisfy { group.families.contains($0.family) },
        "A group does not list the family of one of its programs.")
      return programs.filter { families.contains($0.family) }
    }
  }
}
