// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import StructuredKernels
import TileLayout

extension StructuredConfiguration {
  /// Checks the rules of a block-scaled product.
  func checkBlockScaled(
    outputByteCount: Int, readingMatrix: Bool
  ) throws(ConfigurationError) {
    let rules = Blackwell.structuredRules(for: self, readingMatrix: readingMatrix)
    try check(rules, elementByteCount: 1, outputByteCount: outputByteCount)
    guard scheduler != .splitK else {
      let allowed = SchedulerKind.allCases.filter { $0 != .splitK }.map(\.rawValue)
      throw .scheduler(
        scheduler.rawValue, allowed: allowed, nearest: SchedulerKind.persistent.rawValue)
    }
    for (name, value) in [
      ("CTAs per MMA", ctasPerMMA),
      ("blocks of a cluster along N", clusterN),
    ] where value != 1 {
      throw .count(of: name, value, range: 1...1, nearest: 1)
    }
    let step = ScaleFactorLayout.blockRowCount
    guard tileN % step == 0 else {
      throw .tileColumns(
        tileN, multiple: step, limit: 256, nearest: max(1, (tileN + step / 2) / step) * step)
    }
    guard tileK == 128 else {
      throw .count(
        of: "elements of a stage along k", tileK, range: 128...128, nearest: 128)
    }
    let blockCount = (tileM + tileN) / ScaleFactorLayout.blockRowCount
    let stageByteCount =
      (tileM + tileN) * tileK + blockCount * ScaleFactorLayout.blockByteCount
    try checkSharedMemory(stageByteCount: stageByteCount, rules)
  }
}
