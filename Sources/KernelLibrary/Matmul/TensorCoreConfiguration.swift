// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import NumberFormats
import StructuredKernels
import TileLayout

/// The tunable parameters of a matmul with one output tile for each block on the tensor cores.
public struct TensorCoreConfiguration: Hashable, Sendable {
  /// The number of rows of a tile of C: 64 or 128.
  public var tileM: Int

  /// The number of columns of a tile of C: a multiple of 16 up to 256.
  public var tileN: Int

  /// The extent of the tiles of A and B along k: a multiple of the swizzle span.
  public var tileK: Int

  /// The swizzle of the tiles of A and B in shared memory.
  public var swizzle: SwizzleMode

  /// The number of warpgroups that hold the accumulators: 1, or 2 if tiles have 128 rows.
  public var warpgroups: Int

  /// The number of stages, each a tile of A and a tile of B: with more than one, tiles are loaded
  /// while others are multiplied.
  public var stages: Int

  /// Creates a configuration; without arguments, that of step 2.
  public init(
    tileM: Int = 64, tileN: Int = 64, tileK: Int = 64, swizzle: SwizzleMode = .none,
    warpgroups: Int = 1, stages: Int = 1
  ) {
    self.tileM = tileM
    self.tileN = tileN
    self.tileK = tileK
    self.swizzle = swizzle
    self.warpgroups = warpgroups
    self.stages = stages
  }

  /// The shape of the accumulators.
  var shape: AccumulatorShape {
    AccumulatorShape(rows: tileM, columns: tileN, warpgroups: warpgroups)
  }
}

extension TensorCoreConfiguration: CustomStringConvertible {
  /// The configuration in the form used in entry names: `64x64x64_none`,
  /// `128x256x64_128B_warpgroups2_stages3`.
  public var description: String {
    let tiles = "\(tileM)x\(tileN)x\(tileK)_\(swizzle.rawValue)"
    let sharing = warpgroups == 1 ? "" : "_warpgroups\(warpgroups)"
    return tiles + sharing + (stages == 1 ? "" : "_stages\(stages)")
  }

  /// The configuration in words: `64x64x64, no swizzle`.
  var summary: String {
    let tiles = "\(tileM)x\(tileN)x\(tileK), \(swizzle)"
    let sharing = warpgroups == 1 ? "" : ", \(warpgroups) warpgroups"
    return tiles + sharing + (stages == 1 ? "" : ", \(stages) stages")
  }
}

extension TensorCoreConfiguration {
  /// The largest number of registers of each thread for accumulators.
  private static var accumulatorRegisterLimit: Int { 128 }

  /// The largest amount of shared memory of a block, less a reserve for barriers, in bytes.
  private static var tileByteLimit: Int { SharedMemoryLayout.limit - 1024 }

  /// Checks the rules, which are the same on both architectures.
  ///
  /// - Parameters:
  ///   - elementByteCount: The number of bytes of an element.
  ///   - stagesOutput: Whether shared memory also holds a tile of C.
  /// - Throws: A `ConfigurationError` for the first rule that is broken.
  func check(elementByteCount: Int, stagesOutput: Bool) throws(ConfigurationError) {
    guard [64, 128].contains(tileM) else {
      throw .tileRows(tileM, allowed: [64, 128], nearest: tileM <= 96 ? 64 : 128)
    }
    guard warpgroups == 1 || (warpgroups == 2 && tileM == 128) else {
      throw .warpgroups(
        warpgroups, tileRows: tileM, nearest: min(max(warpgroups, 1), tileM / 64))
    }
    let columnStep = 16 * warpgroups
    guard tileN % columnStep == 0, (columnStep...256).contains(tileN) else {
      throw .tileColumns(
        tileN, multiple: columnStep, limit: 256,
        nearest: min(256, nearestMultiple(of: columnStep, to: tileN)))
    }
    let depthStep = max(swizzle.spanByteCount, CanonicalLayout.stepByteCount) / elementByteCount
    guard tileK % depthStep == 0, tileK > 0 else {
      throw .tileDepth(
        tileK, multiple: depthStep, nearest: nearestMultiple(of: depthStep, to: tileK))
    }
    let registers = shape.accumulatorsPerThread
    let registerLimit = Self.accumulatorRegisterLimit
    guard registers <= registerLimit else {
      throw .accumulatorRegisters(
        count: registers, limit: registerLimit,
        nearestTileColumns: registerLimit * shape.threadCount / tileM)
    }
    guard stages > 0 else { throw .stages(stages) }
    try checkSharedMemory(
      elementByteCount, depthStep,
      outputByteCount: stagesOutput ? tileM * tileN * elementByteCount : 0)
  }

  /// Checks that the tiles fit into shared memory.
  private func checkSharedMemory(
    _ elementByteCount: Int, _ depthStep: Int, outputByteCount: Int
  ) throws(ConfigurationError) {
    let rowByteCount = ((tileM + tileN) * elementByteCount).saturatingProduct(stages)
    let byteCount = rowByteCount.saturatingProduct(tileK).saturatingSum(outputByteCount)
    let limit = Self.tileByteLimit
    guard byteCount <= limit else {
      let depth = (limit - outputByteCount) / rowByteCount / depthStep * depthStep
      throw .sharedMemoryExceeded(
        byteCount: byteCount, limit: limit, nearestTileDepth: depth > 0 ? depth : nil)
    }
  }

  /// Returns the positive multiple of a step that is nearest to a value.
  private func nearestMultiple(of step: Int, to value: Int) -> Int {
    max(1, (min(max(value, 0), 1 << 32) + step / 2) / step) * step
  }
}

/// Returns a tile of a configuration that has been checked.
func makeTile<Element: TensorCoreElement>(
  _ name: String, rows: Int, columns: Int, swizzle: SwizzleMode, of type: Element.Type
) -> SharedTile<Element> {
  do {
    return try SharedTile(name, rows: rows, columns: columns, swizzle: swizzle)
  } catch {
    fatalError("A legal configuration has legal tiles: \(error).")
  }
}
