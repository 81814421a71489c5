// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A picture for people: facts, grids and sentences, one after another.
struct Picture {
  /// An element of a picture.
  enum Part {
    /// A line in bold, where there are colours.
    case heading(String)
    /// Facts, in two columns.
    case facts(Table)
    /// A table of several columns.
    case table(String, Columns)
    /// A grid of cells.
    case grid(Grid)
    /// A sentence or two.
    case note(String)
  }

  /// The elements, from the top.
  var parts: [Part]

  /// Creates a picture.
  init(_ parts: [Part] = []) { self.parts = parts }

  /// Returns the elements as text, with an empty line between them.
  func text(_ style: DrawingStyle) -> String {
    parts.map { $0.text(style) }.joined(separator: "\n")
  }
}

extension Picture.Part {
  /// Returns the element as text.
  fileprivate func text(_ style: DrawingStyle) -> String {
    switch self {
    case .heading(let heading):
      heading.wrapped(at: style.width)
        + String(repeating: "─", count: min(heading.count, style.width)) + "\n"
    case .facts(let table): table.text(width: style.width)
    case .table(let title, let columns): title.wrapped(at: style.width) + columns.text
    case .grid(let grid): grid.text(style)
    case .note(let sentence): sentence.wrapped(at: style.width)
    }
  }
}

extension String {
  /// Returns the text in lines of at most a number of characters, broken at spaces.
  func wrapped(at width: Int, indentation: Int = 0) -> String {
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ") {
      let isFull = line.count + 1 + word.count > width - indentation
      if !line.isEmpty, isFull {
        lines.append(line)
        line = String(word)
      } else {
        line += (line.isEmpty ? "" : " ") + word
      }
    }
    lines.append(line)
    let margin = String(repeating: " ", count: indentation)
    return lines.joined(separator: "\n" + margin) + "\n"
  }
}
