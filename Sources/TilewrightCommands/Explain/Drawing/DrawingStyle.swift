// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The style of pictures: the available size, and colours.
struct DrawingStyle: Hashable {
  /// The most characters of a line.
  var width = 100

  /// The most lines of one grid, its labels aside.
  var height = 32

  /// Whether cells are coloured.
  var isColored = false
}

/// The colours of cells, as a terminal of 256 colours has them.
enum Palette {
  /// Light grounds that black letters stand out from, neighbours far from each other.
  private static let grounds = [153, 223, 157, 218, 189, 229, 159, 216]

  /// Returns a text on the ground of a shade; shades repeat after eight.
  static func shaded(_ text: String, _ shade: Int) -> String {
    "\u{1B}[30;48;5;\(grounds[shade % grounds.count])m\(text)\u{1B}[0m"
  }

  /// Returns a text that warns.
  static func alarming(_ text: String) -> String { "\u{1B}[1;31m\(text)\u{1B}[0m" }

  /// Returns a text that steps back.
  static func faint(_ text: String) -> String { "\u{1B}[2m\(text)\u{1B}[0m" }
}
