// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TileLayout

/// An element type that `wgmma` and `tcgen05.mma` multiply with 16 of them in each step along k.
public protocol TensorCoreElement: PairedElement {
  /// The types of an instruction descriptor with f32 accumulators.
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
    emit(WarpgroupInstruction.fence)
  }

  /// Closes the group of the `wgmma` that the warpgroup has issued since the last one.
  ///
  /// - SeeAlso: PTX ISA, "wgmma.commit_group".
  public func wgmmaCommitGroup(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(WarpgroupInstruction.commitGroup)
  }

  /// Waits until at most `count` of the warpgroup's newest groups are still running.
  ///
  /// - SeeAlso: PTX ISA, "wgmma.wait_group".
  public func wgmmaWaitGroup(_ count: Int, file: String = #fileID, line: Int = #line) {
    at(file, line)
    recorder.expect(
      (0...7).contains(count), "a wait must leave 0 to 7 groups pending, not \(count)")
    emit(WarpgroupInstruction.waitGroup(pending: Int64(count)))
  }

  /// Multiplies 64 rows of A by n rows of B over 16 elements of k, asynchronously.
  ///
  /// All threads of the warpgroup call it together, with the same descriptors and predicate.
  ///
  /// - `accumulators`: n / 2 registers of each thread, laid out as `WarpgroupAccumulator` says; n
  ///   is a multiple of 8 up to 256. They must not be used before `wgmmaWaitGroup`.
  /// - `a`: A, [64, 16] in shared memory.
  /// - `b`: B, [n, 16] in shared memory.
  /// - `type`: The type of the elements.
  /// - `accumulates`: Whether the products are added to the accumulators, or replace them.
  /// - `aMajorness`: The contiguous index of A.
  /// - `bMajorness`: The contiguous index of B.
  /// - SeeAlso: PTX ISA, "wgmma.mma_async".
  public func wgmmaMmaAsync<Element: TensorCoreElement>(
    _ accumulators: [Variable<Float>], a: MatrixDescriptor, b: MatrixDescriptor,
    of type: Element.Type, accumulates: Predicate, aMajorness: Majorness = .k,
    bMajorness: Majorness = .k, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    let type = Element.arithmeticType
    multiply(accumulators, a, b, .f32, type, type, accumulates) { product in
      product.transposeA = aMajorness == .k ? 0 : 1
      product.transposeB = bMajorness == .k ? 0 : 1
    }
  }

  /// Multiplies 64 rows of A in registers by n rows of B over 16 elements of k, asynchronously.
  ///
  /// - `accumulators`: As in the form with A in shared memory.
  /// - `a`: Four registers of two elements each, laid out as `WarpgroupOperand` says. They must not
  ///   be written before `wgmmaWaitGroup`.
  /// - `b`: B, [n, 16] in shared memory.
  /// - `type`: The type of the elements.
  /// - `accumulates`: Whether the products are added to the accumulators, or replace them.
  /// - `bMajorness`: The contiguous index of B.
  /// - SeeAlso: PTX ISA, "wgmma.mma_async".
  public func wgmmaMmaAsync<Element: TensorCoreElement>(
    _ accumulators: [Variable<Float>], a: [DeviceValue<UInt32>], b: MatrixDescriptor,
    of type: Element.Type, accumulates: Predicate, bMajorness: Majorness = .k,
    file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    let type = Element.arithmeticType
    multiply(accumulators, a, b, .f32, type, type, accumulates) { product in
      product.transposeB = bMajorness == .k ? 0 : 1
    }
  }

  /// Multiplies K-major floats of any compatible types, with f32 accumulators.
  ///
  /// All threads of the warpgroup call it together, with the same descriptors and predicate.
  ///
  /// - `d`: The accumulators, n / 2 in each thread, laid out as `WarpgroupAccumulator` says; n
  ///   is a multiple of 8 up to 256. They must not be used before `wgmmaWaitGroup`. Accumulators of
  ///   8-bit floats keep 13 fraction bits.
  /// - `a`: A, 64 rows of 32 bytes: a descriptor, or four registers as `WarpgroupOperand` places
  ///   them.
  /// - `b`: B, n rows of 32 bytes in shared memory.
  /// - `aType`: The type of A's elements.
  /// - `bType`: The type of B's elements.
  /// - `accumulates`: Whether the products are added to the accumulators, or replace them.
  /// - `negatesA`: Whether A's elements change sign.
  /// - `negatesB`: Whether B's elements change sign.
  /// - SeeAlso: PTX ISA, "wgmma.mma_async".
  public func wgmmaMmaAsync<A: WarpgroupElement, B: WarpgroupElement>(
    _ d: [Variable<Float>], a: some WarpgroupMultiplicand, b: MatrixDescriptor,
    of aType: A.Type, by bType: B.Type, accumulates: Predicate, negatesA: Bool = false,
    negatesB: Bool = false, file: String = #fileID, line: Int = #line
  ) where A.Family == B.Family, A.Family: WarpgroupFloats {
    at(file, line)
    multiply(d, a, b, .f32, A.multiplicandType, B.multiplicandType, accumulates) { product in
      product.scaleA = negatesA ? -1 : 1
      product.scaleB = negatesB ? -1 : 1
    }
  }

  /// Multiplies K-major floats, with f16 accumulators.
  ///
  /// - `d`: n / 4 registers of each thread with two accumulators each: elements 2j and 2j + 1 of
  ///   `WarpgroupAccumulator` in the low and the high half of register j.
  /// - SeeAlso: PTX ISA, "wgmma.mma_async".
  public func wgmmaMmaAsync<A: WarpgroupElement, B: WarpgroupElement>(
    halves d: [Variable<UInt32>], a: some WarpgroupMultiplicand, b: MatrixDescriptor,
    of aType: A.Type, by bType: B.Type, accumulates: Predicate, negatesA: Bool = false,
    negatesB: Bool = false, file: String = #fileID, line: Int = #line
  ) where A.Family == B.Family, A.Family: WarpgroupHalfAccumulation {
    at(file, line)
    multiply(d, a, b, .f16, A.multiplicandType, B.multiplicandType, accumulates) { product in
      product.scaleA = negatesA ? -1 : 1
      product.scaleB = negatesB ? -1 : 1
    }
  }

  /// Multiplies K-major bytes, with s32 accumulators.
  ///
  /// - `d`: n / 2 in each thread; n is 8, 16, 24 or a multiple of 16 up to 256.
  /// - `saturates`: Whether accumulators are clamped to 32 bits, once for each instruction;
  ///   otherwise they wrap.
  /// - SeeAlso: PTX ISA, "wgmma.mma_async".
  public func wgmmaMmaAsync<A: WarpgroupElement, B: WarpgroupElement>(
    _ d: [Variable<Int32>], a: some WarpgroupMultiplicand, b: MatrixDescriptor,
    of aType: A.Type, by bType: B.Type, accumulates: Predicate, saturates: Bool = false,
    file: String = #fileID, line: Int = #line
  ) where A.Family == ByteElements, B.Family == ByteElements {
    at(file, line)
    multiply(d, a, b, .s32, A.multiplicandType, B.multiplicandType, accumulates) { product in
      product.saturates = saturates
    }
  }

  /// Counts the common bits of rows of A and of B, and adds the counts to s32 accumulators.
  ///
  /// - `d`: n / 2 in each thread; n is 8, 16, 24 or a multiple of 16 up to 256.
  /// - `a`: A, 64 rows of 256 bits.
  /// - `b`: B, n rows of 256 bits.
  /// - SeeAlso: PTX ISA, "wgmma.mma_async", `.and.popc`.
  public func wgmmaMmaAsync(
    _ d: [Variable<Int32>], a: some WarpgroupMultiplicand, b: MatrixDescriptor,
    of type: MatrixBit.Type, accumulates: Predicate, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    multiply(d, a, b, .s32, .b1, .b1, accumulates) { _ in }
  }

  /// Records a multiplication with either form of A, whose other parts `adjust` sets.
  private func multiply<Sum: DeviceElement>(
    _ d: [Variable<Sum>], _ a: some WarpgroupMultiplicand, _ b: MatrixDescriptor,
    _ resultType: ScalarType, _ aType: ScalarType, _ bType: ScalarType, _ accumulates: Predicate,
    _ adjust: (inout WarpgroupMultiply) -> Void
  ) {
    let a = a.multiplicand.checked(recorder)
    let n = d.count * (resultType == .f16 ? 4 : 2)
    recorder.expect(
      WarpgroupMultiply.hasColumns(n, of: resultType),
      "there is no `wgmma` with \(n) columns of \(resultType.rawValue) in \(d.count) registers"
    )
    for register in d { recorder.check(register.recorder) }
    recorder.check(b.value.recorder)
    recorder.check(accumulates.recorder)
    var product = WarpgroupMultiply(
      n: n, resultType, aType, bType, d: .vector(d.map { .register($0.register) }), a: a,
      b: .register(b.value.register), accumulates: accumulates.operand)
    adjust(&product)
    emit(WarpgroupInstruction.multiply(product))
  }
}
