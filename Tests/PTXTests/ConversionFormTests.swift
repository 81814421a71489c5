// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import PTX
import TestSupport
import Testing

/// Conversions of narrow floats, in every spelling that might be valid.
private enum ConversionForms {
  /// The register of a type, with a placeholder for its number.
  private static func register(_ type: String) -> String {
    switch type {
    case "f32": "%f"
    case "e2m1x2": "%c"
    case "e4m3x2", "e5m2x2", "e2m3x2", "e3m2x2", "ue8m0x2", "e2m1x4": "%h"
    default: "%r"
    }
  }

  /// The instructions.
  static let all: [String] = {
    let narrow = ["e4m3x2", "e5m2x2", "e2m1x2", "e2m3x2", "e3m2x2"]
    let words = [
      "", ".satfinite", ".relu", ".satfinite.relu", ".relu.satfinite", ".sat", ".ftz",
    ]
    let roundings = ["", ".rn", ".rz", ".rp", ".rm", ".rna", ".rs"]
    var list: [String] = []
    for destination in narrow + ["ue8m0x2", "f16x2", "bf16x2", "tf32"] {
      for source in narrow + ["ue8m0x2", "f16x2", "bf16x2", "f32"] where source != destination {
        let (to, from) = (register(destination), register(source))
        let isOfTwo = source == "f32" && destination != "tf32"
        for rounding in roundings {
          for word in words {
            var operands = "\(to)0, \(from)1" + (isOfTwo ? ", \(from)2" : "")
            if rounding == ".rs" { operands += ", %r3" }
            list.append("cvt\(rounding)\(word).\(destination).\(source) \(operands);")
          }
        }
      }
    }
    for destination in ["e4m3x4", "e5m2x4", "e2m1x4", "e2m3x4", "e3m2x4"] {
      for rounding in roundings {
        for word in words {
          list.append(
            "cvt\(rounding)\(word).\(destination).f32 "
              + "\(register(destination))0, {%f1, %f2, %f3, %f4}, %r3;")
        }
      }
    }
    return list
  }()

  /// Returns a module of instructions, one on each line after the fifth.
  static func text(_ lines: [String], target: String) -> String {
    // Every source has a value.
    let loads = [
      "b8 %c1", "b16 %h1", "b32 %r1", "b32 %r3", "f32 %f1", "f32 %f2", "f32 %f3", "f32 %f4",
    ].map { "ld.global.\($0), [%rd0];" }.joined(separator: " ")
    return """
      .version 9.2
      .target \(target)
      .address_size 64
      .visible .entry k() { .reg .b8 %c<4>; .reg .b16 %h<4>; .reg .b32 %r<4>; .reg .f32 %f<5>;
      .reg .b64 %rd<1>; mov.b64 %rd0, 0; \(loads)
      \(lines.joined(separator: "\n"))
      ret; }

      """
  }
}

@Suite struct ConversionFormTests {
  @Test(arguments: ["sm_90a", "sm_100", "sm_100a"])
  func `the table has the same conversions of narrow floats as ptxas`(
    target: String
  ) throws {
    let forms = ConversionForms.all
    let report = try assemble(
      ConversionForms.text(forms, target: target), architecture: target)
    var refused: Set<Int> = []
    for match in report.log.matches(of: /line (\d+); (error|fatal)/) {
      refused.insert((Int(match.1) ?? 0) - 6)
    }
    let taken = forms.indices.filter { !refused.contains($0) }
    // The remaining forms are assembled together, to check that no error hid another.
    let rest = try assemble(
      ConversionForms.text(taken.map { forms[$0] }, target: target), architecture: target)
    #expect(rest.isAccepted, "\(rest.log)")
    #expect(taken.count > 30)
    // Forms that ptxas refuses are not checked: the table has more of those that differ only by
    // .satfinite.
    for form in taken.map({ forms[$0] }) {
      let module = try parse(ConversionForms.text([form], target: target))
      let errors = module.diagnostics().filter { $0.severity == .error }
      #expect(errors.isEmpty, "\(form)")
    }
  }
}
