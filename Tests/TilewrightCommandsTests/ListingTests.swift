import Foundation
import TestSupport
import Testing

@testable import TilewrightCommands

/// What `kernels`, `devices`, `ptx` and `describe` print.
@Suite struct ListingTests {
  /// The objects of `kernels --json`.
  private func kernels() throws -> [[String: Any]] {
    let outcome = ToolOutcome(["kernels", "--json"])
    #expect(outcome.status == 0)
    let value = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require(value as? [[String: Any]])
  }

  @Test func `every kernel that is listed has a text and a description`() throws {
    let kernels = try kernels()
    #expect(!kernels.isEmpty)
    for kernel in kernels {
      let name = try #require(kernel["name"] as? String)
      let target = try #require(kernel["target"] as? String)
      #expect(kernel["step"] is Int)
      #expect((kernel["summary"] as? String)?.isEmpty == false)
      let options = target == "any" ? [] : ["--target", target]
      let text = ToolOutcome(["ptx", name] + options)
      #expect(text.status == 0, "\(text.errorText)")
      #expect(text.output.contains(".visible .entry matmul_bf16_"))
      let description = ToolOutcome(["describe", name, "--json"] + options)
      let object = try description.object()
      #expect(object["name"] as? String == name)
      #expect((object["instructionCount"] as? Int ?? 0) > 10)
      #expect(ToolOutcome(["describe", name] + options).output.contains("Instructions"))
    }
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

  @Test func `a text is written whole, over what was there, and through a link`() throws {
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
    let place = directory.file("nowhere/scale.ptx")
    expectRefused(["ptx", "scale", "-o", place], saying: place)
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

  @Test func `without ptxas the description says where it was looked for`() {
    let outcome = ToolOutcome(
      ["describe", "scale", "--ptxas"], environment: ["TILEWRIGHT_VENV": "/nowhere", "PATH": "/x"])
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorText.contains("/nowhere and PATH"))
  }

  @Test func `ptxas says how many registers a kernel takes`() throws {
    // Fails, with what to do about it, where the assembler is missing.
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
