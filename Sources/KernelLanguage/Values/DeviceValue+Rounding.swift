// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The way in which a float becomes integral.
public enum IntegralRounding: Sendable {
  /// The nearest integer, of two the even one.
  case toNearestEven
  /// The integer nearer to zero.
  case towardZero
  /// The largest integer that is not above the value.
  case down
  /// The smallest integer that is not below the value.
  case up

  /// The word of the instruction.
  fileprivate var word: Modifier {
    switch self {
    case .toNearestEven: "rni"
    case .towardZero: "rzi"
    case .down: "rmi"
    case .up: "rpi"
    }
  }
}

extension DeviceValue where Element: DeviceFloat & DeviceNumber {
  /// Returns the value as an integral float.
  ///
  /// - Parameters:
  ///   - rounding: Which integer, where the value is between two.
  ///   - file: The author's file.
  ///   - line: The author's line.
  /// - Returns: The integral float.
  /// - SeeAlso: PTX ISA, "cvt".
  public func rounded(
    _ rounding: IntegralRounding = .toNearestEven, file: String = #fileID, line: Int = #line
  ) -> DeviceValue {
    recorder.setPlace(file, line)
    let type = Modifier(Element.arithmeticType)
    return emit(.convert, [rounding.word, type, type], [.register(register)], as: Element.self)
  }

  /// Returns the value as an integer; what is beyond the type's range becomes the nearest end of
  /// it.
  ///
  /// - Parameters:
  ///   - type: The integer's type.
  ///   - rounding: Which integer, where the value is between two.
  ///   - file: The author's file.
  ///   - line: The author's line.
  /// - Returns: The integer.
  /// - SeeAlso: PTX ISA, "cvt".
  public func converted<Target: DeviceNumber & FixedWidthInteger>(
    to type: Target.Type, rounding: IntegralRounding, file: String = #fileID, line: Int = #line
  ) -> DeviceValue<Target> {
    recorder.setPlace(file, line)
    let types = [Modifier(Target.arithmeticType), Modifier(Element.arithmeticType)]
    return emit(.convert, [rounding.word] + types, [.register(register)], as: Target.self)
  }
}

// Macs with Intel processors have no `Float16`.
#if !(os(macOS) && arch(x86_64))
  extension DeviceValue where Element == Float {
    /// Returns the nearest value of 16 bits, of two the even one.
    ///
    /// - SeeAlso: PTX ISA, "cvt".
    public func converted(
      to type: Float16.Type, file: String = #fileID, line: Int = #line
    ) -> DeviceValue<Float16> {
      recorder.setPlace(file, line)
      return emit(.convert, ["rn", "f16", "f32"], [operand], as: type)
    }
  }

  extension DeviceValue where Element == Float16 {
    /// Returns the value as a float, exactly.
    ///
    /// - SeeAlso: PTX ISA, "cvt".
    public func converted(
      to type: Float.Type, file: String = #fileID, line: Int = #line
    ) -> DeviceValue<Float> {
      recorder.setPlace(file, line)
      return emit(.convert, ["f32", "f16"], [.register(register)], as: type)
    }
  }
#endif
