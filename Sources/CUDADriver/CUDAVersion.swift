// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A version of CUDA, such as 13.0.
public struct CUDAVersion: Hashable, Sendable, CustomStringConvertible {
  /// The number before the dot.
  public var major: Int

  /// The number after the dot.
  public var minor: Int

  /// Creates a version.
  public init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// The version in CUDA's notation.
  public var description: String { "\(major).\(minor)" }
}
