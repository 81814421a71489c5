import CUDADriver
import DeviceRuntime
import Foundation
import KernelLibrary

/// A device on which products are timed: a GPU, or in tests what stands for one.
protocol TimingDevice: Sendable {
  /// What writes the launches of a graph down.
  associatedtype Recorder: Device

  /// The device itself.
  var base: any Device { get }

  /// The second-level cache, in bytes.
  var cacheByteCount: Int { get }

  /// Writes down the launches that a function makes, and runs none of them.
  func makeGraph(
    named name: String, recording body: (Recorder) throws(DeviceError) -> Void
  ) throws(DeviceError) -> any TimedGraph

  /// Describes a product to the vendor's library.
  ///
  /// - Throws: `DeviceError.unavailable` where there is no library, or it has no way to compute it.
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

/// Launches that a device runs one behind the other, and times.
protocol TimedGraph: AnyObject, Sendable {
  /// Runs the launches to their end as often as is asked, one time behind the other without a break.
  ///
  /// - Parameters:
  ///   - samples: How many times are taken.
  ///   - count: How often the launches run for each time that is taken.
  ///   - leadIn: How often they run before the first.
  ///   - meanwhile: Called while the device works.
  /// - Returns: How long the launches took each time, in seconds.
  /// - Throws: What a launch does wrong.
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

/// A product as the vendor's library computes it.
protocol VendorProduct<Recorder>: Sendable {
  /// What writes the launches of a graph down.
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

  /// The vendor's library, or why there is none.
  private let library: Result<VendorLibrary, DeviceError>

  /// What reads clock and power, if something does.
  let monitor: GPUMonitor?

  /// Opens what is needed besides the GPU.
  init(_ device: CUDADevice) {
    self.device = device
    library = Result { () throws(DeviceError) in try VendorLibrary(on: device) }
    monitor = GPUMonitor(of: device)
  }

  /// The vendor's library, its name and version, where there is one.
  var librarySummary: String? { try? library.get().summary }

  /// Why there is no library of the vendor's, where there is none.
  var libraryObstacle: String? {
    guard case .failure(let error) = library else { return nil }
    return if case .unavailable(_, let reason) = error { reason } else { "\(error)" }
  }

  /// The device itself.
  var base: any Device { device }

  /// The second-level cache, in bytes.
  var cacheByteCount: Int { device.properties.cacheByteCount }

  /// Writes down the launches that a function makes, and runs none of them.
  func makeGraph(
    named name: String, recording body: (CUDARecorder) throws(DeviceError) -> Void
  ) throws(DeviceError) -> any TimedGraph {
    try CUDAGraph(on: device, name: name, recording: body)
  }

  /// Describes a product to the vendor's library.
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

/// A product of the vendor's library.
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
