// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A monitor of a GPU's clock and power while it works, based on NVML.
public final class GPUMonitor: Sendable {
  /// The values at one moment.
  public struct Reading: Hashable, Sendable {
    /// The clock of the SMs in MHz.
    public var clock: Double?

    /// The power draw of the GPU in watts, as its sensor last measured it.
    public var power: Double?

    /// Creates a reading.
    public init(clock: Double?, power: Double?) {
      self.clock = clock
      self.power = power
    }
  }

  /// The library.
  private let library: ManagementLibrary

  /// The library's handle of the GPU.
  private let device: DriverHandle

  /// The power limit of the GPU in watts.
  public let powerLimit: Double?

  /// Finds a GPU; returns `nil` if there is no NVML, or it does not know the GPU.
  public init?(of device: CUDADevice) {
    guard let library = ManagementLibrary() else { return nil }
    var handle: DriverPointer?
    // The library reads the text up to its zero byte, and writes one pointer.
    let status = unsafe library.functions.device(device.properties.busAddress, &handle)
    guard status == 0, let handle = unsafe handle else { return nil }
    var milliwatts: UInt32 = 0
    let limitStatus = unsafe library.functions.powerLimit(handle, &milliwatts)
    powerLimit = limitStatus == 0 ? Double(milliwatts) / 1000 : nil
    self.library = library
    self.device = unsafe DriverHandle(handle)
  }

  /// Reads the current clock and power.
  public func read() -> Reading {
    var megahertz: UInt32 = 0
    // 1, NVML_CLOCK_SM
    let clockStatus = unsafe library.functions.clock(device.pointer, 1, &megahertz)
    return Reading(clock: clockStatus == 0 ? Double(megahertz) : nil, power: power)
  }

  /// The current power, or its mean over a second if the library only has that.
  private var power: Double? {
    var milliwatts: UInt32 = 0
    if let instant = instantPower {
      milliwatts = instant
    } else {
      guard unsafe library.functions.power(device.pointer, &milliwatts) == 0 else { return nil }
    }
    return Double(milliwatts) / 1000
  }

  /// The current power in milliwatts, if the library reports it.
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

/// A field that NVML reads, laid out as `nvmlFieldValue_t`.
struct FieldValue {
  /// The identifier of the field.
  var identifier: UInt32
  /// The part of the GPU; 0 is the whole.
  var scope: UInt32 = 0
  /// The time of the reading and its latency, in microseconds.
  var time: Int64 = 0, latency: Int64 = 0
  /// The type of the value.
  var type: UInt32 = 0
  /// The status of the reading: 0 if there is a value.
  var status: Int32 = 0
  /// The value in its low bytes.
  var value: UInt64 = 0

  /// Creates a request for a field.
  init(identifier: UInt32) { self.identifier = identifier }
}
