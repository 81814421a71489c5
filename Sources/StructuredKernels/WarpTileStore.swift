import KernelLanguage
import TileLayout

/// Rounds a warpgroup's sums to 16 bits and stores them by tensor copies, each warp its own 16 rows.
///
/// A warp packs 16 × 64 sums by `stmatrix` into a swizzled box of shared memory and has its elected lane copy the box to
/// the matrix. The boxes of a warp form a ring: while copies read some, the next is filled. No warp waits for
/// another.
public struct WarpTileStore<Element: PairedElement>: Sendable {
  /// The kernel.
  private let k: KernelContext<Hopper>

  /// The matrix.
  private let map: DeviceTensorMap<Element>

  /// The boxes of all warps: each warp's lie one behind the other.
  private let boxes: PlacedTile<Element>

  /// The boxes of a warp.
  private let boxCount: Int

  /// Where the lane's row of the first box begins, and its 16-byte chunk before the swizzle of later pairs.
  private let rowAddress: DeviceValue<UInt32>

  /// The lane's 16-byte chunk of its row, swizzled, as a distance in bytes.
  private let chunk: DeviceValue<UInt32>

  /// The address of the warp's first box.
  private let firstBox: SharedAddress

  /// Whether the lane issues the warp's copies.
  private let isElected: Predicate

  /// Returns the tile to declare for warps that have `boxCount` boxes each.
  public static func boxes(
    _ name: String, warps: Int, boxCount: Int
  ) throws(CanonicalLayoutError) -> SharedTile<Element> {
    try SharedTile(name, rows: 16, columns: 64, swizzle: .bytes128, stages: warps * boxCount)
  }

  /// Prepares the stores of a warp; all its lanes come here together.
  ///
  /// - `map`: C, [m, n].
  /// - `boxes`: The boxes of all warps.
  /// - `warp`: Which warp's boxes are this one's.
  /// - `warpCount`: The warps that share the boxes.
  public init(
    _ k: KernelContext<Hopper>, to map: DeviceTensorMap<Element>, through boxes: PlacedTile<Element>,
    warp: DeviceValue<UInt32>, warpCount: Int, file: String = #fileID, line: Int = #line
  ) {
    self.k = k
    self.map = map
    self.boxes = boxes
    boxCount = boxes.tile.stageCount / warpCount
    map.require(boxes.tile.tensorMapRequirement)
    let count = boxCount
    (firstBox, rowAddress, chunk, isElected) = k.part(calledAt: file, line) {
      let firstBox = boxes[warp * count].address
      // Lane 8i + r gives row r of matrix i: matrices 0 and 1 lie below one another, 2 and 3 beside them.
      let lane = k.laneIndex
      let row = lane % 16
      let chunk = lane / 16 ^ lane % 8
      return (firstBox, firstBox.value + row * 128, chunk * 16, k.electSync())
    }
  }

  /// Stores the sums of a tile.
  ///
  /// - `registers`: The sums, placed as `WarpgroupAccumulator` says.
  /// - `row`: The first of the warp's 16 rows in the matrix.
  /// - `column`: The first column in the matrix.
  public func store(
    _ registers: [Variable<Float>], row: DeviceValue<UInt32>, column: DeviceValue<UInt32>,
    file: String = #fileID, line: Int = #line
  ) {
    k.part(calledAt: file, line) {
      for box in 0..<registers.count / 32 {
        let place = box % boxCount
        k.if(isElected) { k.cpAsyncBulkWaitGroup(boxCount - 1, reading: true) }
        k.synchronizeWarp()
        fill(place, with: Array(registers[box * 32..<box * 32 + 32]))
        k.fenceProxyAsync(.sharedBlock)
        k.synchronizeWarp()
        let source = firstBox.advanced(byByteCount: place * boxes.tile.byteCount)
        k.if(isElected) {
          k.cpAsyncBulkTensor(from: source, to: map, [column + box * 64, row])
          k.cpAsyncBulkCommitGroup()
        }
      }
    }
  }

  /// Waits until all copies have read their boxes, so that the block may end.
  public func finish(file: String = #fileID, line: Int = #line) {
    k.part(calledAt: file, line) {
      k.if(isElected) { k.cpAsyncBulkWaitGroup(0, reading: true) }
    }
  }

  /// Packs 16 × 64 sums into a box.
  private func fill(_ place: Int, with registers: [Variable<Float>]) {
    let start = rowAddress + place * boxes.tile.byteCount
    for pair in 0..<4 {
      let values = (0..<4).map { index in
        let register = pair * 8 + index * 2
        return k.packed(
          registers[register].current, registers[register + 1].current, as: Element.self)
      }
      let address = start + (chunk ^ (pair * 32))
      k.stmatrix(values, to: SharedAddress(address))
    }
  }
}
