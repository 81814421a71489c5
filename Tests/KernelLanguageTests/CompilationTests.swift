// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing

/// A program that must not compile: the mistake, its line and, where given, its column, and the
/// compiler's message there.
struct Misuse: Sendable, CustomTestStringConvertible {
  let name: String
  let line: Int
  var column: Int?
  let message: String
  let source: String

  var testDescription: String { name }

  static let all = [
    Misuse(
      name: "tcgen05 in a Hopper kernel", line: 2, message: "HasTensorMemory",
      source: """
        let kernel = Kernel<Hopper, UInt32>("k") { k, x in
          k.tcgen05WaitLd()
        }
        """),
    Misuse(
      name: "wgmma in a Blackwell kernel", line: 2, message: "HasWGMMA",
      source: """
        let kernel = Kernel<Blackwell, UInt32>("k") { k, x in
          k.wgmmaFence()
        }
        """),
    Misuse(
      name: "TMA in a portable kernel", line: 2, message: "HasTMA",
      source: """
        let kernel = Kernel<AnyArchitecture, UInt32>("k") { k, x in
          k.cpAsyncBulkCommitGroup()
        }
        """),
    Misuse(
      name: "cluster launch control in a Hopper kernel", line: 3,
      message: "HasClusterLaunchControl",
      source: """
        let kernel = Kernel<Hopper, UInt32>("k") { k, x in
          let barrier = k.sharedBarrier("next", arrivals: 1)
          k.clusterlaunchcontrolTryCancel(barrier.address, signalling: barrier)
        }
        """),
    Misuse(
      name: "a launch control scheduler for Hopper", line: 2, message: "HasClusterLaunchControl",
      source: """
        import StructuredKernels
        func scheduler(_ tiles: LaunchControlScheduler<Hopper>) {}
        """),
    Misuse(
      name: "waiting for earlier grids in a portable kernel", line: 2,
      message: "HasDependentLaunch",
      source: """
        let kernel = Kernel<AnyArchitecture, UInt32>("k") { k, x in
          k.griddepcontrolWait()
        }
        """),
    Misuse(
      name: "a device value as the coordinate of a register", line: 3, message: "",
      source: """
        let kernel = Kernel<Hopper, UInt32>("k") { k, x in
          let sums = TileTensor<Float, Registers>([k.variable(Float(0))], layout: .rowMajor(1, 1))
          _ = sums[x, 0]
        }
        """),
    Misuse(
      name: "direct access to an element of Tensor Memory", line: 3,
      message: "AddressedTensorSpace",
      source: """
        let kernel = Kernel<Blackwell, UInt32>("k") { k, x in
          let sums = TileTensor<Float, TensorMemory>(TensorMemoryAddress(x), rows: 64, columns: 64)
          _ = sums[x, 0]
        }
        """),
    Misuse(
      name: "a ragged tensor in shared memory", line: 3, message: "Global",
      source: """
        func inside<Element>(_ tile: TileTensor<Element, Shared>) {
          // Shared memory has no ragged tensors.
          _ = tile.containsRow(0)
        }
        """),
    Misuse(
      name: "assignment of a captured Swift variable", line: 4, message: "captured var",
      source: """
        let kernel = Kernel<Hopper, UInt32>("k") { k, x in
          var total = x
          k.loop(10) { i in
            total = total + i
          }
          _ = total
        }
        """),
    Misuse(
      name: "a launch argument of another type", line: 3, column: 60,
      message: "cannot convert value of type 'String' to expected argument type 'Float'",
      source: """
        let kernel = Kernel<Hopper, UInt32, Float>("k") { k, x, y in }
        func run(_ device: any Device) throws {
          try device.launch(kernel, grid: 1, block: 32, UInt32(1), "two")
        }
        """),
    Misuse(
      name: "a launch argument of the host's integer type", line: 3, column: 49,
      message: "cannot convert value of type 'Int' to expected argument type 'UInt32'",
      source: """
        let kernel = Kernel<Hopper, UInt32, Float>("k") { k, x, y in }
        func run(_ device: any Device, _ count: Int) throws {
          try device.launch(kernel, grid: 1, block: 32, count, 2)
        }
        """),
    Misuse(
      name: "a buffer of another element type in a launch", line: 3, column: 52,
      message:
        "'GlobalBuffer<Double>' to expected argument type 'GlobalBuffer<Float>'",
      source: """
        let kernel = Kernel<Hopper, Float, GlobalBuffer<Float>>("k") { k, x, y in }
        func run(_ device: any Device, _ doubles: GlobalBuffer<Double>) throws {
          try device.launch(kernel, grid: 1, block: 32, 1, doubles)
        }
        """),
    Misuse(
      name: "one launch argument too few", line: 3, message: "Kernel<Hopper, UInt32, Float>",
      source: """
        let kernel = Kernel<Hopper, UInt32, Float>("k") { k, x, y in }
        func run(_ device: any Device) throws {
          try device.launch(kernel, grid: 1, block: 32, 1)
        }
        """),
    Misuse(
      name: "values of two types in one operation", line: 2, message: "",
      source: """
        let kernel = Kernel<Hopper, UInt32, Float>("k") { k, x, y in
          _ = x + y
        }
        """),
    Misuse(
      name: "wgmma of types that cannot be combined", line: 3, message: "",
      source: """
        import NumberFormats
        let kernel = Kernel<Hopper, UInt64>("k") { k, bits in
          k.wgmmaMmaAsync(
            [k.variable(Float(0))], a: MatrixDescriptor(bits), b: MatrixDescriptor(bits),
            of: Float8E4M3.self, by: BFloat16.self, accumulates: k.always)
        }
        """),
    Misuse(
      name: "a body with the wrong number of parameters", line: 1, message: "",
      source: """
        let kernel = Kernel<Hopper, UInt32, Float>("k") { k, x in }
        """),
  ]
}

@Suite struct CompilationTests {
  @Test(arguments: Misuse.all)
  func `the compiler refuses`(misuse: Misuse) throws {
    let report = try compile(misuse.source, importing: ["KernelLanguage", "DeviceRuntime"])
    #expect(!report.isAccepted)
    #expect(report.hasError(atLine: misuse.line, containing: misuse.message), "\(report.log)")
    if let column = misuse.column {
      #expect(report.errors.map(\.column) == [column], "\(report.log)")
    }
  }

  @Test func `the compiler accepts the example of the README`() throws {
    let source = """
      let scale = Kernel<AnyArchitecture, Float, GlobalBuffer<Float>, GlobalBuffer<Float>, UInt32>("scale") { k, alpha, x, y, count in
        let i = k.blockIndex.x * k.blockDimension.x + k.threadIndex.x
        k.if(i < count) { y[i] = alpha * x[i] }
      }
      func run(_ device: any Device, _ x: GlobalBuffer<Float>, _ y: GlobalBuffer<Float>) throws {
        try device.launch(scale, grid: 40, block: 256, 2.5, x, y, 10_000)
      }
      """
    let report = try compile(source, importing: ["KernelLanguage", "DeviceRuntime"])
    #expect(report.isAccepted, "\(report.log)")
  }
}
