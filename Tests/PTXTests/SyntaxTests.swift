// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import PTX
import TestSupport
import Testing

/// Returns the only kernel of a module whose body is the given text.
private func kernel(_ body: String, variables: String = "") throws -> Function {
  let text = """
    .version 8.0
    .target sm_90a
    .address_size 64
    \(variables)
    .visible .entry k(.param .u64 out)
    {
    \(body)
    }
    """
  let module = try parse(text)
  #expect(try parse(module.ptx()) == module)
  return module.functions[0]
}

/// Returns the instructions of a function.
private func instructions(_ function: Function) -> [Instruction] {
  (function.blocks ?? []).flatMap(\.instructions)
}

struct SyntaxTests {
  @Test func `corners of the syntax survive the round trip`() throws {
    let module = try parse(snippetText("syntax.ptx"))
    #expect(try parse(module.ptx()) == module)
    #expect(
      module.functions.map(\.name) == ["adder", "helper", "twice", "helper", "second", "corners"])
    let first = module.variables.first { $0.name == "folded" }
    #expect(
      first?.initializer == [19, 6, 15, 10, 32, 1, 15, 4].map { Operand.integer($0) })
    let grid = module.variables.first { $0.name == "grid" }
    #expect(grid?.initializer == [1, 2, 0, 4, 5, 6].map { Operand.integer($0) })
  }

  @Test func `ptxas accepts the printed form of corners of the syntax`() throws {
    let text = snippetText("syntax.ptx")
    for candidate in [text, try parse(text).ptx(), try parse(text).ptx(form: .plain)] {
      let report = try assemble(candidate, architecture: "sm_90a")
      #expect(report.isAccepted, "\(report.log)\(candidate)")
    }
  }

  @Test func `names of inner scopes are made unique if they are in use`() throws {
    let function = try kernel(
      """
      .reg .b32 t, %r<2>;
      mov.u32 t, 1;
      { .reg .b32 t, %r<2>; mov.u32 t, 2; mov.u32 %r1, 3; bra L; L: ret; }
      { .reg .b32 t; mov.u32 t, 4; bra L; L: bra M; }
      mov.u32 %r1, t;
      M: ret;
      """)
    #expect(
      function.registers.map(\.name) == ["t", "%r0", "%r1", "t$1", "%r$1_0", "%r$1_1", "t$2"])
    #expect(function.blocks?.compactMap(\.label) == ["L", "L$1", "M"])
    let targets = instructions(function).compactMap(\.branchTarget)
    #expect(targets == ["L", "L$1", "M"])
  }

  @Test(arguments: [
    ("0x10", 16), ("010", 8), ("0b101", 5), ("-1", -1), ("0xFFFFFFFFFFFFFFFF", -1), ("7U", 7),
    ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("1 << 4 | 1", 17), ("-7 / 2", -3), ("7 % 3", 1),
    ("(.u64)(-1) / 2", Int64.max), ("WARP_SZ - 1", 31), ("2 > 1 ? 3 : 4", 3), ("~0", -1),
    ("!5", 0), ("1 && 0 || 1", 1), ("6 ^ 3 & 2", 4), ("(.s64)2.75", 2),
  ])
  func `constant expressions are folded as in C`(text: String, value: Int64) throws {
    let function = try kernel(".reg .b64 %rd<1>; mov.b64 %rd0, \(text);")
    #expect(instructions(function)[0].operands[1] == .integer(value))
  }

  @Test(arguments: [
    ("%rd1", "+-4", -4), ("%rd1", "+4+4", 8), ("%rd1", "-16", -16), ("out", "+8", 8),
    ("%rd1", "", 0), ("64", "", 64),
  ])
  func `addresses add constants to their base`(base: String, rest: String, offset: Int64) throws {
    let function = try kernel(".reg .b64 %rd<2>; ld.b64 %rd0, [\(base)\(rest)];")
    guard case .memory(let address) = instructions(function)[0].operands[1] else {
      Issue.record("no address")
      return
    }
    #expect(address.offset == offset)
  }

  @Test func `a guard, a pair and a sink keep their positions`() throws {
    let function = try kernel(
      """
      .reg .pred %p<2>; .reg .b32 %r<2>;
      @!%p0 elect.sync _|%p1, 0xffffffff;
      setp.ne.and.u32 %p0|_, %r0, 1, !%p1;
      """)
    let first = instructions(function)[0]
    #expect(first.condition == Instruction.Guard(RegisterID(0), isNegated: true))
    #expect(first.operands[0] == .pair(.sink, .register(RegisterID(1))))
    #expect(first.operands[1] == .integer(0xFFFF_FFFF))
    let second = instructions(function)[1]
    #expect(second.operands[0] == .pair(.register(RegisterID(0)), .sink))
    #expect(second.operands[3] == .negated(RegisterID(1)))
  }

  @Test func `blocks end after branches and before labels`() throws {
    let function = try kernel(
      """
      .reg .pred %p<1>;
      @%p0 bra A;
      bar.sync 0;
      A: B:
      @%p0 ret;
      trap;
      C:
      """)
    #expect(function.blocks?.map(\.label) == [nil, nil, "A", "B", nil, "C"])
    #expect(function.blocks?.map(\.instructions.count) == [1, 1, 0, 1, 1, 0])
  }

  @Test func `a fragment uses the registers that it is given`() throws {
    let registers = [
      RegisterDeclaration(name: "%r0", type: .b32), RegisterDeclaration(name: "x", type: .f32),
    ]
    let fragment = try parseFragment(
      "{ .reg .b32 t; cvt.rn.s32.f32 t, x; add.s32 %r0, t, 1; } ", registers: registers)
    #expect(fragment.registers.map(\.name) == ["%r0", "x", "t"])
    #expect(
      fragment.blocks[0].instructions[1].operands
        == [.register(RegisterID(0)), .register(RegisterID(2)), .integer(1)])
    #expect(throws: SyntaxError.self) { try parseFragment("ret; }", registers: []) }
  }
}

/// Texts that are refused: the body, the position and the message.
private let refused: [(body: String, line: Int, column: Int, message: String)] = [
  (
    "tex.2d.v4.f32.f32 {a, b, c, d}, [t, {x, y}];", 6, 1,
    "unknown instruction 'tex.2d.v4.f32.f32'"
  ),
  ("add.u32 %r0, %r1, 2;", 6, 9, "the register '%r0' is not declared"),
  ("  mov.u32.v9 x, 1;", 6, 3, "instruction 'mov.u32.v9' cannot have the modifier '.v9' here"),
  (
    "ld.global [x], 1;", 6, 1,
    "instruction 'ld.global' needs one of the modifiers .b8, .b16, .b32, .b64, .b128, .u8, …"
  ),
  ("ret", 7, 1, "expected an operand, found '}'"),
  ("L: L: ret;", 6, 4, "the label 'L' is declared twice"),
  (".reg .b32 a, a;", 6, 14, "the register 'a' is declared twice"),
  (".reg .b33 a;", 6, 6, "unknown type '.b33'"),
  (".reg .b32 %r<9999999999>;", 6, 14, "the number of registers must be from 0 to 262144"),
  ("mov.b32 _, 1 / 0;", 6, 14, "the constant expression has no value"),
  ("mov.b32 _, 0x1FFFFFFFFFFFFFFFF;", 6, 12, "'0x1FFFFFFFFFFFFFFFF' is not a number"),
  (".loc 3 4 5", 6, 6, "there is no .file 3"),
  ("/* no end", 6, 1, "the comment has no end"),
  (".nonsense 1;", 6, 1, "unknown directive '.nonsense'"),
  ("mov.b32 _, \u{e9};", 6, 12, "the byte 195 is not valid in PTX, which is ASCII text"),
  ("{ ret;", 5, 1, "the body that begins here has no closing brace"),
]

struct SyntaxErrorTests {
  @Test(arguments: refused)
  func `an error has a position and a reason`(
    example: (body: String, line: Int, column: Int, message: String)
  ) {
    let text = """
      .version 8.0
      .target sm_90a
      .address_size 64
      .visible .entry k()
      {
      \(example.body)
      }
      """
    do {
      _ = try parse(text)
      Issue.record("it was taken: \(example.body)")
    } catch {
      #expect(error.message == example.message)
      #expect(error.line == example.line && error.column == example.column, "\(error)")
    }
  }

  @Test(arguments: ["(", "-", "{", "~(", "(.s64)"])
  func `unbounded nesting is refused`(piece: String) {
    let deep = String(repeating: piece, count: 200_000)
    for text in ["mov.b32 _, \(deep)", deep, "mov.b32 _, 1 + \(deep)"] {
      #expect(throws: SyntaxError.self) {
        try parse(".version 8.0 .target sm_90 .entry k() {\(text)")
      }
    }
  }
}
