// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import TileLayout

/// A type in which accumulators can be stored.
public protocol StoredElement: BufferElement {
  /// The name of the type in entry names.
  static var storedName: String { get }

  /// The unit that a thread stores: two rounded neighbours, or one accumulator.
  associatedtype Word: DeviceElement

  /// Converts four pairs of a lane, two rows of each of two groups of 8 columns, to words.
  static func words<Machine: HasTMA>(
    of pairs: [AccumulatorPair], _ k: KernelContext<Machine>
  ) -> [DeviceValue<Word>]

  /// Records the stores of a box of 16 rows by one warp.
  ///
  /// - `lane`: The addresses to which the lane writes.
  /// - `boxOffset`: The offset in bytes from the warp's first box to this one.
  /// - `words`: Returns the words of the 16 columns with a given index.
  static func write<Machine: HasTMA>(
    at lane: LaneAddressing, boxOffset: Int, _ k: KernelContext<Machine>,
    _ words: (_ number: Int) -> [DeviceValue<Word>])
}

extension StoredElement where Self: PairedElement {
  /// The type's name.
  public static var storedName: String { "\(arithmeticType)" }

  /// Rounds the pairs to 16 bits.
  public static func words<Machine: HasTMA>(
    of pairs: [AccumulatorPair], _ k: KernelContext<Machine>
  ) -> [DeviceValue<UInt32>] {
    pairs.map { k.packed($0.left, $0.right, as: Self.self) }
  }

  /// Stores four 8 × 8 matrices at a time.
  public static func write<Machine: HasTMA>(
    at lane: LaneAddressing, boxOffset: Int, _ k: KernelContext<Machine>,
    _ words: (_ number: Int) -> [DeviceValue<UInt32>]
  ) {
    let start = lane.rowAddress + boxOffset
    for number in 0..<4 {
      k.stmatrix(words(number), to: SharedAddress(start + (lane.chunk ^ (number * 32))))
    }
  }
}

extension BFloat16: StoredElement {}

extension HalfFloat: StoredElement {}

extension Float: StoredElement {
  /// `f32`.
  public static var storedName: String { "f32" }

  /// Returns the accumulators unchanged.
  public static func words<Machine: HasTMA>(
    of pairs: [AccumulatorPair], _ k: KernelContext<Machine>
  ) -> [DeviceValue<Float>] {
    pairs.flatMap { [$0.left, $0.right] }
  }

  /// Stores two neighbours at a time.
  public static func write<Machine: HasTMA>(
    at lane: LaneAddressing, boxOffset: Int, _ k: KernelContext<Machine>,
    _ words: (_ number: Int) -> [DeviceValue<Float>]
  ) {
    for number in 0..<2 {
      let sums = words(number)
      for index in 0..<4 {
        // 8 columns of f32 are two chunks; the row 8 below has the same swizzle.
        let address = lane.rowAddress + (lane.chunk ^ ((2 * number + index / 2) * 32))
        let pointer = DevicePointer<Float, Shared>(
          SharedAddress(address).advanced(byByteCount: boxOffset + index % 2 * 8 * 128))
        pointer.storeVector([sums[2 * index], sums[2 * index + 1]])
      }
    }
  }
}
