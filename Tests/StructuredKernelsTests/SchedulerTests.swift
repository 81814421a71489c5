import DeviceRuntime
import KernelLanguage
import Simulator
import StructuredKernels
import Testing

/// The extents of a grid of tiles.
struct GridExtents: Hashable, Sendable, CustomTestStringConvertible {
  var rows: Int
  var columns: Int

  var testDescription: String { "\(rows) x \(columns)" }

  /// Squares and others, with and without sides that are powers of two.
  static let all = [
    (1, 1), (1, 7), (7, 1), (2, 2), (3, 5), (8, 8), (5, 16), (16, 5), (13, 11), (9, 30), (1, 40),
  ].map { GridExtents(rows: $0.0, columns: $0.1) }
}

@Suite struct HilbertCurveTests {
  /// Returns the tiles of a curve as pairs.
  private func tiles(_ curve: HilbertCurve) -> [(row: Int, column: Int)] {
    stride(from: 0, to: curve.places.count, by: 2).map {
      (Int(curve.places[$0]), Int(curve.places[$0 + 1]))
    }
  }

  @Test func `every tile of every rectangle is visited once, each next to the one before`() {
    for rows in 1...33 {
      for columns in 1...33 {
        let tiles = tiles(HilbertCurve(rows: rows, columns: columns))
        var seen = Set<Int>()
        for (row, column) in tiles {
          #expect((0..<rows).contains(row) && (0..<columns).contains(column))
          seen.insert(row * columns + column)
        }
        #expect(tiles.count == rows * columns && seen.count == rows * columns)
        var diagonalCount = 0
        for (one, next) in zip(tiles, tiles.dropFirst()) {
          let (down, right) = (abs(next.row - one.row), abs(next.column - one.column))
          #expect(max(down, right) == 1, "\(rows) x \(columns): \(one) to \(next)")
          if down + right == 2 { diagonalCount += 1 }
        }
        #expect(diagonalCount <= 1, "\(rows) x \(columns)")
      }
    }
  }

  @Test func `a square whose side is a power of two has Hilbert's own curve`() {
    let tiles = tiles(HilbertCurve(rows: 4, columns: 4))
    // Every aligned quarter and every aligned sixteenth is a run of the curve.
    for first in stride(from: 0, to: 16, by: 4) {
      let quarter = tiles[first..<first + 4]
      #expect(Set(quarter.map { $0.row / 2 * 2 + $0.column / 2 }).count == 1)
    }
  }

  @Test func `runs of a curve are compact`() {
    // 64 tiles of a 32 x 32 grid would span 2 rows and 32 columns row by row: 34 rows and columns to read.
    let tiles = tiles(HilbertCurve(rows: 32, columns: 32))
    for first in stride(from: 0, through: 1024 - 64, by: 16) {
      let run = tiles[first..<first + 64]
      let sides = Set(run.map(\.row)).count + Set(run.map(\.column)).count
      #expect(sides <= 24, "\(first): \(sides)")
    }
  }
}

/// A kernel whose clusters count, in one word for each tile, how often they are given it.
private func visits<Machine: HasTMA & HasClusters>(
  _ machine: Machine.Type, _ kind: SchedulerKind, _ order: TileOrder
) -> Kernel<
  Machine, GlobalBuffer<UInt32>, UInt32, UInt32, OptionalParameter<GlobalBuffer<UInt32>>
> {
  Kernel("visits", cluster: 2) { k, counts, rows, columns, places in
    let numbering: any TileNumbering =
      order == .hilbert
      ? HilbertNumbering(places.declared(as: "tile_places")) : BandNumbering(rows: 3)
    let scheduler: any TileScheduler<Machine> =
      switch kind {
      case .singleTile: SingleTileScheduler(k, numbering)
      case .persistent: PersistentScheduler(k, numbering)
      }
    let grid = TileGrid(m: rows * 8, n: columns * 4, tileM: 8, tileN: 4)
    k.roles {
      Role("count", warps: 1) {
        k.elected {
          scheduler.forEachTile(of: grid) { tile in
            let place = tile.row * columns + tile.column
            _ = counts.advanced(by: place).atomic(.add, k.constant(1))
          }
        }
      }
    }
  }
}

@Suite struct SchedulerTests {
  @Test(arguments: GridExtents.all, TileOrder.allCases)
  func `every tile is given once to each block`(grid: GridExtents, order: TileOrder) throws {
    for kind in SchedulerKind.allCases {
      let device = SimulatedDevice(.hopper, multiprocessors: 6)
      let count = grid.rows * grid.columns
      let counts = try device.makeBuffer([UInt32](repeating: 0, count: count))
      let curve = HilbertCurve(rows: grid.rows, columns: grid.columns)
      let places = try device.makeBuffer(curve.places)
      let clusters = kind.clusterCount(tileCount: count, clusterLimit: 3)
      try device.launch(
        visits(Hopper.self, kind, order), grid: Dimensions(2 * clusters), counts,
        UInt32(grid.rows), UInt32(grid.columns),
        OptionalParameter(order == .hilbert ? places : nil))
      #expect(try counts.read() == [UInt32](repeating: 2, count: count), "\(kind)")
    }
  }

  @Test func `a launch gives an optional parameter where the kernel has it, and only there`()
    throws
  {
    let device = SimulatedDevice(.hopper)
    let counts = try device.makeBuffer([UInt32](repeating: 0, count: 4))
    /// Launches a kernel with or without places.
    func launch(_ order: TileOrder, _ places: GlobalBuffer<UInt32>?) throws {
      try device.launch(
        visits(Hopper.self, .persistent, order), grid: 2, counts, 1, 1, OptionalParameter(places))
    }
    try launch(.bands, nil)
    #expect(throws: DeviceError.self) { try launch(.bands, counts) }
    #expect(throws: DeviceError.self) { try launch(.hilbert, nil) }
  }

  @Test func `persistent clusters are the fewest that take no more turns`() {
    /// Returns the clusters for so many tiles, on a device that runs ten at a time.
    func clusters(_ tiles: Int) -> Int {
      SchedulerKind.persistent.clusterCount(tileCount: tiles, clusterLimit: 10)
    }
    #expect([1, 10, 11, 20, 21, 25].map(clusters) == [1, 10, 6, 10, 7, 9])
    #expect(SchedulerKind.singleTile.clusterCount(tileCount: 25, clusterLimit: 10) == 25)
  }
}
