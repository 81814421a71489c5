import NumberFormats

/// The banks of shared memory: which of them a byte lies in, and how often they must be asked.
///
/// A bank gives one word of 4 bytes in a cycle, to as many lanes as want that word.
///
/// - SeeAlso: CUDA C++ Programming Guide, "Shared Memory", of compute capability 5.0 and later.
public enum SharedMemoryBanks {
  /// The number of banks.
  public static let count = 32

  /// The bytes of a bank's words.
  public static let wordByteCount = 4

  /// The bytes that all banks give together: a line.
  public static let lineByteCount = count * wordByteCount

  /// Returns the bank that a byte lies in.
  public static func bank(ofByteAt address: Int) -> Int { address / wordByteCount % count }

  /// Returns the banks that a chunk of 16 bytes lies in.
  ///
  /// - Parameter address: The chunk's address, a multiple of 16.
  /// - Returns: Four neighbouring banks.
  public static func banks(ofChunkAt address: Int) -> ClosedRange<Int> {
    require(address % 16 == 0, "A chunk begins at a multiple of 16 bytes, not at \(address).")
    let first = bank(ofByteAt: address)
    return first...first + 3
  }

  /// Returns how often the busiest bank is asked when parts of shared memory are moved together.
  ///
  /// Together move the words of 32 lanes where each lane has up to 4 bytes, of 16 lanes with 8
  /// bytes, of 8 lanes with 16 bytes, and the 8 rows of one matrix of `ldmatrix` and `stmatrix`.
  ///
  /// - Parameter ranges: The bytes of each lane or row.
  /// - Returns: The ways of the conflict: 1 where there is none, 0 where nothing is moved.
  public static func ways(moving ranges: [Range<Int>]) -> Int {
    var words: [Set<Int>] = Array(repeating: [], count: count)
    for range in ranges {
      for byte in range {
        words[bank(ofByteAt: byte)].insert(byte / wordByteCount)
      }
    }
    return words.map(\.count).max() ?? 0
  }
}
