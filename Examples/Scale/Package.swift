// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import PackageDescription

let package = Package(
  name: "Scale",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "tilewright", path: "../..")],
  targets: [
    .executableTarget(
      name: "Scale", dependencies: [.product(name: "Tilewright", package: "tilewright")])
  ])
