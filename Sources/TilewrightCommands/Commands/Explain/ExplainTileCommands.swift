// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import TileLayout

/// The options of a drawing of an operand tile.
struct TileOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "The extent along m or n.")
  var rows = Extent(8)

  @Option(parsing: .unconditional, help: "The extent along k.")
  var columns = Extent(64)

  @Option(help: "The type of the elements, as in PTX: bf16, f16, e4m3, tf32 and so on.")
  var type = "bf16"

  @Option(help: "The swizzle: none, 32B, 64B or 128B.")
  var mode = "128B"

  @Option(help: "The contiguous dimension: k or mn.")
  var major = "k"

  /// Returns the tile.
  func request() throws -> TileRequest {
    try TileRequest(rows: rows, columns: columns, type: type, mode: mode, majorness: major)
  }
}

/// Draws a tile before and after the swizzle, with its banks.
struct ExplainSwizzleCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "swizzle",
    abstract: "A tile in shared memory before and after the swizzle, its banks and bank conflicts.")

  @OptionGroup var tile: TileOptions

  @Flag(help: "Draw the bank of each element instead of each chunk of 16 bytes.")
  var elements = false

  @OptionGroup var drawing: DrawingOptions

  /// Draws the tile.
  func run(_ console: Console) throws {
    try drawing.write(
      SwizzleExplanation(try tile.request(), drawsElements: elements), to: console)
  }
}

/// Draws the core matrices of a tile, and its descriptors.
struct ExplainCoreMatricesCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "core-matrices",
    abstract: "The core matrices of a canonical layout, its byte offsets and descriptors.")

  @OptionGroup var tile: TileOptions

  @Option(help: "hopper or blackwell. Default: both.")
  var target: String?

  @Option(parsing: .unconditional, help: "The tile's address in shared memory, in bytes.")
  var address = Extent(1024)

  @OptionGroup var drawing: DrawingOptions

  /// Draws the tile.
  func run(_ console: Console) throws {
    let target = try target.map(Target.init(named:))
    let limit = Target.hopper.machine.sharedMemoryLimit
    guard let address = address.value, (0...limit).contains(address) else {
      throw ExplanationError.outside(what: "The address", value: address.value, range: 0...limit)
    }
    try drawing.write(
      try CoreMatricesExplanation(tile.request(), address: address, target: target), to: console)
  }
}
