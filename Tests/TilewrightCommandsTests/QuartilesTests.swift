// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

@testable import TilewrightCommands

@Suite struct QuartilesTests {
  @Test(arguments: [
    ([3.0], 3.0, 3.0, 3.0), ([4, 2], 2.5, 3, 3.5), ([5, 1, 4, 2, 3], 2, 3, 4),
    ([40, 10, 30, 20], 17.5, 25, 32.5),
  ])
  func `quartiles are between the numbers in proportion`(
    numbers: [Double], lower: Double, median: Double, upper: Double
  ) {
    let quartiles = Quartiles(of: numbers)
    #expect(quartiles.lower == lower)
    #expect(quartiles.median == median)
    #expect(quartiles.upper == upper)
  }
}
