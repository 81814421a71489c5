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

  /// Whether a device may refuse to run the kernel to its end.
  ///
  /// The results then begin with a word that says so: 1 where the kernel was stopped, and the output
  /// is blank, else 0. A GPU is of no use to a process in which it stopped a kernel.
  public var mayStop = false

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
  /// The numbers differ by no more than a multiple of their magnitude, and by no more than a
  /// number; NaN agrees with NaN.
  case near(ApproximateFormat, relative: Double, absolute: Double)
}

/// The format of an approximate result.
public enum ApproximateFormat: Hashable, Sendable {
  case f32, f64, f16, bf16, f16x2, bf16x2
}

extension Agreement {
  /// Returns whether two results agree.
  func holds(_ first: ArraySlice<UInt32>, _ second: ArraySlice<UInt32>) -> Bool {
    if first == second { return true }
    guard case .near(let format, let relative, let absolute) = self else { return false }
    return zip(format.numbers(first), format.numbers(second)).allSatisfy { first, second in
      if first.isNaN || second.isNaN { return first.isNaN && second.isNaN }
      if first == second { return true }
      return abs(first - second) <= max(absolute, relative * max(abs(first), abs(second)))
    }
  }
}

extension ApproximateFormat {
  /// Returns the numbers that words hold.
  fileprivate func numbers(_ words: ArraySlice<UInt32>) -> [Double] {
    switch self {
    case .f64:
      let bits = words.reversed().reduce(UInt64(0)) { $0 << 32 | UInt64($1) }
      return [Double(bitPattern: bits)]
    case .f32: return words.map { Double(Float(bitPattern: $0)) }
    case .f16: return words.map { Self.half($0 & 0xFFFF) }
    case .bf16: return words.map { Double(Float(bitPattern: $0 << 16)) }
    case .f16x2: return words.flatMap { [Self.half($0 & 0xFFFF), Self.half($0 >> 16)] }
    case .bf16x2:
      return words.flatMap {
        [Double(Float(bitPattern: $0 << 16)), Double(Float(bitPattern: $0 & 0xFFFF_0000))]
      }
    }
  }

  /// Returns the value of an f16.
  private static func half(_ code: UInt32) -> Double {
    let (exponent, fraction) = (code >> 10 & 31, Double(code & 0x3FF))
    let sign: Double = code >> 15 == 1 ? -1 : 1
    switch exponent {
    case 0: return sign * fraction / Double(1 << 24)
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      let scale = Double(sign: .plus, exponent: Int(exponent) - 25, significand: 1)
      return sign * (1024 + fraction) * scale
    }
  }
}
