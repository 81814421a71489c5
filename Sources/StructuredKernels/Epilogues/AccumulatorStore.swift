import DeviceRuntime
import KernelLanguage
import NumberFormats
import TileLayout

/// Stores a warp's sums by tensor copies, 16 rows at a time, after an epilogue.
///
/// A warp writes 16 rows of 128 bytes into a swizzled box of shared memory and has its elected lane copy the
/// box to the matrix. The boxes of a warp form a ring: while copies read some, the next is filled. No warp
/// waits for another.
public struct AccumulatorStore<Machine: HasTMA, Output: StoredElement>: Sendable {
  /// The kernel.
  private let k: KernelContext<Machine>

  /// The matrix.
  private let map: DeviceTensorMap<Output>

  /// The boxes of all warps: each warp's lie one behind the other.
  private let boxes: SharedTileRing<Output>

  /// The boxes of a warp.
  private let boxCount: Int

  /// The boxes that the warp stores for each output tile, one after another.
  private let boxesPerTile: Int

  /// The address of the warp's first box.
  private let firstBox: SharedAddress

  /// Where the lane writes in a box.
  private let lane: LaneAddressing

  /// Whether the lane issues the warp's copies.
  private let isElected: Predicate

  /// The columns of a box.
  public static var boxColumns: Int { 128 / Output.elementType.byteCount }

  /// Returns the box to declare, as a ring of as many as all warps have together.
  public static func box(_ name: String) -> SharedTile<Output> {
    do {
      return try SharedTile(name, rows: 16, columns: boxColumns, swizzle: .bytes128)
    } catch {
      preconditionFailure("Rows of 128 bytes are a legal tile: \(error).")
    }
  }

  /// Prepares the stores of a warp; all its lanes come here together.
  ///
  /// - `map`: C, [m, n].
  /// - `boxes`: The boxes of all warps.
  /// - `warp`: Which warp's boxes are this one's.
  /// - `warpCount`: The warps that share the boxes.
  /// - `boxesPerTile`: The boxes that the warp stores for each output tile.
  public init(
    _ k: KernelContext<Machine>, to map: DeviceTensorMap<Output>,
    through boxes: SharedTileRing<Output>, warp: DeviceValue<UInt32>, warpCount: Int,
    boxesPerTile: Int, file: String = #fileID, line: Int = #line
  ) {
    precondition(
      boxes.stageCount % warpCount == 0, "All warps have equally many boxes.")
    self.k = k
    self.map = map
    self.boxes = boxes
    boxCount = boxes.stageCount / warpCount
    self.boxesPerTile = boxesPerTile
    map.require(boxes.tile.tensorMapRequirement)
    let count = boxCount
    (firstBox, lane, isElected) = k.inlined(at: file, line) {
      let firstBox = boxes[warp * count].address
      return (firstBox, LaneAddressing(k, Output.self, in: firstBox), k.electSync())
    }
  }

  /// Stores 16 rows of sums of as many columns as a box has.
  ///
  /// - `sums`: The sums, placed as in the first warp of `WarpgroupAccumulator`.
  /// - `index`: Which of the tile's boxes this is; they are stored in order, all of them.
  /// - `row`: The first row in the matrix.
  /// - `column`: The first column in the matrix.
  /// - `transform`: What becomes of each pair: it is given how far the pair lies from the lane's first row
  ///   and column, and returns the pair to store.
  public func store(
    _ sums: [DeviceValue<Float>], box index: Int, row: DeviceValue<UInt32>,
    column: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line,
    _ transform: (AccumulatorPair, AccumulatorOffset) -> AccumulatorPair
  ) {
    let pairs = transformed(sums, transform)
    issue(box: index, row: row, column: column, file, line) { offset in
      let quads = Self.quads(of: pairs)
      Output.write(at: lane, boxOffset: offset, k) { Output.words(of: quads[$0], k) }
    }
  }

  /// Returns what 16 rows of sums become, to be stored later.
  ///
  /// - `sums`: The sums, of as many columns as a box has.
  /// - `transform`: What becomes of each pair.
  public func words(
    of sums: [DeviceValue<Float>],
    _ transform: (AccumulatorPair, AccumulatorOffset) -> AccumulatorPair
  ) -> [DeviceValue<Output.Word>] {
    Self.quads(of: transformed(sums, transform)).flatMap { Output.words(of: $0, k) }
  }

  /// Stores what 16 rows of sums have become, as `store` does with sums.
  public func store(
    words: [DeviceValue<Output.Word>], box index: Int, row: DeviceValue<UInt32>,
    column: DeviceValue<UInt32>, file: String = #fileID, line: Int = #line
  ) {
    let length = words.count / (Self.boxColumns / 16)
    issue(box: index, row: row, column: column, file, line) { offset in
      Output.write(at: lane, boxOffset: offset, k) { Array(words[$0 * length..<($0 + 1) * length]) }
    }
  }

  /// Returns what becomes of the pairs of a lane.
  private func transformed(
    _ sums: [DeviceValue<Float>],
    _ transform: (AccumulatorPair, AccumulatorOffset) -> AccumulatorPair
  ) -> [AccumulatorPair] {
    precondition(
      sums.count == Self.boxColumns / 2, "A box has \(Self.boxColumns) columns of 16 rows.")
    return (0..<sums.count / 2).map { pair in
      let offset = AccumulatorOffset(row: pair % 2 * 8, column: pair / 2 * 8, lane: lane)
      return transform(AccumulatorPair(left: sums[2 * pair], right: sums[2 * pair + 1]), offset)
    }
  }

  /// Returns pairs by quads, each of which covers 16 columns.
  private static func quads(of pairs: [AccumulatorPair]) -> [[AccumulatorPair]] {
    stride(from: 0, to: pairs.count, by: 4).map { Array(pairs[$0..<$0 + 4]) }
  }

  /// Waits until a box is free, has it written, and issues its copy.
  ///
  /// - `write`: Writes the box, which begins so many bytes behind the warp's first.
  private func issue(
    box index: Int, row: DeviceValue<UInt32>, column: DeviceValue<UInt32>, _ file: String,
    _ line: Int, _ write: (Int) -> Void
  ) {
    k.inlined(at: file, line) {
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

  /// Returns how many copies were issued since the one that last read from the place of a box.
  private func copiesSinceUse(ofPlaceOf index: Int) -> Int {
    guard index < boxCount else { return boxCount - 1 }
    // It was in the tile before.
    let last = (0..<boxesPerTile).last { $0 % boxCount == index } ?? index
    return boxesPerTile - 1 - last + index
  }

  /// Waits until all copies have read their boxes, so that the block may end.
  public func finish(file: String = #fileID, line: Int = #line) {
    k.inlined(at: file, line) {
      k.if(isElected) { k.cpAsyncBulkWaitGroup(0, reading: true) }
    }
  }
}

/// How far a pair lies from the first sum of its 16 rows.
public struct AccumulatorOffset: Sendable {
  /// The rows, without those that depend on the lane.
  let row: Int

  /// The columns, without those that depend on the lane.
  let column: Int

  /// The lane's place.
  let lane: LaneAddressing

  /// Returns the pair's place in a matrix.
  ///
  /// - `row`: The first of the 16 rows.
  /// - `column`: The first column.
  /// - `rowCount`: The rows of the matrix.
  /// - `columnCount`: The columns of the matrix.
  public func place(
    row: DeviceValue<UInt32>, column: DeviceValue<UInt32>, rowCount: DeviceValue<UInt32>,
    columnCount: DeviceValue<UInt32>
  ) -> ElementPosition {
    ElementPosition(
      row: row + lane.row + self.row, column: column + lane.column + self.column,
      rowCount: rowCount, columnCount: columnCount)
  }
}

/// Where a lane writes in the boxes of its warp.
public struct LaneAddressing: Sendable {
  /// The lane's first row among the 16.
  let row: DeviceValue<UInt32>

  /// The lane's first column.
  let column: DeviceValue<UInt32>

  /// The address of the row of the warp's first box that the lane gives to `stmatrix`, or that it writes itself.
  let rowAddress: DeviceValue<UInt32>

  /// The distance of the lane's first 16-byte chunk in its row, swizzled, in bytes.
  let chunk: DeviceValue<UInt32>

  /// Finds the place of a lane.
  init<Machine: HasTMA, Output: StoredElement>(
    _ k: KernelContext<Machine>, _ type: Output.Type, in firstBox: SharedAddress
  ) {
    let lane = k.laneIndex
    row = lane / 4
    column = lane % 4 * 2
    let start = firstBox.value
    if Output.elementType.byteCount == 2 {
      // Lane 8i + r gives row r of matrix i: matrices 0 and 1 lie below one another, 2 and 3 beside them.
      rowAddress = start + lane % 16 * 128
      chunk = (lane / 16 ^ lane % 8) * 16
    } else {
      // Two columns are 8 bytes; two lanes fill a chunk.
      rowAddress = start + row * 128 + lane % 2 * 8
      chunk = (lane % 4 / 2 ^ row % 8) * 16
    }
  }
}

/// A type in which sums can be stored.
public protocol StoredElement: BufferElement {
  /// What entry names say of it.
  static var storedName: String { get }

  /// What a thread stores at a time: two rounded neighbours, or one sum.
  associatedtype Word: DeviceElement

  /// Records what becomes of four pairs of a lane: two rows of each of two times 8 columns.
  static func words<Machine: HasTMA>(
    of pairs: [AccumulatorPair], _ k: KernelContext<Machine>
  ) -> [DeviceValue<Word>]

  /// Records the stores of a box of 16 rows by one warp.
  ///
  /// - `lane`: Where the lane writes.
  /// - `boxOffset`: The bytes from the warp's first box to this one.
  /// - `words`: Returns what `words(of:)` gave for four pairs, those of each 16 columns in order.
  static func write<Machine: HasTMA>(
    at lane: LaneAddressing, boxOffset: Int, _ k: KernelContext<Machine>,
    _ words: (_ number: Int) -> [DeviceValue<Word>])
}

extension StoredElement where Self: PairedElement {
  /// The type's name.
  public static var storedName: String { "\(arithmeticType)" }

  /// Rounds to 16 bits.
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

  /// Returns the sums.
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
        // 8 columns of f32 are two chunks; rows 8 further down have the same swizzle.
        let address = lane.rowAddress + (lane.chunk ^ ((2 * number + index / 2) * 32))
        let pointer = DevicePointer<Float, Shared>(
          SharedAddress(address).advanced(byByteCount: boxOffset + index % 2 * 8 * 128))
        pointer.storeVector([sums[2 * index], sums[2 * index + 1]])
      }
    }
  }
}
