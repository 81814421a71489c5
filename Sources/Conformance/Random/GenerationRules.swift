/// What random programs leave out, and why: whatever PTX leaves open, since a difference there
/// says nothing, and what ends the process on a GPU.
///
/// Where a rule is a piece of text or a number, it is here; where it is the shape of a generator,
/// `exclusions` says which.
enum GenerationRules {
  /// What is left out, and why.
  static let exclusions: [(what: String, reason: String)] = [
    (
      "integer quotients by zero",
      "PTX: division by zero yields an unspecified, machine-specific value."
    ),
    (
      "f32 and f64 sums of products without a rounding in their words",
      "PTX: mul and add without a rounding modifier may be fused; with .rn they may not."
    ),
    (
      "results of .approx and .full as operands",
      "Their bits are not promised: each device's result is held to its bound, and read by nobody."
    ),
    (
      "shuffles, votes, matches, reductions and elections of lanes that are not known to be there",
      """
      PTX: the behavior is undefined unless all lanes of the mask execute the instruction; so these \
      stand only where the lanes follow from the text, and a shuffle reads only from lanes of its \
      mask.
      """
    ),
    (
      "which NaN neg, abs, min, max and arithmetic of f64 give",
      """
      ptxas makes moves, selections and changes of sign of some of them, which keep the bits of a \
      NaN, and orders operands as it likes; every NaN that comes of them is made the same one.
      """
    ),
    (
      "borrows, magnitudes and saturations of what ptxas knows more of than its bits",
      """
      ptxas 13.0 and 13.5 subtract what abs makes by adding its opposite, which for 0 carries \
      otherwise; they leave out abs of f16x2 and saturations of f32 where the register was saturated \
      as another type; operands of sub.cc, of abs of floats and of saturating conversions of floats \
      are loaded for them.
      """
    ),
    (
      "abs and neg of the least integer",
      """
      ptxas takes what abs makes for not negative, and what neg makes of 16 bits for the number that \
      32 bits have; it extends, compares and multiplies that.
      """
    ),
    (
      """
      values that were written as another type, results of set, and sources of cvt and of stores of \
      8 bits, as ptxas knows them: a loaded zero is first combined with their bits
      """,
      """
      ptxas 13.0 and 13.5 take the type of whatever wrote a register for that of its bits: they \
      convert a number where an integer of the same bits is stored, keep the saturation of an \
      integer for the float, or convert the result of set as if it were 0 or 1; they join two \
      conversions that differ for NaN; and they add the low half twice where a pair is the upper \
      half of 64 bits. 13.0 merges comparisons of the same bits as integers and as floats.
      """
    ),
    (
      "movmatrix of what ptxas knows to be alike in all lanes",
      "ptxas 13.0 and 13.5 take the result for alike as well, and so leave out shuffles of it."
    ),
    (
      "mad.hi.cc in loops",
      "ptxas 13.0 leaves out two of four turns where it unrolls the loop."
    ),
    (
      "which NaN is left by f64 atomics in shared memory",
      "They are loops with an addition, whose operands ptxas orders as it likes."
    ),
    (
      "comparisons to predicates with .ftz",
      "ptxas 13.0 and 13.5 drop .ftz where they merge one with the condition of a branch."
    ),
    (
      "branches by predicates that a loop inside of the branch changes",
      """
      ptxas 13.0, which driver 580 has, takes such a predicate for what it was before the loop; \
      conditions of branches are computed for them alone.
      """
    ),
    (
      "stores of 8 bits from registers of 16",
      "ptxas 13.0 converts the number where the register holds an f16 or bf16."
    ),
    (
      "positions and counts of shifts and fields that were computed",
      "ptxas 13.0 and 13.5 convert the number where such a register holds an f32."
    ),
    (
      "atomics of 64 and 16 bits and of floats in shared memory, in loops",
      """
      ptxas 13.0 and 13.5 make a loop of them and merge it with the one around, so that lanes come \
      one by one to what follows: shuffles, votes, matches and barriers too.
      """
    ),
    (
      "guards of testp, and of set with a float result",
      """
      ptxas 13.5 and the compiler of driver 580 make several instructions of each, of which not all \
      have the guard: the result changes where the guard is false.
      """
    ),
    (
      "guards of conversions of floats to integers of 8 bits",
      "ptxas 13.0 and 13.5 keep the upper half of the register that they write."
    ),
    (
      "lop3 of one register twice",
      "ptxas 13.0 joins it with another operation on that register to a wrong table."
    ),
    (
      "literals beyond 255 as positions and lengths of bfe and bfi",
      "ptxas refuses them."
    ),
    (
      "activemask",
      "PTX promises no convergence, and so no mask."
    ),
    (
      "stores of several threads to one place, and loads of what others stored without a barrier",
      "They race: which value is found is open."
    ),
    (
      "results of atomics on words that threads share, and mixtures of operations on one word",
      "They depend on the order; only the value that is left by operations that commute does not."
    ),
    (
      "float atomics on shared words",
      "Rounding does not commute."
    ),
    (
      "bytes that nobody wrote",
      "Shared and local memory hold what earlier kernels left; all of it is written first."
    ),
    (
      "barriers, and whatever waits for other lanes, behind the exit of a thread",
      "PTX does not say that exited threads count as arrived; threads end early only in the last part."
    ),
    (
      "clocks, timers, multiprocessor numbers",
      "They are properties of the run."
    ),
    (
      "innermost coordinates of boxes at other than multiples of 16 bytes",
      "An H100 ends the kernel with an illegal instruction."
    ),
    (
      "stores of boxes at negative coordinates",
      "PTX asks for coordinates that are not negative in that direction."
    ),
    (
      "reductions of a block's own shared memory by the copy engine",
      """
      An H200 ended each of 39 kernels without clusters that had one with an illegal instruction, and \
      none of 121 others.
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

  /// Whether an instruction may have a guard.
  static func takesGuard(_ listing: String) -> Bool {
    let isToByte =
      listing.hasPrefix("cvt") && listing.contains("8.")
      && (listing.contains(".f") || listing.contains(".bf"))
    return !isToByte && !listing.hasPrefix("testp") && !listing.hasPrefix("set.")
  }

  /// Whether an instruction is given no register twice.
  static func wantsDifferentSources(_ listing: String) -> Bool { listing.hasPrefix("lop3") }

  /// Whether a source of an instruction is loaded for it.
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

  /// Whether what a register holds is hidden from `ptxas` before an instruction reads it as a type.
  static func wantsHiddenSource(_ listing: String, held: String, as type: String) -> Bool {
    if listing.hasPrefix("cvt") || listing.hasPrefix("st") && listing.contains(".b8") {
      return true
    }
    return type != "any" && held != type && !(isOfBits(held) && isOfBits(type))
  }

  /// Whether values of a type are bits or integers.
  private static func isOfBits(_ type: String) -> Bool {
    type == "any" || ["u", "s", "b"].contains(type.prefix(1)) && !type.hasPrefix("bf")
  }

  /// Whether the result of an instruction is hidden from `ptxas`.
  static func hidesResult(_ listing: String) -> Bool { listing.hasPrefix("set.") }

  /// Whether `ptxas` keeps an instruction as it is in a loop.
  static func staysInLoops(_ listing: String) -> Bool {
    let words = listing.prefix { $0 != " " }.split(separator: ".")
    if listing.hasPrefix("mad.hi.cc") { return false }
    guard words[0] == "atom" || words[0] == "red", !words.contains("global") else { return true }
    return ["u32", "s32", "b32"].contains(words[words.count - 1])
  }

  /// Returns `neg` of an integer that is not the least one.
  static func negation(_ type: String) -> String {
    magnitude(type).replacing("abs", with: "neg")
  }

  /// Returns an atomic addition of f64 in shared memory, behind which every NaN is the same one.
  static func settledSum(_ listing: String, at place: String, _ space: String) -> String {
    let (instruction, slots) = (listing.prefix { $0 != "#" }, listing.drop { $0 != "#" })
    return """
      \(instruction)ld\(space).b64 %td0, \(place); setp.nan.f64 %tp1, %td0, %td0; \
      mov.b64 %td1, 0x7ff8000000000000; @%tp1 st\(space).b64 \(place), %td1; \(slots)
      """
  }

  /// Returns `abs` of an integer that is not the least one.
  static func magnitude(_ type: String) -> String {
    let (register, least) =
      type == "s64"
      ? ("%td0", "-9223372036854775807")
      : type == "s32" ? ("%tr0", "-2147483647") : ("%th0", "-32767")
    return
      "max.\(type) \(register), $1, \(least); abs.\(type) $0, \(register); ## \(type) = \(type)"
  }

  /// Returns the instructions that make every NaN of a result the same one; none where the
  /// instruction makes none that `ptxas` could change.
  ///
  /// A sum with -0, which `ptxas` does not know for one, changes nothing but a NaN.
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

  /// Returns a random literal as an instruction takes it.
  static func literal(_ value: UInt64, of listing: String) -> UInt64 {
    listing.hasPrefix("bfe") || listing.hasPrefix("bfi") ? value & 0xFF : value
  }

  /// Returns a quotient or remainder whose divisor is 1 where it would be 0.
  static func quotient(_ operation: String, _ type: String) -> String {
    let (width, divisor) = (
      type.dropFirst(), "%t\(["16": "h", "32": "r"][type.dropFirst()] ?? "d")0"
    )
    return
      "max.u\(width) \(divisor), $2, 1; \(operation).\(type) $0, $1, \(divisor); ## \(type) = \(type) \(type)"
  }

  /// Returns a product and a sum that `ptxas` must not fuse, since both say how they round.
  static func unfused(_ operation: String, _ type: String) -> String {
    let product = type == "f64" ? "%td0" : "%tr0"
    return """
      mul.rn.\(type) \(product), $1, $2; \(operation).rn.\(type) $0, \(product), $3; \
      ## \(type) = \(type) \(type) \(type)
      """
  }
}
