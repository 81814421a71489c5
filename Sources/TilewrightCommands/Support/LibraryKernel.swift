// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import KernelLibrary
import MachineIR
import NumberFormats
import Simulator
import StructuredKernels

/// A kernel of the library, of whose text something is asked.
struct LibraryKernel {
  /// The name by which the tool knows the kernel.
  let name: String
  /// The machines that the kernel runs on.
  let target: MatmulDescription.Target
  /// A summary in one line.
  let summary: String
  /// The configuration in words; nil where there is nothing to choose.
  let configuration: String?
  /// The product for which the configuration was chosen; nil where it is the same for all.
  let chosenFor: MatmulShape?
  /// Returns the module, or all that is wrong with the kernel.
  let module: () throws(KernelError) -> Module
  /// Returns the program: the text, and the properties that a launch needs.
  let program: () throws(KernelError) -> Program
  /// Returns which thread holds the accumulator of an element of C, by its row and column; nil where there
  /// is no C.
  let owner: ((Int, Int) -> ElementOwner)?

  /// Creates the kernel that a catalogue's entry has for a type of elements.
  ///
  /// - Parameters:
  ///   - entry: The entry.
  ///   - type: The type.
  ///   - shape: The product for which a family chooses the kernel.
  ///   - machine: The machine for which it does.
  init(
    _ entry: MatmulCatalog.Entry, _ type: MatmulType, for shape: MatmulShape,
    on machine: SimulatedMachine
  ) {
    /// Returns the kernel of a family.
    func chosen<Element>(_ family: any MatmulFamily<Element>) -> any MatmulKernel {
      family.resolved(for: shape, multiprocessorCount: machine.multiprocessorCount)
    }
    let kernel =
      switch type {
      case .bf16: chosen(entry.bfloat16)
      case .f16: chosen(entry.halfFloat)
      }
    name = entry.description.name
    target = entry.description.target
    summary = kernel.description.summary
    configuration = kernel.description.configuration
    chosenFor = entry.bfloat16 is any MatmulKernel ? nil : shape
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
    chosenFor = nil
    module = { () throws(KernelError) in try scale.kernel.module() }
    program = { () throws(KernelError) in try scale.kernel.program() }
    owner = nil
  }

  /// Creates the matmul of e4m3 with block scales, whose D has a type of elements.
  private init(blockScaledTo type: MatmulType) {
    do {
      switch type {
      case .bf16: self.init(try BlockScaledMatmul<Float8E4M3, BFloat16, Identity>())
      case .f16: self.init(try BlockScaledMatmul<Float8E4M3, HalfFloat, Identity>())
      }
    } catch {
      fatalError("The library's own configurations are legal: \(error)")
    }
  }

  /// Creates a matmul with block scales, which is in no catalogue: its A, B and D differ in type.
  private init<Element, Output>(_ matmul: BlockScaledMatmul<Element, Output, Identity>) {
    name = "block-scaled"
    target = .blackwell
    summary =
      "D = (A · scales) (B · scales)ᵀ of e4m3 with a UE8M0 scale for every 32 elements along k"
    configuration = "\(matmul.configuration)"
    chosenFor = nil
    module = { () throws(KernelError) in try matmul.module() }
    program = { () throws(KernelError) in try matmul.program() }
    owner = { matmul.owner(row: $0, column: $1) }
  }

  /// The kernels that are in no catalogue of matmuls, with elements of a type.
  static func furtherKernels(_ type: MatmulType) -> [LibraryKernel] {
    [LibraryKernel(Scale()), LibraryKernel(blockScaledTo: type)]
  }

  /// Finds a kernel by its name, for a target where it is for several.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - target: The target; nil for the last that has the kernel.
  ///   - type: The type of the elements.
  ///   - shape: The product for which a kernel is chosen, where the name stands for several.
  /// - Throws: `InputError` where there is no such kernel.
  init(
    named name: String, target: Target?, type: MatmulType, for shape: MatmulShape
  ) throws(InputError) {
    if let kernel = LibraryKernel.furtherKernels(type).first(where: { $0.name == name }) {
      if let target, !target.runs(kernel.target) {
        throw .kernelLacksTarget(
          kernel: name, target: target.rawValue, targets: [kernel.target.rawValue])
      }
      self = kernel
      return
    }
    let choice = try MatmulChoice(named: name, isRun: false)
    let target = target ?? choice.targets.last
    self.init(
      try choice.entry(for: target), type, for: shape, on: (target ?? .blackwell).machine)
  }
}

extension MatmulShape {
  /// The product that commands take where the user gives no extents.
  static let standard = MatmulShape(m: 512, n: 512, k: 512)
}

/// The entries of the catalogue that have one name.
struct MatmulChoice {
  /// The name.
  let name: String
  /// The entries, in the catalogue's order.
  let entries: [MatmulCatalog.Entry]

  /// The reasons why there is no entry for a target whose rules the named configuration breaks.
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
  ///   - isRun: Whether the kernel is run, and not only shown; for messages.
  /// - Throws: `InputError.unknownKernel`, or `notRunnable`.
  init(named name: String, isRun: Bool = true) throws(InputError) {
    if let choice = try MatmulChoice(configured: name) {
      self = choice
      return
    }
    self.name = name
    entries = MatmulCatalog.all.filter { $0.description.name == name }
    guard !entries.isEmpty else {
      let further = LibraryKernel.furtherKernels(.bf16).map(\.name)
      var known: [String] = []
      for name in MatmulCatalog.all.map(\.description.name) where !known.contains(name) {
        known.append(name)
      }
      guard !isRun || !further.contains(name) else { throw .notRunnable(name: name, known: known) }
      throw .unknownKernel(name: name, known: isRun ? known : known + further)
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

  /// The targets whose machines run kernels of another.
  static func running(_ target: MatmulDescription.Target) -> [Target] {
    allCases.filter { $0.runs(target) }
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
