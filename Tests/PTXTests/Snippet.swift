// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import MachineIR
import PTX
import TestSupport
import Testing

/// One instruction, or a few that belong together, from a file of snippets.
struct Snippet: Sendable, CustomTestStringConvertible {
  /// The file and line that it comes from.
  var place: String
  /// The text without comments.
  var text: String
  /// The lowest `.version` that supports it.
  var version: PTXVersion

  var testDescription: String { "\(place): \(text)" }
}

/// Returns the full path of a file in this target's `Snippets`.
func snippetPath(_ name: String) -> String {
  ToolEnvironment.packageRoot + "/Tests/PTXTests/Snippets/" + name
}

/// Returns the text of a file in this target's `Snippets`.
func snippetText(_ name: String) -> String {
  let data = FileManager.default.contents(atPath: snippetPath(name)) ?? Data()
  return String(decoding: data, as: UTF8.self)
}

/// Returns the instructions of a file, one for each semicolon outside comments.
func snippets(_ name: String, lowestVersion: PTXVersion) -> [Snippet] {
  let lines = snippetText(name).split(separator: "\n", omittingEmptySubsequences: false)
  return lines.enumerated().flatMap { index, line -> [Snippet] in
    guard !line.hasPrefix("#") else { return [] }
    let parts = line.components(separatedBy: "//")
    var version = lowestVersion
    if parts.count > 1, let range = parts[1].range(of: "needs ") {
      let numbers = parts[1][range.upperBound...].prefix { $0.isNumber || $0 == "." }
        .split(separator: ".").compactMap { Int($0) }
      if numbers.count == 2 { version = PTXVersion(numbers[0], numbers[1]) }
    }
    return parts[0].split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
      .map { Snippet(place: "\(name):\(index + 1)", text: $0 + ";", version: version) }
  }
}

/// Declarations of the operands that the lines name, for a module and for a body.
enum SnippetKernel {
  /// The declarations outside kernels.
  static let variables = """
    .extern .shared .align 1024 .b8 dynsmem[];
    .shared .align 1024 .b8 smem[4096];
    .shared .align 16 .b64 bar[4];
    .global .align 16 .b8 gbuf[4096];
    .const .align 16 .b8 cbuf[64];

    """

  /// The declarations of a body.
  static let registers = """
    .reg .pred %p, %q, %p<8>;
    .reg .b16 %h<8>, %mask, %off<2>;
    .reg .b32 %dst, %src, %mb, %smap, %rem, %cnt, %tx, %par, %ns, %n, %id, %cta, %c<5>;
    .reg .b32 %r<256>, %d<256>, %a<8>, %b<8>;
    .reg .s32 %s<32>;
    .reg .b64 %tm, %g, %gen, %pol, %st, %da, %db, %rd<8>, %ap;
    .reg .f32 %f<256>;
    .reg .f64 %e<8>;
    .reg .b128 %q0;
    .reg .b8 %b8;

    """

  /// Returns a module with one kernel for each snippet.
  static func module(_ snippets: [Snippet], version: PTXVersion, target: String) -> String {
    var text = ".version \(version)\n.target \(target)\n.address_size 64\n" + variables
    for (index, snippet) in snippets.enumerated() { text += kernel(snippet, index) }
    return text
  }

  /// Returns a module with one snippet.
  static func module(_ snippet: Snippet, target: String) -> String {
    module([snippet], version: snippet.version, target: target)
  }

  /// Returns the kernel of a snippet.
  private static func kernel(_ snippet: Snippet, _ index: Int) -> String {
    """
    .visible .entry kernel\(index)(
        .param .align 64 .b8 tmap[128], .param .u64 gptr, .param .u32 nparam)
    .reqntid 128, 1, 1
    .minnctapersm 1
    {
    \(registers)\(snippet.text)
    ret;
    }

    """
  }
}
