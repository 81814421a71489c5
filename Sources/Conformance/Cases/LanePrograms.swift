// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// Kernels in which each thread runs instructions on its own operands.
struct LanePrograms {
  /// The family.
  var family: ConformanceFamily

  /// The prefix of each program's name.
  var name: String

  /// The cases.
  var cases: [LaneCase]

  /// The number of threads of a block.
  var threadCount = 256

  /// The number of blocks.
  var blockCount = 4

  /// The maximum number of cases of a program.
  var casesPerProgram = 24

  /// Creates the programs for cases in text form.
  init(_ family: ConformanceFamily, _ name: String, _ cases: [String]) {
    self.family = family
    self.name = name
    self.cases = cases.map { LaneCase($0) }
  }

  /// The programs.
  var programs: [ConformanceProgram] {
    stride(from: 0, to: cases.count, by: casesPerProgram).map { first in
      let last = min(first + casesPerProgram, cases.count)
      return program("\(name).\(first / casesPerProgram)", Array(cases[first..<last]))
    }
  }

  /// Returns the program of some cases.
  private func program(_ name: String, _ cases: [LaneCase]) -> ConformanceProgram {
    let total = threadCount * blockCount
    var listing = Listing()
    listing.declarations += """
      .shared .align 16 .b8 slots[\(threadCount * 16)];
      .local .align 16 .b8 depot[16];
      .reg .b32 %sh, %lo, %base, %step;
      .reg .b64 %ge, %gl, %at, %to;
      """
    var input: [UInt32] = []
    var probes: [ConformanceProbe] = []
    var outputCount = 0
    var body = """
      mov.u32 %sh, slots;
      mad.lo.u32 %sh, %id, 16, %sh;
      cvt.u64.u32 %ge, %sh;
      cvta.shared.u64 %ge, %ge;
      mov.u32 %lo, depot;
      mov.b32 %r0, 0;
      st.shared.v4.b32 [%sh], {%r0, %r0, %r0, %r0};
      st.local.v4.b32 [%lo], {%r0, %r0, %r0, %r0};

      """
    var texts: [String] = []
    for (index, item) in cases.enumerated() {
      let inputWords = item.sources.count * item.wordsPerSource
      let outputWords = item.results.count * item.wordsPerResult
      texts.append(
        text(of: item, index, input: input.count, inputWords, output: outputCount, outputWords))
      probes.append(
        ConformanceProbe(
          name: item.name, words: outputCount..<outputCount + outputWords * total,
          wordsPerCheck: outputWords,
          operands: inputWords == 0 ? nil : (input.count, inputWords), agreement: item.agreement))
      outputCount += outputWords * total
      var random = SeededGenerator(item.name)
      for _ in 0..<total {
        let values = LaneOperand.values(for: item.sources.map(\.type), using: &random)
        for value in values {
          input.append(UInt32(truncatingIfNeeded: value))
          if item.wordsPerSource == 2 { input.append(UInt32(truncatingIfNeeded: value >> 32)) }
        }
      }
    }
    // The threads' own global memory is after the results.
    body += "mad.wide.u32 %gl, %t, 16, %out;\nadd.u64 %gl, %gl, \(outputCount * 4);\n"
    listing.body = body + texts.joined(separator: "\n")
    return ConformanceProgram(
      family: family, name: name, text: listing.text,
      launch: LaunchConfiguration(grid: Dimensions(blockCount), block: Dimensions(threadCount)),
      input: input, outputCount: outputCount + total * 4, probes: probes)
  }

  /// Returns the instructions that load a case's operands, execute it, and store its results.
  private func text(
    of item: LaneCase, _ index: Int, input: Int, _ inputWords: Int, output: Int,
    _ outputWords: Int
  ) -> String {
    var (before, after) = ("", "")
    var listing = item.listing
    var place = 0
    /// Returns the register of a slot.
    func register(_ number: Int) -> String { "%c\(index)_\(number)" }
    for (number, slot) in (item.results + item.sources).enumerated() {
      let kind = slot.width == 1 ? "pred" : "b\(slot.width)"
      before += ".reg .\(kind) \(register(number));\n"
    }
    before += "mad.wide.u32 %at, %t, \(inputWords * 4), %in;\n"
    for (offset, slot) in item.sources.enumerated() {
      let name = register(item.results.count + offset)
      let address = "[%at+\((input + place) * 4)]"
      if slot.width == 1 {
        before += "ld.global.b32 %r0, \(address);\nand.b32 %r0, %r0, 1;\n"
        before += "setp.ne.u32 \(name), %r0, 0;\n"
      } else {
        before += "ld.global.b\(slot.width) \(name), \(address);\n"
      }
      place += item.wordsPerSource
    }
    place = 0
    after += "mad.wide.u32 %to, %t, \(outputWords * 4), %out;\n"
    for (number, slot) in item.results.enumerated() {
      let address = "[%to+\((output + place) * 4)]"
      switch slot.width {
      case 1: after += "selp.b32 %r0, 1, 0, \(register(number));\nst.global.b32 \(address), %r0;\n"
      case 16:
        after += "cvt.u32.u16 %r0, \(register(number));\nst.global.b32 \(address), %r0;\n"
      default: after += "st.global.b\(slot.width) \(address), \(register(number));\n"
      }
      place += item.wordsPerResult
    }
    for number in (0..<item.results.count + item.sources.count).reversed() {
      listing = listing.replacing("$\(number)", with: register(number))
    }
    return before + listing.replacing("@@", with: "L\(index)_") + "\n" + after
  }
}

/// The text of a kernel around its instructions.
///
/// `%in` and `%out` are the buffers, `%map` is the tensor map, `%t` the thread's index in the grid,
/// `%id` its index in the block, `%lane` and `%warp` its lane and warp, `%mine` the address of word
/// `%t` of the output.
struct Listing {
  /// The instructions.
  var body = ""

  /// Declarations before them.
  var declarations = ""

  /// Declarations before the kernel.
  var prelude = ""

  /// Directives of the kernel.
  var directives = ""

  /// The whole text.
  var text: String {
    """
    .version 8.6
    .target sm_90a
    .address_size 64
    \(prelude)
    .visible .entry probe(.param .u64 in_param, .param .u64 out_param, .param .align 64 .b8 map[128])
    \(directives)
    {
    .reg .pred %p<16>;
    .reg .b16 %h<16>;
    .reg .b32 %r<64>;
    .reg .b64 %rd<32>;
    .reg .f32 %f<8>;
    .reg .b32 %t, %id, %lane, %warp, %block;
    .reg .b64 %in, %out, %mine, %map;
    \(declarations)
    ld.param.u64 %in, [in_param];
    ld.param.u64 %out, [out_param];
    cvta.to.global.u64 %in, %in;
    cvta.to.global.u64 %out, %out;
    mov.b64 %map, map;
    cvta.param.u64 %map, %map;
    mov.u32 %id, %tid.x;
    mov.u32 %block, %ctaid.x;
    mov.u32 %t, %ntid.x;
    mad.lo.u32 %t, %t, %block, %id;
    and.b32 %lane, %id, 31;
    shr.u32 %warp, %id, 5;
    mad.wide.u32 %mine, %t, 4, %out;
    \(body)
    ret;
    }

    """
  }
}
