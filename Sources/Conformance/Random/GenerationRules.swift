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
      "extrema of a float and itself",
      "ptxas makes a move of them, which keeps the bits of a NaN."
    ),
    (
      "guards of testp, and of set with a float result",
      """
      ptxas 13.5 and the compiler of driver 580 make several instructions of each, of which not all \
      have the guard: the result changes where the guard is false.
      """
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
      "swizzled boxes whose rows are shorter than the swizzle's span",
      "An H100 reaches beyond the box's bytes in shared memory, in some programs beyond the block's."
    ),
    (
      "stores of boxes at negative coordinates",
      "PTX asks for coordinates that are not negative in that direction."
    ),
    (
      "steps between elements in the innermost dimension",
      "The driver's header says that this step is ignored without interleaving."
    ),
    (
      "interleaved tensor maps, im2col, the map types tf32, tf32 flushing and f32 flushing",
      "Tilewright's tensor maps do not have them."
    ),
    (
      "operands of wgmma whose pattern does not start at a multiple of its period",
      "They need the descriptor's base offset, of which nothing is settled."
    ),
    (
      "different descriptors or scale-d in the threads of a warpgroup",
      "PTX: they must be the same."
    ),
  ]

  /// Whether an instruction may have a guard.
  static func takesGuard(_ listing: String) -> Bool {
    !listing.hasPrefix("testp") && !listing.hasPrefix("set.")
  }

  /// Whether the sources of an instruction must not be one register.
  static func wantsDistinctSources(_ listing: String, _ type: String) -> Bool {
    type.contains("f") && (listing.hasPrefix("min") || listing.hasPrefix("max"))
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
