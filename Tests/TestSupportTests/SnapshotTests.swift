// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

@testable import TestSupport

@Suite struct `A snapshot` {
  @Test func `that equals the text passes`() {
    expectSnapshot(".version 8.6\n", named: "version")
  }

  @Test func `that is missing or different fails`() {
    // Does not use expectSnapshot, which would record these files in recording mode.
    let directory = ToolEnvironment.packageRoot + "/Tests/TestSupportTests/Snapshots/"
    withKnownIssue {
      compare("", with: directory + "no-such-snapshot.ptx", #_sourceLocation)
    } matching: { issue in
      String(describing: issue).contains("RECORD_SNAPSHOTS=1")
    }
    withKnownIssue {
      compare(".version 8.7\n", with: directory + "version.ptx", #_sourceLocation)
    } matching: { issue in
      String(describing: issue).contains("at line 1")
    }
  }

  @Test(arguments: [
    ("a\nb", "a\nb", nil),
    ("a\nb", "a\nc", "at line 2: expected \"b\", found \"c\"."),
    ("a\n", "a", "at line 2: expected \"\", found the end of the text."),
    ("a", "a\nb", "at line 2: expected the end of the text, found \"b\"."),
    ("\u{E9}", "e\u{301}", "at line 1: expected \"\u{E9}\", found \"e\u{301}\"."),
  ])
  func `differs from a text at a line`(expected: String, found: String, difference: String?) {
    #expect(firstDifference(expected, found) == difference)
  }
}
