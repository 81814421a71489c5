// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import PTX
import TestSupport
import Testing

/// A kernel's directives about registers, and the counts of its `setmaxnreg`.
private struct RegisterBudget: Sendable, CustomTestStringConvertible {
  var directives: String
  var decrease: Int?
  var increase: Int?

  var testDescription: String {
    "\(directives), dec \(decrease.map(String.init) ?? "none"), inc \(increase.map(String.init) ?? "none")"
  }

  /// Returns a kernel with this budget.
  func text(target: String) -> String {
    """
    .version 8.6
    .target \(target)
    .address_size 64
    .visible .entry k(.param .u64 out) \(directives)
    {
      .reg .pred %p;
      .reg .b32 %r;
      .reg .b64 %o;
      ld.param.u64 %o, [out];
      mov.u32 %r, %tid.x;
      setp.lt.u32 %p, %r, 128;
      @%p bra A;
      \(increase.map { "setmaxnreg.inc.sync.aligned.u32 \($0);" } ?? "")
      bra B;
    A:
      \(decrease.map { "setmaxnreg.dec.sync.aligned.u32 \($0);" } ?? "")
    B:
      bar.sync 0;
      st.global.u32 [%o], %r;
      ret;
    }
    """
  }

  static let all =
    [
      ".maxnreg 96", ".maxnreg 100", ".maxnreg 255", ".reqntid 384 .minnctapersm 1",
      ".reqntid 384 .minnctapersm 1 .maxnreg 80", ".reqntid 384 .minnctapersm 1 .maxnreg 200",
      ".maxntid 128 .minnctapersm 1", ".reqntid 128, 2 .minnctapersm 1",
    ].flatMap { directives in
      [
        RegisterBudget(directives: directives, decrease: 40),
        RegisterBudget(directives: directives, decrease: 24, increase: 120),
        RegisterBudget(directives: directives, decrease: 40, increase: 232),
        RegisterBudget(directives: directives, increase: 40),
      ]
    }
    + [
      ".reqntid 160 .minnctapersm 1", ".reqntid 300 .minnctapersm 1",
      ".reqntid 512 .minnctapersm 1", ".reqntid 640 .minnctapersm 1",
      ".reqntid 768 .minnctapersm 1", ".reqntid 1024 .minnctapersm 1",
      ".maxntid 384 .minnctapersm 2", ".reqntid 384 .minnctapersm 4",
      ".reqntid 192 .minnctapersm 3", ".reqntid 512 .minnctapersm 2", ".reqntid 64 .minnctapersm 9",
    ].map { RegisterBudget(directives: $0, decrease: 24, increase: 248) }
}

@Suite struct LaunchRegisterTests {
  @Test(arguments: ["sm_90a", "sm_100a"])
  func `a kernel with setmaxnreg starts with the registers that ptxas assigns`(
    target: String
  ) throws {
    for budget in RegisterBudget.all {
      let text = budget.text(target: target)
      let report = try assemble(text, architecture: target)
      #expect(report.isAccepted, "\(budget.testDescription): \(report.log)")
      let function = try parse(text).functions[0]
      #expect(
        function.launchRegisterCount == report.registerCount, "\(budget.testDescription)")
    }
  }

  @Test func `ptxas drops setmaxnreg if nothing bounds the registers`() throws {
    for directives in ["", ".reqntid 384", ".minnctapersm 1"] {
      let text = RegisterBudget(directives: directives, decrease: 40, increase: 232)
        .text(target: "sm_90a")
      let report = try assemble(text, architecture: "sm_90a")
      #expect(report.log.contains("'setmaxnreg' ignored"), "\(directives)")
      #expect(try parse(text).functions[0].launchRegisterCount == nil, "\(directives)")
    }
  }
}
