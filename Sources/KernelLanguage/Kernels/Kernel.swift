// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import MachineIR
import Synchronization

/// A kernel: a body that records machine instructions, for an architecture, with typed parameters.
///
/// The parameters are declared by their types on the host; each defines the corresponding argument
/// of the body, and a launch takes exactly those types.
/// ```swift
/// let scale = Kernel<AnyArchitecture, Float, GlobalBuffer<Float>, UInt32>("scale") { k, alpha, x, count in
///   let i = k.blockIndex.x * k.blockDimension.x + k.threadIndex.x
///   k.if(i < count) { x[i] = alpha * x[i] }
/// }
/// ```
/// The body runs once, at the first use of the program or the module; copies of a kernel share
/// them.
public struct Kernel<Machine: Architecture, each Argument: KernelParameter>: Sendable {
  /// The function that records the instructions of a kernel.
  public typealias Body =
    @Sendable (
      KernelContext<Machine>, repeat (each Argument).InKernel
    ) -> Void

  /// The declaration of the kernel.
  public let declaration: KernelDeclaration

  /// The body, and the program once it is made.
  private let recording: Recording

  /// Creates a kernel; nothing is recorded yet.
  ///
  /// - Parameters:
  ///   - name: The entry's name; characters that PTX does not allow in names become `_`.
  ///   - parameters: The names of the parameters in reports, in order; by default their positions.
  ///   - block: The threads of a block; nil if the kernel's roles or each launch determine them.
  ///   - cluster: The blocks of a cluster, or nil for a kernel that needs none.
  ///   - minimumBlocksPerMultiprocessor: The number of blocks whose registers must fit on a
  ///     SM.
  ///   - file: The file to which findings belong that have no line of their own.
  ///   - line: The line to which they belong.
  ///   - body: Records the instructions.
  public init(
    _ name: String, parameters: [String] = [], block: Dimensions? = nil,
    cluster: Dimensions? = nil, minimumBlocksPerMultiprocessor: Int? = nil,
    file: String = #fileID, line: Int = #line, body: @escaping Body
  ) {
    declaration = KernelDeclaration(
      name: name, parameterNames: parameters, block: block, cluster: cluster,
      minimumBlocksPerMultiprocessor: minimumBlocksPerMultiprocessor)
    recording = Recording { [declaration] () throws(KernelError) in
      let recorder = Recorder(
        kernelName: declaration.entry, block: declaration.block,
        origin: SourcePlace(file: file, line: line))
      declaration.check(in: recorder)
      let parameters = ParameterDeclaration(
        recorder: recorder, names: declaration.parameterNames)
      body(KernelContext(recorder), repeat (each Argument).declare(in: parameters))
      return try RecordedKernel(declaration, recorder, baseNumber: Machine.baseNumber)
    }
  }

  /// The kernel's name in the text.
  public var entry: String { declaration.entry }

  /// Returns the program: the text, and the properties that a launch needs.
  ///
  /// - Throws: All that is wrong with the kernel.
  public func program() throws(KernelError) -> Program { try recording.program() }

  /// Returns the module that the program's text was printed from.
  ///
  /// - Throws: All that is wrong with the kernel.
  public func module() throws(KernelError) -> Module { try recording.result().module }
}

/// The declaration of a kernel: everything besides its body.
public struct KernelDeclaration: Hashable, Sendable {
  /// The name.
  public var name: String

  /// The names of the parameters in reports, in order.
  public var parameterNames: [String]

  /// The threads of a block, where the kernel fixes them.
  public var block: Dimensions?

  /// The blocks of a cluster, where the kernel fixes them.
  public var cluster: Dimensions?

  /// The number of blocks whose registers must fit on an SM.
  public var minimumBlocksPerMultiprocessor: Int?

  /// The name in the text: letters, digits, `_` and `$`, not beginning with a digit.
  public var entry: String {
    let scalars = name.unicodeScalars.map { scalar in
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar == "$")
      let isDigit = ("0"..."9").contains(scalar)
      return isPlain || isDigit || scalar == "_" ? Character(scalar) : "_"
    }
    let text = String(scalars)
    guard let first = text.first else { return "kernel" }
    return first.isNumber ? "_" + text : text
  }

  /// Returns the declaration with what a kernel's roles say and its author left open.
  ///
  /// Warps can take registers from one another only where the threads of a block and the blocks of
  /// an SM are fixed.
  func completed(threadCount: Int?, movesRegisters: Bool) -> KernelDeclaration {
    var result = self
    if let threadCount { result.block = result.block ?? Dimensions(threadCount) }
    if movesRegisters {
      result.minimumBlocksPerMultiprocessor = result.minimumBlocksPerMultiprocessor ?? 1
    }
    return result
  }

  /// Reports what no launch can have.
  func check(in recorder: Recorder) {
    // A grid that any legal cluster divides.
    let grid = cluster.map { cluster in
      let (x, y, z) = (cluster.x, cluster.y, cluster.z)
      return Dimensions(min(max(x, 1), 16), min(max(y, 1), 16), min(max(z, 1), 16))
    }
    let extents = LaunchConfiguration(grid: grid ?? 1, block: block ?? 1, cluster: cluster ?? 1)
    if let rule = extents.brokenRule { recorder.reject(.misuse(String(rule.dropLast()))) }
    if let count = minimumBlocksPerMultiprocessor {
      recorder.expect(
        (1...32).contains(count), "an SM holds 1 to 32 blocks of a kernel, not \(count)")
    }
  }

  /// The directives between the parameters and the body.
  var directives: [FunctionDirective] {
    var result: [FunctionDirective] = []
    if let block { result.append(FunctionDirective("reqntid", [block.x, block.y, block.z])) }
    if let minimumBlocksPerMultiprocessor {
      result.append(FunctionDirective("minnctapersm", [minimumBlocksPerMultiprocessor]))
    }
    if let cluster {
      result.append(FunctionDirective("reqnctapercluster", [cluster.x, cluster.y, cluster.z]))
    }
    return result
  }
}

/// The result of recording a kernel's body.
struct RecordedKernel: Sendable {
  /// The machine code.
  let module: Module

  /// The declaration, with what the kernel's roles say.
  let declaration: KernelDeclaration

  /// The properties of each parameter that a launch needs.
  let parameters: [Program.Parameter]

  /// The bytes of shared memory.
  let dynamicSharedByteCount: Int
}

/// The body of a kernel, its recording once it has run, and its program once that is requested.
private final class Recording: Sendable {
  /// Runs the body and makes the module.
  private let record: @Sendable () throws(KernelError) -> RecordedKernel

  /// The result of recording the body, if it has run.
  private let cache = Mutex<Result<RecordedKernel, KernelError>?>(nil)

  /// The program, if it has been asked for.
  private let printed = Mutex<Program?>(nil)

  /// Creates a recording that has not run.
  init(_ record: @escaping @Sendable () throws(KernelError) -> RecordedKernel) {
    self.record = record
  }

  /// Returns the recording of the body, which runs if no thread has run it yet.
  func result() throws(KernelError) -> RecordedKernel {
    let result = cache.withLock { cached in
      if let cached { return cached }
      let fresh = Result { () throws(KernelError) in try record() }
      cached = fresh
      return fresh
    }
    return try result.get()
  }

  /// Returns the program of the recording, which is printed if no thread has printed it yet.
  func program() throws(KernelError) -> Program {
    let recorded = try result()
    return printed.withLock { cached in
      if let cached { return cached }
      let fresh = recorded.program()
      cached = fresh
      return fresh
    }
  }
}
