// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TileLayout

/// Generates random layouts.
struct RandomLayout {
  /// The source of random choices.
  var generator: any RandomNumberGenerator

  /// Returns a random element.
  mutating func choice<Element>(of elements: [Element]) -> Element {
    elements[Int(generator.next() % UInt64(elements.count))]
  }

  /// Returns a layout of up to four leaves with arbitrary strides.
  mutating func any() -> Layout {
    nested(leaves { generator in Int(generator.next() % 9) })
  }

  /// Returns a layout of up to four leaves that is a bijection onto `0..<size`.
  mutating func compact() -> Layout {
    nested(spread(gaps: [1]))
  }

  /// Returns a layout of up to four leaves whose offsets are all different.
  mutating func injective() -> Layout {
    nested(spread(gaps: [1, 1, 2, 3]))
  }

  /// Returns leaves in random order, each stride a multiple of the range that smaller ones cover.
  private mutating func spread(gaps: [Int]) -> [(extent: Int, stride: Int)] {
    var stride = 1
    var result: [(extent: Int, stride: Int)] = []
    for _ in 0..<choice(of: [1, 2, 3, 4]) {
      stride *= choice(of: gaps)
      let extent = choice(of: [1, 2, 2, 3, 4, 6, 8])
      result.append((extent, stride))
      stride *= extent
    }
    return result.shuffled(using: &generator)
  }

  /// Returns up to four leaves with the strides from the closure.
  private mutating func leaves(
    stride: (inout any RandomNumberGenerator) -> Int
  ) -> [(extent: Int, stride: Int)] {
    (0..<choice(of: [1, 2, 3, 4])).map { _ in
      (choice(of: [1, 2, 2, 3, 4, 4, 6, 8]), stride(&generator))
    }
  }

  /// Returns the layout of the leaves, randomly nested in pairs.
  private mutating func nested(_ leaves: [(extent: Int, stride: Int)]) -> Layout {
    var modes = leaves.map { Layout(.leaf($0.extent), stride: .leaf($0.stride)) }
    while modes.count > 1 && choice(of: [true, false]) {
      let split = 1 + Int(generator.next() % UInt64(modes.count - 1))
      modes = [Layout(modes: Array(modes[..<split]))] + modes[split...]
    }
    return modes.count == 1 ? modes[0] : Layout(modes: modes)
  }
}
