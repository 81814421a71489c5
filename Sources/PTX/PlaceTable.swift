// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR

/// The source files of a module, and the `.loc` directives printed so far.
struct PlaceTable {
  /// The files; the first has number 1.
  private(set) var files: [String] = []

  /// The numbers of the files by name.
  private var numbers: [String: Int] = [:]

  /// The last file and its number, because most places are in the same file as the preceding one.
  private var latest: (file: String, number: Int) = ("", 1)

  /// Whether a place has a caller, so that the section of function names is needed.
  private(set) var hasCallers = false

  /// The place of the last directive.
  private var current: SourcePlace?

  /// The last place printed for each file and line, to which `inlined_at` refers.
  private var told: [Line: SourcePlace] = [:]

  /// A line of a file, by the file's number.
  private struct Line: Hashable {
    /// The number.
    var file: Int

    /// The line.
    var line: Int
  }

  /// The section with the name of every inlined function, which `inlined_at` requires.
  static let nameSection = """

    .section .debug_str
    {
    $L_part:
    .b8 112, 97, 114, 116, 0
    }

    """

  /// Numbers the files of a module.
  mutating func collect(_ module: Module) {
    var last: SourcePlace?
    for function in module.functions {
      function.forEachInstruction { instruction in
        guard let place = instruction.place, place != last else { return }
        add(place, after: last?.caller)
        last = place
      }
    }
  }

  /// Numbers the files of a place and its callers, which may be those of the preceding place.
  private mutating func add(_ place: SourcePlace, after known: SourcePlace.Caller?) {
    if latest.file != place.file || files.isEmpty {
      if numbers[place.file] == nil {
        files.append(place.file)
        numbers[place.file] = files.count
      }
      latest = (place.file, numbers[place.file] ?? 1)
    }
    guard let caller = place.caller, caller !== known else { return }
    hasCallers = true
    add(caller.place, after: nil)
  }

  /// Returns the number of a file.
  private mutating func number(of file: String) -> Int {
    if latest.file != file { latest = (file, numbers[file] ?? 1) }
    return latest.number
  }

  /// Resets the printed places at the start of a function.
  mutating func beginFunction() {
    current = nil
    told = [:]
  }

  /// Prints the directive for the next instructions, unless it is already in effect.
  mutating func print(_ place: SourcePlace?, to text: inout TextBuffer) {
    guard place != current else { return }
    current = place
    guard let place else {
      // The first file stands for any: line 0 means that there is no place.
      text.append("    .loc 1 0 0\n")
      return
    }
    tell(place, to: &text)
  }

  /// Prints the directive of a place, after that of its caller if another was printed last.
  private mutating func tell(_ place: SourcePlace, to text: inout TextBuffer) {
    let line = Line(file: number(of: place.file), line: place.line)
    guard let caller = place.caller?.place else {
      append(line, after: "    .loc ", to: &text)
      text.append("\n")
      told[line] = place
      return
    }
    let callerLine = Line(file: number(of: caller.file), line: caller.line)
    if told[callerLine] != caller { tell(caller, to: &text) }
    append(line, after: "    .loc ", to: &text)
    append(callerLine, after: ", function_name $L_part, inlined_at ", to: &text)
    text.append("\n")
    told[line] = place
  }

  /// Prints file, line and column; columns are not kept.
  private func append(_ line: Line, after words: String, to text: inout TextBuffer) {
    text.append(words)
    text.append(decimal: line.file)
    text.append(" ")
    text.append(decimal: line.line)
    text.append(" 0")
  }
}
