// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The types that a form of `wgmma` multiplies and adds.
struct ProductType: Sendable {
  /// The type of D's elements.
  var result: String
  /// The type of A's elements.
  var a: ProductNumbers.Format
  /// The type of B's elements.
  var b: ProductNumbers.Format
  /// The percentage of products with these types.
  var weight: Int
  /// The end of the mnemonic.
  var suffix = ""

  /// The number of elements along k of one instruction, which are 32 bytes.
  var k: Int { 256 / a.width }

  /// Whether operands in shared memory may be MN-major.
  var canTranspose: Bool { a.width == 16 }

  /// Whether the instruction can negate operands.
  var canNegate: Bool { !a.isInteger }

  /// The modifiers of the mnemonic after the shape.
  var words: String {
    "\(result).\(a.name).\(b.name)\(suffix)"
  }

  /// Returns the number of 32-bit registers in each thread for n columns of D.
  func registerCount(n: Int) -> Int { result == "f16" ? n / 4 : n / 2 }

  /// The valid numbers of columns of D.
  var extents: [Int] {
    a.isInteger
      ? [8, 16, 24] + Array(stride(from: 32, through: 256, by: 16))
      : Array(stride(from: 8, through: 256, by: 8))
  }

  /// All types that a warpgroup multiplies.
  static let all: [ProductType] = {
    var list = [
      ProductType(result: "f32", a: .bf16, b: .bf16, weight: 16),
      ProductType(result: "f32", a: .f16, b: .f16, weight: 16),
      ProductType(result: "f16", a: .f16, b: .f16, weight: 14),
      ProductType(result: "f32", a: .tf32, b: .tf32, weight: 14),
      ProductType(result: "s32", a: .b1, b: .b1, weight: 4, suffix: ".and.popc"),
    ]
    for a in [ProductNumbers.Format.e4m3, .e5m2] {
      for b in [ProductNumbers.Format.e4m3, .e5m2] {
        list.append(ProductType(result: "f32", a: a, b: b, weight: 5))
        list.append(ProductType(result: "f16", a: a, b: b, weight: 3))
      }
    }
    for a in [ProductNumbers.Format.s8, .u8] {
      for b in [ProductNumbers.Format.s8, .u8] {
        list.append(ProductType(result: "s32", a: a, b: b, weight: 2))
        list.append(ProductType(result: "s32", a: a, b: b, weight: 2, suffix: ".satfinite"))
      }
    }
    return list
  }()
}
