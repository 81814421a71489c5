import DeviceRuntime

/// A tensor and the boxes of it that a case copies.
struct TensorBoxCase {
  /// What sets the case apart.
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
  /// What lies outside.
  var fill = TensorMapDescription.Fill.zeros
  /// What copies do to floats.
  var floatMode = TensorMapDescription.FloatMode.exact
  /// The bytes between the rows, beyond those that make them a multiple of 16.
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

  /// The bytes of the tensor, its last row to a multiple of 16.
  var byteCount: Int {
    let rowByteCount = (extents[0] * type.byteCount + 15) / 16 * 16
    return zip(extents.dropFirst(), strides).reduce(rowByteCount) { $0 + ($1.0 - 1) * $1.1 }
  }

  /// Returns coordinates whose first is cut to a multiple of 16 bytes: others are illegal.
  func aligned(_ place: [Int]) -> [Int] {
    let step = 16 / type.byteCount
    let first = Int((Double(place[0]) / Double(step)).rounded(.down)) * step
    return [first] + place.dropFirst()
  }

  /// What the map says.
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

  /// Coordinates inside the tensor, at its edges and outside.
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

  /// Coordinates not below zero, from which a box reaches over every edge that it can.
  var edge: [Int] { aligned(zip(extents, box).map { max(0, $0 - $1 / 2) }) }

  /// Returns numbers of the tensor's type, drawn for a name; of floats many are special, and many
  /// lie in the middle between two tf32.
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
