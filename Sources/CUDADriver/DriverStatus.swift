// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The status that a function of the driver returns: zero for success, or an error.
///
/// - SeeAlso: CUDA Driver API, `CUresult`.
struct DriverStatus: RawRepresentable, Hashable, Sendable {
  /// The number.
  let rawValue: Int32

  /// Success.
  static let success = DriverStatus(rawValue: 0)
  /// `CUDA_ERROR_INVALID_VALUE`.
  static let invalidValue = DriverStatus(rawValue: 1)
  /// `CUDA_ERROR_OUT_OF_MEMORY`.
  static let outOfMemory = DriverStatus(rawValue: 2)
  /// `CUDA_ERROR_NO_DEVICE`.
  static let noDevice = DriverStatus(rawValue: 100)
  /// `CUDA_ERROR_NOT_FOUND`.
  static let notFound = DriverStatus(rawValue: 500)

  /// `CUDA_ERROR_NOT_READY`.
  static let notReady = DriverStatus(rawValue: 600)

  /// The kind of fault of a kernel that the status reports, if it does.
  ///
  /// The context cannot be used after any of these: every later call returns the same status. The
  /// kinds have the simulator's names if the simulator detects them too.
  var faultKind: String? {
    switch rawValue {
    case 214: "uncorrectable-memory-error"
    case 700: "out-of-bounds"
    case 702: "timeout"
    case 710: "assertion"
    case 714: "stack-overflow"
    case 715: "illegal-instruction"
    case 716: "misaligned-access"
    case 717: "illegal-address-space"
    case 718: "illegal-program-counter"
    // Every fault without a status of its own, including a `trap` instruction.
    case 719: "launch-failed"
    default: nil
    }
  }
}
