// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import Testing

/// Comparisons with digests of the results of `cvt` on an H100 for four million Floats.
///
/// Recorded on an H100 80GB HBM3, driver 580.159.04, CUDA 13.0, in November 2026, by a kernel that
/// adds up `mixed(input, output)` over the same inputs.
struct HardwareTests {
  /// A conversion, and the digest of the hardware's results.
  struct Conversion: Sendable, CustomTestStringConvertible {
    /// The instruction; for pairs, one half of it.
    let instruction: String
    /// The sum of all mixed inputs and outputs.
    let digest: UInt64
    /// The conversion under test.
    let convert: @Sendable (Float) -> UInt32

    /// The instruction, for the test's title.
    var testDescription: String { instruction }
  }

  /// The conversions to 16 bits.
  static let to16Bits = [
    Conversion(instruction: "cvt.rn.bf16.f32", digest: 0xf56d_8536_e493_5100) {
      UInt32(BFloat16(Double($0), rounding: .toNearestEven).bitPattern)
    },
    Conversion(instruction: "cvt.rz.bf16.f32", digest: 0xa93b_57c2_9bfa_00d5) {
      UInt32(BFloat16(truncating: $0).bitPattern)
    },
    Conversion(instruction: "cvt.rn.satfinite.bf16.f32", digest: 0xd461_3968_0a81_edb2) {
      UInt32(BFloat16(saturating: $0).bitPattern)
    },
    Conversion(instruction: "cvt.rz.satfinite.bf16.f32", digest: 0xae5c_1cda_29d5_0734) {
      UInt32(BFloat16(Double($0), rounding: .towardZero, isSaturating: true).bitPattern)
    },
    Conversion(instruction: "cvt.rn.f16.f32", digest: 0x2336_a214_5ed8_d65f) {
      UInt32(HalfFloat(Double($0), rounding: .toNearestEven).bitPattern)
    },
    Conversion(instruction: "cvt.rz.f16.f32", digest: 0x71ad_d778_9fae_9c6c) {
      UInt32(HalfFloat(truncating: $0).bitPattern)
    },
    Conversion(instruction: "cvt.rn.satfinite.f16.f32", digest: 0xf88b_5873_a32a_85aa) {
      UInt32(HalfFloat(saturating: $0).bitPattern)
    },
    Conversion(instruction: "cvt.rz.satfinite.f16.f32", digest: 0xa776_0e66_5ec1_cced) {
      UInt32(HalfFloat(Double($0), rounding: .towardZero, isSaturating: true).bitPattern)
    },
  ]

  /// The conversions to tf32 and to 8 bits.
  static let toOthers = [
    Conversion(instruction: "cvt.rna.tf32.f32", digest: 0x1aa8_c591_a826_ae20) {
      TensorFloat32(roundingAway: $0).bitPattern
    },
    Conversion(instruction: "cvt.rn.tf32.f32", digest: 0x797d_b865_75f6_edc0) {
      TensorFloat32(Double($0), rounding: .toNearestEven).bitPattern
    },
    Conversion(instruction: "cvt.rz.tf32.f32", digest: 0x95a9_6b83_37b6_ab97) {
      TensorFloat32(truncating: $0).bitPattern
    },
    Conversion(instruction: "cvt.rn.satfinite.e4m3x2.f32", digest: 0xbcc7_9927_0af4_4a8f) {
      UInt32(Float8E4M3(saturating: $0).bitPattern)
    },
    Conversion(instruction: "cvt.rn.satfinite.e5m2x2.f32", digest: 0xcb1a_feff_7def_efd5) {
      UInt32(Float8E5M2(saturating: $0).bitPattern)
    },
  ]

  @Test(arguments: to16Bits + toOthers)
  func `labelled conversions are those of the hardware`(conversion: Conversion) {
    var lowHalves: [UInt32] = [0xFFFF]
    for shift in UInt32(0)..<16 {
      let bit = UInt32(1) << shift
      lowHalves += [bit, bit - 1, bit + 1, (3 * bit) & 0xFFFF]
    }
    var digest: UInt64 = 0
    for high in UInt32(0)..<0x1_0000 {
      for low in lowHalves {
        let input = high << 16 | low
        digest &+= mixed(input, conversion.convert(Float(bitPattern: input)))
      }
    }
    #expect(digest == conversion.digest)
  }

  /// Returns a hash that depends on every bit of the input and the output.
  private func mixed(_ input: UInt32, _ output: UInt32) -> UInt64 {
    var bits = UInt64(input) << 32 | UInt64(output)
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
