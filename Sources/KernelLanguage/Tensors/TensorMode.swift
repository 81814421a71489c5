// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// One index of a tensor: how its coordinates become distances.
struct TensorMode: Sendable {
  /// The layout from indices of vectors to distances; nil if only the running kernel knows their
  /// number, with a distance of one each.
  let layout: Layout?

  /// From the number of an element in its vector to distances.
  let vector: Layout

  /// Creates an index whose coordinates are single elements.
  init(_ layout: Layout?) { self.init(layout, vector: .contiguous(1)) }

  /// Creates an index.
  private init(_ layout: Layout?, vector: Layout) {
    self.layout = layout
    self.vector = vector
  }

  /// Returns the layout of an index whose extent the host knows.
  func knownLayout(_ recorder: Recorder) -> Layout {
    recorder.expect(
      layout != nil, "only the running kernel knows this extent; take a tile of the tensor first")
    return layout ?? .contiguous(1)
  }

  /// This index restricted to its first coordinate.
  var single: TensorMode { TensorMode(.contiguous(1), vector: vector) }

  /// Returns the distance of a coordinate.
  func offset(at index: DeviceValue<UInt32>) -> TensorOffset {
    guard let layout else { return TensorOffset(index) }
    let recorder = index.recorder
    if let index = index.constantValue {
      guard
        recorder.expect(
          Int(index) < layout.size, "a tensor of extent \(layout.size) has no coordinate \(index)")
      else { return TensorOffset() }
      return TensorOffset(known: layout(Int(index)))
    }
    return Layout(modes: [layout]).slice(.dynamic(0)).terms.reduce(TensorOffset()) {
      $0 + $1.offset(at: index, below: layout.size)
    }
  }

}

// MARK: - Views

extension TensorMode {
  /// An index of a view, and where the view begins.
  typealias View = (mode: TensorMode, offset: TensorOffset)

  /// Returns one of the equal tiles that the index is divided into.
  ///
  /// - Parameters:
  ///   - tile: The coordinates of the first tile.
  ///   - index: The number of the tile.
  /// - Returns: The tile.
  func tile(_ tile: Layout, at index: DeviceValue<UInt32>) -> View {
    guard let layout else {
      index.recorder.expect(
        tile.cosize == tile.size,
        "a tile \(tile) of an extent that is unknown on the host must not have gaps")
      return (TensorMode(tile), TensorOffset(index * tile.size))
    }
    let parts = index.recorder.result("a tile \(tile) does not divide \(layout)") {
      () throws(LayoutError) in try layout.logicalDivide(by: tile)
    }
    guard let parts else { return (TensorMode(tile), TensorOffset()) }
    return (TensorMode(parts[0], vector: vector), TensorMode(parts[1]).offset(at: index))
  }

  /// Returns the index with neighbours taken together.
  func vectorized(_ count: Int, _ recorder: Recorder) -> TensorMode {
    guard count != 1,
      recorder.expect(count > 0, "a vector must have at least one element, not \(count)"),
      recorder.expect(
        vector.size == 1, "the elements of the tensor are already vectors")
    else { return self }
    let layout = knownLayout(recorder)
    let parts = recorder.result("vectors of \(count) do not divide \(layout)") {
      () throws(LayoutError) in try layout.logicalDivide(by: .contiguous(count))
    }
    guard let parts else { return self }
    return TensorMode(parts[1], vector: parts[0])
  }

  /// Returns one thread's elements of two indices that are distributed together.
  ///
  /// - Parameters:
  ///   - rows: The first index.
  ///   - columns: The second index.
  ///   - threads: From positions in a block of vectors to the numbers of the threads.
  ///   - thread: The number of the thread.
  /// - Returns: Both indices of the share; nil where the threads cannot be dealt out, which has
  ///   been reported.
  static func distribute(
    _ rows: TensorMode, _ columns: TensorMode, over threads: Layout,
    at thread: DeviceValue<UInt32>
  ) -> (rows: View, columns: View)? {
    let recorder = thread.recorder
    guard
      recorder.expect(
        threads.rank == 2, "a thread layout must have rows and columns, unlike \(threads)")
    else { return nil }
    let (rowLayout, columnLayout) = (rows.knownLayout(recorder), columns.knownLayout(recorder))

    /// Returns the threads' distances, and what each thread has, as if only some layouts moved.
    func deal(_ layouts: [Layout]) -> Layout? {
      let whole = Layout(modes: [rowLayout, columnLayout])
      return recorder.result("the threads \(threads) do not divide \(whole)") {
        () throws(LayoutError) in try Layout(modes: layouts).distributed(over: threads)
      }
    }
    // The two indices count in units of their own, so each is dealt out while the other stands.
    guard let byRows = deal([rowLayout, columnLayout.standing]),
      let byColumns = deal([rowLayout.standing, columnLayout])
    else { return nil }
    return (
      (
        TensorMode(byRows[1][0], vector: rows.vector), TensorMode(byRows[0]).offset(at: thread)
      ),
      (
        TensorMode(byColumns[1][1], vector: columns.vector),
        TensorMode(byColumns[0]).offset(at: thread)
      )
    )
  }
}

extension Recorder {
  /// Returns what an operation on layouts makes; nil, and a finding, where it makes none.
  fileprivate func result(
    _ text: @autoclosure () -> String, _ operation: () throws(LayoutError) -> Layout
  ) -> Layout? {
    do {
      return try operation()
    } catch {
      reject(.misuse("\(text()): \(error)"))
      return nil
    }
  }
}

extension Layout {
  /// The layout of the same shape whose offsets are all zero.
  fileprivate var standing: Layout { Layout(shape, stride: shape.zeros) }
}

extension IntTuple {
  /// The tuple of the same nesting whose integers are all zero.
  var zeros: IntTuple {
    switch self {
    case .leaf: 0
    case .nested(let modes): .nested(modes.map(\.zeros))
    }
  }
}
