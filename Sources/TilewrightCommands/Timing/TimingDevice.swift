// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import CUDADriver
import DeviceRuntime
import Foundation
import KernelLibrary

/// A device on which products are timed: a GPU, or in tests what stands for one.
protocol TimingDevice: Sendable {
  /// The device that records the launches of a graph.
  associatedtype Recorder: Device

  /// The device itself.
  var base: any Device { get }

  /// The size of L2, in bytes.
  var cacheByteCount: Int { get }

  /// Writes down the launches that a function makes, and runs none of them.
  func makeGraph(
    named name: String, recording body: (Recorder) throws(DeviceError) -> Void
  ) throws(DeviceError) -> any TimedGraph

  /// Describes a product to cuBLASLt.
  ///
  /// - Throws: `DeviceError.unavailable` if there is no library, or it has no algorithm for the
  ///   product.
  func makeVendorProduct(
    of type: ElementType, shape: MatmulShape
  ) throws(DeviceError) -> any VendorProduct<Recorder>

  /// Reads clock and power; nil where nothing tells them.
  func read() -> GPUMonitor.Reading?

  /// The power that the device may draw, in watts; nil where nothing tells it.
  var powerLimit: Double? { get }

  /// Lets the device rest.
  func rest(seconds: Double)
}

/// Launches that a device runs back to back, and times.
protocol TimedGraph: AnyObject, Sendable {
  /// Runs the launches repeatedly, back to back.
  ///
  /// - Parameters:
  ///   - samples: The number of times to measure.
  ///   - count: The number of runs for each measured time.
  ///   - leadIn: The number of runs before the first.
  ///   - meanwhile: Called while the device works.
  /// - Returns: The measured times of the launches, in seconds.
  /// - Throws: The error of a launch.
  func run(
    samples: Int, of count: Int, leadIn: Int, meanwhile: () -> Void
  ) throws(DeviceError) -> [Double]
}

extension TimedGraph {
  /// Runs the launches, and returns how long they took, in seconds.
  @discardableResult
  func run(leadIn: Int = 0) throws(DeviceError) -> Double {
    try run(samples: 1, of: 1, leadIn: leadIn) {}[0]
  }
}

/// A product of cuBLASLt.
protocol VendorProduct<Recorder>: Sendable {
  /// The device that records the launches of a graph.
  associatedtype Recorder: Device

  /// The library's name and version.
  var library: String { get }

  /// The number of ways to compute the product that the library proposes.
  var candidateCount: Int { get }

  /// Writes the product down, computed in one of those ways.
  func record<Element>(
    candidate: Int, on recorder: Recorder, a: GlobalBuffer<Element>, b: GlobalBuffer<Element>,
    c: GlobalBuffer<Element>
  ) throws(DeviceError)
}

extension CUDAGraph: TimedGraph {}

/// A GPU on which products are timed.
struct TimingGPU: TimingDevice {
  /// The GPU.
  let device: CUDADevice

  /// cuBLASLt, or the reason why it is missing.
  private let library: Result<VendorLibrary, DeviceError>

  /// The monitor of clock and power, if there is one.
  let monitor: GPUMonitor?

  /// Opens what is needed besides the GPU.
  init(_ device: CUDADevice) {
    self.device = device
    library = Result { () throws(DeviceError) in try VendorLibrary(on: device) }
    monitor = GPUMonitor(of: device)
  }

  /// The name and version of cuBLASLt, if there is one.
  var librarySummary: String? { try? library.get().summary }

  /// The reason why cuBLASLt is missing, if it is.
  var libraryObstacle: String? {
    guard case .failure(let error) = library else { return nil }
    return if case .unavailable(_, let reason) = error { reason } else { "\(error)" }
  }

  /// The device itself.
  var base: any Device { device }

  /// The size of L2, in bytes.
  var cacheByteCount: Int { device.properties.cacheByteCount }

  /// Writes down the launches that a function makes, and runs none of them.
  func makeGraph(
    named name: String, recording body: (CUDARecorder) throws(DeviceError) -> Void
  ) throws(DeviceError) -> any TimedGraph {
    try CUDAGraph(on: device, name: name, recording: body)
  }

  /// Describes a product to cuBLASLt.
  func makeVendorProduct(
    of type: ElementType, shape: MatmulShape
  ) throws(DeviceError) -> any VendorProduct<CUDARecorder> {
    let library = try library.get()
    let shape = VendorMatmul.Shape(m: shape.m, n: shape.n, k: shape.k)
    return LibraryProduct(
      library: library.summary, product: try VendorMatmul(library, of: type, shape: shape))
  }

  /// Reads clock and power; nil where nothing tells them.
  func read() -> GPUMonitor.Reading? { monitor?.read() }

  /// The power that the GPU may draw, in watts; nil where nothing tells it.
  var powerLimit: Double? { monitor?.powerLimit }

  /// Lets the GPU rest.
  func rest(seconds: Double) { Thread.sleep(forTimeInterval: seconds) }
}

/// A product of cuBLASLt.
private struct LibraryProduct: VendorProduct {
  /// The library's name and version.
  let library: String

  /// The product.
  let product: VendorMatmul

  /// The number of ways to compute the product that the library proposes.
  var candidateCount: Int { product.candidates.count }

  /// Writes the product down, computed in one of those ways.
  func record<Element>(
    candidate: Int, on recorder: CUDARecorder, a: GlobalBuffer<Element>,
    b: GlobalBuffer<Element>, c: GlobalBuffer<Element>
  ) throws(DeviceError) {
    try product.record(product.candidates[candidate], on: recorder, a: a, b: b, c: c)
  }
}
