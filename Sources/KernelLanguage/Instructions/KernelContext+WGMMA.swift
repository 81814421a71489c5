import MachineIR
import TileLayout

/// An element type that `wgmma` and `tcgen05.mma` multiply with 16 of them in each step along k.
public protocol TensorCoreElement: PairedElement {
  /// The types of an instruction descriptor with f32 sums.
  static var tensorCoreOperands: TensorCoreOperands { get }
}

extension KernelContext where Machine: HasWGMMA {
  /// Lets the warpgroup's next `wgmma` see registers that other instructions have touched.
  ///
  /// All threads of the warpgroup call it together: before the first `wgmma`, and whenever
  /// accumulators or fragments of A have been touched since the last.
  ///
  /// - SeeAlso: PTX ISA, "wgmma.fence".
  public func wgmmaFence(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(.wgmmaFence, ["sync", "aligned"])
  }

  /// Closes the group of the `wgmma` that the warpgroup has issued since the last one.
  ///
  /// - SeeAlso: PTX ISA, "wgmma.commit_group".
  public func wgmmaCommitGroup(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(.wgmmaCommit, ["sync", "aligned"])
  }

  /// Waits until at most `count` of the warpgroup's newest groups are still running.
  ///
  /// - SeeAlso: PTX ISA, "wgmma.wait_group".
  public func wgmmaWaitGroup(_ count: Int, file: String = #fileID, line: Int = #line) {
    at(file, line)
    precondition((0...7).contains(count), "A wait leaves 0 to 7 groups running, not \(count).")
    emit(.wgmmaWait, ["sync", "aligned"], [.integer(Int64(count))])
  }

  /// Multiplies 64 rows of A by n rows of B over 16 elements of k, asynchronously.
  ///
  /// All threads of the warpgroup call it together, with the same descriptors and predicate.
  ///
  /// - `accumulators`: The sums, n / 2 in each thread, placed as `WarpgroupAccumulator` says; n is a multiple
  ///   of 8 up to 256. They are not touched until `wgmmaWaitGroup`.
  /// - `a`: A, [64, 16] in shared memory.
  /// - `b`: B, [n, 16] in shared memory.
  /// - `type`: The type of the elements.
  /// - `accumulates`: Whether the products are added to the sums, or replace them.
  /// - `aMajorness`: Which index of A is contiguous.
  /// - `bMajorness`: Which index of B is contiguous.
  /// - SeeAlso: PTX ISA, "wgmma.mma_async".
  public func wgmmaMmaAsync<Element: TensorCoreElement>(
    _ accumulators: [Variable<Float>], a: MatrixDescriptor, b: MatrixDescriptor,
    of type: Element.Type, accumulates: Predicate, aMajorness: Majorness = .k,
    bMajorness: Majorness = .k, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    let transposed: [Operand] = [aMajorness, bMajorness].map { .integer($0 == .k ? 0 : 1) }
    multiply(
      accumulators, .register(a.value.register), b, Element.arithmeticType, accumulates,
      transposed)
  }

  /// Multiplies 64 rows of A in registers by n rows of B over 16 elements of k, asynchronously.
  ///
  /// - `accumulators`: The sums, as in the form with A in shared memory.
  /// - `a`: Four registers of two elements each, placed as `WarpgroupOperand` says. They are not
  ///   written until `wgmmaWaitGroup`.
  /// - `b`: B, [n, 16] in shared memory.
  /// - `type`: The type of the elements.
  /// - `accumulates`: Whether the products are added to the sums, or replace them.
  /// - `bMajorness`: Which index of B is contiguous.
  /// - SeeAlso: PTX ISA, "wgmma.mma_async".
  public func wgmmaMmaAsync<Element: TensorCoreElement>(
    _ accumulators: [Variable<Float>], a: [DeviceValue<UInt32>], b: MatrixDescriptor,
    of type: Element.Type, accumulates: Predicate, bMajorness: Majorness = .k,
    file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    precondition(a.count == 4, "A fragment of A has 4 registers, not \(a.count).")
    for value in a { recorder.check(value.recorder) }
    multiply(
      accumulators, .vector(a.map { .register($0.register) }), b, Element.arithmeticType,
      accumulates, [.integer(bMajorness == .k ? 0 : 1)])
  }

  /// Records a multiplication with either form of A.
  private func multiply(
    _ accumulators: [Variable<Float>], _ a: Operand, _ b: MatrixDescriptor, _ type: ScalarType,
    _ accumulates: Predicate, _ transposed: [Operand]
  ) {
    let n = accumulators.count * 2
    precondition(
      n % 8 == 0 && (8...256).contains(n),
      "An instruction has 4 to 128 accumulators, a multiple of 4, not \(accumulators.count).")
    for accumulator in accumulators { recorder.check(accumulator.recorder) }
    recorder.check(b.value.recorder)
    recorder.check(accumulates.recorder)
    let scales: [Operand] = [.integer(1), .integer(1)]
    emit(
      .wgmma,
      [
        "sync", "aligned", Modifier(rawValue: "m64n\(n)k16"), "f32", Modifier(type),
        Modifier(type),
      ],
      [
        .vector(accumulators.map { .register($0.register) }), a, .register(b.value.register),
        accumulates.operand,
      ] + scales + transposed)
  }
}
