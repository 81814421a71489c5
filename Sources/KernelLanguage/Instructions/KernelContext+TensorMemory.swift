// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import NumberFormats
import TileLayout

extension BFloat16: TensorCoreElement {
  /// bf16 with f32 accumulators.
  public static var tensorCoreOperands: TensorCoreOperands { .bf16 }
}

extension HalfFloat: TensorCoreElement {
  /// f16 with f32 accumulators.
  public static var tensorCoreOperands: TensorCoreOperands { .f16(accumulator: .f32) }
}

extension KernelContext where Machine: HasTensorMemory {
  /// Allocates columns of Tensor Memory and writes their address to shared memory.
  ///
  /// One whole warp calls it, for a CTA pair one warp of each block. It waits until the columns are
  /// available on the SM, for a pair the same columns on both. The address is read by
  /// others after `tcgen05FenceBeforeThreadSync`, a barrier and `tcgen05FenceAfterThreadSync`.
  ///
  /// - `columns`: 32, 64, 128, 256 or 512, and no more than an earlier allocation of the block.
  /// - `result`: The address in shared memory to which the result is written.
  /// - `group`: One block or a CTA pair, the same in all `tcgen05` instructions of a kernel.
  /// - SeeAlso: PTX ISA, "tcgen05.alloc".
  public func tcgen05Alloc(
    columns: Int, to result: DevicePointer<UInt32, Shared>, group: CTAGroup = .one,
    file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(result.recorder)
    checkColumns(columns)
    emit(
      TensorInstruction.allocate(
        group, result: result.address.operand, columns: .integer(Int64(columns)),
        namesSpace: true))
  }

  /// Frees columns of Tensor Memory; the warp that allocated them calls it.
  ///
  /// In a CTA pair one warp of each block calls it, after all accesses of both blocks, and may wait
  /// for the other.
  ///
  /// - SeeAlso: PTX ISA, "tcgen05.dealloc".
  public func tcgen05Dealloc(
    _ address: TensorMemoryAddress, columns: Int, group: CTAGroup = .one, file: String = #fileID,
    line: Int = #line
  ) {
    at(file, line)
    recorder.check(address.base.recorder)
    checkColumns(columns)
    let start = address.base + address.offset
    emit(
      TensorInstruction.deallocate(
        group, address: .register(start.register), columns: .integer(Int64(columns))))
  }

  /// Gives up the block's right to allocate, so that other blocks may; one whole warp calls it.
  ///
  /// - SeeAlso: PTX ISA, "tcgen05.relinquish_alloc_permit".
  public func tcgen05RelinquishAllocPermit(
    group: CTAGroup = .one, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    emit(TensorInstruction.relinquish(group))
  }

  /// Multiplies A by B over one step along k, asynchronously; one thread calls it, in a CTA pair
  /// one thread of one block.
  ///
  /// In a CTA pair each block holds half of A's rows and half of B's, at the same addresses of its
  /// shared memory.
  ///
  /// - `accumulator`: The accumulator in Tensor Memory, laid out as `TensorMemoryAccumulator` says.
  /// - `a`: A, [m, k] in shared memory.
  /// - `b`: B, [n, k] in shared memory.
  /// - `instruction`: The types, the shape and the contiguous indices; the shape is that of the
  ///   whole group.
  /// - `accumulates`: Whether the products are added to the accumulators, or replace them.
  /// - SeeAlso: PTX ISA, "tcgen05.mma".
  public func tcgen05Mma(
    _ accumulator: TensorMemoryAddress, a: MatrixDescriptor, b: MatrixDescriptor,
    _ instruction: TensorCoreInstructionDescriptor, accumulates: Predicate,
    group: CTAGroup = .one, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(a.value.recorder)
    multiply(accumulator, .register(a.value.register), b, instruction, accumulates, group)
  }

  /// Multiplies A in Tensor Memory by B.
  ///
  /// - `a`: A, in the lanes of the accumulator's rows: 8 columns for a step.
  /// - SeeAlso: PTX ISA, "tcgen05.mma".
  public func tcgen05Mma(
    _ accumulator: TensorMemoryAddress, a: TensorMemoryAddress, b: MatrixDescriptor,
    _ instruction: TensorCoreInstructionDescriptor, accumulates: Predicate,
    group: CTAGroup = .one, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(a.base.recorder)
    multiply(accumulator, a.operand, b, instruction, accumulates, group)
  }

  /// Records a multiplication with either form of A.
  private func multiply(
    _ accumulator: TensorMemoryAddress, _ a: Operand, _ b: MatrixDescriptor,
    _ instruction: TensorCoreInstructionDescriptor, _ accumulates: Predicate, _ group: CTAGroup
  ) {
    recorder.check(b.value.recorder)
    recorder.check(accumulator.base.recorder)
    recorder.check(accumulates.recorder)
    emit(
      TensorInstruction.multiply(
        TensorMultiply(
          group, .plain(instruction.kind), d: accumulator.operand,
          a: a, b: .register(b.value.register),
          descriptor: .integer(Int64(instruction.rawValue)), accumulates: accumulates.operand)))
  }

  /// Makes a barrier receive one arrival when the thread's earlier multiplications have completed.
  ///
  /// The thread that issued them calls it.
  ///
  /// - `barrier`: The barrier, in this block.
  /// - `mask`: The blocks of the cluster, one bit for each rank, whose same barriers receive an
  ///   arrival; nil for this block only.
  /// - `group`: The group of the multiplications.
  /// - SeeAlso: PTX ISA, "tcgen05.commit".
  public func tcgen05Commit(
    _ barrier: SharedBarrier, multicastTo mask: DeviceValue<UInt16>? = nil,
    group: CTAGroup = .one, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    recorder.check(barrier.recorder)
    if let mask { recorder.check(mask.recorder) }
    emit(
      TensorInstruction.commit(
        group, barrier: barrier.address.operand, mask: mask.map { .register($0.register) },
        namesSpace: true))
  }

  /// Loads cells of Tensor Memory into registers, asynchronously.
  ///
  /// One whole warp calls it, for lanes of its own quarter. The registers must not be used before
  /// `tcgen05WaitLd`.
  ///
  /// - `registers`: The destinations, in the layout of `TensorMemoryShape`.
  /// - `address`: The first cell, the same in all lanes.
  /// - `shape`: The mapping of registers to cells.
  /// - Precondition: The number of registers is that of a repetition of the shape.
  /// - SeeAlso: PTX ISA, "tcgen05.ld".
  public func tcgen05Ld<Element: DeviceElement>(
    _ registers: [Variable<Element>], from address: TensorMemoryAddress,
    shape: TensorMemoryShape, file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    emit(TensorInstruction.load(access(registers, address, shape)))
  }

  /// Stores registers into cells of Tensor Memory, asynchronously.
  ///
  /// One whole warp calls it, for lanes of its own quarter. Other warps may read the cells after
  /// `tcgen05WaitSt`, a fence and a barrier.
  ///
  /// - SeeAlso: PTX ISA, "tcgen05.st".
  public func tcgen05St<Element: DeviceElement>(
    _ registers: [Variable<Element>], to address: TensorMemoryAddress, shape: TensorMemoryShape,
    file: String = #fileID, line: Int = #line
  ) {
    at(file, line)
    emit(TensorInstruction.store(access(registers, address, shape)))
  }

  /// Waits until the thread's loads from Tensor Memory are done.
  ///
  /// - SeeAlso: PTX ISA, "tcgen05.wait".
  public func tcgen05WaitLd(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(TensorInstruction.waitForLoads)
  }

  /// Waits until the thread's stores to Tensor Memory are done.
  ///
  /// - SeeAlso: PTX ISA, "tcgen05.wait".
  public func tcgen05WaitSt(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(TensorInstruction.waitForStores)
  }

  /// Orders the thread's earlier accesses to Tensor Memory before a barrier or an arrival.
  ///
  /// - SeeAlso: PTX ISA, "tcgen05.fence".
  public func tcgen05FenceBeforeThreadSync(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(TensorInstruction.fenceBefore)
  }

  /// Orders the thread's later accesses to Tensor Memory after a barrier or a wait.
  ///
  /// - SeeAlso: PTX ISA, "tcgen05.fence".
  public func tcgen05FenceAfterThreadSync(file: String = #fileID, line: Int = #line) {
    at(file, line)
    emit(TensorInstruction.fenceAfter)
  }

  /// Names columns of Tensor Memory that the kernel allocates, for reports.
  public func declareTensorMemory(_ name: String, columns: Int, element: String = "f32") {
    recorder.expect(
      name.isPrintable && element.isPrintable,
      "the name of a region must consist of printable characters, unlike '\(name)'")
    recorder.map.tensorMemory.append(
      KernelMap.TensorMemoryRegion(name: name, columnCount: columns, element: element))
  }

  /// Checks that columns come in that number.
  private func checkColumns(_ columns: Int) {
    recorder.expect(
      [32, 64, 128, 256, 512].contains(columns),
      "an allocation of Tensor Memory must have 32, 64, 128, 256 or 512 columns, not \(columns)")
  }

  /// Returns a load or store, after checking that registers and address belong to this kernel, and
  /// that the shape has that number of registers of 32 bits.
  private func access<Element: DeviceElement>(
    _ registers: [Variable<Element>], _ address: TensorMemoryAddress, _ shape: TensorMemoryShape
  ) -> TensorMemoryAccess {
    recorder.check(address.base.recorder)
    for register in registers { recorder.check(register.recorder) }
    recorder.expect(
      Element.registerType.bitWidth == 32,
      "cells of Tensor Memory have 32 bits, not \(Element.registerType.bitWidth)")
    let repetitions = registers.count / shape.registersPerRepetition
    recorder.expect(
      shape.repetitions.contains(repetitions)
        && repetitions * shape.registersPerRepetition == registers.count
        && shape != .lanes16Bits32Twice,
      "the shape \(shape.rawValue) has no form with \(registers.count) registers")
    return TensorMemoryAccess(
      shape, repetitions: repetitions, registers: .vector(registers.map { .register($0.register) }),
      address: address.operand)
  }
}
