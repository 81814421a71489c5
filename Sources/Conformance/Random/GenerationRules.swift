// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The exclusions of random programs, with reasons: behaviour that PTX leaves open, where a
/// difference is not an error, and behaviour that ends the process on a GPU.
///
/// Rules about texts and numbers are implemented here; rules about the structure of generators are
/// only listed in `exclusions`.
enum GenerationRules {
  /// The exclusions and their reasons.
  static let exclusions: [(what: String, reason: String)] = [
    (
      "integer quotients by zero",
      "PTX: division by zero yields an unspecified, machine-specific value."
    ),
    (
      "f32 and f64 sums of products without a rounding modifier",
      "PTX: mul and add without a rounding modifier may be fused; with .rn they may not."
    ),
    (
      "results of .approx and .full as operands",
      "Their bits are not specified: each device's result is compared with its bound and not used."
    ),
    (
      "shuffles, votes, matches, reductions and elections of lanes that may not participate",
      """
      PTX: the behavior is undefined unless all lanes of the mask execute the instruction; so they \
      are only generated where the text determines the lanes, and a shuffle only reads from lanes \
      of its mask.
      """
    ),
    (
      "the NaN that neg, abs, min, max and arithmetic of f64 return",
      """
      ptxas compiles some of them to moves, selections and sign changes, which keep the bits of a \
      NaN, and reorders operands; every NaN that they return is replaced by the same one.
      """
    ),
    (
      "borrows, magnitudes and saturations of values of which ptxas knows more than the bits",
      """
      ptxas 13.0 and 13.5 subtract the result of abs by adding its negation, which carries \
      differently for 0; they omit abs of f16x2 and saturations of f32 if the register was \
      saturated as another type; operands of sub.cc, of abs of floats and of saturating \
      conversions of floats are loaded for them.
      """
    ),
    (
      "abs and neg of the smallest integer",
      """
      ptxas assumes that the result of abs is not negative, and that the result of a 16-bit neg is \
      the 32-bit one; it extends, compares and multiplies accordingly.
      """
    ),
    (
      """
      values written as another type, results of set, and sources of cvt and of 8-bit stores, as \
      ptxas knows them: their bits are first combined with a loaded zero
      """,
      """
      ptxas 13.0 and 13.5 assume that the bits of a register have the type of the last write: they \
      convert a number where an integer with the same bits is stored, apply the saturation of an \
      integer to the float, or convert the result of set as if it were 0 or 1; they merge two \
      conversions that differ for NaN; and they add the low half twice if a pair is the upper \
      half of 64 bits. 13.0 merges comparisons of the same bits as integers and as floats.
      """
    ),
    (
      "movmatrix of values that ptxas knows to be uniform",
      "ptxas 13.0 and 13.5 assume that the result is uniform too, and omit shuffles of it."
    ),
    (
      "mad.hi.cc in loops",
      "ptxas 13.0 omits two of four iterations when it unrolls the loop."
    ),
    (
      "the NaN that f64 atomics in shared memory leave",
      "They are loops with an addition, whose operands ptxas reorders."
    ),
    (
      "comparisons to predicates with .ftz",
      "ptxas 13.0 and 13.5 drop .ftz when they merge one with the condition of a branch."
    ),
    (
      "branches on predicates that a loop inside the branch changes",
      """
      ptxas 13.0, which is part of driver 580, uses the value of such a predicate from before the \
      loop; every branch has a condition of its own.
      """
    ),
    (
      "stores of 8 bits from registers of 16",
      "ptxas 13.0 converts the number if the register holds an f16 or bf16."
    ),
    (
      "computed positions and counts of shifts and bit fields",
      "ptxas 13.0 and 13.5 convert the number if such a register holds an f32."
    ),
    (
      "atomics of 64 and 16 bits and of floats in shared memory, in loops",
      """
      ptxas 13.0 and 13.5 compile them to a loop and merge it with the enclosing one, so that \
      lanes reach the following instructions one by one, including shuffles, votes, matches and \
      barriers.
      """
    ),
    (
      "guards of testp, and of set with a float result",
      """
      ptxas 13.5 and the compiler of driver 580 compile each to several instructions, not all of \
      which have the guard: the result changes if the guard is false.
      """
    ),
    (
      "guards of conversions of floats to integers of 8 bits",
      "ptxas 13.0 and 13.5 keep the upper half of the register that they write."
    ),
    (
      "lop3 of one register twice",
      "ptxas 13.0 merges it with another operation on that register into a wrong truth table."
    ),
    (
      "literals beyond 255 as positions and lengths of bfe and bfi",
      "ptxas refuses them."
    ),
    (
      "activemask",
      "PTX does not guarantee convergence, and so no mask."
    ),
    (
      "stores of several threads to one address, and loads of stored values without a barrier",
      "They are races, whose results are undefined."
    ),
    (
      "results of atomics on words that threads share, and mixtures of operations on one word",
      "They depend on the order; only the final value of commutative operations does not."
    ),
    (
      "float atomics on shared words",
      "Rounding does not commute."
    ),
    (
      "bytes that were not written",
      "Shared and local memory hold the data of earlier kernels; all of it is written first."
    ),
    (
      "barriers, and other instructions that wait for lanes, after the exit of a thread",
      "PTX does not say that exited threads count as arrived; threads only exit early at the end."
    ),
    (
      "clocks, timers, SM numbers",
      "They are properties of the run."
    ),
    (
      "innermost coordinates of boxes that are not multiples of 16 bytes",
      "An H100 ends the kernel with an illegal instruction."
    ),
    (
      "stores of boxes at negative coordinates",
      "PTX requires non-negative coordinates for stores."
    ),
    (
      "bulk reductions of a block's own shared memory",
      """
      An H200 ended each of 39 kernels without clusters that had one with an illegal instruction, \
      and none of 121 others.
      """
    ),
    (
      "interleaved tensor maps and im2col",
      "Tilewright's tensor maps do not have them."
    ),
    (
      "different descriptors or scale-d in the threads of a warpgroup",
      "PTX: they must be the same."
    ),
  ]

  /// Returns whether an instruction may have a guard.
  static func takesGuard(_ listing: String) -> Bool {
    let isToByte =
      listing.hasPrefix("cvt") && listing.contains("8.")
      && (listing.contains(".f") || listing.contains(".bf"))
    return !isToByte && !listing.hasPrefix("testp") && !listing.hasPrefix("set.")
  }

  /// Returns whether an instruction needs a different register for each source.
  static func wantsDifferentSources(_ listing: String) -> Bool { listing.hasPrefix("lop3") }

  /// Returns whether a source of an instruction is loaded for it.
  static func wantsLoadedSource(_ index: Int, _ listing: String) -> Bool {
    switch listing.prefix(while: { $0 != "." }) {
    case "shl", "shr", "bfe": index > 0
    case "bfi": index > 1
    case "abs": true
    case "sub": listing.hasPrefix("sub.cc")
    case "cvt": listing.contains("sat") && listing.contains(".f")
    default: false
    }
  }

  /// Returns whether the contents of a register are hidden from `ptxas` before an instruction reads
  /// it as a type.
  static func wantsHiddenSource(_ listing: String, held: String, as type: String) -> Bool {
    if listing.hasPrefix("cvt") || listing.hasPrefix("st") && listing.contains(".b8") {
      return true
    }
    return type != "any" && held != type && !(isOfBits(held) && isOfBits(type))
  }

  /// Returns whether values of a type are bits or integers.
  private static func isOfBits(_ type: String) -> Bool {
    type == "any" || ["u", "s", "b"].contains(type.prefix(1)) && !type.hasPrefix("bf")
  }

  /// Returns whether the result of an instruction is hidden from `ptxas`.
  static func hidesResult(_ listing: String) -> Bool { listing.hasPrefix("set.") }

  /// Returns whether `ptxas` compiles an instruction correctly in a loop.
  static func staysInLoops(_ listing: String) -> Bool {
    let words = listing.prefix { $0 != " " }.split(separator: ".")
    if listing.hasPrefix("mad.hi.cc") { return false }
    guard words[0] == "atom" || words[0] == "red", !words.contains("global") else { return true }
    return ["u32", "s32", "b32"].contains(words[words.count - 1])
  }

  /// Returns `neg` of an integer other than the smallest one.
  static func negation(_ type: String) -> String {
    magnitude(type).replacing("abs", with: "neg")
  }

  /// Returns an atomic addition of f64 in shared memory, followed by code that makes every NaN the
  /// same.
  static func settledSum(_ listing: String, at place: String, _ space: String) -> String {
    let (instruction, slots) = (listing.prefix { $0 != "#" }, listing.drop { $0 != "#" })
    return """
      \(instruction)ld\(space).b64 %td0, \(place); setp.nan.f64 %tp1, %td0, %td0; \
      mov.b64 %td1, 0x7ff8000000000000; @%tp1 st\(space).b64 \(place), %td1; \(slots)
      """
  }

  /// Returns `abs` of an integer other than the smallest one.
  static func magnitude(_ type: String) -> String {
    let (register, least) =
      type == "s64"
      ? ("%td0", "-9223372036854775807")
      : type == "s32" ? ("%tr0", "-2147483647") : ("%th0", "-32767")
    return
      "max.\(type) \(register), $1, \(least); abs.\(type) $0, \(register); ## \(type) = \(type)"
  }

  /// Returns the instructions that make every NaN of a result the same, or none if `ptxas` cannot
  /// change the NaNs of the instruction.
  ///
  /// Adding -0 from a register unknown to `ptxas` only changes NaNs.
  static func settlingNaN(_ listing: String, _ type: String, _ result: String) -> String {
    let operation = listing.prefix { $0 != "." }
    if type == "f64" {
      guard ["neg", "abs", "min", "max", "add", "sub", "mul", "fma", "div"].contains(operation)
      else { return "" }
      return """
        setp.nan.f64 %tp1, \(result), \(result);
        @%tp1 mov.b64 \(result), 0x7ff8000000000000;

        """
    }
    guard ["neg", "abs", "min", "max"].contains(operation) else { return "" }
    switch type {
    case "f32": return "add.rn.f32 \(result), \(result), %minuszero;\n"
    case "f16", "bf16": return "add.rn.\(type) \(result), \(result), %minushalf;\n"
    case "f16x2", "bf16x2": return "add.rn.\(type) \(result), \(result), %minuspair;\n"
    default: return ""
    }
  }

  /// Returns a random literal that is valid for an instruction.
  static func literal(_ value: UInt64, of listing: String) -> UInt64 {
    listing.hasPrefix("bfe") || listing.hasPrefix("bfi") ? value & 0xFF : value
  }

  /// Returns a quotient or remainder whose divisor is 1 instead of 0.
  static func quotient(_ operation: String, _ type: String) -> String {
    let (width, divisor) = (
      type.dropFirst(), "%t\(["16": "h", "32": "r"][type.dropFirst()] ?? "d")0"
    )
    return
      "max.u\(width) \(divisor), $2, 1; \(operation).\(type) $0, $1, \(divisor); ## \(type) = \(type) \(type)"
  }

  /// Returns a product and a sum that `ptxas` must not fuse, because both specify their rounding.
  static func unfused(_ operation: String, _ type: String) -> String {
    let product = type == "f64" ? "%td0" : "%tr0"
    return """
      mul.rn.\(type) \(product), $1, $2; \(operation).rn.\(type) $0, \(product), $3; \
      ## \(type) = \(type) \(type) \(type)
      """
  }
}
