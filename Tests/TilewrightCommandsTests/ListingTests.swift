// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import KernelLanguage
import KernelLibrary
import NumberFormats
import StructuredKernels
import TestSupport
import Testing

@testable import TilewrightCommands

/// Tests of the output of `kernels`, `devices`, `ptx` and `describe`.
@Suite struct ListingTests {
  /// The objects of `kernels --json`.
  private func kernels() throws -> [[String: Any]] {
    let outcome = ToolOutcome(["kernels", "--json"])
    #expect(outcome.status == 0)
    let value = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require(value as? [[String: Any]])
  }

  @Test func `every kernel that is listed can be shown for each of its targets`()
    throws
  {
    let kernels = try kernels()
    #expect(!kernels.isEmpty)
    for kernel in kernels {
      let name = try #require(kernel["name"] as? String)
      let targets = try #require(kernel["targets"] as? [String])
      #expect(!targets.isEmpty)
      #expect((kernel["summary"] as? String)?.isEmpty == false)
      for target in targets {
        let options = [name, "--target", target]
        let text = ToolOutcome(["ptx"] + options)
        #expect(text.status == 0, "\(text.errorText)")
        #expect(text.output.contains(".visible .entry "))
        let object = try ToolOutcome(["describe", "--json"] + options).object()
        #expect(object["name"] as? String == name)
        #expect((object["instructionCount"] as? Int ?? 0) > 10)
        #expect(ToolOutcome(["describe"] + options).output.contains("Instructions"))
        #expect(ToolOutcome(["explain"] + options).status == 0)
      }
    }
  }

  @Test func `each command accepts the kernels that are listed for it`() throws {
    let kernels = try kernels()
    let names = Set(kernels.compactMap { $0["name"] as? String })
    for command in ["matmul", "ptx", "describe", "explain"] {
      let listed = kernels.filter { ($0["commands"] as? [String])?.contains(command) == true }
        .compactMap { $0["name"] as? String }
      for name in names {
        let words =
          command == "matmul"
          ? ["matmul", "--device", "simulator", "-m", "8", "-n", "8", "-k", "8", "--kernel", name]
          : [command, name]
        let outcome = ToolOutcome(words)
        #expect((outcome.status == 0) == listed.contains(name), "\(words): \(outcome.errorText)")
      }
    }
    expectRefused(["matmul", "--kernel", "scale"], saying: "'scale' can be shown", "naive")
    expectRefused(["bench", "--kernel", "block-scaled"], saying: "'block-scaled' can be shown")
  }

  @Test(arguments: ["hopper", "blackwell"], ["64", "512", "4096"])
  func `a chosen kernel is shown as a product of these extents runs it`(
    target: String, extent: String
  ) throws {
    let options = ["--target", target, "-m", extent, "-n", extent, "-k", "64"]
    let described = try ToolOutcome(["describe", "structured", "--json"] + options).object()
    let entry = try #require(described["entry"] as? String)
    let extents = [try #require(Int(extent)), try #require(Int(extent)), 64]
    #expect(described["chosenFor"] as? [Int] == extents)
    let configuration = try #require(described["configuration"] as? String)
    #expect(entry == "matmul_bf16_bf16_" + configuration)
    #expect(
      ToolOutcome(["ptx", "structured"] + options).output.contains(".visible .entry \(entry)("))
    #expect(ToolOutcome(["explain", "structured"] + options).output.contains(entry))
    guard extent != "4096" else { return }
    let product = try ToolOutcome(
      ["matmul", "--kernel", "structured", "--device", "simulator", "--json"] + options
    ).object()
    #expect(product["entry"] as? String == entry)
  }

  @Test func `without extents the kernel is that of a product without extents`() throws {
    let described = try ToolOutcome(
      ["describe", "structured", "--target", "hopper", "--json"]
    ).object()
    #expect(described["chosenFor"] as? [Int] == [512, 512, 512])
    let entries = try Hopper.libraryConfigurations.map {
      try StructuredMatmul<Hopper, BFloat16, BFloat16, Identity>($0).entry
    }
    #expect(entries.contains(try #require(described["entry"] as? String)))
    // Settings fix the configuration, so none is chosen.
    let settings = try ToolOutcome(
      ["describe", "structured:supergroup=4", "--target", "hopper", "-m", "64", "--json"]
    ).object()
    #expect(settings["chosenFor"] is NSNull)
    #expect(
      settings["configuration"] as? String == "128x256x64_stages4_cluster2_boxes2_supergroup4")
    expectRefused(["ptx", "structured", "-m", "-1"], saying: "-m", "2147483647")
  }

  @Test func `the kernel with block scales has a text and a description`() throws {
    for (type, name) in [("bf16", "bf16"), ("f16", "f16")] {
      let text = ToolOutcome(["ptx", "block-scaled", "--type", type])
      #expect(text.status == 0, "\(text.errorText)")
      #expect(text.output.contains(".visible .entry matmul_mxe4m3_\(name)_128x128x128_"))
    }
    let object = try ToolOutcome(["describe", "block-scaled", "--json"]).object()
    #expect(object["name"] as? String == "block-scaled")
    #expect(object["target"] as? String == "sm_100a")
    #expect(ToolOutcome(["explain", "block-scaled"]).output.contains("e4m3"))
    expectRefused(
      ["ptx", "block-scaled", "--target", "hopper"], saying: "'block-scaled' is for blackwell")
  }

  @Test func `the list for people has a line for each kernel`() throws {
    let outcome = ToolOutcome(["kernels"])
    #expect(outcome.output.split(separator: "\n").count == (try kernels()).count + 1)
  }

  @Test func `both simulated machines are listed`() throws {
    let object = try ToolOutcome(["devices", "--json"]).object()
    let devices = try #require(object["devices"] as? [[String: Any]])
    let simulated = devices.filter { $0["name"] as? String == "simulator" }
    #expect(simulated.compactMap { $0["target"] as? String } == ["hopper", "blackwell"])
    let names = devices.compactMap { $0["name"] as? String }
    #expect(names.contains(try #require(object["defaultDevice"] as? String)))
    #expect(ToolOutcome(["devices"]).output.contains("Default: "))
  }

  @Test func `a text is written whole, over an old file, and through a link`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Array("old".utf8), to: "scale.ptx")
    let link = directory.file("link.ptx")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    let outcome = ToolOutcome(["ptx", "scale", "-o", link])
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty)
    let text = String(decoding: try directory.read("scale.ptx"), as: UTF8.self)
    #expect(text == ToolOutcome(["ptx", "scale"]).output)
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    #expect(files == ["link.ptx", "scale.ptx"])
  }

  @Test func `a text that cannot be written leaves no file`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("nowhere/scale.ptx")
    expectRefused(["ptx", "scale", "-o", path], saying: path)
    expectRefused(["ptx", "fast"], saying: "'fast'", "scale", "naive")
    expectRefused(["ptx", "scale", "--target", "volta"], saying: "'volta'")
    expectRefused(["describe", "fast"], saying: "'fast'")
  }

  @Test func `the plain form has neither places nor map`() {
    let text = ToolOutcome(["ptx", "tensor-core", "--plain"]).output
    #expect(!text.contains(".loc") && !text.contains("//@"))
    #expect(ToolOutcome(["ptx", "tensor-core"]).output.contains("//@"))
  }

  @Test func `the description maps shared memory without gaps or overlaps`() throws {
    let object = try ToolOutcome(["describe", "tensor-core", "--json"]).object()
    let memory = try #require(object["memory"] as? [[String: Any]])
    var end = 0
    for entry in memory {
      let offset = try #require(entry["offset"] as? Int)
      let byteCount = try #require(entry["bytes"] as? Int)
      #expect(offset >= end)
      end = offset + byteCount
    }
    #expect(object["dynamicSharedBytes"] as? Int == end)
    #expect(memory.compactMap { $0["kind"] as? String }.contains("barrier"))
  }

  @Test func `without ptxas the description says where it was searched for`() {
    /// Expects that no assembler is found.
    func expectNothing(_ options: [String], _ environment: [String: String], saying text: String) {
      let outcome = ToolOutcome(["describe", "scale"] + options, environment: environment)
      #expect(outcome.status == 2)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errorText.contains(text), "\(outcome.errorText)")
    }
    expectNothing(
      ["--ptxas"], ["TILEWRIGHT_VENV": "/nowhere", "PATH": "/x"], saying: "in PATH and /nowhere")
    expectNothing(["--ptxas"], ["PATH": "/x"], saying: "TILEWRIGHT_VENV, which is not set")
    // If a file is named, no other is used.
    let environment = [
      "TILEWRIGHT_VENV": ToolEnvironment.virtualEnvironment, "TILEWRIGHT_PTXAS": "/no/ptxas",
    ]
    expectNothing(
      ["--ptxas"], environment,
      saying: "The file /no/ptxas, which should be ptxas, is not an executable.")
    expectNothing(["--ptxas-path", "/tmp"], environment, saying: "The file /tmp,")
  }

  @Test func `ptxas is the file that is named, then the first on the path`() throws {
    let directory = try TemporaryDirectory()
    /// Creates a program in place of the assembler that prints its name.
    func program(_ name: String, in folder: String) throws -> String {
      try FileManager.default.createDirectory(
        atPath: directory.file(folder), withIntermediateDirectories: true)
      let path = try directory.write(
        Array("#!/bin/sh\necho warning: \(name)\n".utf8), to: folder + "/ptxas")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      return path
    }
    let named = try program("named", in: "n")
    let variable = try program("variable", in: "v")
    _ = try program("first", in: "first")
    _ = try program("second", in: "second")
    var environment = [
      "PATH": "relative::.:" + directory.file("first") + ":" + directory.file("second"),
      "TILEWRIGHT_VENV": ToolEnvironment.virtualEnvironment,
    ]
    /// Expects an assembler to be run.
    func expect(_ name: String, _ options: [String]) throws {
      let object = try ToolOutcome(
        ["describe", "scale", "--json"] + options, environment: environment
      ).object()
      let assembler = try #require(object["assembler"] as? [String: Any])
      #expect(assembler["warnings"] as? [String] == ["warning: \(name)"])
    }
    try expect("first", ["--ptxas"])
    environment["TILEWRIGHT_PTXAS"] = variable
    try expect("variable", ["--ptxas"])
    try expect("named", ["--ptxas-path", named])
  }

  @Test func `ptxas says how many registers a kernel takes`() throws {
    // If the assembler is missing, this fails and says what to do.
    _ = try ToolEnvironment.ptxas()
    let environment = ["TILEWRIGHT_VENV": ToolEnvironment.virtualEnvironment]
    let outcome = ToolOutcome(
      ["describe", "tensor-core", "--ptxas", "--json"], environment: environment)
    let object = try outcome.object()
    let assembler = try #require(object["assembler"] as? [String: Any], "\(outcome.errorText)")
    let registers = try #require(assembler["registers"] as? Int)
    #expect((16...255).contains(registers))
    #expect(assembler["spillStores"] as? Int == 0)
    let occupancy = try #require(object["occupancy"] as? [String: Any])
    let limits = try #require(occupancy["limits"] as? [String: Int])
    #expect(limits.keys.contains("registers"))
  }
}
