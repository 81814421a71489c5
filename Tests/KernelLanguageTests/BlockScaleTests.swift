// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Foundation
import KernelLanguage
import NumberFormats
import PTX
import Simulator
import TestSupport
import Testing
import TileLayout

/// A product with block scales: C[128, n] = A[128, k] · B[n, k]ᵀ, in f32, by one block.
///
/// - `operands`: The types: one element in each byte, or two.
/// - `chunks`: The 128-byte parts of a row along k: each is a stage of A, B and their scales.
private func scaledMatmul(
  _ operands: BlockScaledOperands, block: ScaleBlock, n: Int, chunks: Int
) throws -> Kernel<
  Blackwell, TensorMap<UInt8>, TensorMap<UInt8>, GlobalBuffer<UInt32>, GlobalBuffer<UInt32>,
  GlobalBuffer<Float>
> {
  let tileA = try SharedTile<UInt8>("a", rows: 128, columns: 128, swizzle: .bytes128)
  let tileB = try SharedTile<UInt8>("b", rows: n, columns: 128, swizzle: .bytes128)
  let first = try BlockScaledInstructionDescriptor(operands, m: 128, n: n)
  let count = operands.kind.scaleCount(block)
  // The scales of a chunk: four multiplications use all bytes of `count` blocks of 512.
  let byteCount = 512 * count
  let rowBlocks = (n + 127) / 128
  let (columnA, columnB) = (256, 256 + 4 * count)
  var steps: [BlockScaledInstructionDescriptor] = []
  for step in 0..<4 {
    let id = step * count % 4
    steps.append(try first.selecting(scaleFactorA: id, scaleFactorB: id))
  }
  let instructions = steps
  return Kernel("scaled_matmul", block: 128) { k, mapA, mapB, scalesA, scalesB, c in
    let (a, b) = (k.shared(tileA), k.shared(tileB))
    let scales = k.sharedField(
      "scales", of: UInt32.self, count: byteCount * (1 + rowBlocks) / 4, alignment: 128)
    let full = k.sharedBarrier("full", arrivals: 1)
    let done = k.sharedBarrier("done", arrivals: 1)
    let field = k.sharedField("address", of: UInt32.self)
    mapA.require(tileA.tensorMapRequirement)
    mapB.require(tileB.tensorMapRequirement)
    let warp = k.warpIndex
    let thread = k.threadIndex.x
    k.if(warp == 0) {
      k.elected {
        full.initialize()
        done.initialize()
        k.fenceBarrierInitialization()
      }
      k.tcgen05Alloc(columns: 512, to: field)
      k.tcgen05RelinquishAllocPermit()
    }
    k.tcgen05FenceBeforeThreadSync()
    k.synchronize()
    k.tcgen05FenceAfterThreadSync()
    let memory = TensorMemoryAddress(field.load())
    for chunk in 0..<chunks {
      // Threads copy the scales; tensor copies load the tiles.
      let words = scales
      for part in 0..<1 + rowBlocks {
        let source = part == 0 ? scalesA : scalesB
        let row = max(0, part - 1)
        let from = source.advanced(by: (row * chunks + chunk) * byteCount / 4)
        for index in 0..<byteCount / 512 {
          let offset = thread + 128 * index
          words.advanced(by: offset + part * byteCount / 4).store(from.load(at: offset))
        }
      }
      k.fenceProxyAsync(.sharedBlock)
      k.synchronize()
      k.if(warp == 0) {
        k.elected {
          full.arrive(expectingByteCount: tileA.byteCount + tileB.byteCount)
          let column = k.constant(UInt32(128 * chunk))
          let zero = k.constant(UInt32(0))
          k.cpAsyncBulkTensor(mapA, [column, zero], to: a.address, signalling: full)
          k.cpAsyncBulkTensor(mapB, [column, zero], to: b.address, signalling: full)
          full.wait(parity: k.constant(UInt32(chunk % 2)))
          for index in 0..<count {
            k.tcgen05Cp(
              to: memory.advanced(columns: columnA + 4 * index),
              from: k.scaleFactorDescriptor(
                at: scales.address.advanced(byByteCount: 512 * index)), shape: .rows32Bytes16)
            for rows in 0..<rowBlocks {
              k.tcgen05Cp(
                to: memory.advanced(columns: columnB + 4 * (index * rowBlocks + rows)),
                from: k.scaleFactorDescriptor(
                  at: scales.address.advanced(
                    byByteCount: byteCount * (1 + rows) + 512 * index)), shape: .rows32Bytes16)
            }
          }
          for (step, instruction) in instructions.enumerated() {
            let index = step * count / 4
            k.tcgen05Mma(
              memory, a: k.matrixDescriptor(of: a).advanced(byByteCount: 32 * step),
              b: k.matrixDescriptor(of: b).advanced(byByteCount: 32 * step), instruction,
              aScales: memory.advanced(columns: columnA + 4 * index),
              bScales: memory.advanced(columns: columnB + 4 * index * rowBlocks), block: block,
              accumulates: chunk + step > 0 ? k.always : k.never)
          }
          k.tcgen05Commit(done)
        }
      }
      done.wait(parity: k.constant(UInt32(chunk % 2)))
      k.tcgen05FenceAfterThreadSync()
      k.synchronize()
    }
    let own = memory.advanced(byLanes: warp * 32)
    for first in stride(from: 0, to: n, by: 16) {
      let accumulators = (0..<16).map { _ in k.variable(Float(0)) }
      k.tcgen05Ld(accumulators, from: own.advanced(columns: first), shape: .lanes32Bits32)
      k.tcgen05WaitLd()
      let start = c.advanced(by: thread * n + first)
      for (index, accumulator) in accumulators.enumerated() { start[index] = accumulator.value }
    }
    k.tcgen05FenceBeforeThreadSync()
    k.synchronize()
    k.if(warp == 0) { k.tcgen05Dealloc(memory, columns: 512) }
  }
}

/// A product in float64 by `numpy`, of the codes as `ml_dtypes` decodes them.
///
/// Input: the bytes of A and B, and their scales in the kernel's order. Output: C in float64, and
/// the sums of the magnitudes of its terms.
private let referenceProgram = """
  import sys
  import ml_dtypes, numpy

  kind, scale, m, n, k, block = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
  data = numpy.frombuffer(sys.stdin.buffer.read(), dtype=numpy.uint8)
  width = k // 2 if kind == 'float4_e2m1fn' else k

  def values(codes, rows):
      codes = codes.reshape(rows, width)
      if kind == 'float4_e2m1fn':
          codes = numpy.stack([codes & 15, codes >> 4], axis=2).reshape(rows, k)
      return codes.view(getattr(ml_dtypes, kind)).astype(numpy.float64)

  def scales(codes, rows):
      count = k // block
      result = numpy.empty((rows, count))
      blocks = codes.reshape((rows + 127) // 128, count // 4, 32, 4, 4)
      decoded = blocks.view(getattr(ml_dtypes, scale)).astype(numpy.float64)
      for x in range(rows):
          result[x] = decoded[x // 128, :, x % 32, x % 128 // 32, :].reshape(count)
      return numpy.repeat(result, block, axis=1)

  at = 0
  def take(count):
      global at
      at += count
      return data[at - count:at]

  a, b = values(take(m * width), m), values(take(n * width), n)
  a = a * scales(take(128 * (k // block)), m)
  b = b * scales(take((n + 127) // 128 * 128 * (k // block)), n)
  out = numpy.stack([a @ b.T, numpy.abs(a) @ numpy.abs(b).T])
  sys.stdout.buffer.write(out.astype('<f8').tobytes())
  """

@Suite struct BlockScaleTests {
  /// The types, and their names in Python.
  struct Types: Sendable, CustomTestStringConvertible {
    var operands: BlockScaledOperands
    var block: ScaleBlock
    var element: String
    var scale: String

    var testDescription: String { "\(operands), \(block)" }
  }

  static let types = [
    Types(
      operands: .mxf8f6f4(a: .e4m3, b: .e4m3), block: .block32, element: "float8_e4m3fn",
      scale: "float8_e8m0fnu"),
    Types(
      operands: .mxf8f6f4(a: .e5m2, b: .e5m2), block: .block32, element: "float8_e5m2",
      scale: "float8_e8m0fnu"),
    Types(operands: .mxf4, block: .block32, element: "float4_e2m1fn", scale: "float8_e8m0fnu"),
    Types(
      operands: .mxf4nvf4(scale: .ue4m3), block: .block16, element: "float4_e2m1fn",
      scale: "float8_e4m3fn"),
  ]

  @Test(arguments: types, [Schedule.eager, .late, .random(seed: 4)])
  func `products of random codes and scales are near those of float64`(
    types: Types, schedule: Schedule
  ) throws {
    let (n, chunks) = (144, 2)
    let isPacked = types.operands.kind != .mxf8f6f4
    let k = 128 * chunks * (isPacked ? 2 : 1)
    let scaleCount = k / types.block.rawValue
    var random = SplitMix64(seed: 9)
    /// Returns random codes of finite elements.
    func codes(_ rows: Int) -> [UInt8] {
      (0..<rows * 128 * chunks).map { _ in
        let code = UInt8.random(in: 0...255, using: &random)
        // Neither NaN nor infinities.
        return !isPacked && code & 0x7C == 0x7C ? code & 0xBF : code
      }
    }
    /// Returns random scales near one, in blocks.
    func scales(_ rows: Int) -> [UInt8] {
      (0..<(rows + 127) / 128 * 128 * scaleCount).map { _ in
        types.scale == "float8_e4m3fn"
          ? UInt8.random(in: 0x28...0x48, using: &random)
          : UInt8.random(in: 122...130, using: &random)
      }
    }
    /// Returns bytes as 32-bit words.
    func words(_ bytes: [UInt8]) -> [UInt32] {
      stride(from: 0, to: bytes.count, by: 4).map { index in
        (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
      }
    }
    let (a, b, scalesA, scalesB) = (codes(128), codes(n), scales(128), scales(n))
    let device = SimulatedDevice(.blackwell, options: SimulationOptions(schedule: schedule))
    let kernel = try scaledMatmul(types.operands, block: types.block, n: n, chunks: chunks)
    let tileA = try SharedTile<UInt8>("a", rows: 128, columns: 128, swizzle: .bytes128)
    let tileB = try SharedTile<UInt8>("b", rows: n, columns: 128, swizzle: .bytes128)
    let (bufferA, bufferB) = (try device.makeBuffer(a), try device.makeBuffer(b))
    let c = try device.makeBuffer([Float](repeating: .nan, count: 128 * n))
    let pitch = 128 * chunks
    let mapA = try device.makeTensorMap(
      tileA.tensorMapDescription(of: bufferA, rows: 128, columns: pitch, pitch: pitch),
      of: UInt8.self, over: bufferA)
    let mapB = try device.makeTensorMap(
      tileB.tensorMapDescription(of: bufferB, rows: n, columns: pitch, pitch: pitch),
      of: UInt8.self, over: bufferB)
    try device.launch(
      kernel, grid: 1, mapA, mapB, try device.makeBuffer(words(scalesA)),
      try device.makeBuffer(words(scalesB)), c)
    let found = try c.read()

    let output = try runPython(
      referenceProgram,
      arguments: [
        types.element, types.scale, "128", "\(n)", "\(k)", "\(types.block.rawValue)",
      ], input: a + b + scalesA + scalesB)
    let numbers = output.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    try #require(numbers.count == 2 * 128 * n)
    // Each multiplication along k truncates a sum at most once in f32, and the terms at 2^-25 of
    // the largest.
    let bound = Double(chunks * 4) * 34 * 0x1p-24
    for index in 0..<128 * n {
      let error = abs(Double(found[index]) - numbers[index])
      #expect(
        error <= bound * numbers[128 * n + index],
        "row \(index / n), column \(index % n): \(found[index]), not \(numbers[index])")
    }
    #expect(Set(found).count > 1000)
  }

  @Test(arguments: types)
  func `ptxas accepts the kernel`(types: Types) throws {
    let module = try scaledMatmul(types.operands, block: types.block, n: 256, chunks: 3).module()
    let report = try assemble(module.ptx(), architecture: "sm_100a")
    #expect(report.isAccepted, "\(report.log)")
  }
}
