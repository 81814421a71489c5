// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// A kernel whose results must be the same on every device, with the names of its results.
///
/// The kernel has three parameters: the addresses of its input and its output, and a tensor map.
public struct ConformanceProgram: Sendable {
  /// The tensor that the map parameter describes.
  public struct Tensor: Sendable {
    /// Whether the tensor is in the output rather than in the input.
    public var isOutput: Bool
    /// The offset of its start in the buffer, in bytes.
    public var byteOffset: Int
    /// The description of the map; the address is filled in.
    public var description: TensorMapDescription
  }

  /// The instructions' family.
  public var family: ConformanceFamily

  /// The unique name.
  public var name: String

  /// The PTX text, whose kernel is `probe`.
  public var text: String

  /// The launch configuration.
  public var launch: LaunchConfiguration

  /// The words of the input.
  public var input: [UInt32]

  /// The number of words of the output, which are initially `ConformanceProgram.blank`.
  public var outputCount: Int

  /// The tensor of the map parameter, if there is one.
  public var tensor: Tensor?

  /// The probes in the output.
  public var probes: [ConformanceProbe]

  /// Whether a device may refuse to run the kernel to completion.
  ///
  /// The results then start with a word: 1 if the kernel was stopped, and the output is blank,
  /// otherwise 0. A process cannot use a GPU after it stopped a kernel.
  public var mayStop = false

  /// The initial value of the words of an output.
  public static let blank: UInt32 = 0xAAAA_AAAA
}

/// Results of one instruction, or of one short listing, for many operands.
public struct ConformanceProbe: Sendable {
  /// The unique name.
  public var name: String

  /// The range of the results in the output.
  public var words: Range<Int>

  /// The number of words of one check's result.
  public var wordsPerCheck: Int

  /// The index of the first check's operands in the input and the number of words of each check's,
  /// or `nil` if operands do not belong to single checks.
  public var operands: (first: Int, count: Int)?

  /// The criterion for two results to agree.
  public var agreement = Agreement.bits

  /// The number of checks: results for separate operands.
  public var checkCount: Int { words.count / wordsPerCheck }
}

/// The criterion for the results of two devices to agree.
public enum Agreement: Hashable, Sendable {
  /// All bits are equal.
  case bits
  /// Each is within the manual's bound, independently of the other.
  case promised(Promise)
}
