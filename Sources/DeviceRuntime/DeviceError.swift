// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An error from a device.
public enum DeviceError: Error, Equatable, Sendable {
  /// The device does not exist or cannot be used here, for the given reason.
  case unavailable(device: String, reason: String)

  /// An allocation is larger than the memory that is left.
  case outOfMemory(requestedByteCount: Int, availableByteCount: Int)

  /// A number of elements or bytes is negative.
  case negativeCount(Int)

  /// More elements are written than the buffer has.
  case writeTooLong(elementCount: Int, limit: Int)

  /// A buffer does not lie in its allocation.
  case outsideAllocation(byteOffset: Int, byteCount: Int, limit: Int)

  /// A buffer does not begin at a multiple of its elements' alignment, in bytes.
  case misalignedBuffer(byteOffset: Int, alignment: Int)

  /// Memory of one device is used on another.
  case foreignMemory(owner: String, user: String)

  /// An address or a range is outside every allocation of the device.
  case invalidAddress(address: UInt64, byteCount: Int)

  /// A tensor map breaks a rule.
  case invalidTensorMap(TensorMapError)

  /// The device cannot use the text: a syntax error, or an instruction that the device lacks.
  case programRejected(entry: String, reason: String)

  /// A launch breaks a rule on dimensions, arguments or shared memory.
  case invalidLaunch(entry: String, reason: String)

  /// The kernel faulted.
  case fault(KernelFault)
}

/// A fault of a kernel while it ran.
public struct KernelFault: Error, Hashable, Sendable {
  /// The kind of fault, in words that stay the same between versions: `deadlock`, `out-of-bounds`,
  /// `uninitialized-read`.
  public var kind: String

  /// The name of the kernel.
  public var entry: String

  /// The report for a person: the fault, the source line and the threads.
  public var report: String

  /// Creates a fault.
  public init(kind: String, entry: String, report: String) {
    self.kind = kind
    self.entry = entry
    self.report = report
  }
}

extension DeviceError: CustomStringConvertible {
  /// The error in one sentence; for a fault, the whole report.
  public var description: String {
    switch self {
    case .unavailable(let device, let reason):
      "The device '\(device)' cannot be used: \(reason)."
    case .outOfMemory(let requested, let available):
      "An allocation of \(requested) bytes does not fit into the \(available) bytes that are free."
    case .negativeCount(let count):
      "The number of elements or bytes must not be negative; it is \(count)."
    case .writeTooLong(let count, let limit):
      "A write of \(count) elements does not fit into a buffer of \(limit)."
    case .outsideAllocation(let offset, let byteCount, let limit):
      """
      A buffer of \(byteCount) bytes at offset \(offset) does not lie in its allocation, which has \
      \(limit) bytes.
      """
    case .misalignedBuffer(let offset, let alignment):
      "A buffer must begin at a multiple of \(alignment) bytes, not at offset \(offset)."
    case .foreignMemory(let owner, let user):
      "Memory of the device '\(owner)' cannot be used on the device '\(user)'."
    case .invalidAddress(let address, let byteCount):
      "The \(byteCount) bytes at 0x\(String(address, radix: 16)) are not in one allocation."
    case .invalidTensorMap(let error): error.description
    case .programRejected(let entry, let reason): "The kernel '\(entry)' cannot be used: \(reason)"
    case .invalidLaunch(let entry, let reason):
      "The kernel '\(entry)' cannot be launched: \(reason)"
    case .fault(let fault): fault.report
    }
  }
}
