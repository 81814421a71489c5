// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A rule that a configuration breaks.
public enum ConfigurationError: Error, Hashable, Sendable {
  /// The number of rows of an output tile is not one that the tensor cores support.
  case tileRows(Int, allowed: [Int], nearest: Int)

  /// The columns of an output tile are not a multiple of `multiple` up to `limit`.
  case tileColumns(Int, multiple: Int, limit: Int, nearest: Int)

  /// The extent of a tile along k is not a positive multiple of `multiple`, which the swizzle sets.
  case tileDepth(Int, multiple: Int, nearest: Int)

  /// The accumulators of an output tile need more of a thread's registers than are available.
  case accumulatorRegisters(count: Int, limit: Int, nearestTileColumns: Int)

  /// Output tiles of this number of rows cannot be divided among this number of warpgroups.
  case warpgroups(Int, tileRows: Int, nearest: Int)

  /// The number of stages is not positive.
  case stages(Int)

  /// The tiles and barriers need more shared memory than a block may have, in bytes.
  ///
  /// There is no nearest tile depth if none fits.
  case sharedMemoryExceeded(byteCount: Int, limit: Int, nearestTileDepth: Int?)

  /// The blocks side by side along N cannot each load the same multiple of 8 rows of A.
  case clusterColumns(Int, nearest: Int)

  /// The architecture does not support this division of tiles among warpgroups.
  case consumers(String, allowed: [String])

  /// A number is out of its range.
  case count(of: String, Int, range: ClosedRange<Int>, nearest: Int)

  /// The stages and store boxes need more shared memory than a block may have, in bytes.
  case stagesExceedSharedMemory(byteCount: Int, limit: Int, nearestStageCount: Int)

  /// CTA pairs multiply together, and the cluster does not consist of pairs.
  case clusterOfPairs(Int, nearest: Int)

  /// The stores of a tile cannot be deferred in this configuration.
  case deferredStores(reason: String)

  /// The accumulators of a tile and the deferred ones need more of a thread's registers than are
  /// available.
  case deferredRegisters(count: Int, limit: Int, nearestTileColumns: Int)

  /// The architecture does not support the scheduler.
  case scheduler(String, allowed: [String], nearest: String)
}

extension ConfigurationError: CustomStringConvertible {
  /// A sentence with the value, the rule and the nearest legal value.
  public var description: String {
    switch self {
    case .tileRows(let value, let allowed, let nearest):
      let numbers = allowed.map(String.init).joined(separator: " or ")
      return "A tile of C must have \(numbers) rows, not \(value); the nearest is \(nearest)."
    case .tileColumns(let value, let multiple, let limit, let nearest):
      return """
        The columns of a tile of C must be a multiple of \(multiple) up to \(limit), not \(value); \
        the nearest is \(nearest).
        """
    case .tileDepth(let value, let multiple, let nearest):
      return """
        With this swizzle, the extent of a tile along k must be a positive multiple of \
        \(multiple), not \(value); the nearest is \(nearest).
        """
    case .accumulatorRegisters(let count, let limit, let nearest):
      return """
        The accumulators of the tile need \(count) registers per thread, of at most \(limit); with \
        \(nearest) columns they fit.
        """
    case .warpgroups(let value, let tileRows, let nearest):
      return """
        A tile of \(tileRows) rows can be divided among at most \(tileRows / 64) warpgroups, not \
        \(value); the nearest is \(nearest).
        """
    case .stages(let value):
      return "Shared memory must hold at least one tile of A and of B, not \(value)."
    case .sharedMemoryExceeded(let byteCount, let limit, let nearest):
      let advice =
        nearest.map { "with an extent of \($0) along k they fit." } ?? "no extent along k fits."
      return "The tiles need \(byteCount) bytes of shared memory, of at most \(limit); \(advice)"
    case .clusterColumns(let value, let nearest):
      return """
        The blocks along N must divide the rows of A into equal multiples of 8, which \(value) \
        cannot; the nearest is \(nearest).
        """
    case .consumers(let value, let allowed):
      return """
        The consumers must be \(allowed.joined(separator: " or ")) here, not \(value).
        """
    case .count(let name, let value, let range, let nearest):
      return """
        The number of \(name) must be \(range.lowerBound) to \(range.upperBound), not \(value); \
        the nearest is \(nearest).
        """
    case .stagesExceedSharedMemory(let byteCount, let limit, let nearest):
      return """
        The stages and stores need \(byteCount) bytes of shared memory, of at most \(limit); \
        \(nearest) stages fit.
        """
    case .clusterOfPairs(let value, let nearest):
      return """
        With 2-CTA multiplications, a cluster must have an even number of blocks, not \(value); \
        the nearest is \(nearest).
        """
    case .deferredStores(let reason):
      return "The stores of this kernel cannot be deferred, since \(reason); 'false' is legal."
    case .deferredRegisters(let count, let limit, let nearest):
      return """
        The accumulators and those whose stores are deferred need \(count) registers per thread, \
        of at most \(limit); with \(nearest) columns they fit.
        """
    case .scheduler(let value, let allowed, let nearest):
      let names = allowed.map { "'\($0)'" }.joined(separator: " or ")
      return """
        The scheduler must be \(names) on this architecture, not '\(value)'; the nearest is \
        '\(nearest)'.
        """
    }
  }
}
