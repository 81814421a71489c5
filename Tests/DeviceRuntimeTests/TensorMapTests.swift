// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

@testable import DeviceRuntime

@Suite struct TensorMapTests {
  /// A legal map: a matrix of 100 rows of 72 bf16, in boxes of 64 by 8.
  private let legal = TensorMapDescription(
    elementType: .bf16, address: 0x1000, extents: [72, 100], byteStrides: [144], box: [64, 8],
    swizzle: .bytes128)

  @Test func `a legal map is accepted, and its box has the bytes that a barrier counts`() throws {
    try legal.validate()
    #expect(legal.boxByteCount == 1024)
    var stepped = legal
    stepped.elementStrides = [1, 3]
    #expect(stepped.boxByteCount == 64 * 2 * 3)
    // The step of the innermost dimension has no effect.
    stepped.elementStrides = [2, 3]
    #expect(stepped.boxByteCount == 64 * 2 * 3)
  }

  @Test func `the rows of a swizzled box take the swizzle's span in shared memory`() {
    var short = legal
    short.box = [16, 8]
    #expect(short.boxByteCount == 256)
    #expect(short.boxSharedByteCount == 1024)
    short.swizzle = .none
    #expect(short.boxSharedByteCount == 256)
  }

  /// A change to the legal map, and the rule that it breaks.
  struct Change: Sendable {
    var error: TensorMapError
    var apply: @Sendable (inout TensorMapDescription) -> Void
  }

  static let changes: [Change] = [
    Change(error: .misalignedAddress(0x1008)) { $0.address = 0x1008 },
    Change(error: .extent(dimension: 1, extent: 0, limit: 1 << 32)) { $0.extents[1] = 0 },
    Change(error: .stride(dimension: 1, byteStride: 150)) { $0.byteStrides = [150] },
    Change(error: .stride(dimension: 1, byteStride: 1 << 40)) { $0.byteStrides = [1 << 40] },
    Change(error: .box(dimension: 1, extent: 257)) { $0.box[1] = 257 },
    Change(error: .elementStride(dimension: 1, step: 9)) { $0.elementStrides[1] = 9 },
    Change(error: .innerBox(byteCount: 24)) { $0.box[0] = 12 },
    Change(error: .swizzleSpan(innerByteCount: 128, span: 64)) { $0.swizzle = .bytes64 },
    Change(error: .dimensionCount(rank: 2, strides: 2, box: 2, steps: 2)) {
      $0.byteStrides = [144, 144]
    },
    Change(error: .rank(0)) { $0.extents = [] },
    Change(error: .fill(.u16)) {
      $0.elementType = .u16
      $0.fill = .notANumber
    },
    Change(error: .fill(.e4m3)) {
      $0.elementType = .e4m3
      $0.fill = .notANumber
    },
    Change(error: .floatMode(.bf16)) { $0.floatMode = .tensorFloat32 },
  ]

  @Test(arguments: changes.indices)
  func `each broken rule is named with its value`(index: Int) {
    var map = legal
    Self.changes[index].apply(&map)
    #expect(throws: Self.changes[index].error) { try map.validate() }
    #expect("\(Self.changes[index].error)".hasSuffix("."))
  }

  @Test func `a map that was made for another tile does not meet the requirement`() {
    let requirement = TensorMapRequirement(
      tileName: "a", elementType: .bf16, box: [64, 8], swizzle: .bytes128)
    #expect(requirement.isMet(by: legal))
    var other = legal
    other.swizzle = .none
    #expect(!requirement.isMet(by: other))
    other = legal
    other.box = [64, 16]
    #expect(!requirement.isMet(by: other))
  }
}
