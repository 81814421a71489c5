import DeviceRuntime

/// The types that one kind of `wgmma` multiplies and adds.
struct ProductType: Sendable {
  /// The type of D's elements.
  var result: String
  /// The type of A's elements.
  var a: ProductNumbers.Format
  /// The type of B's elements.
  var b: ProductNumbers.Format
  /// How many of 100 products are of these types.
  var weight: Int
  /// Whether the sum stops at the greatest integer.
  var isSaturating = false

  /// The elements along k of one instruction, which are 32 bytes.
  var k: Int { 256 / a.width }

  /// Whether operands in shared memory may have m or n contiguous.
  var canTranspose: Bool { a.width == 16 }

  /// Whether the instruction negates operands.
  var canNegate: Bool { !a.isInteger }

  /// The words of the mnemonic behind the shape.
  var words: String {
    "\(result).\(a.name).\(b.name)" + (isSaturating ? ".satfinite" : "")
  }

  /// The 32-bit registers of D of n columns in each thread.
  func registerCount(n: Int) -> Int { result == "f16" ? n / 4 : n / 2 }

  /// The numbers of columns that D may have.
  var extents: [Int] {
    a.isInteger
      ? [8, 16, 24] + Array(stride(from: 32, through: 256, by: 16))
      : Array(stride(from: 8, through: 256, by: 8))
  }

  /// All kinds that a warpgroup multiplies.
  static let all: [ProductType] = {
    var list = [
      ProductType(result: "f32", a: .bf16, b: .bf16, weight: 16),
      ProductType(result: "f32", a: .f16, b: .f16, weight: 16),
      ProductType(result: "f16", a: .f16, b: .f16, weight: 12),
    ]
    return list
  }()
}
