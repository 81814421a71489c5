import DeviceRuntime
import KernelLanguage
import KernelLibrary
import MachineIR
import NumberFormats
import StructuredKernels

/// A kernel of the library, of whose text something is asked.
struct LibraryKernel {
  /// The name by which the tool knows the kernel.
  let name: String
  /// What the kernel needs of the machine.
  let target: MatmulDescription.Target
  /// What the kernel does, in a line.
  let summary: String
  /// The configuration in words; nil where there is nothing to choose.
  let configuration: String?
  /// Returns the module, or all that is wrong with the kernel.
  let module: () throws(KernelError) -> Module
  /// Returns the text, and what a launch must know.
  let program: () throws(KernelError) -> Program
  /// Returns who computes an element of C, by its row and column; nil where there is no C.
  let owner: ((Int, Int) -> ElementOwner)?

  /// Creates the kernel of a catalogue's entry for a type of elements.
  init(_ entry: MatmulCatalog.Entry, _ type: MatmulType) {
    let kernel: any MatmulKernel =
      switch type {
      case .bf16: entry.bfloat16
      case .f16: entry.halfFloat
      }
    name = entry.description.name
    target = entry.description.target
    summary = entry.description.summary
    configuration = entry.description.configuration
    module = { () throws(KernelError) in try kernel.module() }
    program = { () throws(KernelError) in try kernel.program() }
    owner = { kernel.owner(row: $0, column: $1) }
  }

  /// Creates the hello world, which is no matmul.
  private init(_ scale: Scale) {
    name = "scale"
    target = .any
    summary = "y = alpha · x"
    configuration = nil
    module = { () throws(KernelError) in try scale.kernel.module() }
    program = { () throws(KernelError) in try scale.kernel.program() }
    owner = nil
  }

  /// Creates the matmul of e4m3 with block scales, whose D has a type of elements.
  private init(blockScaledTo type: MatmulType) throws(ConfigurationError) {
    switch type {
    case .bf16: self.init(try BlockScaledMatmul<Float8E4M3, BFloat16, Identity>())
    case .f16: self.init(try BlockScaledMatmul<Float8E4M3, HalfFloat, Identity>())
    }
  }

  /// Creates a matmul with block scales, which is in no catalogue: its A, B and D differ in type.
  private init<Element, Output>(_ matmul: BlockScaledMatmul<Element, Output, Identity>) {
    name = "block-scaled"
    target = .blackwell
    summary = "D = (A · scales) (B · scales)ᵀ of e4m3 with a UE8M0 scale for every 32 along k"
    configuration = "\(matmul.configuration)"
    module = { () throws(KernelError) in try matmul.module() }
    program = { () throws(KernelError) in try matmul.program() }
    owner = { matmul.owner(row: $0, column: $1) }
  }

  /// Finds a kernel by its name, for a target where it is for several.
  init(named name: String, target: Target?, type: MatmulType) throws(InputError) {
    switch name {
    case "scale": self.init(Scale())
    case "block-scaled":
      guard let kernel = try? LibraryKernel(blockScaledTo: type) else {
        fatalError("The library's own configurations are legal.")
      }
      if let target, !target.runs(kernel.target) {
        throw .kernelLacksTarget(
          kernel: name, target: target.rawValue, targets: [kernel.target.rawValue])
      }
      self = kernel
    default:
      let choice = try MatmulChoice(named: name, further: ["scale", "block-scaled"])
      self.init(try choice.entry(for: target ?? choice.targets.last), type)
    }
  }
}

/// The entries of the catalogue that have one name.
struct MatmulChoice {
  /// The name.
  let name: String
  /// The entries, in the catalogue's order.
  let entries: [MatmulCatalog.Entry]

  /// Why there is no entry for a target, where the name states a configuration that breaks a rule of it.
  var refusals: [Target: InputError] = [:]

  /// Creates a choice of entries.
  init(name: String, entries: [MatmulCatalog.Entry], refusals: [Target: InputError]) {
    self.name = name
    self.entries = entries
    self.refusals = refusals
  }

  /// Finds the entries of a name, or of a name and settings.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - further: Names that the user may use as well, for messages.
  /// - Throws: `InputError.unknownKernel`.
  init(named name: String, further: [String] = []) throws(InputError) {
    if let choice = try MatmulChoice(configured: name) {
      self = choice
      return
    }
    self.name = name
    entries = MatmulCatalog.all.filter { $0.description.name == name }
    guard !entries.isEmpty else {
      let names = MatmulCatalog.all.map(\.description.name) + further
      var known: [String] = []
      for name in names where !known.contains(name) { known.append(name) }
      throw .unknownKernel(name: name, known: known)
    }
  }

  /// The targets that the kernel is there for; all, where it is for any machine.
  var targets: [Target] {
    Target.allCases.filter { target in
      entries.contains { target.runs($0.description.target) }
    }
  }

  /// Returns the entry for a target.
  func entry(for target: Target?) throws(InputError) -> MatmulCatalog.Entry {
    let runnable = entries.first { entry in
      target.map { $0.runs(entry.description.target) } ?? (entry.description.target == .any)
    }
    guard let runnable else {
      if let target, let refusal = refusals[target] { throw refusal }
      throw .kernelLacksTarget(
        kernel: name, target: target?.rawValue ?? "any machine", targets: targets.map(\.rawValue))
    }
    return runnable
  }
}

extension Target {
  /// Whether a machine of this target runs kernels of the other.
  func runs(_ target: MatmulDescription.Target) -> Bool {
    target == .any || target.rawValue == rawValue
  }
}

/// The type of the elements of a product.
enum MatmulType: String, CaseIterable, Sendable {
  case bf16
  case f16

  /// The bytes of an element.
  var byteCount: Int { 2 }

  /// The type of a file's elements that are of this type.
  var numpyType: NumpyElementType {
    switch self {
    case .bf16: .bfloat16
    case .f16: .float16
    }
  }
}
