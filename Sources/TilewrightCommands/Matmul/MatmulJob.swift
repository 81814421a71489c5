import DeviceRuntime
import KernelLanguage
import KernelLibrary
import NumberFormats

/// A product to compute with a kernel, and to check.
struct MatmulJob<Element: TensorCoreElement & NumberFormat> {
  /// The kernel.
  let kernel: any MatmulKernel<Element>
  /// Where A and B come from.
  let source: MatmulSource
  /// Where progress is shown.
  let console: Console

  /// Creates a job.
  init(_ kernel: any MatmulKernel<Element>, _ source: MatmulSource, _ console: Console) {
    self.kernel = kernel
    self.source = source
    self.console = console
  }

  /// Computes and checks the product.
  ///
  /// - Throws: `DeviceError`, other than the kernel's fault, and `InputError`.
  func run(on chosen: ChosenDevice) throws -> MatmulResult {
    let device = chosen.device
    let shape = source.shape
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
    let launch: LaunchResult
    do throws(DeviceError) {
      launch = try console.showing(chosen.activity) { () throws(DeviceError) in
        try prepared.launch()
      }
    } catch {
      guard case .fault(let fault) = error else { throw error }
      return MatmulResult(fault: fault)
    }
    let product = try c.read()
    let comparison = console.showing("Checking") { compare(product, inputs.a, inputs.b) }
    return MatmulResult(
      launch: launch, comparison: comparison,
      product: product.flatMap { littleEndian($0.bitPattern, MemoryLayout<Element>.size) })
  }

  /// Compares a product with the host's.
  private func compare(_ product: [Element], _ a: [Element], _ b: [Element]) -> MatmulComparison {
    let shape = source.shape
    let reference = HostReference(a: a, b: b, shape: shape, rows: comparedRows)
    return reference.compare(product, isExact: source.isExact) { row, column in
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

/// What became of a product.
struct MatmulResult {
  /// How long the kernel ran, and what was counted.
  var launch: LaunchResult?
  /// How the product compares with the host's.
  var comparison: MatmulComparison?
  /// The bytes of C.
  var product: [UInt8] = []
  /// What the kernel did wrong.
  var fault: KernelFault?

  /// Whether the kernel ran to its end and the product is right.
  var isGood: Bool { comparison?.isMatch ?? false }
}
