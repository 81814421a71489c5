// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import PTX
import Testing

struct FunctionBuilderTests {
  /// A loop that counts to ten, with an unused register.
  private var function: Function {
    var builder = FunctionBuilder("count")
    builder.add(Parameter(name: "out", type: .u64))
    builder.add(FunctionDirective("reqntid", [32, 1, 1]))
    builder.add(
      MemoryVariable(space: .shared, alignment: 16, type: .b8, name: "tile", extents: [64]))
    _ = builder.makeRegister(.f32)
    let address = builder.emitResult(
      .b64, .load, ["param", "u64"], [.memory(Operand.Address(.symbol("out")))])
    let index = builder.emitResult(.b32, .move, ["u32"], [.integer(0)])
    _ = builder.makeRegister(.b32)
    let label = builder.makeLabel("loop")
    builder.begin(label)
    let next = builder.emitResult(.b32, .add, ["u32"], [.register(index), .integer(1)])
    builder.emit(.move, ["u32"], [.register(index), .register(next)])
    let isLess = builder.emitResult(
      .pred, .setPredicate, ["lt", "u32"], [.register(index), .integer(10)])
    builder.emit(.branch, [], [.label(label)], when: Instruction.Guard(isLess))
    builder.emit(.store, ["global", "u32"], [.memory(address), .register(index)])
    return builder.finish()
  }

  @Test func `the result of a builder is canonical`() throws {
    #expect(function.canonicalized() == function)
    #expect(function.registers.map(\.name) == ["%rd0", "%r0", "%r1", "%p0"])
    #expect(function.blocks?.map(\.label) == [nil, "$L_loop_0", nil])
    #expect(function.blocks?.map(\.instructions.count) == [2, 4, 2])
    let module = Module(version: PTXVersion(7, 0), target: .ampere, functions: [function])
    #expect(try parse(module.ptx()) == module)
    #expect(module.diagnostics().isEmpty)
    #expect(
      module.ptx() == """
        .version 7.0
        .target sm_80
        .address_size 64

        .visible .entry count(.param .u64 out)
        .reqntid 32, 1, 1
        {
            .reg .b64 %rd<1>;
            .reg .b32 %r<2>;
            .reg .pred %p<1>;
            .shared .align 16 .b8 tile[64];
            ld.param.u64 %rd0, [out];
            mov.u32 %r0, 0;
        $L_loop_0:
            add.u32 %r1, %r0, 1;
            mov.u32 %r0, %r1;
            setp.lt.u32 %p0, %r0, 10;
            @%p0 bra $L_loop_0;
            st.global.u32 [%rd0], %r0;
            ret;
        }

        """)
  }

  @Test func `no return is added to a body that already ends`() {
    var builder = FunctionBuilder("ends")
    builder.emit(.exit)
    #expect(builder.finish().blocks?.map(\.instructions.count) == [1])
    #expect(FunctionBuilder("empty").finish().blocks?.map(\.instructions.count) == [1])
  }

  @Test func `the lowest target supports the instructions`() {
    var builder = FunctionBuilder("k")
    #expect(ModuleRequirements(of: [builder.finish()]).target == .ampere)
    #expect(ModuleRequirements(of: [builder.finish()]).version == PTXVersion(7, 0))
    builder.emit(.clusterArrive)
    #expect(ModuleRequirements(of: [builder.finish()]).target == TargetArchitecture(90))
    builder.emit(.wgmmaFence, ["sync", "aligned"])
    #expect(ModuleRequirements(of: [builder.finish()]).target == .hopper)
    #expect(ModuleRequirements(of: [builder.finish()]).version == PTXVersion(8, 0))
    var other = FunctionBuilder("k")
    other.emit(.tensorFenceAfter)
    #expect(ModuleRequirements(of: [other.finish()]).target == .blackwell)
    #expect(ModuleRequirements(of: [other.finish()]).version == PTXVersion(8, 6))
  }

  @Test func `every spelling is a different opcode`() {
    #expect(Opcode.bySpelling.count == Opcode.allCases.count)
    for opcode in Opcode.allCases { #expect(!opcode.description.forms.isEmpty) }
  }
}
