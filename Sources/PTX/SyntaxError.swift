// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The position and the reason of an error in a PTX text.
public struct SyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line, counted from 1.
  public var line: Int

  /// The column in bytes, counted from 1.
  public var column: Int

  /// The message, as a sentence without a full stop.
  public var message: String

  /// Creates an error.
  public init(line: Int, column: Int, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }

  /// Creates an error at a byte of a text.
  init(_ message: String, at offset: Int, of bytes: [UInt8]) {
    var line = 1
    var lineStart = 0
    for index in 0..<Swift.min(offset, bytes.count) where bytes[index] == Byte.lineFeed {
      line += 1
      lineStart = index + 1
    }
    self.init(line: line, column: offset - lineStart + 1, message: message)
  }

  /// The position and the message: `line 12, column 5: …`.
  public var description: String { "line \(line), column \(column): \(message)" }
}
