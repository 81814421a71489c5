import DeviceRuntime

/// A kernel whose outputs must be the same on every device, and what to call each of them.
///
/// The kernel has three parameters: the addresses of its input and its output, and a tensor map.
public struct ConformanceProgram: Sendable {
  /// The tensor that the map parameter describes.
  public struct Tensor: Sendable {
    /// Whether the tensor lies in the output; otherwise in the input.
    public var isOutput: Bool
    /// Where it starts in the buffer, in bytes.
    public var byteOffset: Int
    /// What the map says; the address is filled in.
    public var description: TensorMapDescription
  }

  /// The instructions' family.
  public var family: ConformanceFamily

  /// The name, alone of its kind.
  public var name: String

  /// The PTX text, whose kernel is `probe`.
  public var text: String

  /// How the kernel is launched.
  public var launch: LaunchConfiguration

  /// The words of the input.
  public var input: [UInt32]

  /// The number of words of the output, which are `ConformanceProgram.blank` before.
  public var outputCount: Int

  /// The tensor of the map parameter, where there is one.
  public var tensor: Tensor?

  /// What is found in the output.
  public var probes: [ConformanceProbe]

  /// What the words of an output are before the kernel runs.
  public static let blank: UInt32 = 0xAAAA_AAAA
}

/// Results of one instruction, or of one short listing, for many operands.
public struct ConformanceProbe: Sendable {
  /// The name, alone of its kind.
  public var name: String

  /// Where the results lie in the output.
  public var words: Range<Int>

  /// The words of one check's result.
  public var wordsPerCheck: Int

  /// Where the operands of the first check lie in the input, and the words of each check's; none
  /// where operands are not of one check alone.
  public var operands: (first: Int, count: Int)?

  /// When two results agree.
  public var agreement = Agreement.bits

  /// The number of checks: of results, each for operands of its own.
  public var checkCount: Int { words.count / wordsPerCheck }
}

/// When the results of two devices agree.
public enum Agreement: Hashable, Sendable {
  /// All bits are the same.
  case bits
  /// Each is within what the manual promises, whatever the other is.
  case promised(Promise)
}
