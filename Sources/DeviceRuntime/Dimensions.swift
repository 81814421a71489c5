// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// The extents of a grid, a block or a cluster along x, y and z.
public struct Dimensions: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// The extent along x, which varies fastest.
  public var x: Int

  /// The extent along y.
  public var y: Int

  /// The extent along z.
  public var z: Int

  /// Creates extents.
  public init(_ x: Int, _ y: Int = 1, _ z: Int = 1) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// Creates extents along x only.
  public init(integerLiteral value: Int) { self.init(value) }

  /// The product of the extents; the largest integer where it is larger.
  public var count: Int { x.saturatingProduct(y).saturatingProduct(z) }

  /// The extents in the form `128x1x1`.
  public var description: String { "\(x)x\(y)x\(z)" }
}
