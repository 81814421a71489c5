// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The contents of a launch file: a launch of a kernel in PTX text and its arguments.
///
/// - SeeAlso: `Documentation/LaunchFiles.md`.
struct LaunchFile: Equatable {
  /// The file's path.
  var path: String
  /// The architecture that the kernel runs on, where the file says.
  var target: Target?
  /// The kernel, where the file says.
  var entry: String?
  /// The blocks of the grid.
  var grid: Dimensions
  /// The threads of a block, where the file says.
  var block: Dimensions?
  /// The blocks of a cluster, where the file says.
  var cluster: Dimensions?
  /// The dynamic shared memory of a block in bytes.
  var sharedByteCount: Int
  /// Every buffer, named or not.
  var buffers: [Buffer]
  /// The arguments, one for each parameter.
  var arguments: [Argument]

  /// The argument for a parameter.
  struct Argument: Equatable {
    /// The value of an argument.
    enum Value: Equatable {
      /// The address of the buffer with that index.
      case buffer(Int)
      /// The bytes of a scalar, or whatever else a parameter holds.
      case bytes([UInt8])
      /// A tensor map.
      case tensorMap(TensorMap)
    }

    /// The key, for messages.
    var key: String
    /// A summary.
    var value: Value
  }

  /// Memory on the device.
  struct Buffer: Equatable {
    /// The contents of a buffer before the launch.
    enum Contents: Equatable {
      /// Nothing that could be relied on.
      case undefined
      /// The bytes of one element, again and again.
      case element([UInt8])
      /// The contents of a file.
      case file(String)
    }

    /// The key, for messages.
    var key: String
    /// The type of the elements; nil where the file that fills the buffer says.
    var type: ElementType?
    /// The extents; nil where the file that fills the buffer says.
    var shape: [Int]?
    /// The contents of the buffer before the launch.
    var contents: Contents
    /// The file to write the buffer to after the launch.
    var output: String?
  }

  /// A map of a buffer for tensor copies.
  struct TensorMap: Equatable {
    /// The buffer's index.
    var buffer: Int
    /// The type of the elements; nil for the buffer's.
    var type: ElementType?
    /// The extents, innermost first.
    var extents: [Int]
    /// The bytes from one index to the next, for dimensions 1 and up; nil where rows lie densely.
    var byteStrides: [Int]?
    /// The extents of a box, innermost first.
    var box: [Int]
    /// The steps between the elements of a box.
    var elementStrides: [Int]?
    /// The swizzle of a box in shared memory.
    var swizzle: TensorMapDescription.Swizzle
    /// The fill value outside of the tensor.
    var fill: TensorMapDescription.Fill
    /// The conversion of floats by copies.
    var floatMode: TensorMapDescription.FloatMode
  }
}
