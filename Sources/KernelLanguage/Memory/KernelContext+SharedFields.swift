// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

extension KernelContext {
  /// Allocates an array of elements in the block's shared memory.
  ///
  /// - `name`: The name in reports.
  /// - `type`: The element type.
  /// - `count`: The number of elements.
  /// - `alignment`: The alignment of the address, in bytes; by default 16.
  public func sharedField<Element: DeviceElement>(
    _ name: String, of type: Element.Type, count: Int = 1, alignment: Int = 16,
    file: String = #fileID, line: Int = #line
  ) -> DevicePointer<Element, Shared> {
    at(file, line)
    let byteCount = recorder.byteCount(
      of: count, elementByteCount: Element.elementType.byteCount)
    let offset = recorder.placeShared(name, byteCount: byteCount, alignment: alignment)
    recorder.map.fields.append(
      KernelMap.Field(
        name: name, symbol: SharedMemoryLayout.symbol, offset: offset, byteCount: byteCount))
    return DevicePointer(SharedAddress(recorder, byteOffset: offset))
  }
}
