// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Simulator
import Testing

/// Comparisons of the drawings of `explain box` with tensor copies.
@Suite struct BoxProofs {
  /// A box of a tensor of 32-bit or 16-bit elements; coordinates are at multiples of 16 bytes.
  struct Case: Sendable, CustomTestStringConvertible {
    let type: String
    let tensor: [Int]
    let box: [Int]
    let start: [Int]
    let mode: String

    /// The arguments of `tilewright explain box`.
    var testDescription: String {
      "--type \(type) --tensor \(text(tensor)) --box \(text(box)) --at \(text(start)) --mode \(mode)"
    }

    /// Returns numbers in the form of an option.
    private func text(_ numbers: [Int]) -> String {
      numbers.map(String.init).joined(separator: ",")
    }
  }

  static let cases: [Case] = [
    Case(type: "u16", tensor: [128, 32], box: [64, 8], start: [64, 8], mode: "128B"),
    Case(type: "u16", tensor: [128, 32], box: [64, 64], start: [0, 0], mode: "128B"),
    Case(type: "u16", tensor: [104, 30], box: [64, 16], start: [56, 24], mode: "128B"),
    Case(type: "u16", tensor: [101, 30], box: [64, 16], start: [56, 24], mode: "128B"),
    Case(type: "u16", tensor: [104, 30], box: [32, 16], start: [-16, -4], mode: "64B"),
    Case(type: "u16", tensor: [104, 30], box: [16, 24], start: [96, 7], mode: "32B"),
    Case(type: "u16", tensor: [104, 30], box: [8, 40], start: [0, -3], mode: "none"),
    Case(type: "u16", tensor: [104, 30], box: [48, 5], start: [80, 0], mode: "none"),
    Case(type: "u32", tensor: [40, 20, 3], box: [32, 4, 2], start: [16, 18, 2], mode: "128B"),
    Case(type: "u32", tensor: [40, 9], box: [16, 9], start: [40, 0], mode: "64B"),
    Case(type: "u16", tensor: [64], box: [64], start: [16], mode: "128B"),
    Case(type: "u16", tensor: [104, 30], box: [16, 12], start: [96, 20], mode: "128B"),
    Case(type: "u16", tensor: [104, 30], box: [8, 12], start: [0, -2], mode: "64B"),
    Case(type: "u32", tensor: [40, 20, 3], box: [4, 4, 2], start: [36, 18, 1], mode: "32B"),
    Case(
      type: "u16", tensor: [16, 4, 3, 2, 3], box: [8, 2, 2, 2, 2], start: [8, 1, 1, 0, 2],
      mode: "none"),
  ]

  @Test(arguments: cases, [Schedule.eager, .late])
  func `a load puts every element where it is drawn, and zeros outside`(
    box: Case, schedule: Schedule
  ) throws {
    let map: Drawn.Box = try explained("box \(box.testDescription)")
    let byteCount = box.type == "u16" ? 2 : 4
    let rank = box.tensor.count
    // The element at linear index i is i + 1; rows are padded to 16 bytes, with 0xDEAD between.
    let pitch = (box.tensor[0] * byteCount + 15) / 16 * 16 / byteCount
    let rowCount = box.tensor.dropFirst().reduce(1, *)
    var elements = [Int](repeating: 0xDEAD, count: pitch * rowCount)
    for row in 0..<rowCount {
      for column in 0..<box.tensor[0] {
        elements[row * pitch + column] = row * box.tensor[0] + column + 1
      }
    }
    let bytes = elements.flatMap { element in
      (0..<byteCount).map { UInt8(truncatingIfNeeded: element >> (8 * $0)) }
    }
    let words = stride(from: 0, to: bytes.count, by: 4).map { index in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
    }
    let coordinates = box.start.map(String.init).joined(separator: ", ")
    var kernel = ProofKernel(
      body: "", threadCount: 32, image: [UInt8](repeating: 0xEE, count: map.sharedBytes),
      imageByteCount: map.sharedBytes, input: words,
      outputCount: map.sharedBytes / 4)
    kernel.body = """
      elect.sync _|%p2, 0xffffffff;
      @%p2 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%bar], \(map.bytes);
      @%p2 cp.async.bulk.tensor.\(rank)d.shared::cluster.global.mbarrier::complete_tx::bytes [%tile], [%map, {\(coordinates)}], [%bar];
      WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p3, [%bar], 0;
      @!%p3 bra WAIT;
      \(kernel.storingTile)
      """
    let swizzle: TensorMapDescription.Swizzle =
      switch box.mode {
      case "32B": .bytes32
      case "64B": .bytes64
      case "128B": .bytes128
      default: .none
      }
    var strides: [Int] = []
    for dimension in 1..<max(rank, 1) where dimension < rank {
      let inner = strides.last ?? pitch * byteCount
      strides.append(dimension == 1 ? inner : inner * box.tensor[dimension - 1])
    }
    let outcome = try kernel.run(schedule: schedule) { address in
      TensorMapDescription(
        elementType: byteCount == 2 ? .u16 : .u32, address: address, extents: box.tensor,
        byteStrides: strides, box: box.box, swizzle: swizzle)
    }
    let found = outcome.words.flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
    }
    // The bytes between short rows of a swizzled box stay unchanged.
    var expected = [UInt8](repeating: 0xEE, count: map.sharedBytes)
    #expect(map.chunks.count * 16 == map.bytes)
    for chunk in map.chunks {
      for element in 0..<16 / byteCount {
        var value = 0
        if chunk.inside.contains(element) {
          var index = 0
          for dimension in (1..<max(rank, 1)).reversed() where dimension < rank {
            index = index * box.tensor[dimension] + chunk.coordinate[dimension]
          }
          value = index * box.tensor[0] + chunk.coordinate[0] + element + 1
        }
        for byte in 0..<byteCount {
          expected[chunk.offset + element * byteCount + byte] =
            UInt8(truncatingIfNeeded: value >> (8 * byte))
        }
      }
    }
    #expect(found == expected)
  }
}
