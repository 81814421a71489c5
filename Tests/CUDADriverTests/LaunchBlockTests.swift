// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Testing

@testable import CUDADriver

@Suite struct LaunchBlockTests {
  /// The fields of a `CUlaunchConfig` and its first attribute, as a C program reads them.
  private struct Fields: Equatable {
    /// The extents of grid and block, and the bytes of shared memory.
    var words: [UInt32]
    /// The number of attributes.
    var attributeCount: UInt32
    /// The identifier of each attribute and its first three words.
    var attributes: [[UInt32]]
  }

  /// Reads back the fields at the offsets that `cuda.h` gives them.
  private func fields(_ block: borrowing LaunchBlock) -> Fields {
    block.withPointer { pointer in
      let words = (0..<7).map { pointer.load(fromByteOffset: 4 * $0, as: UInt32.self) }
      let count = pointer.load(fromByteOffset: 48, as: UInt32.self)
      guard let attribute = pointer.load(fromByteOffset: 40, as: UnsafeRawPointer?.self) else {
        return Fields(words: words, attributeCount: count, attributes: [])
      }
      let values = (0..<Int(count)).map { index in
        [0, 8, 12, 16].map { attribute.load(fromByteOffset: 72 * index + $0, as: UInt32.self) }
      }
      return Fields(words: words, attributeCount: count, attributes: values)
    }
  }

  @Test(arguments: [false, true], [false, true])
  func `the fields have the layout of C`(hasCluster: Bool, mayStartEarly: Bool) throws {
    // The address is only compared, never read.
    let stream = DriverHandle(try #require(OpaquePointer(bitPattern: 0x1234_5678)))
    let configuration = LaunchConfiguration(
      grid: Dimensions(2, 4, 6), block: Dimensions(32, 3, 1), cluster: Dimensions(2, 1, 3))
    let block = LaunchBlock(
      configuration, sharedByteCount: 70_000, stream: stream, hasClusterAttribute: hasCluster,
      mayStartEarly: mayStartEarly)
    var attributes: [[UInt32]] = hasCluster ? [[4, 2, 1, 3]] : []
    if mayStartEarly { attributes.append([6, 1, 0, 0]) }
    let expected = Fields(
      words: [2, 4, 6, 32, 3, 1, 70_000], attributeCount: UInt32(attributes.count),
      attributes: attributes)
    #expect(fields(block) == expected)
    let handle = block.withPointer { $0.load(fromByteOffset: 32, as: UInt.self) }
    #expect(handle == 0x1234_5678)
  }

  @Test func `arguments keep their bytes and their alignment`() {
    let arguments = [
      KernelArgument(UInt32(7)), KernelArgument(bytes: (0..<128).map { $0 }, alignment: 64),
      KernelArgument(2.5),
    ]
    let block = ArgumentBlock(arguments)
    block.withPointers { pointers in
      for (index, argument) in arguments.enumerated() {
        guard let pointer = pointers?[index] else {
          Issue.record("argument \(index) has no pointer")
          continue
        }
        let bytes = UnsafeRawBufferPointer(start: pointer, count: argument.bytes.count)
        #expect(Array(bytes) == argument.bytes)
        #expect(UInt(bitPattern: pointer) % UInt(argument.alignment) == 0)
      }
    }
  }
}
