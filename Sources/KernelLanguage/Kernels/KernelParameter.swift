// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR

/// A type that kernels take as a parameter: the host's type, and with it what the body is given.
///
/// A parameter may be a list of parameters: its value in the kernel is made of theirs, and it
/// passes on their arguments in the same order.
public protocol KernelParameter: Sendable {
  /// The type of the body's argument for the parameter.
  associatedtype InKernel: Sendable

  /// Declares the parameter, and returns what the body is given.
  static func declare(in declaration: ParameterDeclaration) -> InKernel

  /// Passes on the argument of a launch.
  func pass(to arguments: inout LaunchArguments)
}

/// The declaration of a kernel's parameters.
public struct ParameterDeclaration: Sendable {
  /// The recorder of the kernel.
  package let recorder: Recorder

  /// The names that the author gave, in order.
  package let names: [String]

  /// Returns the name of the next parameter: what the author calls it, or its position.
  private var nextName: String {
    let position = recorder.launchParameters.count
    return position < names.count ? names[position] : "parameter_\(position)"
  }

  /// Returns the declaration whose next parameters have names.
  func naming(_ next: [String]) -> ParameterDeclaration {
    let known = (0..<recorder.launchParameters.count).map { $0 < names.count ? names[$0] : "" }
    return ParameterDeclaration(recorder: recorder, names: known + next)
  }

  /// Declares a parameter that is one value, and loads it.
  package func value<Element: DeviceElement>(of type: Element.Type) -> DeviceValue<Element> {
    let name = nextName
    _ = recorder.addParameter(Parameter(name: name, type: Element.arithmeticType))
    let register = recorder.emitResult(
      Element.registerType, .load, ["param", Modifier(Element.registerType)],
      [.memory(.init(.symbol(name)))])
    return DeviceValue(recorder, register)
  }

  /// Declares a parameter that is a tensor map by value, and returns its position and address.
  package func tensorMap() -> (position: Int, address: RegisterID) {
    let name = nextName
    let position = recorder.addParameter(
      Parameter(name: name, type: .b8, count: 128, alignment: 64))
    // The copy instructions take generic addresses, not those of the parameter space.
    let offset = recorder.emitResult(.b64, .move, ["b64"], [.symbol(name, offset: 0)])
    let address = recorder.emitResult(
      .b64, .convertAddress, ["param", "u64"], [.register(offset)])
    return (position, address)
  }
}

/// The arguments of a launch, as they are packed.
public struct LaunchArguments: Sendable {
  /// The bytes of each.
  package private(set) var values: [KernelArgument] = []

  /// The description of each tensor map, by position.
  package private(set) var tensorMaps: [Int: TensorMapDescription] = [:]

  /// Adds an argument.
  public mutating func append(_ argument: KernelArgument) { values.append(argument) }

  /// Adds a tensor map.
  public mutating func append<Element>(_ map: TensorMap<Element>) {
    tensorMaps[values.count] = map.description
    append(KernelArgument(map))
  }
}

extension Float: KernelParameter {
  /// Declares a parameter of 32 bits.
  public static func declare(in declaration: ParameterDeclaration) -> DeviceValue<Float> {
    declaration.value(of: Float.self)
  }
  /// Passes on the value.
  public func pass(to arguments: inout LaunchArguments) { arguments.append(KernelArgument(self)) }
}

extension Double: KernelParameter {
  /// Declares a parameter of 64 bits.
  public static func declare(in declaration: ParameterDeclaration) -> DeviceValue<Double> {
    declaration.value(of: Double.self)
  }
  /// Passes on the value.
  public func pass(to arguments: inout LaunchArguments) { arguments.append(KernelArgument(self)) }
}

extension UInt32: KernelParameter {
  /// Declares a parameter of 32 bits.
  public static func declare(in declaration: ParameterDeclaration) -> DeviceValue<UInt32> {
    declaration.value(of: UInt32.self)
  }
  /// Passes on the value.
  public func pass(to arguments: inout LaunchArguments) { arguments.append(KernelArgument(self)) }
}

extension Int32: KernelParameter {
  /// Declares a parameter of 32 bits.
  public static func declare(in declaration: ParameterDeclaration) -> DeviceValue<Int32> {
    declaration.value(of: Int32.self)
  }
  /// Passes on the value.
  public func pass(to arguments: inout LaunchArguments) { arguments.append(KernelArgument(self)) }
}

extension UInt64: KernelParameter {
  /// Declares a parameter of 64 bits.
  public static func declare(in declaration: ParameterDeclaration) -> DeviceValue<UInt64> {
    declaration.value(of: UInt64.self)
  }
  /// Passes on the value.
  public func pass(to arguments: inout LaunchArguments) { arguments.append(KernelArgument(self)) }
}

extension Int64: KernelParameter {
  /// Declares a parameter of 64 bits.
  public static func declare(in declaration: ParameterDeclaration) -> DeviceValue<Int64> {
    declaration.value(of: Int64.self)
  }
  /// Passes on the value.
  public func pass(to arguments: inout LaunchArguments) { arguments.append(KernelArgument(self)) }
}

extension GlobalBuffer: KernelParameter where Element: DeviceElement {
  /// Declares a parameter that is the buffer's address.
  public static func declare(
    in declaration: ParameterDeclaration
  ) -> DevicePointer<Element, Global> {
    let recorder = declaration.recorder
    let generic = declaration.value(of: UInt64.self)
    let base = recorder.emitResult(
      .b64, .convertAddress, ["to", "global", "u64"], [generic.operand])
    return DevicePointer(GlobalAddress(recorder: recorder, base: base))
  }
  /// Passes on the buffer's address, and keeps the buffer.
  public func pass(to arguments: inout LaunchArguments) {
    arguments.append(KernelArgument(self))
  }
}

extension TensorMap: KernelParameter {
  /// Declares a parameter of 128 bytes.
  public static func declare(in declaration: ParameterDeclaration) -> DeviceTensorMap<Element> {
    let (position, address) = declaration.tensorMap()
    return DeviceTensorMap(
      recorder: declaration.recorder, position: position, register: address)
  }
  /// Passes on the 128 bytes, and keeps the tensor's memory.
  public func pass(to arguments: inout LaunchArguments) { arguments.append(self) }
}

/// Several parameters as one.
public struct ParameterList<each Item: KernelParameter>: KernelParameter {
  /// The items.
  public let items: (repeat each Item)

  /// Creates a list.
  public init(_ items: repeat each Item) { self.items = (repeat each items) }

  /// Declares the items in order, and returns what the body is given for each.
  public static func declare(
    in declaration: ParameterDeclaration
  ) -> (repeat (each Item).InKernel) {
    (repeat (each Item).declare(in: declaration))
  }

  /// Passes on the items in order.
  public func pass(to arguments: inout LaunchArguments) {
    repeat (each items).pass(to: &arguments)
  }
}
