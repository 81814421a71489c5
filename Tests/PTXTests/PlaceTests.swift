// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import MachineIR
import PTX
import TestSupport
import Testing

/// Returns a module with a kernel that has one empty instruction at each place.
private func module(at places: [SourcePlace?], map: KernelMap = KernelMap()) -> Module {
  var builder = FunctionBuilder("k")
  builder.map = map
  for place in places {
    builder.place = place
    builder.emit(.fence, ["acq_rel", "cta"])
  }
  builder.place = nil
  return Module(
    version: PTXVersion(8, 0), target: .hopper, functions: [builder.finish()])
}

/// Returns the lines of a text that begin with a word, without the spaces before it.
private func lines(_ text: String, beginning word: String) -> [String] {
  text.split(separator: "\n").map { String($0.drop { $0 == " " }) }.filter { $0.hasPrefix(word) }
}

struct PlaceTests {
  /// Two lines of an author, a component called from one of them, and another called from that.
  private let author = SourcePlace(file: "My/Kernel.swift", line: 12)
  private let other = SourcePlace(file: "My/Kernel.swift", line: 14)

  /// Returns the place of a line of a component that is called from another place.
  private func part(_ line: Int, from caller: SourcePlace) -> SourcePlace {
    SourcePlace(file: "Tilewright/TilePipeline.swift", line: line, calledFrom: caller)
  }

  @Test func `a place is printed once, and line 0 if there is none`() throws {
    let module = module(at: [nil, author, author, nil, other])
    let printed = lines(module.ptx(), beginning: ".loc")
    #expect(printed == [".loc 1 12 0", ".loc 1 0 0", ".loc 1 14 0", ".loc 1 0 0"])
    #expect(try parse(module.ptx()) == module)
    #expect(lines(module.ptx(), beginning: ".file") == [".file 1 \"My/Kernel.swift\""])
  }

  @Test func `a component's line follows its author's line`() throws {
    let inner = part(7, from: part(99, from: author))
    let module = module(at: [part(99, from: author), part(99, from: other), inner])
    let printed = lines(module.ptx(), beginning: ".loc")
    #expect(
      printed == [
        ".loc 2 12 0", ".loc 1 99 0, function_name $L_part, inlined_at 2 12 0", ".loc 2 14 0",
        ".loc 1 99 0, function_name $L_part, inlined_at 2 14 0",
        ".loc 1 99 0, function_name $L_part, inlined_at 2 12 0",
        ".loc 1 7 0, function_name $L_part, inlined_at 1 99 0", ".loc 1 0 0",
      ])
    #expect(try parse(module.ptx()) == module)
  }

  @Test func `ptxas accepts places without a warning and generates the same code`() throws {
    let module = module(at: [
      author, part(99, from: author), nil, part(7, from: part(99, from: other)),
    ])
    for (form, options) in [(TextForm.full, ["-lineinfo"]), (.full, []), (.plain, [])] {
      let report = try assemble(module.ptx(form: form), architecture: "sm_90a", options: options)
      #expect(report.isAccepted && report.warnings.isEmpty, "\(report.log)")
    }
    #expect(!module.ptx(form: .plain).contains(".loc"))
    #expect(try parse(module.ptx(form: .plain)) == module.plain())
  }

  @Test func `the places of a text can be its own lines`() throws {
    let text = module(at: [nil, nil]).ptx()
    let places = try parse(text, fileName: "k.ptx").functions[0].blocks?[0].instructions.map(
      \.place)
    #expect(places?.map(\.?.line) == [7, 8, 9])
    #expect(places?[0]?.file == "k.ptx")
  }
}

struct KernelMapTests {
  /// A map with an entry of each kind.
  private var map: KernelMap {
    var map = KernelMap()
    map.tiles = [
      KernelMap.Tile(
        name: "a", symbol: "smem", offset: 0, stageCount: 4, rowCount: 128, columnCount: 64,
        element: "bf16", swizzle: "128B", byteCount: 16384),
      KernelMap.Tile(
        name: "the \"second\" tile\\\n", symbol: "smem", offset: 65536, stageCount: 1, rowCount: 8,
        columnCount: 8, element: "f32", swizzle: "none", byteCount: 256, majorness: "mn"),
    ]
    map.barriers = [
      KernelMap.Barrier(name: "full", symbol: "smem", offset: 70000, stageCount: 4, arrivalCount: 1)
    ]
    map.fields = [KernelMap.Field(name: "", symbol: "smem", offset: 4, byteCount: 4)]
    map.namedBarriers = [KernelMap.NamedBarrier(name: "epilogue", index: 1, threadCount: 128)]
    map.roles = [KernelMap.Role(name: "load = store; {", firstWarp: 0, warpCount: 4)]
    map.tensorMemory = [
      KernelMap.TensorMemoryRegion(name: "größer", columnCount: 256, element: "f32")
    ]
    return map
  }

  @Test func `the map of a kernel survives the round trip and is not in the plain form`()
    throws
  {
    let module = module(at: [nil], map: map)
    #expect(try parse(module.ptx()) == module)
    #expect(lines(module.ptx(), beginning: "//@").count == 7)
    #expect(
      lines(module.ptx(), beginning: "//@")[0]
        == "//@ tile name=a symbol=smem offset=0 stages=4 rows=128 columns=64 element=bf16 "
        + "swizzle=128B bytes=16384 majorness=k")
    #expect(!module.ptx(form: .plain).contains("//@"))
    #expect(try parse(module.ptx(form: .plain)).functions[0].map.isEmpty)
  }

  @Test func `an incomplete line of the map is refused, and other comments are not`()
    throws
  {
    let text = module(at: [nil]).ptx()
    let good = text.replacingOccurrences(of: "{\n", with: "{\n//@ somebody's comment\n//@\n")
    #expect(try parse(good).functions[0].map.isEmpty)
    let bad = text.replacingOccurrences(of: "{\n", with: "{\n//@ role name=a first-warp=0\n")
    #expect(
      throws: SyntaxError(
        line: 7, column: 4, message: "the kernel map's line for a role has no 'warps'")
    ) {
      try parse(bad)
    }
  }
}
