// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "Scale",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "tilewright", path: "../..")],
  targets: [
    .executableTarget(
      name: "Scale", dependencies: [.product(name: "Tilewright", package: "tilewright")])
  ])
