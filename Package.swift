// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import PackageDescription

/// Whether warnings are errors: in the checks of this package, and not for those who depend on it,
/// whose compiler may know warnings that ours does not.
let treatsWarningsAsErrors = Context.environment["TILEWRIGHT_WARNINGS_AS_ERRORS"] == "1"

/// The settings of every Swift target; `any` is written out.
let settings: [SwiftSetting] =
  [.enableUpcomingFeature("ExistentialAny")]
  + (treatsWarningsAsErrors ? [.treatAllWarnings(as: .error)] : [])

/// Returns a library target with the package's settings, and those given.
func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], _ further: [SwiftSetting] = []
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings + further)
}

/// Returns the test target of a module; files that tests read, such as snapshots, are excluded.
func tests(
  of name: String, _ dependencies: [Target.Dependency] = [], excluding files: [String] = []
) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
    exclude: files, swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

/// Modules that are imported by name alone: the instruction tables, and PTX's printer and parser.
let tables = ["MachineIR", "PTX"]

let package = Package(
  name: "Tilewright",
  // `InlineArray` came with these systems. On iOS and visionOS there is no CUDA driver to find.
  platforms: [.macOS(.v26), .iOS(.v26), .visionOS(.v26)],
  products: [
    .library(name: "Tilewright", targets: ["Tilewright"] + tables),
    .library(name: "TilewrightKernels", targets: ["TilewrightKernels"] + tables),
    .library(name: "TilewrightCUDA", targets: ["TilewrightCUDA"] + tables),
    .library(name: "TilewrightSimulator", targets: ["TilewrightSimulator"] + tables),
    .executable(name: "tilewright", targets: ["TilewrightTool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // Each module imports only those above it.
    module("NumberFormats"),
    module("TileLayout", ["NumberFormats"]),
    module("MachineIR", ["TileLayout"]),
    module("PTX", ["MachineIR"]),
    module("DeviceRuntime", ["NumberFormats", "TileLayout"]),
    module("KernelLanguage", ["NumberFormats", "TileLayout", "MachineIR", "PTX", "DeviceRuntime"]),
    module(
      "StructuredKernels",
      ["NumberFormats", "TileLayout", "MachineIR", "DeviceRuntime", "KernelLanguage"]),
    module(
      "KernelLibrary",
      [
        "NumberFormats", "TileLayout", "MachineIR", "DeviceRuntime", "KernelLanguage",
        "StructuredKernels",
      ]),
    .target(name: "TensorCoreArithmetic"),
    module(
      "Simulator",
      ["NumberFormats", "TileLayout", "MachineIR", "PTX", "DeviceRuntime", "TensorCoreArithmetic"]),
    module("Conformance", ["NumberFormats", "TileLayout", "MachineIR", "PTX", "DeviceRuntime"]),
    // Every unsafe use of the driver's C functions is marked as such.
    module("CUDADriver", ["DeviceRuntime"], [.strictMemorySafety()]),
    // The umbrellas: a program imports one of them.
    module(
      "TilewrightKernels",
      [
        "NumberFormats", "TileLayout", "DeviceRuntime", "KernelLanguage", "StructuredKernels",
        "KernelLibrary",
      ]),
    module("TilewrightCUDA", ["TilewrightKernels", "CUDADriver"]),
    module("TilewrightSimulator", ["TilewrightKernels", "Simulator"]),
    module(
      "Tilewright",
      ["TilewrightCUDA", "TilewrightSimulator", "DeviceRuntime", "Simulator", "CUDADriver"]),
    module(
      "TilewrightCommands",
      [
        "NumberFormats", "TileLayout", "MachineIR", "PTX", "DeviceRuntime", "KernelLanguage",
        "StructuredKernels", "KernelLibrary", "Simulator", "Conformance", "CUDADriver",
        "Tilewright", argumentParser,
      ]),
    .executableTarget(
      name: "TilewrightTool", dependencies: ["TilewrightCommands"], swiftSettings: settings),

    // The program that README.md shows, a package of its own that depends on the product alone.
    .executableTarget(
      name: "ScaleExample", dependencies: ["Tilewright"], path: "Examples/Scale/Sources/Scale",
      swiftSettings: settings),

    // The code that several test targets use: the Python oracles, ptxas, snapshots.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    // Monolithic kernels, written instruction by instruction, to compare the structured ones with.
    .target(
      name: "Monoliths", dependencies: ["KernelLanguage"], path: "Tests/Monoliths",
      swiftSettings: settings),
    .testTarget(
      name: "TestSupportTests", dependencies: ["TestSupport", "Tilewright", "TilewrightCommands"],
      exclude: ["Snapshots"], swiftSettings: settings),
    // Tests of the package as a whole: its paths, its manifest, and the API that a user sees.
    .testTarget(
      name: "PackageTests", dependencies: ["TestSupport", "Tilewright", "ScaleExample"],
      swiftSettings: settings),
    tests(of: "NumberFormats"),
    tests(of: "TileLayout"),
    tests(of: "MachineIR", ["PTX"], excluding: ["BadPrograms"]),
    tests(of: "PTX", excluding: ["Compiled", "Snippets"]),
    tests(of: "DeviceRuntime"),
    tests(of: "KernelLanguage", ["Simulator"], excluding: ["Snapshots"]),
    tests(of: "StructuredKernels", ["Simulator"]),
    tests(of: "KernelLibrary", ["Simulator", "Monoliths"], excluding: ["Snapshots"]),
    tests(
      of: "Simulator", ["TensorCoreArithmetic"],
      excluding: ["Cases", "Kernels", "Lanes/lane_oracle.py"]),
    tests(of: "Conformance", ["Simulator"], excluding: ["Recorded", "exact_functions.py"]),
    tests(of: "CUDADriver"),
    tests(of: "Tilewright", excluding: ["Snapshots"]),
    tests(of: "TilewrightCommands", excluding: ["Snapshots"]),
  ],
  swiftLanguageModes: [.v6]
)
