// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// A tensor and the boxes of it that a case copies.
struct TensorBoxCase {
  /// The distinctive feature of the case, for its name.
  var note = ""
  /// The type of the elements.
  var type = ElementType.u32
  /// The extents of the tensor.
  var extents: [Int]
  /// The extents of the box.
  var box: [Int]
  /// The swizzle.
  var swizzle = TensorMapDescription.Swizzle.none
  /// The steps between elements.
  var steps: [Int]?
  /// The value of elements outside the tensor.
  var fill = TensorMapDescription.Fill.zeros
  /// The treatment of floats by copies.
  var floatMode = TensorMapDescription.FloatMode.exact
  /// The bytes between the rows, beyond those that align them to 16 bytes.
  var gap = 0
  /// The bytes before the tensor, a multiple of 16.
  var offset = 0

  /// The strides in bytes, each a multiple of 16 and some with a gap.
  var strides: [Int] {
    var strides: [Int] = []
    var size = extents[0] * type.byteCount
    for extent in extents.dropFirst() {
      size = (size + 15) / 16 * 16 + (strides.isEmpty ? gap : 32)
      strides.append(size)
      size *= extent
    }
    return strides
  }

  /// The size of the tensor in bytes, its last row rounded up to a multiple of 16.
  var byteCount: Int {
    let rowByteCount = (extents[0] * type.byteCount + 15) / 16 * 16
    return zip(extents.dropFirst(), strides).reduce(rowByteCount) { $0 + ($1.0 - 1) * $1.1 }
  }

  /// Returns coordinates whose first is rounded down to a multiple of 16 bytes, because others are
  /// illegal.
  func aligned(_ place: [Int]) -> [Int] {
    let step = 16 / type.byteCount
    let first = Int((Double(place[0]) / Double(step)).rounded(.down)) * step
    return [first] + place.dropFirst()
  }

  /// The description of the map.
  var description: TensorMapDescription {
    TensorMapDescription(
      elementType: type, address: 0, extents: extents, byteStrides: strides, box: box,
      elementStrides: steps, swizzle: swizzle, fill: fill, floatMode: floatMode)
  }

  /// The case's name.
  var name: String {
    let mode = floatMode == .exact ? "" : "\(floatMode)"
    let parts = [
      "rank\(extents.count)", type.rawValue, mode, "\(swizzle)",
      box.map(String.init).joined(separator: "x"), note,
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: ".")
  }

  /// Coordinates inside the tensor, at its edges and outside it.
  var places: [[Int]] {
    var random = SeededGenerator(name)
    var places = [
      extents.map { _ in 0 }, zip(extents, box).map { max(0, $0 - $1 / 2) },
      box.map { -($0 / 2) }, extents.map { $0 + 3 }, box.map { -$0 - 1 },
    ]
    for _ in 0..<7 {
      places.append(zip(extents, box).map { random.integer(in: (1 - $1)...($0 + 1)) })
    }
    return places.map(aligned)
  }

  /// Non-negative coordinates at which a box extends over every possible edge.
  var edge: [Int] { aligned(zip(extents, box).map { max(0, $0 - $1 / 2) }) }

  /// Returns numbers of the tensor's type, drawn for a name; many floats are special, and many are
  /// midway between two tf32 numbers.
  func words(_ count: Int, for name: String) -> [UInt32] {
    var random = SeededGenerator(name)
    guard [.f16, .bf16, .f32, .f64].contains(type) else {
      return (0..<count).map { _ in random.word() }
    }
    var bytes: [UInt8] = []
    while bytes.count < count * 4 {
      var value = LaneOperand.values(for: [type.rawValue], using: &random)[0]
      if type == .f32, random.isOnce(in: 4) { value = value & ~0x1FFF | 0x1000 }
      bytes += (0..<type.byteCount).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
    return (0..<count).map { word in
      (0..<4).reduce(0) { $0 | UInt32(bytes[word * 4 + $1]) << UInt32(8 * $1) }
    }
  }
}
