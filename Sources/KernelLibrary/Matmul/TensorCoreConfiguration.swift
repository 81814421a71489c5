import KernelLanguage
import StructuredKernels
import TileLayout

/// What a tuner chooses of a matmul that multiplies tiles by the tensor cores.
public struct TensorCoreConfiguration: Hashable, Sendable {
  /// The rows of a tile of C: 64 or 128.
  public var tileM: Int

  /// The columns of a tile of C: a multiple of 16 up to 256.
  public var tileN: Int

  /// The extent of the tiles of A and B along k: a multiple of the swizzle's span.
  public var tileK: Int

  /// How the tiles of A and B are permuted in shared memory.
  public var swizzle: SwizzleMode

  /// The warpgroups that share the sums: 1, or 2 where tiles have 128 rows.
  public var warpgroups: Int

  /// The tiles of A, and of B, that shared memory holds: with more than one, tiles are fetched while
  /// others are multiplied.
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

  /// The sums of a tile of C.
  var shape: AccumulatorShape {
    AccumulatorShape(rows: tileM, columns: tileN, warpgroups: warpgroups)
  }
}

extension TensorCoreConfiguration: CustomStringConvertible {
  /// The configuration as entry names have it: `64x64x64_none`, `128x256x64_128B_warpgroups2_stages3`.
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
  /// The most registers that the sums may take of each thread.
  private static var accumulatorRegisterLimit: Int { 128 }

  /// The most shared memory that a block may have, less what barriers take, in bytes.
  private static var tileByteLimit: Int { 232_448 - 1024 }

  /// Checks the rules, which are the same on both architectures.
  ///
  /// - Parameters:
  ///   - elementByteCount: The bytes of an element.
  ///   - stagesOutput: Whether a tile of C lies in shared memory as well.
  /// - Throws: The first rule that is broken.
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
    let rowByteCount = (tileM + tileN) * elementByteCount * stages
    let byteCount = rowByteCount * tileK + outputByteCount
    let limit = Self.tileByteLimit
    guard byteCount <= limit else {
      let depth = (limit - outputByteCount) / rowByteCount / depthStep * depthStep
      throw .sharedMemoryExceeded(
        byteCount: byteCount, limit: limit, nearestTileDepth: depth > 0 ? depth : nil)
    }
  }

  /// Returns the positive multiple of a step that is nearest to a value.
  private func nearestMultiple(of step: Int, to value: Int) -> Int {
    max(1, (max(value, 0) + step / 2) / step) * step
  }
}

/// Returns a tile of a configuration that has been checked.
func makeTile<Element: TensorCoreElement>(
  _ name: String, rows: Int, columns: Int, swizzle: SwizzleMode, of type: Element.Type
) -> SharedTile<Element> {
  do {
    return try SharedTile(name, rows: rows, columns: columns, swizzle: swizzle)
  } catch {
    preconditionFailure("A legal configuration has legal tiles: \(error).")
  }
}
