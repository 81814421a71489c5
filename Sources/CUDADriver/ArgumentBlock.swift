// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The arguments of a launch in memory, each at its alignment.
@safe struct ArgumentBlock: ~Copyable {
  /// A copy of each argument.
  private let copies: [UnsafeMutableRawPointer?]

  /// Copies the arguments.
  init(_ arguments: [KernelArgument]) {
    unsafe copies = arguments.map { argument in
      let byteCount = argument.bytes.count
      let copy = UnsafeMutableRawPointer.allocate(
        byteCount: byteCount, alignment: max(argument.alignment, 8))
      // The count of an array of bytes is its size.
      unsafe copy.copyMemory(from: argument.bytes, byteCount: byteCount)
      return unsafe copy
    }
  }

  deinit {
    unsafe copies.forEach { unsafe $0?.deallocate() }
  }

  /// Calls `body` with the pointers to the arguments, which are valid during the call.
  func withPointers<Result>(
    _ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Result
  ) -> Result {
    var pointers = unsafe copies
    return unsafe pointers.withUnsafeMutableBufferPointer { pointers in
      unsafe body(pointers.baseAddress)
    }
  }
}
