// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import Testing

@testable import TilewrightCommands

/// The reader of JSON texts.
@Suite struct JSONParserTests {
  @Test(arguments: [
    ("null", JSONValue.null), (" true ", .boolean(true)), ("false\n", .boolean(false)),
    ("0", .integer(0)), ("-12", .integer(-12)), ("18446744073709551615", .integer(1 << 64 - 1)),
    ("1.0", .integer(1)), ("1e3", .integer(1000)), ("0.0", .integer(0)), ("-0", .number(-0.0)),
    ("-0.0", .number(-0.0)), ("2.5", .number(2.5)), ("-1.5E-3", .number(-0.0015)),
    ("1e-400", .integer(0)), ("\"\"", .text("")), ("\"a\\n\\\"\\/\\u00e9\"", .text("a\n\"/é")),
    ("\"\\uD83D\\ude00 😀\"", .text("😀 😀")), ("[]", .list([])), ("{}", .object([:])),
    ("[1, [2], {\"a\": null}]", .list([.integer(1), .list([.integer(2)]), .object(["a": .null])])),
    ("\u{FEFF}{ \"a\" : 1 ,\t\"b\":[ ] }", .object(["a": .integer(1), "b": .list([])])),
  ])
  func `a text is read`(text: String, value: JSONValue) throws {
    #expect(try JSONParser.value(of: text) == value)
  }

  @Test(arguments: [
    ("", 1, 1, "a value is expected"), ("nul", 1, 1, "a value is expected"),
    ("[1,]", 1, 4, "a value is expected"), ("{\"a\": 1,}", 1, 9, "a key in quotes is expected"),
    ("{a: 1}", 1, 2, "a key in quotes is expected"), ("{\"a\" 1}", 1, 6, "':' is expected"),
    ("{\n\"a\": 1\n\"b\": 2}", 3, 1, "',' or '}' is expected"),
    ("[1 2]", 1, 4, "',' or ']' is expected"), ("[1\n", 2, 1, "',' or ']' is expected"),
    ("1 2", 1, 3, "the end of the file is expected"),
    ("01", 1, 2, "the end of the file is expected"),
    ("-", 1, 2, "a digit is expected"), ("1.", 1, 3, "a digit is expected"),
    ("1e+", 1, 4, "a digit is expected"), ("+1", 1, 1, "a value is expected"),
    (" 1e999", 1, 2, "the number is too large"), ("\"a", 1, 1, "a string has no closing quote"),
    ("\"é\t\"", 1, 3, "a string has a control character that is not escaped"),
    ("\"\\x\"", 1, 2, "an escape is expected"),
    ("\"\\u12\"", 1, 2, "an escape of four digits is expected"),
    ("\"\\u+123\"", 1, 2, "an escape of four digits is expected"),
    ("\"\\ud800\"", 1, 2, "an escape of a whole character is expected"),
    ("\"\\udc00\"", 1, 2, "an escape of a whole character is expected"),
    ("{\"a\": 1,\n \"b\": 2, \"a\": null}", 2, 10, "the key 'a' appears a second time"),
    ("[{\"a\": {\"b\": 1, \"\\u0062\": 2}}]", 1, 17, "the key 'b' appears a second time"),
    (
      String(repeating: "[", count: 100_000), 1, 201,
      "lists and objects are nested more than 200 levels deep"
    ),
  ])
  func `malformed JSON is refused at its line and column`(
    text: String, line: Int, column: Int, reason: String
  ) {
    do {
      Issue.record("\(text) is read as \(try JSONParser.value(of: text))")
    } catch {
      #expect("\(error)" == "line \(line), column \(column): \(reason)")
    }
  }

  @Test func `text of the system's writer is read back`() throws {
    let reports: [String] = [
      "kernels --json", "devices --json", "describe structured --json", "explain box --json",
    ].map { ToolOutcome($0.split(separator: " ").map(String.init)).output }
    for report in reports {
      let value = try JSONParser.value(of: report)
      let expected = try JSONSerialization.jsonObject(with: Data(report.utf8))
      #expect(plain(value) == expected as? NSObject)
    }
  }

  /// Returns a value in the form of the system's parser.
  private func plain(_ value: JSONValue) -> NSObject {
    switch value {
    case .null: NSNull()
    case .boolean(let value): NSNumber(value: value)
    case .integer(let value): NSNumber(value: Int64(value))
    case .number(let value): NSNumber(value: value)
    case .text(let text): text as NSString
    case .list(let list): list.map(plain) as NSArray
    case .object(let object): object.mapValues(plain) as NSDictionary
    }
  }
}
