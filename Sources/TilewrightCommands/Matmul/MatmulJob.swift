// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import CUDADriver
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats

/// A product to compute with a kernel, and to check.
struct MatmulJob<Element: TensorCoreElement & NumberFormat> {
  /// The kernel.
  let kernel: any MatmulKernel<Element>
  /// The source of A and B.
  let source: MatmulSource
  /// The console that shows progress.
  let console: Console
  /// Whether the bytes of C are wanted.
  let keepsProduct: Bool
  /// The rounds of timing, where the kernel is timed.
  let repetitions: Int?

  /// Computes, checks and perhaps times the product.
  ///
  /// - Throws: `DeviceError`, other than the kernel's fault, and `InputError`.
  func run(on chosen: ChosenDevice) throws -> MatmulResult {
    let device = chosen.device
    let shape = source.shape
    let start = ContinuousClock.now
    // Memory comes first: what does not fit is told before anything takes long.
    let a = try device.makeBuffer(of: Element.self, count: shape.m * shape.k)
    let b = try device.makeBuffer(of: Element.self, count: shape.n * shape.k)
    let c = try device.makeBuffer(of: Element.self, count: shape.m * shape.n)
    let inputs = try console.showing("Making inputs") { () throws(InputError) in
      try source.matrices(of: Element.self)
    }
    try a.write(inputs.a)
    try b.write(inputs.b)
    // An element that the kernel does not write is then wrong.
    try c.write([Element](repeating: Element(Float.nan), count: c.count))
    let prepared = try kernel.prepare(on: device, a: a, b: b, c: c, shape: shape)
    let inputSeconds = start.duration(to: .now).seconds
    let launch: LaunchResult
    do throws(DeviceError) {
      launch = try console.showing(chosen.activity) { () throws(DeviceError) in
        try prepared.launch()
      }
    } catch {
      guard case .fault(let fault) = error else { throw error }
      return MatmulResult(
        entry: kernel.entry, summary: kernel.description.summary, fault: fault,
        inputSeconds: inputSeconds)
    }
    let checkStart = ContinuousClock.now
    let product = try c.read()
    let (reference, comparison) = console.showing("Checking") {
      let reference = HostReference(a: inputs.a, b: inputs.b, shape: shape, rows: comparedRows)
      return (reference, compare(product, reference))
    }
    let checkSeconds = checkStart.duration(to: .now).seconds
    let timing: MatmulTiming?
    do throws(DeviceError) {
      timing = try console.showing("Timing") { () throws(DeviceError) in
        try time(on: device, inputs) { compare($0, reference) }
      }
    } catch {
      guard case .fault(let fault) = error else { throw error }
      return MatmulResult(
        entry: kernel.entry, summary: kernel.description.summary, fault: fault,
        inputSeconds: inputSeconds)
    }
    let byteCount = keepsProduct ? c.allocation.byteCount : 0
    return MatmulResult(
      entry: kernel.entry, summary: kernel.description.summary, launch: launch,
      comparison: comparison,
      product: try device.read(from: c.address, byteCount: byteCount), inputSeconds: inputSeconds,
      checkSeconds: checkSeconds, timing: timing)
  }

  /// Times the kernel, where that is wanted and the device is a GPU.
  private func time(
    on device: any Device, _ inputs: (a: [Element], b: [Element]),
    compare: ([Element]) -> MatmulComparison
  ) throws(DeviceError) -> MatmulTiming? {
    guard let repetitions, let device = device as? CUDADevice else { return nil }
    let timer = MatmulTimer(
      kernel: kernel, device: device, shape: source.shape, a: inputs.a, b: inputs.b)
    return try timer.time(rounds: repetitions, compare: compare)
  }

  /// Compares a product with the host's.
  private func compare(_ product: [Element], _ reference: HostReference) -> MatmulComparison {
    reference.compare(product, isExact: source.isExact) { row, column in
      kernel.owner(row: row, column: column)
    }
  }

  /// The rows that are compared: as many as the host computes in about a second, and at least 16.
  private var comparedRows: [Int]? {
    let shape = source.shape
    let (rowCost, isTooLarge) = shape.n.multipliedReportingOverflow(by: shape.k)
    let count = isTooLarge ? 16 : max((1 << 30) / rowCost, 16)
    return count >= shape.m ? nil : HostReference.sampledRows(of: shape, count: count)
  }
}

/// The result of a product.
struct MatmulResult {
  /// The name of the kernel's entry, and what the kernel does, in a line.
  var entry: String, summary: String
  /// The time the kernel took, and the counters.
  var launch: LaunchResult?
  /// The comparison with the host's product.
  var comparison: MatmulComparison?
  /// The bytes of C, where they are wanted.
  var product: [UInt8] = []
  /// The kernel's fault.
  var fault: KernelFault?
  /// The time to make A and B and to copy them to the device, in seconds.
  var inputSeconds = 0.0
  /// The time to compute C on the host and to compare, in seconds.
  var checkSeconds = 0.0
  /// The timing of the kernel, if it was requested.
  var timing: MatmulTiming?

  /// Whether the kernel ran to its end and the product is right.
  var isGood: Bool { comparison?.isMatch ?? false }
}
