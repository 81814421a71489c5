// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The subject of a random program.
public enum RandomKind: String, CaseIterable, Codable, Sendable {
  /// Arithmetic, control flow, warps and memory.
  case lanes
  /// Copies of boxes of tensors.
  case boxes
  /// Multiplications of a warpgroup.
  case products
}

/// The name of a random program, which determines its whole content.
public struct RandomProgramName: Hashable, Codable, Sendable, CustomStringConvertible {
  /// The seed.
  public var seed: UInt64
  /// The subject of the program.
  public var kind: RandomKind
  /// The program's number.
  public var number: Int

  /// Creates the name of a program; if no kind is given, it follows from the number.
  public init(seed: UInt64, number: Int, kind: RandomKind? = nil) {
    self.seed = seed
    self.number = number
    self.kind = kind ?? Self.kind(of: number)
  }

  /// Returns the kind of a program by its number: of 32 programs, 27 test lanes, 4 boxes and 1
  /// products, which has many tiles.
  private static func kind(of number: Int) -> RandomKind {
    switch number % 32 {
    case 5, 13, 21, 29: .boxes
    case 8: .products
    default: .lanes
    }
  }

  /// `lanes 17 of seed 3`.
  public var description: String { "\(kind.rawValue) \(number) of seed \(seed)" }

  /// The kernel's name in a text.
  var entry: String { "\(kind.rawValue)_\(number)" }

  /// The generator for all random choices of the program.
  var generator: SeededGenerator {
    var mixer = SeededGenerator(seed: seed ^ fingerprint(kind.rawValue.utf8))
    return SeededGenerator(seed: mixer.next() &+ UInt64(number) &* 0xD6E8_FEB8_6659_FD93)
  }
}

/// A randomly generated kernel with its operands.
///
/// Its parameters are the addresses of its input and its output, and two tensor maps.
public struct RandomProgram: Sendable {
  /// A tensor in the program's memory.
  struct Tensor: Sendable {
    /// Whether the tensor is in the output rather than in the input.
    var isOutput: Bool
    /// The offset of its start in bytes, a multiple of 16.
    var byteOffset: Int
    /// The description of the map; the address is filled in.
    var description: TensorMapDescription
  }

  /// Related words of the output.
  struct Field: Sendable {
    /// A description for a person.
    var name: String
    /// The words.
    var words: Range<Int>
    /// The number of words of one thread, or of one result.
    var wordsPerResult = 1
    /// The criterion for two results to agree.
    var agreement = Agreement.bits
    /// The fields with the operands of results that have an error bound, in order.
    var operands: [Range<Int>] = []
  }

  /// The name.
  public var name: RandomProgramName

  /// Declarations at the start of the kernel.
  var declarations = ""

  /// The text before the statements.
  var prologue = ""

  /// The statements.
  var statements: [Statement] = []

  /// The text after the statements.
  var epilogue = ""

  /// The grid, the block and the dynamic shared memory.
  var launch: LaunchConfiguration

  /// The words of the input.
  var input: [UInt32] = []

  /// The number of words of the output, which are initially `ConformanceProgram.blank`.
  var outputCount = 0

  /// The tensors of the map parameters.
  var tensors: [Tensor] = []

  /// The fields of the output.
  var fields: [Field] = []

  /// The features of the program, in addition to those of its statements.
  var properties: [RandomFeature] = []

  /// The number of products of tiles, each with its own operands.
  var tileCount = 0

  /// The number of these tiles for each kind of numbers.
  var tilesByNumbers: [RandomFeature: Int] = [:]
}

extension RandomProgram {
  /// Generates the program with a name.
  public init(_ name: RandomProgramName) {
    switch name.kind {
    case .lanes:
      var generator = LaneProgramGenerator(name)
      self = generator.program()
    case .boxes:
      var generator = BoxProgramGenerator(name)
      self = generator.program()
    case .products:
      var generator = ProductProgramGenerator(name)
      self = generator.program()
    }
  }

  /// The number of uses of each feature.
  var uses: [RandomFeature: Int] {
    var uses: [RandomFeature: Int] = [:]
    for statement in statements { statement.count(into: &uses) }
    for property in properties { uses[property, default: 0] += 1 }
    return uses
  }

  /// Returns the kernel's text with a given name.
  func kernel(named entry: String) -> String {
    var text = """
      .visible .entry \(entry)(.param .u64 in_param, .param .u64 out_param,
        .param .align 64 .b8 map0[128], .param .align 64 .b8 map1[128])
      {
      .reg .b32 %id, %block, %lane;
      .reg .b64 %in, %out;
      \(declarations)
      ld.param.u64 %in, [in_param];
      ld.param.u64 %out, [out_param];
      cvta.to.global.u64 %in, %in;
      cvta.to.global.u64 %out, %out;
      mov.u32 %id, %tid.x;
      mov.u32 %block, %ctaid.x;
      and.b32 %lane, %id, 31;

      """
    text += prologue
    for statement in statements { statement.write(to: &text) }
    text += epilogue
    text += "ret;\n}\n"
    return text
  }

  /// Returns the text of a module with one kernel for each program.
  static func text(of programs: [RandomProgram]) -> String {
    var text = """
      .version 8.6
      .target sm_90a
      .address_size 64
      .extern .shared .align 1024 .b8 tile[];

      """
    for program in programs { text += program.kernel(named: program.name.entry) }
    return text
  }

  /// The text of a module with only this program.
  public var text: String { Self.text(of: [self]) }
}
