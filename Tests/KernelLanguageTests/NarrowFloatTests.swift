// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import NumberFormats
import PTX
import Simulator
import TestSupport
import Testing

/// Every conversion of narrow floats that Hopper has, on one pair of floats and their forms.
private let hopperConversions = Kernel<Hopper, GlobalBuffer<Float>, GlobalBuffer<UInt32>>(
  "hopper_conversions", block: 32
) { k, input, output in
  let low = input[k.laneIndex]
  let high = input[k.laneIndex + 32]
  var results: [DeviceValue<UInt32>] = []
  for rounding in [ConversionRounding.toNearestEven, .towardZero] {
    for isRectified in [false, true] {
      for isSaturating in [false, true] {
        results.append(
          k.packed(
            low, high, as: BFloat16.self, rounding: rounding, saturating: isSaturating,
            rectified: isRectified))
        results.append(
          k.packed(
            low, high, as: HalfFloat.self, rounding: rounding, saturating: isSaturating,
            rectified: isRectified))
      }
      results.append(
        k.rounded(low, to: TensorFloat32.self, rounding: rounding, rectified: isRectified))
    }
  }
  results.append(k.roundedAway(low, to: TensorFloat32.self))
  results.append(k.roundedAway(low, to: TensorFloat32.self, saturating: true))
  let halves = k.packed(low, high, as: HalfFloat.self)
  for isRectified in [false, true] {
    let first = k.packed(low, high, as: Float8E4M3.self, rectified: isRectified)
    let second = k.packed(low, high, as: Float8E5M2.self, rectified: isRectified)
    let others = [
      k.packed(halves, of: HalfFloat.self, as: Float8E4M3.self, rectified: isRectified),
      k.packed(halves, of: HalfFloat.self, as: Float8E5M2.self, rectified: isRectified),
    ]
    results += [first, second].map { $0.converted(to: UInt32.self) }
    results += others.map { $0.converted(to: UInt32.self) }
    results.append(
      k.unpacked(first, of: Float8E4M3.self, as: HalfFloat.self, rectified: isRectified))
    results.append(
      k.unpacked(second, of: Float8E5M2.self, as: HalfFloat.self, rectified: isRectified))
  }
  for (index, result) in results.enumerated() {
    output.store(result, at: k.laneIndex + index * 32)
  }
}

/// The conversions that only Blackwell has.
private let blackwellConversions = Kernel<Blackwell, GlobalBuffer<Float>, GlobalBuffer<UInt32>>(
  "blackwell_conversions", block: 32
) { k, input, output in
  let values = (0..<8).map { input[k.laneIndex + $0 * 32] }
  let four = Array(values[0..<4])
  let (low, high) = (values[0], values[1])
  let bits = low.bits ^ high.bits
  let halves = k.packed(low, high, as: HalfFloat.self)
  let brains = k.packed(low, high, as: BFloat16.self)
  var results: [DeviceValue<UInt32>] = []
  var narrow: [DeviceValue<UInt16>] = []
  for isRectified in [false, true] {
    for rounding in [ConversionRounding.toNearestEven, .towardZero] {
      results.append(
        k.saturated(low, to: TensorFloat32.self, rounding: rounding, rectified: isRectified))
    }
    let e2m3 = k.packed(low, high, as: Float6E2M3.self, rectified: isRectified)
    let e3m2 = k.packed(low, high, as: Float6E3M2.self, rectified: isRectified)
    let e2m1 = k.packed(values, as: Float4E2M1.self, rectified: isRectified)
    let e5m2 = k.packed(brains, of: BFloat16.self, as: Float8E5M2.self, rectified: isRectified)
    narrow += [e2m3, e3m2, e5m2]
    narrow += [
      k.packed(halves, of: HalfFloat.self, as: Float6E2M3.self, rectified: isRectified),
      k.packed(halves, of: HalfFloat.self, as: Float6E3M2.self, rectified: isRectified),
      k.packed(brains, of: BFloat16.self, as: Float6E2M3.self, rectified: isRectified),
      k.packed(brains, of: BFloat16.self, as: Float6E3M2.self, rectified: isRectified),
      k.packed(brains, of: BFloat16.self, as: Float8E4M3.self, rectified: isRectified),
    ]
    results.append(e2m1)
    let pairs = [halves, brains, halves, brains]
    results.append(
      k.packed(pairs, of: HalfFloat.self, as: Float4E2M1.self, rectified: isRectified))
    results.append(
      k.packed(pairs, of: BFloat16.self, as: Float4E2M1.self, rectified: isRectified))
    results += k.unpacked(
      e2m1, of: Float4E2M1.self, as: HalfFloat.self, rectified: isRectified)
    results += k.unpacked(e2m1, of: Float4E2M1.self, as: BFloat16.self, rectified: isRectified)
    results += [
      k.unpacked(e2m3, of: Float6E2M3.self, as: HalfFloat.self, rectified: isRectified),
      k.unpacked(e3m2, of: Float6E3M2.self, as: HalfFloat.self, rectified: isRectified),
    ]
    for isSaturating in [false, true] {
      results += [
        k.unpacked(
          e2m3, of: Float6E2M3.self, as: BFloat16.self, saturating: isSaturating,
          rectified: isRectified),
        k.unpacked(
          e3m2, of: Float6E3M2.self, as: BFloat16.self, saturating: isSaturating,
          rectified: isRectified),
        k.unpacked(
          e5m2, of: Float8E5M2.self, as: BFloat16.self, saturating: isSaturating,
          rectified: isRectified),
        k.unpacked(
          e5m2, of: Float8E4M3.self, as: BFloat16.self, saturating: isSaturating,
          rectified: isRectified),
        k.packed(
          low, high, as: HalfFloat.self, randomBits: bits, saturating: isSaturating,
          rectified: isRectified),
        k.packed(
          low, high, as: BFloat16.self, randomBits: bits, saturating: isSaturating,
          rectified: isRectified),
      ]
    }
    results += [
      k.packed(four, as: Float8E4M3.self, randomBits: bits, rectified: isRectified),
      k.packed(four, as: Float8E5M2.self, randomBits: bits, rectified: isRectified),
      k.packed(four, as: Float6E2M3.self, randomBits: bits, rectified: isRectified),
      k.packed(four, as: Float6E3M2.self, randomBits: bits, rectified: isRectified),
    ]
    narrow.append(k.packed(four, as: Float4E2M1.self, randomBits: bits, rectified: isRectified))
  }
  for rounding in [ScaleRounding.up, .towardZero] {
    for isSaturating in [false, true] {
      let scales = k.packed(
        low, high, as: ScaleE8M0.self, rounding: rounding, saturating: isSaturating)
      narrow.append(scales)
      narrow.append(
        k.packed(
          brains, of: BFloat16.self, as: ScaleE8M0.self, rounding: rounding,
          saturating: isSaturating))
      results.append(k.unpacked(scales, of: ScaleE8M0.self, as: BFloat16.self))
    }
  }
  results += narrow.map { $0.converted(to: UInt32.self) }
  for (index, result) in results.enumerated() {
    output.store(result, at: k.laneIndex + index * 32)
  }
}

/// The mnemonics of a kernel's conversions between floats, without those that only widen registers.
private func conversions(_ module: Module) -> [String] {
  let lines = module.ptx(form: .plain).split(separator: "\n")
  let mnemonics = lines.compactMap { (line: Substring) -> Substring? in
    line.split(separator: " ").first
  }
  return mnemonics.filter { $0.hasPrefix("cvt.r") }.map { String($0) }
}

@Suite struct NarrowFloatTests {
  @Test func `ptxas accepts every conversion, and the text parses back`() throws {
    for module in [try hopperConversions.module(), try blackwellConversions.module()] {
      #expect(try parse(module.ptx()) == module)
      #expect(module.diagnostics().isEmpty)
      let report = try assemble(module.ptx(), architecture: module.target.description)
      #expect(report.isAccepted, "\(report.log)")
    }
  }

  @Test func `there is a method for every form that conversions of narrow floats have`() throws {
    let hopper = Set(conversions(try hopperConversions.module()))
    let blackwell = Set(conversions(try blackwellConversions.module()))
    // Rectification follows saturation in a mnemonic.
    var expected: Set<String> = []
    let relu = ["", ".relu"]
    for rounding in ["rn", "rz"] {
      for words in relu {
        expected.insert("cvt.\(rounding)\(words).tf32.f32")
        for type in ["f16x2", "bf16x2"] {
          expected.insert("cvt.\(rounding)\(words).\(type).f32")
          expected.insert("cvt.\(rounding).satfinite\(words).\(type).f32")
        }
      }
    }
    expected.formUnion(["cvt.rna.tf32.f32", "cvt.rna.satfinite.tf32.f32"])
    for type in ["e4m3x2", "e5m2x2"] {
      for words in relu {
        expected.insert("cvt.rn.satfinite\(words).\(type).f32")
        expected.insert("cvt.rn.satfinite\(words).\(type).f16x2")
        expected.insert("cvt.rn\(words).f16x2.\(type)")
      }
    }
    #expect(hopper == expected)
    let small = ["e2m1", "e2m3", "e3m2"]
    for words in relu {
      for rounding in ["rn", "rz"] {
        expected.insert("cvt.\(rounding).satfinite\(words).tf32.f32")
      }
      for type in small {
        expected.insert("cvt.rn.satfinite\(words).\(type)x2.f32")
        expected.insert("cvt.rn.satfinite\(words).\(type)x2.f16x2")
        expected.insert("cvt.rn\(words).f16x2.\(type)x2")
      }
      for type in small + ["e4m3", "e5m2"] {
        expected.insert("cvt.rn.satfinite\(words).\(type)x2.bf16x2")
        expected.insert("cvt.rn\(words).bf16x2.\(type)x2")
        // A type without infinities has nothing to clamp, and e2m1 has no such conversion.
        if type != "e2m1" { expected.insert("cvt.rn.satfinite\(words).bf16x2.\(type)x2") }
        expected.insert("cvt.rs.satfinite\(words).\(type)x4.f32")
      }
      for type in ["f16x2", "bf16x2"] {
        expected.insert("cvt.rs\(words).\(type).f32")
        expected.insert("cvt.rs.satfinite\(words).\(type).f32")
      }
    }
    for rounding in ["rp", "rz"] {
      for words in ["", ".satfinite"] {
        expected.insert("cvt.\(rounding)\(words).ue8m0x2.f32")
        expected.insert("cvt.\(rounding)\(words).ue8m0x2.bf16x2")
      }
    }
    expected.insert("cvt.rn.bf16x2.ue8m0x2")
    #expect(hopper.union(blackwell) == expected)
  }

  @Test func `the first value of a pair, of four and of eight is the lowest`() throws {
    let kernel = Kernel<Blackwell, GlobalBuffer<Float>, GlobalBuffer<UInt32>>(
      "order", block: 1
    ) { k, input, output in
      let values = (0..<8).map { input[$0] }
      let zero = k.constant(UInt32(0))
      let words = k.packed(values, as: Float4E2M1.self)
      output[0] = words
      output[1] =
        k.packed(values[1], values[2], as: Float8E4M3.self).converted(to: UInt32.self)
      output[2] = k.packed(Array(values[0..<4]), as: Float8E5M2.self, randomBits: zero)
      output[3] =
        k.packed(Array(values[4..<8]), as: Float4E2M1.self, randomBits: zero)
        .converted(to: UInt32.self)
      for (index, pair) in k.unpacked(words, of: Float4E2M1.self, as: HalfFloat.self).enumerated() {
        output[4 + index] = pair
      }
    }
    let device = SimulatedDevice(.blackwell)
    let values: [Float] = [0, 0.5, 1, 1.5, -2, -3, 4, 6]
    let input = try device.makeBuffer(values)
    let output = try device.makeBuffer([UInt32](repeating: 0, count: 8))
    try device.launch(kernel, grid: 1, input, output)
    let found = try output.read()
    let e4m3 = values.map { UInt32(Float8E4M3($0).bitPattern) }
    let e5m2 = values.map { UInt32(Float8E5M2($0).bitPattern) }
    let halves = values.map { UInt32(HalfFloat($0).bitPattern) }
    #expect(found[0] == 0x76DC_3210)
    #expect(found[1] == e4m3[2] << 8 | e4m3[1])
    #expect(found[2] == e5m2[3] << 24 | e5m2[2] << 16 | e5m2[1] << 8 | e5m2[0])
    #expect(found[3] == 0x76DC)
    for index in 0..<4 {
      #expect(found[4 + index] == halves[2 * index + 1] << 16 | halves[2 * index])
    }
  }
}
