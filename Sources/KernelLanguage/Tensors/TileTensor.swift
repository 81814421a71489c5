// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import TileLayout

/// A view of a matrix of elements in some space: an origin, and layouts that map coordinates to
/// addresses or registers.
///
/// Extents, strides and swizzles are integers of the host. Coordinates may be integers or values of
/// the kernel; only the latter become instructions. Kernels work on views of views:
/// ```swift
/// let fragment = TileTensor(c, rows: m, columns: n)
///   .tile(64, 64, at: k.blockIndex.y, k.blockIndex.x)
///   .tile(16, 64, at: k.warpIndex, 0)
///   .vectorized(1, 2)
///   .distributed(over: .rowMajor(8, 4), at: k.laneIndex)
/// ```
/// `fragment` has 2 × 8 vectors of two neighbours, those of the lane. Coordinates add up until an
/// address is needed, so that a chain of views costs the same as one sum of products.
public struct TileTensor<Element: BufferElement, Space: TensorSpace>: Sendable {
  /// The origin of the coordinates, to which `distance` is added.
  package let origin: Space.Origin

  /// The first index.
  let rowMode: TensorMode

  /// The second index.
  let columnMode: TensorMode

  /// The distance that has been added and is not yet part of an address.
  let distance: TensorDistance

  /// Creates a tensor.
  init(
    _ origin: Space.Origin, rows: TensorMode, columns: TensorMode,
    distance: TensorDistance = TensorDistance()
  ) {
    self.origin = origin
    rowMode = rows
    columnMode = columns
    self.distance = distance
  }

  /// Creates a tensor of single elements, with a layout for each index in the space's units.
  package init(_ origin: Space.Origin, _ layout: Layout) {
    let isMatrix = origin.owner.recorder.expect(
      layout.rank == 2, "a tensor must have rows and columns, unlike \(layout)")
    let layout = isMatrix ? layout : Layout(modes: [layout, .contiguous(1)])
    self.init(origin, rows: TensorMode(layout[0]), columns: TensorMode(layout[1]))
  }
}

extension TileTensor {
  /// The extent of the first index, in vectors.
  ///
  /// - Precondition: The host knows it.
  public var rows: Int { rowMode.knownLayout(recorder).size }

  /// The extent of the second index, in vectors.
  ///
  /// - Precondition: The host knows it.
  public var columns: Int { columnMode.knownLayout(recorder).size }

  /// The elements of a vector; 1 where elements have not been taken together.
  public var vectorCount: Int { rowMode.vector.size * columnMode.vector.size }

  /// The recorder of the kernel that the tensor belongs to.
  package var recorder: Recorder { origin.owner.recorder }

  /// Returns a coordinate as a value of the kernel.
  func value(_ coordinate: some KernelIndex) -> DeviceValue<UInt32> {
    coordinate.deviceValue(in: KernelContext<AnyArchitecture>(recorder))
  }

  /// Returns how far the vector at the coordinates is from the origin.
  func distance(to row: some KernelIndex, _ column: some KernelIndex) -> TensorDistance {
    let rows = rowMode.offset(at: value(row))
    let columns = columnMode.offset(at: value(column))
    return distance + TensorDistance(rows: rows, columns: columns)
  }

  /// The location of the first element.
  package var place: Space.Origin.Place { origin.place(at: distance) }
}

// MARK: - Views

extension TileTensor {
  /// Returns one of the tiles that the tensor is made of.
  ///
  /// - Parameters:
  ///   - rows: The rows of a tile, in vectors.
  ///   - columns: The columns of a tile, in vectors.
  ///   - row: The number of the tile down the rows.
  ///   - column: The number of the tile along the columns.
  ///   - file: The caller's source location.
  ///   - line: The caller's source location.
  /// - Returns: The tile.
  /// - Precondition: Extents that the host knows are multiples of the tile's.
  public func tile(
    _ rows: Int, _ columns: Int, at row: some KernelIndex, _ column: some KernelIndex,
    file: String = #fileID, line: Int = #line
  ) -> TileTensor {
    recorder.setPlace(file, line)
    recorder.expect(
      rows > 0 && columns > 0,
      "a tile must have at least one row and column, not \(rows) x \(columns)")
    return tile(
      .contiguous(max(rows, 1)), .contiguous(max(columns, 1)), at: row, column, file: file,
      line: line)
  }

  /// Returns one of the tiles that the tensor is made of, where a tile may be scattered.
  ///
  /// With rows `(16,2):(1,64)` of 128, tile 1 has rows 16 to 31 and 80 to 95.
  ///
  /// - Parameters:
  ///   - rows: The rows of the first tile.
  ///   - columns: The columns of the first tile.
  ///   - row: The number of the tile down the rows.
  ///   - column: The number of the tile along the columns.
  ///   - file: The caller's source location.
  ///   - line: The caller's source location.
  /// - Returns: The tile.
  /// - Precondition: Extents that the host knows are divided by the tile's.
  public func tile(
    _ rows: Layout, _ columns: Layout, at row: some KernelIndex, _ column: some KernelIndex,
    file: String = #fileID, line: Int = #line
  ) -> TileTensor {
    recorder.setPlace(file, line)
    let rowView = rowMode.tile(rows, at: value(row))
    let columnView = columnMode.tile(columns, at: value(column))
    return view(rowView, columnView)
  }

  /// Returns the tensor with neighbours taken together as vectors.
  ///
  /// - Parameters:
  ///   - rows: The rows of a vector.
  ///   - columns: The columns of a vector.
  ///   - file: Where the vectors are taken.
  ///   - line: Where the vectors are taken.
  /// - Returns: The tensor of vectors.
  /// - Precondition: Its extents, which the host knows, are multiples of the vector's.
  public func vectorized(
    _ rows: Int, _ columns: Int, file: String = #fileID, line: Int = #line
  ) -> TileTensor {
    recorder.setPlace(file, line)
    return TileTensor(
      origin, rows: rowMode.vectorized(rows, recorder),
      columns: columnMode.vectorized(columns, recorder), distance: distance)
  }

  /// Returns the vectors of one of the threads to which the tensor is distributed.
  ///
  /// The threads repeat over the tensor in blocks of the layout's shape. The computation of the
  /// address of the thread's first vector is recorded here.
  ///
  /// - Parameters:
  ///   - threads: For each position of a block the number of its thread, as `.rowMajor(8, 4)`.
  ///   - thread: The thread's number, below the layout's size.
  ///   - file: The caller's source location.
  ///   - line: The caller's source location.
  /// - Returns: The thread's vectors.
  /// - Precondition: The extents, which the host knows, are multiples of the block's.
  public func distributed(
    over threads: Layout, at thread: DeviceValue<UInt32>, file: String = #fileID,
    line: Int = #line
  ) -> TileTensor {
    recorder.setPlace(file, line)
    recorder.check(thread.recorder)
    guard let share = TensorMode.distribute(rowMode, columnMode, over: threads, at: thread)
    else { return self }
    return view(share.rows, share.columns).anchored(file: file, line: line)
  }

  /// Returns one row.
  ///
  /// The computation of the address of its first vector is recorded here.
  public func row(
    _ row: some KernelIndex, file: String = #fileID, line: Int = #line
  ) -> TileTensor {
    recorder.setPlace(file, line)
    let rowView = (mode: rowMode.single, offset: rowMode.offset(at: value(row)))
    return view(rowView, (columnMode, TensorOffset())).anchored(file: file, line: line)
  }

  /// Returns the same tensor, and records the computation of its address.
  ///
  /// Later uses of its views do not record that again, wherever they are.
  public func anchored(file: String = #fileID, line: Int = #line) -> TileTensor {
    recorder.setPlace(file, line)
    return TileTensor(
      origin.anchored(at: distance), rows: rowMode, columns: columnMode)
  }

  /// Returns a view of the tensor.
  private func view(_ rows: TensorMode.View, _ columns: TensorMode.View) -> TileTensor {
    TileTensor(
      origin, rows: rows.mode, columns: columns.mode,
      distance: distance + TensorDistance(rows: rows.offset, columns: columns.offset))
  }
}
