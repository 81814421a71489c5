// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import DeviceRuntime
import TileLayout

/// Draws how a box of a tensor lands in shared memory.
struct ExplainBoxCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "box",
    abstract:
      "Where a box of a tensor goes in shared memory, and which elements are out of bounds.",
    discussion: "Extents and coordinates are given in the order of tensor maps: innermost first.")

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The extents of the tensor.", valueName: "c0,c1…"))
  var tensor = NumberList(200, 100)

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The extents of the box.", valueName: "c0,c1…"))
  var box = NumberList(64, 8)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The coordinates of the box's first element. Default: 0.", valueName: "c0,c1…"))
  var at: NumberList?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The bytes from one row to the next. Default: the row's bytes, rounded up to a multiple of 16.",
      valueName: "bytes"))
  var pitch: Extent?

  @Option(help: "The type of the elements, as in PTX: bf16, f16, e4m3, f32 and so on.")
  var type = "bf16"

  @Option(help: "The swizzle: none, 32B, 64B or 128B.")
  var mode = "128B"

  @Option(help: "The value of out-of-bounds elements: zeros or nan.")
  var fill = Fill.zeros

  @Flag(help: "Draw each element instead of each chunk of 16 bytes.")
  var elements = false

  @OptionGroup var drawing: DrawingOptions

  /// The fill value outside of a tensor.
  enum Fill: String, ExpressibleByArgument, CaseIterable {
    case zeros
    case nan
  }

  /// Draws the box.
  func run(_ console: Console) throws {
    let type = try ExplainedType(named: type)
    let map = try description(type)
    try map.validate()
    let limit = Target.hopper.machine.sharedMemoryLimit
    // The rules of a map leave room for 256⁵ elements; shared memory does not.
    guard map.boxSharedByteCount <= limit else {
      throw ExplanationError.boxTooLarge(byteCount: map.boxSharedByteCount, limit: limit)
    }
    let start = try start(rank: map.rank)
    try drawing.write(
      try BoxExplanation(of: map, at: start, type: type, drawsElements: elements), to: console)
  }

  /// Returns the tensor map.
  private func description(_ type: ExplainedType) throws -> TensorMapDescription {
    // The map's rules decide the legal numbers; the range only keeps products in 64 bits.
    let range = -(1 << 33)...(1 << 33)
    let extents = try tensor.checked("--tensor", in: range)
    let box = try box.checked("--box", in: range)
    guard box.count == extents.count else {
      throw ExplanationError.listLength(
        option: "--box", count: box.count, expected: extents.count,
        reason: "the tensor has \(extents.count) dimensions")
    }
    return TensorMapDescription(
      elementType: type.elementType, address: 0, extents: extents,
      byteStrides: try strides(of: extents, type), box: box,
      swizzle: .init(try SwizzleMode(named: mode)), fill: fill == .zeros ? .zeros : .notANumber)
  }

  /// Returns the bytes from one index to the next, for dimensions 1 and up.
  private func strides(of extents: [Int], _ type: ExplainedType) throws -> [Int] {
    guard extents.count > 1 else { return [] }
    let rowByteCount = extents[0] * type.byteCount
    let natural = (rowByteCount + 15) / 16 * 16
    var strides = [try pitch?.checked("--pitch", limit: 1 << 40) ?? natural]
    for extent in extents.dropFirst().dropLast() {
      let (stride, overflows) = strides[strides.count - 1].multipliedReportingOverflow(by: extent)
      guard !overflows else {
        throw TensorMapError.stride(dimension: strides.count + 1, byteStride: Int.max)
      }
      strides.append(stride)
    }
    return strides
  }

  /// Returns the coordinates of the first element.
  private func start(rank: Int) throws(ExplanationError) -> [Int] {
    guard let at else { return Array(repeating: 0, count: rank) }
    let start = try at.checked("--at", in: Int(Int32.min)...Int(Int32.max))
    guard start.count == rank else {
      throw .listLength(
        option: "--at", count: start.count, expected: rank,
        reason: "the tensor has \(rank) dimensions")
    }
    return start
  }
}
