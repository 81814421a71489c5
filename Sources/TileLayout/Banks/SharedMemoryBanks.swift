// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// The banks of shared memory: the bank of each byte, and the conflicts of an access.
///
/// In each cycle a bank delivers one word of 4 bytes, to every lane that reads this word.
///
/// - SeeAlso: CUDA C++ Programming Guide, "Shared Memory", of compute capability 5.0 and later.
public enum SharedMemoryBanks {
  /// The number of banks.
  public static let count = 32

  /// The bytes of a word of a bank.
  public static let wordByteCount = 4

  /// The bytes that all banks deliver together: a line.
  public static let lineByteCount = count * wordByteCount

  /// Returns the bank that holds a byte.
  public static func bank(ofByteAt address: Int) -> Int { address / wordByteCount % count }

  /// Returns the banks that hold a chunk of 16 bytes.
  ///
  /// - Parameter address: The chunk's address, a multiple of 16.
  /// - Returns: Four neighbouring banks.
  public static func banks(ofChunkAt address: Int) -> ClosedRange<Int> {
    require(address % 16 == 0, "A chunk must begin at a multiple of 16 bytes, not at \(address).")
    let first = bank(ofByteAt: address)
    return first...first + 3
  }

  /// Returns the number of words that the busiest bank delivers when ranges of shared memory are
  /// moved together.
  ///
  /// The hardware moves together the words of 32 lanes with up to 4 bytes each, of 16 lanes with 8
  /// bytes, of 8 lanes with 16 bytes, and the 8 rows of one matrix of `ldmatrix` and `stmatrix`.
  ///
  /// - Parameter ranges: The bytes of each lane or row.
  /// - Returns: The degree N of the N-way conflict: 1 without a conflict, 0 if nothing is moved.
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
