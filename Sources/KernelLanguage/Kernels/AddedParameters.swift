// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The arguments of the parameters that a kernel's components add to it.
///
/// Which they are is decided while the kernel is recorded, so they are its last parameters. A launch
/// gives the same number of arguments, in the same order, or is refused.
public struct AddedArguments: KernelParameter {
  /// The arguments, in order.
  private let arguments: [any KernelParameter]

  /// Creates the arguments of a launch.
  public init(_ arguments: [any KernelParameter] = []) { self.arguments = arguments }

  /// Declares nothing yet.
  public static func declare(in declaration: ParameterDeclaration) -> AddedParameters {
    AddedParameters(declaration: declaration)
  }

  /// Passes on the arguments.
  public func pass(to arguments: inout LaunchArguments) {
    for argument in self.arguments { argument.pass(to: &arguments) }
  }
}

/// The parameters that the components of a kernel add to it.
public struct AddedParameters: Sendable {
  /// The declaration to which they are added.
  let declaration: ParameterDeclaration

  /// Adds a parameter, and returns its value in the kernel.
  ///
  /// - `type`: The type of the argument.
  /// - `names`: The name of the parameter in reports; a list's one after another.
  public func declare<Parameter: KernelParameter>(
    _ type: Parameter.Type, as names: [String]
  ) -> Parameter.InKernel {
    Parameter.declare(in: declaration.naming(names))
  }
}
