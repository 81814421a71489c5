import MachineIR

/// The source files of a module and what `.loc` directives have said so far.
struct PlaceTable {
  /// The files; the first has number 1.
  private(set) var files: [String] = []

  /// The numbers of the files.
  private var numbers: [String: Int] = [:]

  /// Whether some place has a caller, so that the section of function names is needed.
  private(set) var hasCallers = false

  /// The place of the last directive.
  private var current: SourcePlace?

  /// The last place that was told for each file and line, which `inlined_at` then means.
  private var told: [PlaceKey: SourcePlace] = [:]

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
        last = place
        add(place)
      }
    }
  }

  /// Numbers the files of a place and its callers.
  private mutating func add(_ place: SourcePlace) {
    if numbers[place.file] == nil {
      files.append(place.file)
      numbers[place.file] = files.count
    }
    guard let caller = place.caller?.place else { return }
    hasCallers = true
    add(caller)
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
    let caller = place.caller?.place
    if let caller, told[PlaceKey(caller)] != caller { tell(caller, to: &text) }
    text.append("    .loc ")
    append(place, to: &text)
    if let caller {
      text.append(", function_name $L_part, inlined_at ")
      append(caller, to: &text)
    }
    text.append("\n")
    told[PlaceKey(place)] = place
  }

  /// Writes file, line and column; columns are not kept.
  private func append(_ place: SourcePlace, to text: inout TextBuffer) {
    text.append(decimal: numbers[place.file] ?? 1)
    text.append(" ")
    text.append(decimal: place.line)
    text.append(" 0")
  }
}
