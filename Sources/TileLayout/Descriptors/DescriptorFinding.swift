// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A field of a descriptor that breaks a rule of the hardware.
public struct DescriptorFinding: Error, Hashable, Sendable {
  /// The field.
  public let field: DescriptorField

  /// The value of the field, in the unit of the rule.
  public let value: Int

  /// The rule that the value breaks.
  public let rule: DescriptorRule

  /// Creates a finding.
  init(_ field: DescriptorField, value: Int, rule: DescriptorRule) {
    self.field = field
    self.value = value
    self.rule = rule
  }

  /// Creates a finding if the value breaks the rule, and `nil` otherwise.
  init?(checking field: DescriptorField, value: Int, against rule: DescriptorRule) {
    guard !rule.allows(value) else { return nil }
    self.init(field, value: value, rule: rule)
  }
}

extension DescriptorFinding: CustomStringConvertible {
  /// The finding as a sentence: "start address 1032 is not a multiple of 16".
  public var description: String { "\(field.rawValue) \(value) is not \(rule)" }
}

/// A field of a matrix or instruction descriptor.
public enum DescriptorField: String, Hashable, Sendable {
  /// The shared address of the start of the operand, in bytes.
  case startAddress = "start address"

  /// The leading byte offset (LBO), in bytes.
  case leadingByteOffset = "leading byte offset"

  /// The stride byte offset (SBO), in bytes.
  case strideByteOffset = "stride byte offset"

  /// The phase of a swizzle pattern that does not begin at its natural boundary.
  case baseOffset = "base offset"

  /// Bits 46–48 of a `tcgen05` matrix descriptor.
  case version = "constant in bits 46-48"

  /// The bit that turns the leading byte offset into an address.
  case leadingOffsetMode = "leading offset mode"

  /// The code of the swizzle.
  case layout = "layout code"

  /// Bits that must be zero, in their places.
  case reservedBits = "reserved bits"

  /// The number of rows of D.
  case m = "M"

  /// The number of columns of D.
  case n = "N"

  /// The code of A's element type.
  case aType = "A type code"

  /// The code of B's element type.
  case bType = "B type code"

  /// The code of D's element type.
  case accumulatorType = "D type code"

  /// Whether A is negated.
  case negatesA = "negate A"

  /// Whether B is negated.
  case negatesB = "negate B"

  /// Whether A is M-major.
  case aMajorness = "A majorness"

  /// Whether B is N-major.
  case bMajorness = "B majorness"

  /// Whether integer accumulators saturate.
  case saturates = "saturate"

  /// Whether A is sparse.
  case isSparse = "sparse"

  /// The columns of sparsity metadata that apply.
  case sparsitySelector = "sparsity selector"

  /// The code of the maximum shift of weight-stationary instructions.
  case maximumShift = "maximum shift code"

  /// The code of the scale factors' type.
  case scaleType = "scale type code"

  /// The ID of A's scale factor in its cell.
  case scaleFactorA = "SFA id"

  /// The ID of B's scale factor in its cell.
  case scaleFactorB = "SFB id"

  /// Whether K is 96, which this architecture does not support.
  case wideK = "K size bit"
}

/// A rule for the value of a descriptor's field.
public enum DescriptorRule: Hashable, Sendable {
  /// A multiple of the number.
  case multipleOf(Int)

  /// A number in the range.
  case inRange(ClosedRange<Int>)

  /// One of the numbers.
  case oneOf([Int])

  /// Returns whether the rule allows a value.
  public func allows(_ value: Int) -> Bool {
    switch self {
    case .multipleOf(let divisor): value % divisor == 0
    case .inRange(let range): range.contains(value)
    case .oneOf(let values): values.contains(value)
    }
  }
}

extension DescriptorRule: CustomStringConvertible {
  /// The rule as the end of a sentence: "a multiple of 16".
  public var description: String {
    switch self {
    case .multipleOf(let divisor): "a multiple of \(divisor)"
    case .inRange(let range): "in \(range.lowerBound)...\(range.upperBound)"
    case .oneOf(let values) where values.count == 1: "\(values[0])"
    case .oneOf(let values): "one of " + values.map(String.init).joined(separator: ", ")
    }
  }
}
