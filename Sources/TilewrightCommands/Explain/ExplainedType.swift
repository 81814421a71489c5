// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The type of the elements of something that is drawn.
struct ExplainedType: Hashable {
  /// The name, as PTX has it.
  let name: String

  /// The bytes of an element in shared memory.
  let byteCount: Int

  /// The element type of tensor maps; tf32 is moved as f32.
  let elementType: ElementType

  /// Finds the type of a name.
  init(named name: String) throws(ExplanationError) {
    let lowercased = name.lowercased()
    guard let type = lowercased == "tf32" ? .f32 : ElementType(rawValue: lowercased) else {
      let known = ElementType.allCases.map(\.rawValue) + ["tf32"]
      throw .unknownName(what: "type", name: name, known: known)
    }
    self.name = lowercased
    elementType = type
    byteCount = type.byteCount
  }
}
