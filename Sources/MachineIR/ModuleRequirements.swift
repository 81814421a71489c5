// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The oldest language version and the lowest target that support everything a module uses.
public struct ModuleRequirements: Hashable, Sendable {
  /// The version, for `.version`.
  public var version: PTXVersion

  /// The target, for `.target`; specific to one chip only if an instruction requires that.
  public var target: TargetArchitecture

  /// Determines the requirements of functions.
  ///
  /// If no single chip supports everything, the result is the newest target; the verifier then
  /// reports the conflict.
  ///
  /// - Parameters:
  ///   - functions: The functions of a module.
  ///   - base: The lowest target to return.
  public init(of functions: [Function], atLeast base: TargetArchitecture = .ampere) {
    var needs = Availability(
      PTXVersion(7, 0), architecture: base.number, isSpecific: base.reach != .onward)
    for function in functions { needs = needs.and(function.needs) }
    let reach = needs.isSpecific ? (base.reach == .onward ? .chip : base.reach) : .onward
    target = TargetArchitecture(needs.architecture, reach)
    version = max(needs.version(for: target), target.firstVersion)
  }
}

extension Module {
  /// Returns this module with the oldest version and the lowest target that support it.
  public func withLowestRequirements(atLeast base: TargetArchitecture = .ampere) -> Module {
    let requirements = ModuleRequirements(of: functions, atLeast: base)
    var module = self
    module.version = requirements.version
    module.target = requirements.target
    return module
  }
}

extension TargetArchitecture {
  /// The oldest language version that supports this target.
  ///
  /// - SeeAlso: PTX ISA, "Release Notes".
  public var firstVersion: PTXVersion {
    if reach == .family { return PTXVersion(8, 8) }
    return switch number {
    case 86: PTXVersion(7, 1)
    case 87: PTXVersion(7, 4)
    case 88, 110: PTXVersion(9, 0)
    case 89: PTXVersion(7, 8)
    case 90: reach == .chip ? PTXVersion(8, 0) : PTXVersion(7, 8)
    case 100, 101: PTXVersion(8, 6)
    case 120: PTXVersion(8, 7)
    case 103, 121: PTXVersion(8, 8)
    default: PTXVersion(7, 0)
    }
  }
}

extension Function {
  /// The requirements of the instructions, directives and parameters of this function.
  public var needs: Availability {
    var result = directives.reduce(Availability.always) {
      $0.and(Function.directiveNeeds[$1.name] ?? .always)
    }
    if registers.contains(where: { $0.type == .b128 }) {
      result = result.and(Availability(PTXVersion(8, 3), architecture: 80))
    }
    let parameterByteCount = parameters.reduce(0) { $0 + $1.byteCount }
    if isEntry, parameterByteCount > 4096 {
      result = result.and(Availability(PTXVersion(8, 1), architecture: 80))
    }
    var table = ShapeTable()
    forEachInstruction { instruction in
      guard let form = table.shape(of: instruction).form(of: instruction) else { return }
      result = result.and(instruction.needs(form))
    }
    return result
  }

  /// The requirements of directives.
  private static let directiveNeeds: [String: Availability] = [
    "reqnctapercluster": Availability(PTXVersion(7, 8), architecture: 90),
    "explicitcluster": Availability(PTXVersion(7, 8), architecture: 90),
    "maxclusterrank": Availability(PTXVersion(7, 8), architecture: 90),
    "blocksareclusters": Availability(PTXVersion(9, 0), architecture: 90),
    "abi_preserve": Availability(PTXVersion(9, 0), architecture: 80),
    "abi_preserve_control": Availability(PTXVersion(9, 0), architecture: 80),
  ]
}

extension Instruction {
  /// Returns the requirements of this instruction with the given form, including special registers.
  func needs(_ form: InstructionShape.Form) -> Availability {
    var result = form.needs
    if opcode == .tensorMapReplace, has("elemtype"), case .integer(let value)? = operands.last,
      value > 12
    {
      // The packed types of 4 and 6 bits.
      result = result.and(Availability(PTXVersion(8, 7), architecture: 100, isSpecific: true))
    }
    for operand in operands {
      guard case .special(let special) = operand else { continue }
      result = result.and(special.needs)
    }
    return result
  }
}

extension InstructionShape {
  /// Returns the requirements of a form in instructions of this shape, for any operands.
  func needs(of form: InstructionForm) -> Availability {
    var result = form.needs(of: modifiers)
    if has("shared::cta") {
      result = result.and(Availability(PTXVersion(7, 8), architecture: 80))
    }
    if isWideVector {
      result = result.and(Availability(PTXVersion(8, 8), architecture: 100))
    }
    return result
  }

  /// Whether this loads or stores a vector of 32 bytes.
  private var isWideVector: Bool {
    guard opcode == .load || opcode == .store, has("v4"), let type = types.first else {
      return false
    }
    return type.bitWidth == 64
  }
}

extension SpecialRegister {
  /// The requirements for reading this register.
  fileprivate var needs: Availability {
    switch self {
    case .clusterIndexX, .clusterIndexY, .clusterIndexZ, .clusterCountX, .clusterCountY,
      .clusterCountZ, .clusterBlockIndexX, .clusterBlockIndexY, .clusterBlockIndexZ,
      .clusterDimensionX, .clusterDimensionY, .clusterDimensionZ, .clusterRank, .clusterSize,
      .isExplicitCluster:
      Availability(PTXVersion(7, 8), architecture: 90)
    case .aggregateSharedByteCount: Availability(PTXVersion(8, 1), architecture: 90)
    case .reservedSharedBegin, .reservedSharedEnd:
      Availability(PTXVersion(7, 6), architecture: 80)
    default: .always
    }
  }
}
