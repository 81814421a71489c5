/// All programs, by family.
public enum ConformanceSuite {
  /// Returns the programs of the families, all of them where none is named.
  public static func programs(
    of families: Set<ConformanceFamily> = Set(ConformanceFamily.allCases)
  ) -> [ConformanceProgram] {
    let all =
      IntegerCases.programs + FloatCases.programs + ConversionCases.programs + WarpCases.programs
      + MemoryCases.programs + BarrierCases.programs + WgmmaCases.programs
      + TensorCopyCases.programs
    return all.filter { families.contains($0.family) }
  }
}
