import MachineIR

/// The source files of a module and what `.loc` directives have said so far.
struct PlaceTable {
  /// The files; the first has number 1.
  private(set) var files: [String] = []

  /// The numbers of the files.
  private var numbers: [String: Int] = [:]

  /// The file whose number was last asked for, and the number: most places are in the file of the
  /// one before.
  private var latest: (file: String, number: Int) = ("", 1)

  /// Whether some place has a caller, so that the section of function names is needed.
  private(set) var hasCallers = false

  /// The place of the last directive.
  private var current: SourcePlace?

  /// The last place that was told for each file and line, which `inlined_at` then means.
  private var told: [Line: SourcePlace] = [:]

  /// A line of a file, by the file's number.
  private struct Line: Hashable {
    /// The number.
    var file: Int

    /// The line.
    var line: Int
  }

  /// The section that holds the name by which every inlined part goes; `inlined_at` wants one.
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

  /// Numbers the files of a place and its callers, which may be those of the place before.
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

  /// Forgets what was told, at the beginning of a function.
  mutating func beginFunction() {
    current = nil
    told = [:]
  }

  /// Writes the directive for the instructions that follow, unless it is in force.
  mutating func print(_ place: SourcePlace?, to text: inout TextBuffer) {
    guard place != current else { return }
    current = place
    guard let place else {
      // The first file stands for any: line 0 says that there is no place.
      text.append("    .loc 1 0 0\n")
      return
    }
    tell(place, to: &text)
  }

  /// Writes the directive of a place, after that of its caller where another was told last.
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

  /// Writes file, line and column; columns are not kept.
  private func append(_ line: Line, after words: String, to text: inout TextBuffer) {
    text.append(words)
    text.append(decimal: line.file)
    text.append(" ")
    text.append(decimal: line.line)
    text.append(" 0")
  }
}
