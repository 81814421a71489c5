// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A parameter that a kernel has only if its body declares it.
///
/// The body declares it after all others, so it is the kernel's last. A launch gives its argument
/// if and only if the kernel has it, and is refused otherwise.
public struct OptionalParameter<Base: KernelParameter>: KernelParameter {
  /// The argument, if there is one.
  public let base: Base?

  /// Creates the argument of a kernel that may have the parameter.
  public init(_ base: Base?) { self.base = base }

  /// Declares nothing yet.
  public static func declare(
    in declaration: ParameterDeclaration
  ) -> UndeclaredParameter<Base> {
    UndeclaredParameter(declaration: declaration)
  }

  /// Passes on the argument, if there is one.
  public func pass(to arguments: inout LaunchArguments) { base?.pass(to: &arguments) }
}

/// A parameter that a kernel's body may ask for.
public struct UndeclaredParameter<Base: KernelParameter>: Sendable {
  /// The declaration to which it is added.
  let declaration: ParameterDeclaration

  /// Declares the parameter, and returns what the body is given for it; a body calls it once at
  /// most.
  ///
  /// - `names`: The name of the parameter in reports; a list's one after another.
  public func declared(as names: [String]) -> Base.InKernel {
    Base.declare(in: declaration.naming(names))
  }
}
