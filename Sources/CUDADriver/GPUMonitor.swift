/// What a GPU's clock and power are while it works, by NVIDIA's management library.
public final class GPUMonitor: Sendable {
  /// What was read at one moment.
  public struct Reading: Hashable, Sendable {
    /// The clock of the multiprocessors, in MHz.
    public var clock: Double?

    /// The power that the GPU draws, in watts, as its sensor last saw it.
    public var power: Double?

    /// Creates a reading.
    public init(clock: Double?, power: Double?) {
      self.clock = clock
      self.power = power
    }
  }

  /// The library.
  private let library: ManagementLibrary

  /// What the library calls the GPU.
  private let device: DriverHandle

  /// The power that the GPU may draw, in watts.
  public let powerLimit: Double?

  /// Finds a GPU; nil where there is no management library, or it does not know the GPU.
  public init?(of device: CUDADevice) {
    guard let library = ManagementLibrary() else { return nil }
    var handle: DriverPointer?
    // The library reads the text up to its zero, and writes one pointer.
    let status = unsafe library.functions.device(device.properties.busAddress, &handle)
    guard status == 0, let handle = unsafe handle else { return nil }
    var milliwatts: UInt32 = 0
    let limitStatus = unsafe library.functions.powerLimit(handle, &milliwatts)
    powerLimit = limitStatus == 0 ? Double(milliwatts) / 1000 : nil
    self.library = library
    self.device = unsafe DriverHandle(handle)
  }

  /// Reads what the GPU's clock and power are now.
  public func read() -> Reading {
    var megahertz: UInt32 = 0
    // 1, NVML_CLOCK_SM
    let clockStatus = unsafe library.functions.clock(device.pointer, 1, &megahertz)
    return Reading(clock: clockStatus == 0 ? Double(megahertz) : nil, power: power)
  }

  /// The power now; where the library only knows its mean over a second, that.
  private var power: Double? {
    var milliwatts: UInt32 = 0
    if let instant = instantPower {
      milliwatts = instant
    } else {
      guard unsafe library.functions.power(device.pointer, &milliwatts) == 0 else { return nil }
    }
    return Double(milliwatts) / 1000
  }

  /// The power now, in milliwatts, where the library tells it.
  private var instantPower: UInt32? {
    // NVML_FI_DEV_POWER_INSTANT
    var field = FieldValue(identifier: 186)
    // The library reads and writes one `nvmlFieldValue_t`.
    guard unsafe library.functions.fields(device.pointer, 1, &field) == 0, field.status == 0 else {
      return nil
    }
    return UInt32(truncatingIfNeeded: field.value)
  }
}

/// One value that the management library is asked for, laid out as `nvmlFieldValue_t`.
struct FieldValue {
  /// What is asked for.
  var identifier: UInt32
  /// Of which part; 0 is the whole.
  var scope: UInt32 = 0
  /// When it was read, and how long that took, in microseconds.
  var time: Int64 = 0, latency: Int64 = 0
  /// The type of the value.
  var type: UInt32 = 0
  /// Whether there is a value: 0.
  var status: Int32 = 0
  /// The value, in its low bytes.
  var value: UInt64 = 0

  /// Asks for a value.
  init(identifier: UInt32) { self.identifier = identifier }
}
