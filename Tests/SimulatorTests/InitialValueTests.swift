// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

@testable import Simulator

/// Variables that hold the addresses of others.
@Suite struct InitialValueTests {
  /// Declarations in which `where` holds the address of another variable.
  private static let forms = [
    ".global .u64 where = x+4;", ".global .u64 where = generic(x)+4;",
    ".global .u64 where[3] = {0, 0, generic(x)+4};", ".const .u64 where = generic(x)+4;",
    ".const .u64 where[2] = {x+4, 7};", ".global .v2 .u64 where = {x+4, x};",
    ".global .u64 where = c+4;", ".const .u64 where = generic(c)+4;",
    ".global .u64 inner = generic(x)+4; .global .u64 where = inner;",
    """
    .global .u8 where[8] = {0xFF(x+4), 0xFF00(x+4), 0xFF0000(generic(x)+4), 0xFF000000(x+4),
      0xFF00000000(x+4), 0xFF0000000000(x+4), 0xFF000000000000(x+4), 0xFF00000000000000(x+4)};
    """,
    ".func f() { ret; } .global .u64 table[2] = {f, generic(x)+4}; .global .u64 where = table+8;",
  ]

  @Test(arguments: forms)
  func `an address in an initial value leads to its variable`(form: String) throws {
    let space = form.contains(".const .u64 where") ? "const" : "global"
    let offset = form.contains("where[3]") ? "+16" : ""
    let isIndirect = form.contains("where = inner") || form.contains("where = table")
    let outcome = try SmallProgram(
      body: """
        ld.\(space).u64 %rd2, [where\(offset)];
        \(isIndirect ? "ld.u64 %rd2, [%rd2];" : "")
        ld.u32 %r1, [%rd2];
        st.global.u32 [%mine], %r1;
        """,
      prelude: """
        .global .align 4 .u32 x[2] = {7, 42};
        .const .align 4 .u32 c[2] = {7, 42};
        \(form.replacing(".u8 where", with: ".align 8 .u8 where"))
        """
    ).run()
    #expect(outcome.words == [UInt32](repeating: 42, count: 32), "\(form)")
  }

  @Test func `the address of a function is no memory`() throws {
    let fault = try SmallProgram(
      body: "ld.global.u64 %rd2, [where]; ld.u32 %r1, [%rd2];",
      prelude: ".func f() { ret; } .global .u64 where = f;"
    ).fault()
    #expect(fault?.kind == "out-of-bounds")
  }
}
