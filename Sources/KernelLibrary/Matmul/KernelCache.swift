// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Synchronization

/// Kernels that are made once, and so recorded, verified and printed once, however often they are
/// asked for.
///
/// Only kernels that the library itself chooses are kept: its matmuls in its own configurations and
/// the copies of ragged matrices, some dozens in all. Kernels that a caller configures belong to
/// the caller.
final class KernelCache: Sendable {
  /// A kernel's key: its type, which names machine and elements, and its configuration.
  private struct Key: Hashable {
    /// The kernel's type.
    let type: ObjectIdentifier

    /// The name that distinguishes it from others of its type.
    let name: String
  }

  /// The kernels of this process.
  static let shared = KernelCache()

  /// The kernels so far.
  private let kernels = Mutex<[Key: any Sendable]>([:])

  /// Returns the kernel of a type and a name, making it if no thread has yet.
  ///
  /// - Parameters:
  ///   - name: What distinguishes the kernel from others of its type.
  ///   - make: Makes the kernel; it must not ask this cache for another.
  /// - Returns: The kernel.
  func kernel<Made: Sendable>(
    _ name: String = "", _ make: () -> Made
  ) -> Made {
    let key = Key(type: ObjectIdentifier(Made.self), name: name)
    return kernels.withLock { kernels in
      if let made = kernels[key] as? Made { return made }
      let made = make()
      kernels[key] = made
      return made
    }
  }
}
