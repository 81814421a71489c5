// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import NumberFormats
import PTX
import Simulator
import TestSupport
import Testing

/// Elements of 8 and 16 bits, and floats that become integers.
@Suite struct SmallElementTests {
  /// Loads bytes and stores them as other types.
  private static let bytes = Kernel<
    AnyArchitecture, GlobalBuffer<Int8>, GlobalBuffer<UInt8>, GlobalBuffer<Int32>,
    GlobalBuffer<Float>, GlobalBuffer<Int16>
  >("bytes", block: 32) { k, signed, unsigned, wide, floats, shorts in
    let i = k.threadIndex.x
    wide[i] = signed[i].converted(to: Int32.self) + unsigned[i].converted(to: Int32.self)
    floats[i] = signed[i].converted(to: Float.self) - unsigned[i].converted(to: Float.self)
    shorts[i] = signed[i].converted(to: Int16.self)
    signed[i] = (wide[i] * 2).converted(to: Int8.self)
    unsigned[i] = (floats[i] * 2).converted(to: UInt8.self)
    k.if(i == 31) {
      signed.store(-1, at: i)
      unsigned.store(255, at: i)
    }
  }

  @Test func `bytes are loaded with their sign, and stored cut off or clamped`() throws {
    let device = SimulatedDevice(.hopper)
    let signed = (0..<32).map { Int8(8 * $0 - 124) }
    let unsigned = (0..<32).map { UInt8(8 * $0) }
    let a = try device.makeBuffer(signed)
    let b = try device.makeBuffer(unsigned)
    let wide = try device.makeBuffer(of: Int32.self, count: 32)
    let floats = try device.makeBuffer(of: Float.self, count: 32)
    let shorts = try device.makeBuffer(of: Int16.self, count: 32)
    try device.launch(Self.bytes, grid: 1, a, b, wide, floats, shorts)
    #expect(try wide.read() == zip(signed, unsigned).map { Int32($0) + Int32($1) })
    #expect(try floats.read() == zip(signed, unsigned).map { Float($0) - Float($1) })
    #expect(try shorts.read() == signed.map { Int16($0) })
    let sums = zip(signed, unsigned).map { Int8(truncatingIfNeeded: 2 * (Int32($0) + Int32($1))) }
    #expect(try a.read() == sums.dropLast() + [-1])
    let differences = zip(signed, unsigned).map { 2 * (Int($0) - Int($1)) }
    #expect(try b.read() == differences.dropLast().map { UInt8(clamping: $0) } + [255])
  }

  /// Rounds floats in every way.
  private static let rounding = Kernel<
    AnyArchitecture, GlobalBuffer<Float>, GlobalBuffer<Float>, GlobalBuffer<Int32>,
    GlobalBuffer<Double>
  >("rounding", block: 8) { k, x, y, n, d in
    let i = k.threadIndex.x
    for (row, way) in [IntegralRounding.toNearestEven, .towardZero, .down, .up].enumerated() {
      y[i + 8 * row] = x[i].rounded(way)
      n[i + 8 * row] = x[i].converted(to: Int32.self, rounding: way)
    }
    d[i] = d[i].rounded()
  }

  @Test func `floats are rounded to integers in every direction`() throws {
    let device = SimulatedDevice(.hopper)
    let x: [Float] = [-2.5, -1.5, -0.25, 0.5, 1.5, 2.5, 2.75, 1e9]
    let inputs = try device.makeBuffer(x)
    let y = try device.makeBuffer(of: Float.self, count: 32)
    let n = try device.makeBuffer(of: Int32.self, count: 32)
    let d = try device.makeBuffer(x.map(Double.init))
    try device.launch(Self.rounding, grid: 1, inputs, y, n, d)
    let rules: [FloatingPointRoundingRule] = [.toNearestOrEven, .towardZero, .down, .up]
    let expected = rules.flatMap { rule in x.map { $0.rounded(rule) } }
    #expect(try y.read() == expected)
    #expect(try n.read() == expected.map { Int32($0) })
    #expect(try d.read() == x.map { Double($0).rounded(.toNearestOrEven) })
  }

  #if !(os(macOS) && arch(x86_64))
    /// Doubles numbers of Swift's `Float16`.
    private static let halves = Kernel<AnyArchitecture, GlobalBuffer<Float16>>(
      "halves", block: 32
    ) { k, x in
      let i = k.threadIndex.x
      x[i] = (x[i].converted(to: Float.self) * 2).converted(to: Float16.self)
      k.if(i == 0) { x.store(0.5) }
    }

    @Test func `Swift's own halves are elements`() throws {
      let device = SimulatedDevice(.hopper)
      let x = try device.makeBuffer((0..<32).map { Float16($0) / 8 })
      try device.launch(Self.halves, grid: 1, x)
      #expect(try x.read() == [0.5] + (1..<32).map { Float16($0) / 4 })
      #expect(HalfFloat(Float16(1.5)) == 1.5 && Float16(HalfFloat(-2)) == -2)
    }
  #endif

  @Test func `ptxas accepts them`() throws {
    var modules = [try Self.bytes.module(), try Self.rounding.module()]
    #if !(os(macOS) && arch(x86_64))
      modules.append(try Self.halves.module())
    #endif
    for module in modules {
      let report = try assemble(module.ptx(), architecture: "sm_90a")
      #expect(report.isAccepted, "\(report.log)")
      #expect(try parse(module.ptx()) == module)
    }
  }
}
