// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats

/// A type whose values are in lanes with containers of 32 or 64 bits.
protocol LaneValue: BitwiseCopyable {
  /// The unsigned integer that contains a value of a lane.
  associatedtype Container: FixedWidthInteger & UnsignedInteger & BitwiseCopyable

  /// Creates the value in the low bits of a container; the bits above it are ignored.
  init(container: Container)

  /// The container of this value, with zeros above it.
  var container: Container { get }
}

/// An integer in lanes.
protocol LaneInteger: LaneValue, FixedWidthInteger {}

extension LaneInteger {
  /// Creates the integer in the low bits of a container.
  @inline(__always)
  init(container: Container) { self.init(truncatingIfNeeded: container) }

  /// The container of this integer, with zeros above it.
  @inline(__always)
  var container: Container { Container(truncatingIfNeeded: Magnitude(truncatingIfNeeded: self)) }
}

extension UInt16: LaneInteger { typealias Container = UInt32 }
extension Int16: LaneInteger { typealias Container = UInt32 }
extension UInt32: LaneInteger { typealias Container = UInt32 }
extension Int32: LaneInteger { typealias Container = UInt32 }
extension UInt64: LaneInteger { typealias Container = UInt64 }
extension Int64: LaneInteger { typealias Container = UInt64 }

extension Float: LaneValue {
  /// Creates the value with the container's bits.
  @inline(__always)
  init(container: UInt32) { self.init(bitPattern: container) }

  /// The bits.
  @inline(__always)
  var container: UInt32 { bitPattern }
}

extension Double: LaneValue {
  /// Creates the value with the container's bits.
  @inline(__always)
  init(container: UInt64) { self.init(bitPattern: container) }

  /// The bits.
  @inline(__always)
  var container: UInt64 { bitPattern }
}

extension HalfFloat: LaneValue {
  /// Creates the value with the container's low bits.
  @inline(__always)
  init(container: UInt32) { self.init(bitPattern: UInt16(truncatingIfNeeded: container)) }

  /// The bits.
  @inline(__always)
  var container: UInt32 { UInt32(bitPattern) }
}

extension BFloat16: LaneValue {
  /// Creates the value with the container's low bits.
  @inline(__always)
  init(container: UInt32) { self.init(bitPattern: UInt16(truncatingIfNeeded: container)) }

  /// The bits.
  @inline(__always)
  var container: UInt32 { UInt32(bitPattern) }
}
