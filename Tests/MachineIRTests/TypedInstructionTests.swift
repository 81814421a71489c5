// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import Testing
import TileLayout

/// The opcodes whose instructions have a typed view.
private let opcodes = Opcode.allCases.filter { $0.family != .plain }

extension OperandSlot {
  /// An operand of the slot's kind, and another one where the kind has two.
  fileprivate var samples: [Operand] {
    let register = Operand.register(RegisterID(3))
    let address = Operand.memory(RegisterID(5), offset: 16)
    return switch kind {
    case .value: [register]
    case .vector: [.vector([register, register]), register]
    case .predicate, .predicates:
      access == .read ? [.negated(RegisterID(1)), register] : [register]
    case .valueAndPredicate: [.pair(register, .sink), register]
    case .memory: [address]
    case .symbolOrValue: [.symbol("name", offset: 8), register]
    case .memoryOrValue: [address, register]
    case .tensor: [.tensor(Operand.Address(RegisterID(7)), coordinates: [register, .integer(2)])]
    case .immediate: [.integer(1), .integer(0)]
    case .label: [.label("name")]
    case .list: [.list([register])]
    }
  }
}

extension InstructionForm {
  /// The lists of modifiers in which one slot varies and the others have their first or last choice;
  /// the last choice of a slot that need not be filled is none.
  fileprivate var modifierLists: [[Modifier]] {
    let choices = slots.map { $0.words.map(Optional.some) + ($0.isRequired ? [] : [nil]) }
    let ends = [choices.map { $0.first ?? nil }, choices.map { $0.last ?? nil }]
    return choices.indices.flatMap { varied in
      choices[varied].flatMap { choice in
        ends.map { rest in
          rest.indices.compactMap { $0 == varied ? choice : rest[$0] }
        }
      }
    } + ends.map { $0.compactMap(\.self) }
  }

  /// The lists of operands with the first or the last sample of each slot, with and without the
  /// optional ones.
  fileprivate var operandLists: [[Operand]] {
    let required = operands.filter { !$0.isOptional }
    return [required, operands].flatMap { slots in
      [slots.compactMap(\.samples.first), slots.compactMap(\.samples.last)]
    }
  }

  /// Instructions of the form.
  fileprivate func instructions(_ opcode: Opcode) -> [Instruction] {
    modifierLists.flatMap { modifiers in
      operandLists.map { Instruction(opcode, modifiers, $0) }
    }
  }
}

struct TypedInstructionTests {
  @Test func `each opcode has its forms in its family alone`() {
    for opcode in Opcode.allCases {
      #expect(!opcode.description.forms.isEmpty, "\(opcode)")
      for family in Opcode.Family.allCases {
        #expect((family.member.forms[opcode] != nil) == (opcode.family == family), "\(opcode)")
      }
    }
  }

  @Test(arguments: opcodes)
  func `an instruction of each form is made again from its parts`(opcode: Opcode) {
    for instruction in opcode.description.forms.flatMap({ $0.instructions(opcode) }) {
      let member = TypedInstruction(instruction)?.member
      #expect(member?.instruction == instruction, "\(instruction.mnemonic)")
    }
  }

  @Test(arguments: opcodes)
  func `an instruction that is not of the forms has no parts`(opcode: Opcode) {
    for form in opcode.description.forms {
      let modifiers = form.slots.filter(\.isRequired).compactMap(\.words.first)
      let operands = form.operands.compactMap(\.samples.first)
      var wrong = [
        Instruction(opcode, modifiers + ["nonsense"], operands),
        Instruction(opcode, modifiers, operands + [.label("name"), .label("name")]),
      ]
      if !modifiers.isEmpty {
        wrong.append(Instruction(opcode, modifiers.dropLast(), operands))
      }
      for index in operands.indices {
        var changed = operands
        changed[index] = .label("name")
        wrong.append(Instruction(opcode, modifiers, changed))
      }
      for instruction in wrong {
        #expect(TypedInstruction(instruction) == nil, "\(instruction.mnemonic)")
        #expect(opcode.family.member.init(instruction) == nil, "\(instruction.mnemonic)")
      }
    }
  }

  @Test(arguments: Opcode.Family.allCases)
  func `a family has no members of another`(family: Opcode.Family) {
    for opcode in opcodes where opcode.family != family {
      for form in opcode.description.forms {
        for instruction in form.instructions(opcode) where family != .plain {
          #expect(family.member.init(instruction) == nil, "\(instruction.mnemonic)")
        }
      }
    }
  }
}

struct InstructionTraitTests {
  @Test func `a wgmma is asynchronous on registers, and its waits order accesses`() {
    let d = Operand.vector([.register(RegisterID(0))])
    var product = WarpgroupMultiply(
      n: 8, .f32, .bf16, .bf16, d: d, a: .register(RegisterID(1)), b: .register(RegisterID(2)),
      accumulates: .integer(1))
    #expect(
      WarpgroupInstruction.multiply(product).traits == [.isAligned, .isAsynchronousOnRegisters])
    product.accumulates = .integer(0)
    #expect(WarpgroupInstruction.multiply(product).traits.contains(.mayReplaceAccumulator))
    product.accumulates = .negated(RegisterID(3))
    #expect(WarpgroupInstruction.multiply(product).traits.contains(.mayReplaceAccumulator))
    for other: WarpgroupInstruction in [.fence, .commitGroup, .waitGroup(pending: 0)] {
      #expect(other.traits == [.isAligned, .ordersMemory])
    }
  }

  @Test func `Tensor Memory is loaded after the issue, and allocated one after the other`() throws {
    let register = Operand.register(RegisterID(0))
    let access = TensorMemoryAccess(
      .lanes32Bits32, repetitions: 1, registers: .vector([register]),
      address: .memory(RegisterID(1)))
    #expect(TensorInstruction.load(access).traits == [.isAligned, .isAsynchronousOnRegisters])
    #expect(TensorInstruction.store(access).traits == .isAligned)
    let freeing = TensorInstruction.deallocate(.two, address: register, columns: .integer(32))
    #expect(freeing.traits == [.isAligned, .runsAlone])
    #expect(freeing.group == .two)
    #expect(TensorInstruction.waitForLoads.traits == [.isAligned, .ordersMemory])
    #expect(TensorInstruction.fenceBefore.traits == .ordersMemory)
  }

  @Test func `other clusters observe reductions of global memory, and no copies`() {
    let address = Operand.memory(RegisterID(0))
    let sum = BulkCopy.Reduction(.add, .u32)
    for route in BulkCopy.Route.allCases {
      let copy = BulkCopy(route, to: address, from: address, byteCount: .integer(16))
      #expect(BulkInstruction.copy(copy).traits == [])
    }
    let reduction = BulkCopy(.toGlobal, sum, to: address, from: address, byteCount: .integer(16))
    #expect(BulkInstruction.copy(reduction).traits == .runsAlone)
    let own = BulkCopy(.sharedToCluster, sum, to: address, from: address, byteCount: .integer(16))
    #expect(BulkInstruction.copy(own).traits == [])
    let box = TransferBox(rank: 1, .tensor(Operand.Address(RegisterID(0)), coordinates: [address]))
    #expect(BulkInstruction.tensorStore(TensorStore(box, from: address)).traits == [])
    #expect(
      BulkInstruction.tensorStore(TensorStore(box, from: address, .add)).traits == .runsAlone)
  }

  @Test func `relaxed arrivals order nothing, and bar needs whole warps`() {
    var arrival = MbarrierArrive(at: .memory(RegisterID(0)), in: .block)
    #expect(MbarrierInstruction.arrive(arrival).traits == .ordersMemory)
    arrival.order = .relaxed
    #expect(MbarrierInstruction.arrive(arrival).traits == [])
    var barrier = BlockBarrierOperation(.sync, barrier: .integer(0))
    #expect(BarrierInstruction.block(barrier).traits == [.isAligned, .ordersMemory])
    barrier.spelling = .barrier
    #expect(BarrierInstruction.block(barrier).traits == .ordersMemory)
    barrier.namesAligned = true
    #expect(BarrierInstruction.block(barrier).traits == [.isAligned, .ordersMemory])
    #expect(BarrierInstruction.clusterArrive(.relaxed, isAligned: true).traits == .isAligned)
    #expect(FenceInstruction.aliases.traits == .ordersMemory)
  }
}
