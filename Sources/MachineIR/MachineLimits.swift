// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The limits of the machines that kernels are made for.
public enum MachineLimits {
  /// The most bytes of shared memory that a block may have on Hopper and Blackwell.
  public static let sharedByteCount = 232_448
}
