// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import KernelLanguage
import KernelLibrary
import MachineIR
import NumberFormats
import StructuredKernels
import TestSupport
import Testing

/// Some source files of kernels from components, or of monolithic kernels.
private struct SourceGroup: Sendable {
  /// The description in the page's table.
  let name: String

  /// The paths from the package's root.
  let files: [String]

  /// The monolithic kernels.
  static let monoliths = [
    SourceGroup("Hopper, monolithic", "Tests/Monoliths/", ["HopperMonolith"]),
    SourceGroup("Blackwell, monolithic", "Tests/Monoliths/", ["BlackwellMonolith"]),
  ]

  /// The structured kernels' own files.
  static let kernels = [
    SourceGroup(
      "Hopper, from components: its own files", matmulFolder,
      ["StructuredMatmul+Hopper", "WarpgroupStoring"]),
    SourceGroup(
      "Blackwell, from components: its own file", matmulFolder, ["StructuredMatmul+Blackwell"]),
    SourceGroup(
      "the files that both share", matmulFolder,
      ["StructuredMatmul", "MatmulComponents", "StructuredMachine"]),
    SourceGroup(
      "the configuration and its rules", matmulFolder,
      ["StructuredConfiguration", "StructuredRules", "TileChoices"]),
  ]

  /// The components.
  static let components = [
    SourceGroup(
      "components that both use", componentsFolder,
      [
        "Rings/StageRing", "Rings/RingEnd", "Rings/StageArrival", "Rings/TilePipeline",
        "Rings/TilePayload", "Rings/OperandTiles", "Loading/TileIO", "Loading/TileLoader",
        "Loading/StageLoader",
        "Roles/LeaderThread", "Roles/KernelContext+Roles", "Roles/Role", "Roles/RolePlan",
        "Scheduling/OutputTile", "Scheduling/TileScheduler", "Scheduling/TileNumbering",
        "Scheduling/PersistentScheduler", "Scheduling/TileScheduling", "Scheduling/KernelComponent",
        "Epilogues/Epilogue", "Storing/AccumulatorStore", "Storing/LaneAddressing",
        "Storing/StoredElement",
        "Multiplying/TileOp", "Multiplying/Accumulators", "Multiplying/OperandDescriptors",
      ]),
    SourceGroup(
      "components that Hopper alone uses", componentsFolder,
      ["Multiplying/RegisterAccumulators", "Multiplying/WarpgroupTileOp"]),
    SourceGroup(
      "components that Blackwell alone uses", componentsFolder,
      [
        "Multiplying/AccumulatorRing", "Rings/TileConsumer+TensorMemory",
        "Multiplying/TensorMemoryTileOp", "Multiplying/TensorMemoryAccumulators",
        "Multiplying/TensorMemoryPlan", "Multiplying/KernelContext+Groups",
        "Multiplying/KernelContext+TensorMemoryScope",
      ]),
  ]

  /// The code that launches kernels.
  static let launches = [
    SourceGroup(
      "launching a kernel from components, with its checks", "Sources/KernelLibrary/Matmul/",
      [
        "Structured/StructuredMatmul+Launch", "LaunchMatrix", "AlignedMatrix",
        "Structured/Kernel+ResidentClusters",
      ]),
    SourceGroup(
      "launching a monolithic kernel, in tests", "Tests/KernelLibraryTests/Monoliths/",
      ["MonolithicMatmul"]),
  ]

  /// All groups, in the order of the page.
  static let all = monoliths + kernels + components + launches

  /// The folder of the structured matmul.
  private static let matmulFolder = "Sources/KernelLibrary/Matmul/Structured/"

  /// The folder of the components.
  private static let componentsFolder = "Sources/StructuredKernels/"

  /// Creates a group of Swift files in a folder.
  private init(_ name: String, _ folder: String, _ files: [String]) {
    self.name = name
    self.files = files.map { folder + $0 + ".swift" }
  }

  /// The number of lines of the files that are neither blank nor comments.
  func lineCount() throws -> Int {
    try files.reduce(0) { sum, path in
      let text = try String(
        contentsOfFile: ToolEnvironment.packageRoot + "/" + path, encoding: .utf8)
      return sum
        + text.split(separator: "\n").count { line in
          let code = line.trimmingCharacters(in: .whitespaces)
          return !code.isEmpty && !code.hasPrefix("//")
        }
    }
  }
}

@Suite struct LineCountTests {
  /// The page with the table.
  private static let page = ToolEnvironment.packageRoot + "/Documentation/ZeroCost.md"

  @Test func `the page has the line counts of components and of monolithic kernels`() throws {
    let rows = try SourceGroup.all.map { group in
      "| \(group.name) | \(group.files.count) | \(try group.lineCount()) |"
    }
    let table = ["| what | files | lines |", "| --- | --: | --: |"] + rows
    print(table.joined(separator: "\n"))
    let text = try String(contentsOfFile: Self.page, encoding: .utf8)
    let marks = ["<!-- lines -->\n", "\n<!-- end of lines -->"]
    let start = try #require(text.range(of: marks[0])?.upperBound)
    let end = try #require(text.range(of: marks[1])?.lowerBound)
    let counted = text[..<start] + table.joined(separator: "\n") + text[end...]
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      try Data(counted.utf8).write(to: URL(fileURLWithPath: Self.page), options: .atomic)
    } else {
      #expect(counted == text, "RECORD_SNAPSHOTS=1 writes what is counted.")
    }
  }

  @Test func `every source that a kernel's instructions come from is counted`() throws {
    let hopper = try Structured<Hopper>(monolithicSchedule).module()
    let blackwell = try Structured<Blackwell>(monolithicSchedule).module()
    let listed = Set((SourceGroup.kernels + SourceGroup.components).flatMap(\.files))
    for module in [hopper, blackwell] {
      let instructions = (module.functions[0].blocks ?? []).flatMap(\.instructions)
      var files: Set<String> = []
      for instruction in instructions {
        var place = instruction.place
        while let current = place {
          files.insert(current.file)
          place = current.caller?.place
        }
      }
      #expect(files.count > 10)
      for file in files where !file.hasPrefix("KernelLanguage/") {
        // A place consists of the module, the file and the line.
        let parts = file.split(separator: "/").map(String.init)
        #expect(
          listed.contains { path in
            path.hasPrefix("Sources/\(parts[0])/") && path.hasSuffix("/\(parts[parts.count - 1])")
          }, "\(file)")
      }
    }
  }

  @Test func `the monolithic kernels consist of instructions alone`() throws {
    // The target's only dependency ensures it; this checks the text that a reader sees.
    for group in SourceGroup.monoliths {
      for path in group.files {
        let text = try String(
          contentsOfFile: ToolEnvironment.packageRoot + "/" + path, encoding: .utf8)
        #expect(
          !text.contains("import StructuredKernels") && !text.contains("import KernelLibrary"))
      }
    }
  }
}
