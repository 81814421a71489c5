// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import TileLayout

/// Stores a warp's accumulators by TMA, 16 rows at a time, after an epilogue.
///
/// A warp writes 16 rows of 128 bytes into a swizzled box in shared memory, and its elected lane
/// copies the box to the matrix. The boxes of a warp form a ring: while TMA reads some, the next is
/// filled. No warp waits for another.
public struct AccumulatorStore<Machine: HasTMA, Output: StoredElement>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The tensor map of the matrix.
  private let map: DeviceTensorMap<Output>

  /// The boxes of all warps; each warp's boxes are consecutive.
  private let boxes: SharedTileRing<Output>

  /// The number of boxes of a warp.
  private let boxCount: Int

  /// The number of boxes that the warp stores for each output tile.
  private let boxesPerTile: Int

  /// The address of the warp's first box.
  private let firstBox: SharedAddress

  /// The addresses in a box to which the lane writes.
  private let lane: LaneAddressing

  /// Whether the lane issues the warp's copies.
  private let isElected: Predicate

  /// The number of columns of a box.
  public static var boxColumns: Int { 128 / Output.elementType.byteCount }

  /// Returns the box to declare; the ring has the boxes of all warps.
  public static func box(_ name: String) -> SharedTile<Output> {
    do {
      return try SharedTile(name, rows: 16, columns: boxColumns, swizzle: .bytes128)
    } catch {
      fatalError("Rows of 128 bytes are a legal tile: \(error).")
    }
  }

  /// Prepares the stores of a warp; all its lanes call this together.
  ///
  /// - `map`: C, [m, n].
  /// - `boxes`: The boxes of all warps.
  /// - `warp`: The index of the warp, which selects its boxes.
  /// - `warpCount`: The number of warps that have boxes.
  /// - `boxesPerTile`: The number of boxes that the warp stores for each output tile.
  public init(
    _ k: KernelContext<Machine>, to map: DeviceTensorMap<Output>,
    through boxes: SharedTileRing<Output>, warp: DeviceValue<UInt32>, warpCount: Int,
    boxesPerTile: Int, file: String = #fileID, line: Int = #line
  ) {
    let canShare = warpCount > 0 && boxes.stageCount % max(warpCount, 1) == 0
    if !canShare || boxesPerTile < 1 {
      k.findings(at: file, line).reject(
        """
        all warps must have the same number of boxes, and a tile at least one, not \(warpCount) \
        warps with \(boxes.stageCount) boxes and \(boxesPerTile) per tile
        """)
    }
    let warpCount = canShare ? warpCount : boxes.stageCount
    self.k = k
    self.map = map
    self.boxes = boxes
    boxCount = boxes.stageCount / warpCount
    self.boxesPerTile = min(max(boxesPerTile, 1), 1 << 16)
    map.require(boxes.tile.tensorMapRequirement)
    let count = boxCount
    (firstBox, lane, isElected) = k.inlined(at: file, line) {
      let firstBox = boxes[warp * count].address
      return (firstBox, LaneAddressing(k, Output.self, in: firstBox), k.electSync())
    }
  }

  /// Stores 16 rows of accumulators, one box wide.
  ///
  /// - `sums`: The accumulators, laid out as in the first warp of `WarpgroupAccumulator`.
  /// - `index`: The index of the box in the tile; all boxes are stored, in order.
  /// - `row`: The first row in the matrix.
  /// - `column`: The first column in the matrix.
  /// - `transform`: Applies the epilogue: its arguments are a pair and the pair's offset from the
  ///   first of the 16 rows and columns.
  public func store(
    _ sums: [DeviceValue<Float>], box index: Int, row: DeviceValue<UInt32>,
    column: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line,
    _ transform: (AccumulatorPair, AccumulatorOffset) -> AccumulatorPair
  ) {
    k.at(file, line)
    let pairs = transformed(sums, transform)
    issue(box: index, row: row, column: column, file, line) { offset in
      let quads = Self.quads(of: pairs)
      Output.write(at: lane, boxOffset: offset, k) { Output.words(of: quads[$0], k) }
    }
  }

  /// Applies the epilogue to 16 rows of accumulators, and returns the words to store later.
  ///
  /// - `sums`: The accumulators, one box wide.
  /// - `transform`: Applies the epilogue to each pair.
  public func words(
    of sums: [DeviceValue<Float>],
    _ transform: (AccumulatorPair, AccumulatorOffset) -> AccumulatorPair
  ) -> [DeviceValue<Output.Word>] {
    Self.quads(of: transformed(sums, transform)).flatMap { Output.words(of: $0, k) }
  }

  /// Stores the words that `words(of:_:)` returned for 16 rows.
  public func store(
    words: [DeviceValue<Output.Word>], box index: Int, row: DeviceValue<UInt32>,
    column: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line
  ) {
    let wordCount =
      Self.boxColumns / 2 * Output.elementType.byteCount / MemoryLayout<Output.Word>.size
    guard words.count == wordCount else {
      return k.findings(at: file, line).reject(
        "a lane must store \(wordCount) words of a box, not \(words.count)")
    }
    let length = words.count / (Self.boxColumns / 16)
    issue(box: index, row: row, column: column, file, line) { offset in
      Output.write(at: lane, boxOffset: offset, k) { Array(words[$0 * length..<($0 + 1) * length]) }
    }
  }

  /// Applies the epilogue to the pairs of a lane.
  private func transformed(
    _ sums: [DeviceValue<Float>],
    _ transform: (AccumulatorPair, AccumulatorOffset) -> AccumulatorPair
  ) -> [AccumulatorPair] {
    let count = Self.boxColumns / 2
    let isWhole = k.recorder.expect(
      sums.count == count, "a lane must store \(count) accumulators of a box, not \(sums.count)")
    let sums = isWhole ? sums : [DeviceValue<Float>](repeating: k.constant(0), count: count)
    return (0..<sums.count / 2).map { pair in
      let offset = AccumulatorOffset(row: pair % 2 * 8, column: pair / 2 * 8, lane: lane)
      return transform(AccumulatorPair(left: sums[2 * pair], right: sums[2 * pair + 1]), offset)
    }
  }

  /// Returns the pairs in groups of four, each of which covers 16 columns.
  private static func quads(of pairs: [AccumulatorPair]) -> [[AccumulatorPair]] {
    stride(from: 0, to: pairs.count, by: 4).map { Array(pairs[$0..<$0 + 4]) }
  }

  /// Waits until a box is free, writes it, and issues its copy.
  ///
  /// - `write`: Writes the box; its argument is the offset in bytes from the warp's first box.
  private func issue(
    box index: Int, row: DeviceValue<UInt32>, column: DeviceValue<UInt32>, _ file: String,
    _ line: Int, _ write: (Int) -> Void
  ) {
    k.inlined(at: file, line) {
      let isInside = k.recorder.expect(
        (0..<boxesPerTile).contains(index), "a tile has \(boxesPerTile) boxes, but no box \(index)")
      let index = isInside ? index : 0
      let place = index % boxCount
      let pending = copiesSinceUse(ofPlaceOf: index)
      k.if(isElected) { k.cpAsyncBulkWaitGroup(pending, reading: true) }
      k.synchronizeWarp()
      write(place * boxes.tile.byteCount)
      k.fenceProxyAsync(.sharedBlock)
      k.synchronizeWarp()
      let source = firstBox.advanced(byByteCount: place * boxes.tile.byteCount)
      k.if(isElected) {
        k.cpAsyncBulkTensor(from: source, to: map, [column, row])
        k.cpAsyncBulkCommitGroup()
      }
    }
  }

  /// Returns the number of copies issued since the one that last read the same slot of the ring.
  private func copiesSinceUse(ofPlaceOf index: Int) -> Int {
    guard index < boxCount else { return boxCount - 1 }
    // The slot was last used in the preceding tile.
    let last = (0..<boxesPerTile).last { $0 % boxCount == index } ?? index
    return boxesPerTile - 1 - last + index
  }

  /// Waits until all copies have read their boxes, so that the block may exit.
  public func finish(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) {
      k.if(isElected) { k.cpAsyncBulkWaitGroup(0, reading: true) }
    }
  }
}

/// The offset of a pair from the first accumulator of its 16 rows.
public struct AccumulatorOffset: Sendable {
  /// The row offset, without the part that depends on the lane.
  let row: Int

  /// The column offset, without the part that depends on the lane.
  let column: Int

  /// The lane's offsets.
  let lane: LaneAddressing

  /// Returns the pair's position in a matrix.
  ///
  /// - `row`: The first of the 16 rows.
  /// - `column`: The first column.
  /// - `rowCount`: The number of rows of the matrix.
  /// - `columnCount`: The number of columns of the matrix.
  public func place(
    row: DeviceValue<UInt32>, column: DeviceValue<UInt32>, rowCount: DeviceValue<UInt32>,
    columnCount: DeviceValue<UInt32>
  ) -> ElementPosition {
    ElementPosition(
      row: row + lane.row + self.row, column: column + lane.column + self.column,
      rowCount: rowCount, columnCount: columnCount)
  }
}
