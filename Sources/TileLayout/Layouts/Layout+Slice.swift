// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

extension Layout {
  /// Returns the part of this layout at the given coordinates.
  ///
  /// An index into a nested mode is linear. A dynamic index becomes one term for each leaf of the
  /// coalesced mode; for a plain leaf that is one product.
  ///
  /// - Parameter coordinates: A coordinate for each mode.
  /// - Returns: The slice, with one mode for each that was kept whole.
  public func slice(_ coordinates: [SliceCoordinate]) -> LayoutSlice {
    var builder = SliceBuilder()
    builder.take(.nested(coordinates), of: depth == 0 ? Layout(modes: [self]) : self)
    return builder.slice
  }

  /// Returns the part of this layout at the given coordinates, one for each mode.
  public func slice(_ coordinates: SliceCoordinate...) -> LayoutSlice {
    slice(coordinates)
  }
}

/// Collects the parts of a slice, mode by mode.
private struct SliceBuilder {
  /// The modes kept whole so far.
  var kept: [Layout] = []

  /// The sum of the offsets known while recording.
  var offset = 0

  /// The terms of the dynamic coordinates so far.
  var terms: [SliceTerm] = []

  /// The slice collected so far.
  var slice: LayoutSlice {
    let layout = kept.isEmpty ? Layout(1, stride: 0) : Layout(modes: kept)
    return LayoutSlice(layout: layout, offset: offset, terms: terms)
  }

  /// Adds the part of a mode that a coordinate selects.
  mutating func take(_ coordinate: SliceCoordinate, of mode: Layout) {
    switch coordinate {
    case .all:
      kept.append(mode)
    case .index(let index):
      require(
        (0..<mode.size).contains(index),
        "The index \(index) is outside the mode \(mode) of size \(mode.size).")
      offset += mode(index)
    case .dynamic(let number):
      takeDynamic(number, of: mode)
    case .nested(let coordinates):
      require(
        mode.depth > 0 && coordinates.count == mode.rank,
        "A slice of \(mode) needs \(mode.rank) coordinates, not \(coordinates.count).")
      for (coordinate, part) in zip(coordinates, mode.modes) {
        take(coordinate, of: part)
      }
    }
  }

  /// Adds the terms of a dynamic linear index into a mode.
  private mutating func takeDynamic(_ number: Int, of mode: Layout) {
    let leaves = mode.coalesced().leaves
    var divisor = 1
    for (position, leaf) in leaves.enumerated() {
      let extent = position == leaves.count - 1 ? nil : leaf.extent
      if leaf.stride != 0 {
        terms.append(
          SliceTerm(coordinate: number, divisor: divisor, extent: extent, stride: leaf.stride))
      }
      divisor *= leaf.extent
    }
  }
}
