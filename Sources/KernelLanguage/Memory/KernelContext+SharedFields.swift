import MachineIR

extension KernelContext {
  /// Gives elements their place in the block's shared memory.
  ///
  /// - `name`: What reports call them.
  /// - `type`: The element type.
  /// - `count`: The number of elements.
  /// - `alignment`: What the address is a multiple of, in bytes; by default 16.
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
